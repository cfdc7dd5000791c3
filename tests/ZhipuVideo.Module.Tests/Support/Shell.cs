using System.Management.Automation.Runspaces;

namespace ZhipuVideo.Tests;

/// <summary>A runspace with the built module in it. Scripts run on the caller's thread, with the caller's cultures.</summary>
internal sealed class Shell : IDisposable
{
    private readonly RecordingHost _host = new();
    private readonly Runspace _runspace;
    private volatile PowerShell? _running;

    private Shell(bool import)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace.Open();
        if (import) Run($"Import-Module '{Repository.Manifest}' -ErrorAction Stop").Succeeded();
    }

    /// <summary>A shell that is connected to the emulator under a key of its own, so that no two tests share an account.</summary>
    public Shell(Emulator emulator)
        : this(import: true)
    {
        Connect(emulator, Key);
    }

    /// <summary>A shell with the module and no connection.</summary>
    public static Shell Unconnected() => new(import: true);

    /// <summary>A shell without the module.</summary>
    public static Shell Bare() => new(import: false);

    /// <summary>The key that it is connected with.</summary>
    public string Key { get; } = NewKey();

    /// <summary>All that was run in it.</summary>
    public List<Outcome> Outcomes { get; } = [];

    /// <summary>Answers to questions of -Confirm, by their index among Yes, Yes to All, No, No to All; none left is No.</summary>
    public Queue<int> Answers => _host.Answers;

    /// <summary>A variable of the session.</summary>
    public object? this[string name]
    {
        get => _runspace.SessionStateProxy.GetVariable(name);
        set => _runspace.SessionStateProxy.SetVariable(name, value);
    }

    /// <summary>A key of the service's form that nobody has.</summary>
    public static string NewKey() => $"{Guid.NewGuid():N}.{Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..16]}";

    /// <summary>Runs Connect-CogVideo without its look-up.</summary>
    public void Connect(Emulator emulator, string key)
    {
        this["key"] = key;
        Run($"$null = Connect-CogVideo -ApiKey $key -BaseUri {emulator.BaseUri} -SkipCheck; $key = $null").Succeeded();
    }

    /// <summary>Runs a script to its end, however that comes, and gives everything that was seen.</summary>
    public Outcome Run(string script)
    {
        using PowerShell pipeline = PowerShell.Create(_runspace);
        // Without the try, an error that ends a statement would be in the stream with all others
        pipeline.AddScript($$"""
            try {
            {{script}}
            } catch { throw }
            """);
        PSDataCollection<PSObject> output = [];
        ErrorRecord? terminating = null;
        _running = pipeline;
        try
        {
            pipeline.Invoke(input: null, output);
        }
        catch (PipelineStoppedException)
        {
        }
        catch (RuntimeException e)
        {
            terminating = e.ErrorRecord;
        }
        finally
        {
            _running = null;
        }
        Outcome outcome = new()
        {
            Output = [.. output],
            Errors = [.. pipeline.Streams.Error],
            Terminating = terminating,
            IsStopped = pipeline.InvocationStateInfo.State == PSInvocationState.Stopped,
            Warnings = [.. pipeline.Streams.Warning.Select(r => r.Message)],
            Verbose = [.. pipeline.Streams.Verbose.Select(r => r.Message)],
            Debug = [.. pipeline.Streams.Debug.Select(r => r.Message)],
            Information = [.. pipeline.Streams.Information.Select(r => $"{r.MessageData}")],
            Progress = [.. pipeline.Streams.Progress],
            Bars = _host.TakeBars(),
            HostText = _host.TakeText(),
        };
        Outcomes.Add(outcome);
        return outcome;
    }

    /// <summary>Starts a script on a thread of its own, to be stopped.</summary>
    public Task<Outcome> Start(string script) => Task.Factory.StartNew(
        () => Run(script), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Ctrl+C; the script's outcome says when it has ended.</summary>
    public void Stop() => _running?.BeginStop(null, null);

    public void Dispose() => _runspace.Dispose();
}
