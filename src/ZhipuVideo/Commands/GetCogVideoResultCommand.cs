using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Commands;

/// <summary>One look at each job; emits its result, running or ended, in the order of the input.</summary>
[Cmdlet(VerbsCommon.Get, "CogVideoResult")]
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
        base.EndProcessing();
    }

    private async Task LookAsync(CogVideoResult job, TaskCompletionSource<CogVideoResult> look, CancellationToken stop)
    {
        try
        {
            CogVideoResult confirmed = await ConfirmedAsync(job, stop).ConfigureAwait(false);
            void Contradicted(string status) => Pump.Post(() => WriteVerbose(Messages.Format(MessageKey.VerboseEndKept, confirmed, status)));
            look.SetResult(await Client.GetResultAsync(confirmed, Contradicted, stop).ConfigureAwait(false));
        }
        catch (CogVideoException e)
        {
            look.SetException(e);
        }
        Pump.Post(WriteFinished);
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
                WriteError(error, job.Id);
                continue;
            }
            State.Jobs.Observe(look.Result);
            WriteObject(look.Result);
        }
    }
}
