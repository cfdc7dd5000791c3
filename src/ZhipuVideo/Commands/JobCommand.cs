using System.Management.Automation;
using ZhipuVideo.Rows;

namespace ZhipuVideo.Commands;

/// <summary>What Get-CogVideoResult and Wait-CogVideo share: jobs by object or by id.</summary>
public abstract class JobCommand : ItemCommand
{
    private protected JobCommand()
    {
    }

    /// <summary>A job or result, fresh or deserialized, a row with an Id, or an id.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>Ids of jobs, opaque texts; or jobs and results themselves, as <c>Wait-Job $job</c> takes them.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("TaskId", "task_id")]
    [ArgumentCompleter(typeof(JobCompleter))]
    [ObjectArgument]
    public string[]? Id { get; set; }

    private protected override object? Input => InputObject ?? ObjectArgumentAttribute.Resolve(Id);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            if (StorageSecret is { } secret) State.Storage.Renew(secret);
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, null);
        }
        if (HasClient) OpenBatch(Options);
    }
}
