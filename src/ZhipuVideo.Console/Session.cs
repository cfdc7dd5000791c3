using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Microsoft.PowerShell;
using ZhipuVideo.Console.Commands;
using ZhipuVideo.Console.Host;

namespace ZhipuVideo.Console;

/// <summary>One runspace of the engine, in which scripts run one after the other as they would at a prompt.</summary>
internal sealed class Session : IDisposable
{
    // As at a prompt, `exit` in a script file ends only that file: its code must be handed on. $? tells it from a native
    // command's code, which stays in $LASTEXITCODE as well.
    private const string RunFile = """
        param($Path, $Named, $InOrder, $Outcome)
        & $Path @Named @InOrder
        if (-not $?) { $Outcome.ExitCode = $LASTEXITCODE }
        """;

    private readonly Screen _screen;
    private readonly Interruption _interruption;
    private readonly ConsoleHost _host;
    private readonly Runspace _runspace;
    private readonly ArrayList _recentErrors;

    /// <summary>Starts the engine.</summary>
    /// <param name="screen">Where everything is shown.</param>
    /// <param name="interruption">What stops a running script.</param>
    public Session(Screen screen, Interruption interruption)
    {
        _screen = screen;
        _interruption = interruption;
        _host = new ConsoleHost(screen);
        InitialSessionState state = InitialSessionState.CreateDefault2();
        // The default of an installed PowerShell; the engine alone would run no script file at all
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = ExecutionPolicy.RemoteSigned;

        MissingCommands.Supply(state);
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
        _recentErrors = (ArrayList)_runspace.SessionStateProxy.GetVariable("Error");
    }

    /// <summary>The code given to <c>exit</c>, once the script asked for the end of the session.</summary>
    public int? RequestedExit => _host.RequestedExit;

    /// <summary>Imports a module.</summary>
    /// <param name="manifestPath">The full path of its manifest.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public int Import(string manifestPath) =>
        Run(new PSCommand().AddCommand("Import-Module").AddParameter("Name", manifestPath).AddParameter("ErrorAction", "Stop"));

    /// <summary>Runs a script file.</summary>
    /// <param name="path">Its full path.</param>
    /// <param name="arguments">Its arguments, as they were typed.</param>
    /// <returns>What the process should end with.</returns>
    public int RunScript(string path, IReadOnlyList<string> arguments)
    {
        var outcome = new ScriptOutcome();
        var splat = new ScriptArguments(arguments);
        int code = Run(new PSCommand()
            .AddScript(RunFile).AddArgument(path).AddArgument(splat.Named).AddArgument(splat.InOrder).AddArgument(outcome));
        return outcome.ExitCode is int asked and not 0 ? asked : code;
    }

    /// <summary>Runs text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>What the process should end with.</returns>
    public int RunText(string text) => Run(new PSCommand().AddScript(text));

    /// <inheritdoc/>
    public void Dispose() => _runspace.Dispose();

    private int Run(PSCommand command)
    {
        using var pipeline = PowerShell.Create(_runspace);
        pipeline.Commands = command;
        bool failed = false;
        pipeline.Streams.Error.DataAdded += (_, _) =>
        {
            foreach (ErrorRecord record in pipeline.Streams.Error.ReadAll())
            {
                failed |= EndedAStatement(record);
                _screen.WriteError(ErrorText.Describe(record));
            }
        };
        Forget(pipeline.Streams.Progress);
        Forget(pipeline.Streams.Warning);
        Forget(pipeline.Streams.Verbose);
        Forget(pipeline.Streams.Debug);
        Forget(pipeline.Streams.Information);
        _interruption.Watch(pipeline);
        try
        {
            Invoke(pipeline);
        }
        catch (PipelineStoppedException)
        {
            return ExitCode.Stopped;
        }
        catch (RuntimeException exception)
        {
            failed = true;
            _screen.WriteError(ErrorText.Describe(exception));
        }
        finally
        {
            _interruption.Watch(null);
            _screen.EndProgress();
        }

        if (pipeline.InvocationStateInfo.State == PSInvocationState.Stopped)
            return ExitCode.Stopped;

        return _host.RequestedExit ?? (failed ? ExitCode.Failure : ExitCode.Success);
    }

    // The host has shown it: a batch of hours would keep every record of its progress
    private static void Forget<T>(PSDataCollection<T> shown) => shown.DataAdded += (_, _) => shown.Clear();

    private static void Invoke(PowerShell pipeline)
    {
        using var display = new Display();
        using var output = new PSDataCollection<PSObject>();
        output.DataAdded += (_, _) =>
        {
            foreach (PSObject value in output.ReadAll())
                display.Show(value);
        };
        pipeline.Invoke(input: null, output);
    }

    // The engine puts the very record that a cmdlet wrote into $Error, but reports an error that ended a statement as a copy
    private bool EndedAStatement(ErrorRecord record) => _recentErrors.Count > 0 && !ReferenceEquals(_recentErrors[0], record);

    /// <summary>How a script file ended.</summary>
    private sealed class ScriptOutcome
    {
        /// <summary>The code that the file gave to <c>exit</c>, unless it was 0.</summary>
        public object? ExitCode { get; set; }
    }
}
