using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Scheduling;

/// <summary>The rows of one model that wait for a slot, and the limiter that lets them go. Touched by the account's loop only.</summary>
internal sealed class SubmissionQueue
{
    private const double MaxSlowDown = 60;

    internal ConcurrencyLimiter Limiter { get; } = new();
    internal LinkedList<Admission> Rows { get; } = new();
    internal bool IsFull { get; set; } // rows are held up, so that the next end of a job here is worth many polls
    internal int SlowDowns { get; set; } // requests to slow down in a row, over all rows
    internal CogVideoException? LastRejection { get; set; } // why a row of this model was last told to wait
    internal int ToVerify { get; set; } // jobs that the limiter still wants polled, to verify an accepted probe
    internal int VerifiedEnds { get; set; } // how many of those were found ended

    /// <summary>The service asks to slow down: nobody submits for so long as it says, or for longer from one request to the next.</summary>
    /// <param name="now">Seconds.</param>
    /// <param name="retryAfter">Seconds that the service asks for; null = it does not say.</param>
    /// <param name="atMost">Seconds that are granted.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    internal void SlowDown(double now, double? retryAfter, double atMost, Func<double> random) =>
        Limiter.OnThrottled(now, Math.Min(retryAfter ?? Backoff.Delay(SlowDowns++, MaxSlowDown, random), atMost));
}

/// <summary>A request that waits until it may be sent: a submission for a slot of its model and for the circuit, a status query for the circuit alone.</summary>
internal sealed class Admission(string? model) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal string? Model => model; // that a submission needs a slot of; null = a status query
    internal LinkedListNode<Admission>? Place { get; set; } // where it waits; in no list once it was admitted or cancelled
    internal bool HoldsSlot { get; set; } // while the circuit is waited for; given up, it goes back
}
