using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>Limits how many results are saved at once; the others wait in the order in which they came.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing.")]
internal sealed class DownloadQueue(int slots)
{
    private readonly SemaphoreSlim _slots = new(slots);
    private int _waiting;

    /// <summary>Whether a result is waiting.</summary>
    internal bool HasWaiting => Volatile.Read(ref _waiting) > 0;

    internal async Task EnterAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    internal void Leave() => _slots.Release();
}

/// <summary>The slot of one result: taken, given to the next while nothing comes, and taken again at the end of the queue.</summary>
internal sealed class DownloadSlot(DownloadQueue queue, DownloadProgress progress)
{
    /// <summary>Whether the result may be downloaded now.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>Whether another result is waiting for it.</summary>
    internal bool IsWanted => queue.HasWaiting;

    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        await queue.EnterAsync(cancellationToken).ConfigureAwait(false);
        IsHeld = true;
        progress.Start();
    }

    /// <summary>Gives the slot to the next, waits, and goes to the end of the queue.</summary>
    internal async Task YieldAsync(Func<Task> wait, CancellationToken cancellationToken)
    {
        progress.Requeue();
        IsHeld = false;
        queue.Leave();
        await wait().ConfigureAwait(false);
        await TakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The result no longer needs a slot, whether it has one or was stopped while it waited for one.</summary>
    internal void Leave()
    {
        if (IsHeld) queue.Leave();
        else progress.Start();
        IsHeld = false;
    }
}
