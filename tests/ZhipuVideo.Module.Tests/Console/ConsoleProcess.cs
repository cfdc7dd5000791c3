using System;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>The built console as a child process, as a person starts it: only its streams and its exit code are seen.</summary>
internal sealed class ConsoleProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private readonly TaskCompletionSource _firstLine = new();
    private readonly TaskCompletionSource _firstErrorLine = new();

    private ConsoleProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _output = ReadAsync(_process.StandardOutput, _firstLine);
        _error = ReadAsync(_process.StandardError, _firstErrorLine);
    }

    /// <summary>The child's number.</summary>
    public int Id => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Ends with the first line on standard output: the script runs.</summary>
    public Task FirstLine => _firstLine.Task.WaitAsync(Patience);

    /// <summary>Ends with the first line on standard error.</summary>
    public Task FirstErrorLine => _firstErrorLine.Task.WaitAsync(Patience);

    /// <summary>Runs the console to its end, without the module.</summary>
    public static Task<ConsoleResult> RunAsync(params string[] arguments) => RunAsync(new ConsoleSetup(), arguments);

    /// <summary>Runs the console to its end, without the module.</summary>
    public static async Task<ConsoleResult> RunAsync(ConsoleSetup setup, params string[] arguments)
    {
        using ConsoleProcess process = Start(setup, arguments);
        return await process.EndAsync();
    }

    /// <summary>Starts the console.</summary>
    public static ConsoleProcess Start(ConsoleSetup setup, params string[] arguments)
    {
        string program = Repository.Program("ZhipuVideo.Console");
        // A test run in the background ignores SIGINT, one under nohup SIGHUP, and so would the child; and a file that has reached its
        // limit is to be an error, as on a full disk, and not the end of the process
        var start = OperatingSystem.IsLinux()
            ? new ProcessStartInfo("env", ["--default-signal=INT,HUP,TERM", "--ignore-signal=XFSZ", "dotnet", program])
            : new ProcessStartInfo("dotnet", [program]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = start.StandardOutputEncoding = start.StandardErrorEncoding = Utf8;
        start.WorkingDirectory = setup.Folder;
        start.Environment["PSModulePath"] = setup.ModuleFolder;
        foreach ((string name, string value) in setup.Environment)
            start.Environment[name] = value;
        if (!setup.Import)
            start.ArgumentList.Add("--no-import");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        var process = new ConsoleProcess(start);
        process._process.StandardInput.Write(setup.Input);
        process._process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the end.</summary>
    public async Task<ConsoleResult> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return new ConsoleResult(_process.ExitCode, await _output, await _error);
    }

    /// <summary>Sends a signal, as kill does.</summary>
    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Ends it at once, as SIGKILL does: it has no time for anything.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static async Task<string> ReadAsync(StreamReader reader, TaskCompletionSource firstLine)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
            firstLine.TrySetResult();
        }

        return text.ToString();
    }
}
