using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Http;

/// <summary>Somebody in a queue of an <see cref="Account"/>: granted or cancelled, never both.</summary>
internal sealed class Waiter
{
    private readonly TaskCompletionSource<bool> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _sync;
    private CancellationTokenRegistration _stop;

    internal Waiter(object sync) => _sync = sync;

    internal Task Task => _source.Task;

    /// <summary>Set under the account's lock when the turn has come.</summary>
    internal bool IsGranted { get; set; }

    internal bool IsCancelled { get; private set; }

    internal void CancelWith(Account account, Action? undo, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return;
        _stop = cancellationToken.Register(() =>
        {
            lock (_sync)
            {
                if (IsGranted) return;
                IsCancelled = true;
                undo?.Invoke();
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
