using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Http;

/// <summary>Somebody in a queue of an <see cref="Account"/>: granted or cancelled, never both.</summary>
internal sealed class Waiter
{
    private readonly TaskCompletionSource<bool> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SlotLane? _lane;
    private CancellationTokenRegistration _stop;

    /// <param name="lane">Where a submission needs a slot; null = a look.</param>
    internal Waiter(SlotLane? lane) => _lane = lane;

    internal Task Task => _source.Task;

    /// <summary>A slot is held while the circuit is waited for; given up, it goes back.</summary>
    internal bool HoldsSlot { get; set; }

    /// <summary>Set under the account's lock when the turn has come.</summary>
    internal bool IsGranted { get; set; }

    internal bool IsCancelled { get; private set; }

    internal void CancelWith(Account account, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _stop = cancellationToken.Register(() =>
        {
            lock (account.Sync)
            {
                if (IsGranted) return;
                IsCancelled = true;
                if (HoldsSlot) _lane!.Gate.Dropped(account.Clock.Now);
                else if (_lane is not null) _lane.Waiting--;
            }
            _source.TrySetCanceled(cancellationToken);
            account.Turn();
        });
    }

    /// <summary>Lets it go on; outside the lock.</summary>
    internal void Grant()
    {
        _stop.Dispose();
        _source.TrySetResult(true);
    }
}
