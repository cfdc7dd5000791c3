using System;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>Another process that holds a journal: this assembly, started as a program.</summary>
internal sealed class JournalHolder : IDisposable
{
    private readonly Process _process;

    private JournalHolder(Process process) => _process = process;

    internal int Id => _process.Id;

    /// <summary>Starts it and returns once it has the journal.</summary>
    internal static async Task<JournalHolder> StartAsync(string path)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", typeof(JournalHolder).Assembly.Location, path },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        JournalHolder holder = new(Process.Start(start)!);
        Assert.Equal("held", await holder._process.StandardOutput.ReadLineAsync());
        return holder;
    }

    /// <summary>SIGKILL, or what Windows has for it.</summary>
    internal void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static void Main(string[] arguments)
    {
        using JournalLease lease = Journal.Open(Path.GetFullPath(arguments[0]));
        Console.WriteLine("held");
        Console.ReadLine();
    }
}
