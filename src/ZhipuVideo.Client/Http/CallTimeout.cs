using System;
using System.Threading;

namespace ZhipuVideo.Http;

/// <summary>
/// Cancels a call at its time limit, or when its caller stops. A process that was frozen past the limit (a closed lid, a paused container)
/// finds its timer due before it has read what arrived meanwhile; so when the time is up, the call has two seconds more to take what is there.
/// </summary>
internal sealed class CallTimeout : CancellationTokenSource
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stop;
    private bool _isGrace;

    internal CallTimeout(TimeProvider time, TimeSpan limit, CancellationToken stop)
    {
        _timer = time.CreateTimer(static state => ((CallTimeout)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
        _stop = stop.Register(static state => ((CallTimeout)state!).Cancel(), this);
    }

    protected override void Dispose(bool disposing)
    {
        _stop.Dispose();
        _timer.Dispose();
        base.Dispose(disposing);
    }

    private void OnTimer()
    {
        if (!_isGrace)
        {
            _isGrace = true;
            _timer.Change(Grace, Timeout.InfiniteTimeSpan);
            return;
        }
        try
        {
            Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call has just ended
        }
    }
}
