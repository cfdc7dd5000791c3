using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Commands;

/// <summary>The state of each job as it is now; emits its result, running or ended, in the order of the input.</summary>
[Cmdlet(VerbsCommon.Get, "CogVideoResult", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(CogVideoResult))]
public sealed class GetCogVideoResultCommand : JobCommand
{
    private readonly Queue<(CogVideoResult Job, Task<CogVideoResult> Poll)> _polls = new();

    private protected override void Process(CogVideoResult job)
    {
        TaskCompletionSource<CogVideoResult> poll = new();
        _polls.Enqueue((job, poll.Task));
        Pump.Start(stop => PollAsync(job, poll, stop));
    }

    private async Task PollAsync(CogVideoResult job, TaskCompletionSource<CogVideoResult> poll, CancellationToken stop)
    {
        try
        {
            poll.SetResult(await Batch.GetResultAsync(job, TellContradiction, stop).ConfigureAwait(false));
        }
        catch (CogVideoException e)
        {
            poll.SetException(e);
        }
        Pump.Post(WriteFinished);
    }

    private void TellContradiction(CogVideoItem job, string status) =>
        Pump.Post(() => WriteVerbose(Messages.Format(MessageKey.VerboseEndKept, job, status)));

    /// <summary>Writes from the head of the line what is done; a later one waits for those before it.</summary>
    private void WriteFinished()
    {
        while (_polls.Count > 0 && _polls.Peek().Poll.IsCompleted)
        {
            (CogVideoResult job, Task<CogVideoResult> poll) = _polls.Dequeue();
            if (poll.Exception?.InnerException is CogVideoException error)
            {
                if (error.StopsRun) NotPolled.Add(job.Id);
                else WriteError(error, job.Id);
                continue;
            }
            WriteObject(poll.Result);
        }
    }
}
