using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>
/// The slot of one result: taken in the order in which results came, given to the next while nothing comes, and taken again at the end of
/// the queue.
/// </summary>
/// <param name="slots">As many as are saved at once.</param>
/// <param name="waiting">Those that could go on if they had a slot.</param>
internal sealed class DownloadSlot(SemaphoreSlim slots, StrongBox<int> waiting)
{
    internal bool IsHeld { get; private set; }

    internal bool IsWanted => Volatile.Read(ref waiting.Value) > 0;

    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref waiting.Value);
        try
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            IsHeld = true;
        }
        finally
        {
            Interlocked.Decrement(ref waiting.Value);
        }
    }

    /// <summary>Gives the slot to the next, waits, and goes to the end of the queue.</summary>
    internal async Task YieldAsync(Func<Task> wait, CancellationToken cancellationToken)
    {
        Leave();
        await wait().ConfigureAwait(false);
        await TakeAsync(cancellationToken).ConfigureAwait(false);
    }

    internal void Leave()
    {
        if (IsHeld) slots.Release();
        IsHeld = false;
    }
}
