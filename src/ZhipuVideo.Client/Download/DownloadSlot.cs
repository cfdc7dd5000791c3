using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>
/// The slot of one result: taken in the order in which results came, given to the next while nothing comes, and taken again at the end of
/// the queue.
/// </summary>
/// <param name="slots">As many as are saved at once.</param>
/// <param name="progress">Who waits and who does not.</param>
internal sealed class DownloadSlot(SemaphoreSlim slots, DownloadProgress progress)
{
    /// <summary>Whether the result may be downloaded now.</summary>
    internal bool IsHeld { get; private set; }

    /// <summary>Whether another result is waiting for it.</summary>
    internal bool IsWanted => progress.IsSlotWanted;

    internal async Task TakeAsync(CancellationToken cancellationToken)
    {
        progress.WantSlot(1);
        try
        {
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            progress.WantSlot(-1);
        }
        IsHeld = true;
        progress.Start(1);
    }

    /// <summary>Gives the slot to the next, waits, and goes to the end of the queue.</summary>
    internal async Task YieldAsync(Func<Task> wait, CancellationToken cancellationToken)
    {
        progress.Start(-1);
        IsHeld = false;
        slots.Release();
        await wait().ConfigureAwait(false);
        await TakeAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The result no longer needs a slot, whether it has one or was stopped while it waited for one.</summary>
    internal void Leave()
    {
        if (IsHeld) slots.Release();
        else progress.Start(1);
        IsHeld = false;
    }
}
