namespace ZhipuVideo.Tests;

/// <summary>PowerShell as a child process, as a person starts it: only its streams and its exit code are seen.</summary>
public sealed class PwshProcess : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private readonly TaskCompletionSource _firstLine = new();
    private readonly TaskCompletionSource _firstErrorLine = new();

    private PwshProcess(ProcessStartInfo start)
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
    public Task FirstLine => _firstLine.Task.WaitAsync(Timeout);

    /// <summary>Ends with the first line on standard error.</summary>
    public Task FirstErrorLine => _firstErrorLine.Task.WaitAsync(Timeout);

    /// <summary>Runs PowerShell to its end.</summary>
    public static async Task<PwshResult> RunAsync(PwshSetup setup, params string[] arguments)
    {
        using PwshProcess process = Start(setup, arguments);
        return await process.EndAsync();
    }

    /// <summary>Starts PowerShell without profiles.</summary>
    /// <param name="setup">What is around it.</param>
    /// <param name="arguments">A script with its arguments, or <c>-Command</c> and text.</param>
    public static PwshProcess Start(PwshSetup setup, params string[] arguments)
    {
        string[] session = setup.Import ? ["-ConfigurationFile", Pwsh.Session] : [];
        return StartProgram(setup, ["dotnet", Pwsh.Program, "-NoLogo", "-NoProfile", .. session, .. arguments]);
    }

    /// <summary>Starts a program in the same way.</summary>
    /// <param name="setup">What is around it.</param>
    /// <param name="command">The program and its arguments.</param>
    public static PwshProcess StartProgram(PwshSetup setup, params string[] command)
    {
        // A test run in the background ignores SIGINT, one under nohup SIGHUP, and so would the child; and a file that has reached its
        // limit is to be an error, as on a full disk, and not the end of the process
        string[] all = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT,HUP,TERM", "--ignore-signal=XFSZ", .. command] : command;
        ProcessStartInfo start = new(all[0], all[1..]) { WorkingDirectory = setup.Folder };
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardInputEncoding = start.StandardOutputEncoding = start.StandardErrorEncoding = Utf8;
        start.Environment["PSModulePath"] = setup.ModuleFolder;
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        if (setup.Import) start.Environment["ZHIPUVIDEO_CONSOLE_MODULE"] = Pwsh.Module;
        foreach ((string name, string value) in setup.Environment) start.Environment[name] = value;

        PwshProcess process = new PwshProcess(start);
        process._process.StandardInput.Write(setup.Input);
        process._process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for the end.</summary>
    public async Task<PwshResult> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Timeout);
        return new PwshResult(_process.ExitCode, await _output, await _error);
    }

    /// <summary>Sends a signal, as kill does.</summary>
    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{Id}"]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"Process {Id} cannot be sent {name}.");
    }

    /// <summary>Ends it at once, as SIGKILL does: it has no time for anything.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private static async Task<string> ReadAsync(StreamReader reader, TaskCompletionSource firstLine)
    {
        StringBuilder text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
            firstLine.TrySetResult();
        }

        return text.ToString();
    }
}
