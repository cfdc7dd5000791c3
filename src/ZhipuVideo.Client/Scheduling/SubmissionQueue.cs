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

    /// <summary>Whether rows are held up, so that the next end of a job here is worth many polls.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>Requests to slow down in a row, over all rows.</summary>
    internal int SlowDowns { get; set; }

    /// <summary>Why a row of this model was last told to wait; null before that happened.</summary>
    internal CogVideoException? LastRejection { get; set; }

    /// <summary>Jobs that the limiter still wants polled, to verify an accepted probe.</summary>
    internal int ToVerify { get; set; }

    /// <summary>How many of those were found ended.</summary>
    internal int VerifiedEnds { get; set; }

    /// <summary>The service asks to slow down: nobody submits for so long as it says, or for longer from one request to the next.</summary>
    /// <param name="now">Seconds.</param>
    /// <param name="retryAfter">Seconds that the service asks for; null = it does not say.</param>
    /// <param name="atMost">Seconds that are granted.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    internal void SlowDown(double now, double? retryAfter, double atMost, Func<double> random) =>
        Limiter.OnThrottled(now, Math.Min(retryAfter ?? Backoff.Delay(SlowDowns++, MaxSlowDown, random), atMost));

    /// <summary>Lets rows go on to the circuit as long as the limiter has room.</summary>
    /// <param name="now">Seconds.</param>
    /// <param name="entering">Where those wait that have a slot.</param>
    /// <param name="next">Lowered to when time alone may make room.</param>
    /// <returns>True when the slots have just become full.</returns>
    internal bool Grant(double now, LinkedList<Admission> entering, ref double next)
    {
        bool wasFull = IsFull;
        IsFull = false;
        while (Rows.First is { } first)
        {
            if (!Limiter.TryAcquire(now, Rows.Count, out double retryAt))
            {
                next = Math.Min(next, retryAt);
                IsFull = true;
                return !wasFull;
            }
            first.Value.HoldsSlot = true;
            Rows.RemoveFirst();
            entering.AddLast(first);
        }
        return false;
    }
}

/// <summary>A request that waits until it may be sent: a submission for a slot of its model and for the circuit, a status query for the circuit alone.</summary>
internal sealed class Admission : TaskCompletionSource<bool>
{
    internal Admission(string? model)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Model = model;
        Place = new LinkedListNode<Admission>(this);
    }

    /// <summary>The model that a submission needs a slot of; null = a status query.</summary>
    internal string? Model { get; }

    /// <summary>Where it waits; in no list once it was admitted or cancelled.</summary>
    internal LinkedListNode<Admission> Place { get; }

    /// <summary>A slot is held while the circuit is waited for; given up, it goes back.</summary>
    internal bool HoldsSlot { get; set; }
}
