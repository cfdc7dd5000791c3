using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Scheduling;

/// <summary>How a job is waited for. The notices come on a background thread.</summary>
internal sealed record WaitOptions
{
    /// <summary>Gives up after so many seconds; 0 = never.</summary>
    internal double TimeoutSeconds { get; init; }

    /// <summary>Seconds between polls; 0 = by what was learned of how long such jobs take.</summary>
    internal double IntervalSeconds { get; init; }

    /// <summary>Told when the service asks to wait with a code that this version does not know; once for all jobs of the account.</summary>
    internal Action<CogVideoException>? AskedToWait { get; init; }

    /// <summary>Told the status of the job that this version does not know; once for the job. Polling goes on.</summary>
    internal Action<string?>? SawUnknownStatus { get; init; }
}

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
