using System;
using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>The slots of one model of an account: the limiter and the rows that wait for it. Guarded by the account's lock.</summary>
internal sealed class SubmissionQueue
{
    internal ConcurrencyLimiter Limiter { get; } = new();

    internal Queue<Waiter> Rows { get; } = new();

    /// <summary>Rows in the queue that were not cancelled.</summary>
    internal int Waiting { get; set; }

    /// <summary>Whether rows are held up, so that the next end of a job here is worth many looks.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>Requests to slow down in a row, over all rows.</summary>
    internal int SlowDowns { get; set; }

    /// <summary>Why a row of this model was last told to wait; null before that happened.</summary>
    internal CogVideoException? LastRefusal { get; set; }

    /// <summary>Jobs that are still to be looked at for the limiter.</summary>
    internal int LooksLeft { get; set; }

    /// <summary>How many of those had ended.</summary>
    internal int LooksEnded { get; set; }

    /// <summary>Lets rows go on to the circuit as long as the limiter has room; true when the slots have just become full.</summary>
    internal bool Grant(double now, Queue<Waiter> entering, ref double next)
    {
        while (Waiting > 0)
        {
            if (Rows.Peek().IsCancelled)
            {
                Rows.Dequeue();
                continue;
            }
            if (!Limiter.TryAcquire(now, Waiting, out double retryAt))
            {
                next = Math.Min(next, retryAt);
                bool wasFull = IsFull;
                IsFull = true;
                return !wasFull;
            }
            Waiter row = Rows.Dequeue();
            row.HoldsSlot = true;
            Waiting--;
            entering.Enqueue(row);
        }
        IsFull = false;
        return false;
    }
}
