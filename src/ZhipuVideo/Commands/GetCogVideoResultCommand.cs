using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Commands;

/// <summary>One look at each job; emits its result, running or ended, in the order of the input.</summary>
[Cmdlet(VerbsCommon.Get, "CogVideoResult", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(CogVideoResult))]
public sealed class GetCogVideoResultCommand : JobCommand
{
    private readonly Queue<Task<CogVideoResult>> _looks = new();
    private readonly Queue<CogVideoResult> _jobs = new();

    private protected override void Process(CogVideoResult job)
    {
        _jobs.Enqueue(job);
        TaskCompletionSource<CogVideoResult> look = new();
        _looks.Enqueue(look.Task);
        Pump.Start(stop => LookAsync(job, look, stop));
        Pump.Drain();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Pump.DrainWhile(() => Pump.Running > 0);
        if (LookRun.Refusal is { } refusal) WriteError(refusal);
        base.EndProcessing();
    }

    private async Task LookAsync(CogVideoResult job, TaskCompletionSource<CogVideoResult> look, CancellationToken stop)
    {
        try
        {
            look.SetResult(await LookRun.RunAsync(() => ResultAsync(job, stop), stop).ConfigureAwait(false));
        }
        catch (CogVideoException e)
        {
            look.SetException(e);
        }
        Pump.Post(WriteFinished);
    }

    private async Task<CogVideoResult> ResultAsync(CogVideoResult job, CancellationToken stop)
    {
        if (job.Status == CogVideoStatus.Rejected) return job; // there is no task to look at
        CogVideoResult confirmed = await ConfirmedAsync(job, stop).ConfigureAwait(false);
        void Contradicted(string status) => Pump.Post(() => WriteVerbose(Messages.Format(MessageKey.VerboseEndKept, confirmed, status)));
        return await Client.GetResultAsync(confirmed, Contradicted, stop).ConfigureAwait(false);
    }

    /// <summary>Writes from the head of the line what is done; a later one waits for those before it.</summary>
    private void WriteFinished()
    {
        while (_looks.Count > 0 && _looks.Peek().IsCompleted)
        {
            Task<CogVideoResult> look = _looks.Dequeue();
            CogVideoResult job = _jobs.Dequeue();
            if (look.Exception?.InnerException is CogVideoException error)
            {
                if (error.StopsRun) LookRun.Miss(job.Id);
                else WriteError(error, job.Id);
                continue;
            }
            State.Jobs.Observe(look.Result);
            WriteObject(look.Result);
        }
    }
}
