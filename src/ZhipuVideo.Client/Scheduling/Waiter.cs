using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Scheduling;

/// <summary>Somebody in a queue of an <see cref="AccountScheduler"/>: granted or cancelled, never both.</summary>
internal sealed class Waiter
{
    private readonly TaskCompletionSource<bool> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SubmissionQueue? _lane;
    private CancellationTokenRegistration _stop;

    /// <param name="lane">Where a submission needs a slot; null = a look.</param>
    internal Waiter(SubmissionQueue? lane) => _lane = lane;

    /// <summary>A slot is held while the circuit is waited for; given up, it goes back.</summary>
    internal bool HoldsSlot { get; set; }

    /// <summary>Set under the account's lock when the turn has come.</summary>
    internal bool IsGranted { get; set; }

    internal bool IsCancelled { get; private set; }

    /// <summary>Waits until its turn has come. Call in the turn that has put it into the queue.</summary>
    internal Task WaitAsync(AccountScheduler account, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled) _stop = cancellationToken.Register(() => Cancel(account, cancellationToken));
        return _source.Task;
    }

    /// <summary>Lets it go on; outside the lock.</summary>
    internal void Grant()
    {
        _stop.Dispose();
        _source.TrySetResult(true);
    }

    private void Cancel(AccountScheduler account, CancellationToken cancellationToken)
    {
        using (Turn turn = account.BeginTurn())
        {
            if (IsGranted) return;
            IsCancelled = true;
            if (HoldsSlot) _lane!.Limiter.OnIgnored(turn.Now);
            else if (_lane is not null) _lane.Waiting--;
        }
        _source.TrySetCanceled(cancellationToken);
    }
}
