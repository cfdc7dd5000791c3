using System.Management.Automation;
using ZhipuVideo.Rows;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What Get-CogVideoResult and Wait-CogVideo share: jobs by object or by id.</summary>
public abstract class JobCommand : ServiceCommand
{
    private protected JobCommand()
    {
    }

    /// <summary>Jobs that nothing was learned of, because the service refuses every status query.</summary>
    private protected StoppedItems NotPolled { get; } = new();

    /// <summary>A job or result, fresh or deserialized, a row with an Id, or an id.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Ids of jobs, opaque texts; or jobs and results themselves, as <c>Wait-Job $job</c> takes them.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "task_id")]
    [ArgumentCompleter(typeof(JobCompleter))]
    [ObjectArgument]
    public string[]? Id { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (HasClient) OpenBatch(CreateOptions());
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RequireKey();
        foreach (PSObject? input in Cells.Elements(InputObject ?? ObjectArgumentAttribute.Resolve(Id)))
        {
            if (input is null)
            {
                WriteError(new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoJobs), null);
                continue;
            }
            if (input.BaseObject is not string && IsSkipped(input)) continue;
            object target = input;
            try
            {
                CogVideoResult job = ItemReader.Read(input);
                target = job;
                Process(job);
            }
            catch (CogVideoException e)
            {
                WriteError(e, target);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasClient) State.Progress.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        WarnOfEmptyRows();
        if (HasClient && NotPolled.CreateError(Batch.PollingStopped, MessageKey.JobsNotLookedAt) is { } stopped) WriteError(stopped);
        base.EndProcessing();
    }

    /// <summary>Takes one job; must not block.</summary>
    private protected abstract void Process(CogVideoResult job);
}
