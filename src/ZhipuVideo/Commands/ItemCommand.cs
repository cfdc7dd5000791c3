using System.Management.Automation;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What the cmdlets share that take jobs and results, one after the other.</summary>
public abstract class ItemCommand : ServiceCommand
{
    private protected ItemCommand()
    {
    }

    /// <summary>What nothing was learned of, because the service refuses every status query.</summary>
    private protected StoppedItems NotPolled { get; } = new();

    /// <summary>What it was given for this record: an object, an id, or several of them.</summary>
    private protected abstract object? Input { get; }

    /// <summary>Whether it does more than to say what it would do.</summary>
    private protected virtual bool NeedsKey => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (NeedsKey) RequireKey();
        foreach (PSObject? input in Cells.Elements(Input))
        {
            if (input is not (null or { BaseObject: string }) && IsSkipped(input)) continue;
            object? target = input;
            try
            {
                CogVideoResult item = Read(input);
                target = item;
                Process(item);
            }
            catch (CogVideoException e)
            {
                WriteError(e, target);
            }
        }
        Pump.Drain();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        State.Progress.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        WarnOfEmptyRows();
        if (HasClient && NotPolled.CreateError(Batch.PollingStopped, MessageKey.JobsNotLookedAt) is { } stopped) WriteError(stopped);
        base.EndProcessing();
    }

    /// <summary>What an object means. Throws InvalidInput when it means nothing.</summary>
    private protected virtual CogVideoResult Read(PSObject? input) =>
        input is null ? throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoJobs) : ItemReader.Read(input);

    /// <summary>Takes one job or result; must not block.</summary>
    private protected abstract void Process(CogVideoResult item);
}
