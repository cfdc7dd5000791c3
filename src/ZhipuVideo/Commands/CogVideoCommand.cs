using System;
using System.Management.Automation;
using ZhipuVideo.Pipeline;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What all cmdlets share: the runspace's state, the pump, and an end of all work on Ctrl+C, Select-Object -First and disposal.</summary>
public abstract class CogVideoCommand : PSCmdlet, IDisposable
{
    private int _emptyRows;

    private protected CogVideoCommand() => Pump = new Pump(OnTick);

    private protected Pump Pump { get; }

    private protected RunspaceState State { get; private set; } = null!;

    /// <inheritdoc/>
    protected override void BeginProcessing() => State = RunspaceState.Current;

    /// <inheritdoc/>
    protected override void StopProcessing() => Pump.Stop();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends all work and gives everything back; also when EndProcessing never ran.</summary>
    protected virtual void Dispose(bool disposing) => Pump.Dispose();

    /// <summary>Called on the pipeline thread a few times a second while there is something to wait for.</summary>
    private protected virtual void OnTick()
    {
    }

    /// <summary>Whether -WhatIf is in force; asked where ShouldProcess would come too late.</summary>
    private protected bool IsWhatIf => IsTyped("WhatIf") ?? LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>Whether what WriteVerbose is given is seen.</summary>
    private protected bool IsVerbose => IsTyped("Verbose")
        ?? (!LanguagePrimitives.TryConvertTo(SessionState.PSVariable.GetValue("VerbosePreference"), out ActionPreference preference)
            || preference is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore));

    /// <summary>Whether a parameter has a value: an empty variable is one, and no reason to do what the parameter keeps from being done.</summary>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    /// <summary>
    /// A default of this session that cannot be bound is a warning to the engine, which then does without. What keeps a run from spending must not
    /// be missing because somebody has mistyped it, or its variable is empty.
    /// </summary>
    private protected void RefuseUnboundDefault(string parameter)
    {
        if (!IsGiven(parameter) && CommandLine.HasDefault(this, parameter))
            ThrowTerminatingError(new CogVideoException(ErrorReason.InvalidInput, MessageKey.DefaultNotBound, parameter), null);
    }

    /// <summary>Asks, or says with -WhatIf, whether to do something to what others may have named.</summary>
    private protected bool Confirm(string target, string action) => ShouldProcess(ScreenText.Sanitize(target), action);

    /// <summary>Whether a row that was piped is empty and so passed over; <see cref="WarnOfEmptyRows"/> tells of them all.</summary>
    private protected bool IsSkipped(PSObject? row)
    {
        bool isEmpty = row is null ? MyInvocation.ExpectingInput : Cells.IsEmptyRow(row);
        if (isEmpty) _emptyRows++;
        return isEmpty;
    }

    private protected void WarnOfEmptyRows()
    {
        if (_emptyRows > 0) WriteWarning(Messages.Format(MessageKey.WarnEmptyRows, _emptyRows));
    }

    private protected void WriteError(CogVideoException error, object? target) => WriteError(ErrorRecords.From(error, target));

    private protected void ThrowTerminatingError(CogVideoException error, object? target)
    {
        Pump.Stop();
        ThrowTerminatingError(ErrorRecords.From(error, target));
    }

    private bool? IsTyped(string name) =>
        MyInvocation.BoundParameters.TryGetValue(name, out object? given) ? given is SwitchParameter { IsPresent: true } : null;

    /// <summary>A path as the user means it, taken literally: <c>[1]</c> is no pattern. Other providers than the file system are refused.</summary>
    private protected string ResolvePath(string path)
    {
        string resolved;
        ProviderInfo provider;
        try
        {
            resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
        }
        catch (Exception e) when (e is DriveNotFoundException or ProviderNotFoundException or NotSupportedException or PSInvalidOperationException)
        {
            throw NotFileSystem(path);
        }
        if (provider.Name != "FileSystem") throw NotFileSystem(path);
        return resolved;
    }

    private protected static CogVideoException NotFileSystem(object path) => new(ErrorReason.DestinationUnusable, MessageKey.PathNotFileSystem, path)
    {
        AdviceKey = MessageKey.AdvicePathNotFileSystem,
    };

    /// <summary>The file as the provider gives it, with PSPath: only so does it pipe on when its name holds wildcard characters.</summary>
    private protected PSObject ProviderFile(string path)
    {
        foreach (PSObject item in SessionState.InvokeProvider.Item.Get([path], force: true, literalPath: true)) return item;
        return PSObject.AsPSObject(new System.IO.FileInfo(path));
    }
}
