using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Scheduling;

/// <summary>Somebody who waits for the end of a job.</summary>
internal sealed class JobWaiter : TaskCompletionSource<CogVideoResult>
{
    internal JobWaiter(CogVideoItem job, WaitOptions options)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Job = job;
        Options = options;
    }

    /// <summary>The job as this waiter knows it: its name, its journal.</summary>
    internal CogVideoItem Job { get; }

    internal WaitOptions Options { get; }

    /// <summary>When it gives up, in seconds of the account's clock.</summary>
    internal double Deadline { get; set; } = double.PositiveInfinity;

    internal CancellationTokenRegistration Cancellation { get; set; }

    internal void End(CogVideoResult end)
    {
        Cancellation.Dispose();
        TrySetResult(new CogVideoResult(Job, end));
    }

    internal void GiveUp(CogVideoException error)
    {
        Cancellation.Dispose();
        TrySetException(error);
    }
}
