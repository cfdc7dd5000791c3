using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>Another process that holds a journal: this assembly, started as a program.</summary>
internal sealed class JournalHolder : IDisposable
{
    private readonly Process _process;

    private JournalHolder(Process process) => _process = process;

    internal int Id => _process.Id;

    /// <summary>"held", or the id of the error and what it says.</summary>
    internal string Answer { get; private init; } = "";

    /// <summary>Starts it and returns once it has the journal.</summary>
    internal static async Task<JournalHolder> StartAsync(string path)
    {
        JournalHolder holder = await TryAsync(path);
        Assert.Equal("held", holder.Answer);
        return holder;
    }

    /// <summary>Starts it and returns once it has the journal or cannot have it.</summary>
    /// <param name="path">The journal.</param>
    /// <param name="environment">Variables of the process.</param>
    internal static async Task<JournalHolder> TryAsync(string path, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", typeof(JournalHolder).Assembly.Location, "hold", path },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        Process process = Process.Start(start)!;
        return new JournalHolder(process) { Answer = await process.StandardOutput.ReadLineAsync() ?? "" };
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

    /// <summary>What the other process does: holds it until its input ends.</summary>
    internal static void Hold(string path)
    {
        try
        {
            using JournalLease lease = Journal.Open(path);
            Console.WriteLine("held");
            Console.ReadLine();
        }
        catch (CogVideoException e)
        {
            Console.WriteLine($"{e.ErrorId} {e.Message}");
        }
    }
}
