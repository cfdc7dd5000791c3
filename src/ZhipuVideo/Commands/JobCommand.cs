using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Protocol;
using ZhipuVideo.Rows;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>What Get-CogVideoResult and Wait-CogVideo share: jobs by object or by id.</summary>
public abstract class JobCommand : ServiceCommand
{
    private const int LookTries = 4;

    private protected JobCommand()
    {
    }

    private protected LookRun LookRun { get; } = new();

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
        WarnOfEmptyRows();
        base.EndProcessing();
    }

    /// <summary>Takes one job; must not block.</summary>
    private protected abstract void Process(CogVideoResult job);

    /// <summary>The job with its id: an unconfirmed one is looked up by its request_id.</summary>
    private protected async Task<CogVideoResult> ConfirmedAsync(CogVideoResult job, CancellationToken stop)
    {
        if (job.Id.Length > 0) return job;
        ServiceReply reply = await StatusQuery.GetAsync(Client.Scheduler, job.RequestId!, LookTries, stop).ConfigureAwait(false);
        if (!reply.IsTask)
        {
            string label = string.IsNullOrEmpty(job.Name) ? Messages.Format(MessageKey.LabelJob) : job.Name!;
            CogVideoException refused = Results.Error(reply, label);
            if (refused.StopsRun) throw refused;
            throw Unconfirmed.Error(label, job, refused, isResent: false);
        }
        CogVideoResult found = new(job) { Id = reply.Id ?? job.RequestId!, Status = CogVideoStatus.Processing };
        await State.Jobs.AcceptedAsync(new CogVideoJob(found)).ConfigureAwait(false);
        return found;
    }
}
