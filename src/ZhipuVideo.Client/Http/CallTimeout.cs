using System;
using System.Threading;

namespace ZhipuVideo.Http;

/// <summary>
/// When a call is given up: at its time limit, or when its caller stops. A process that was frozen past the limit (a closed lid, a paused
/// container) finds its timer due before it has read what arrived meanwhile; so when the time is up, the call has two seconds more to take
/// what is there.
/// </summary>
internal sealed class CallTimeout : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private bool _isGrace;

    internal CallTimeout(TimeProvider time, TimeSpan limit, CancellationToken stop)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _timer = time.CreateTimer(static state => ((CallTimeout)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the call is to be given up.</summary>
    internal CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
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
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call has just ended
        }
    }
}
