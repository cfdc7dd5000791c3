using System;
using System.Collections.Concurrent;
using System.Threading;

namespace ZhipuVideo.Http;

/// <summary>
/// The time limits of single calls. One that was not reached serves another call, where the platform can: each would cost a timer and
/// three hundred bytes.
/// </summary>
internal sealed class TimeLimits(TimeProvider time)
{
    private readonly ConcurrentQueue<TimeLimit> _free = new();

    /// <summary>The limit of a call that begins now, until <see cref="End"/>.</summary>
    internal TimeLimit Begin(TimeSpan duration)
    {
        if (!_free.TryDequeue(out TimeLimit? limit)) limit = new TimeLimit(time);
        limit.Start(duration);
        return limit;
    }

    /// <summary>The call is over.</summary>
    /// <param name="limit">Its limit.</param>
    /// <param name="isDone">It ended with a reply: nothing of it is left that could still heed its token.</param>
    internal void End(TimeLimit limit, bool isDone)
    {
        if (isDone && limit.TryReset()) _free.Enqueue(limit);
        else limit.Dispose();
    }
}

/// <summary>
/// When a call is given up. A process that was frozen past its end (a closed lid, a paused container) finds its timer due before it has read
/// what arrived meanwhile; so the end of the time is not yet the end of the call: first it may take what is there.
/// </summary>
internal sealed class TimeLimit : IDisposable
{
    /// <summary>Plenty for a reply that is there, also where everything wakes up at once.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly object _sync = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _source = new();
    private TimeSpan _duration;
    private long _begin;
    private bool _isGrace;

    internal TimeLimit(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(static limit => ((TimeLimit)limit!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the call is to be given up.</summary>
    internal CancellationToken Token => _source.Token;

    internal void Start(TimeSpan duration)
    {
        lock (_sync)
        {
            _isGrace = false;
            Set(duration);
        }
    }

    /// <summary>Gives the call up at once.</summary>
    internal void Cancel() => _source.Cancel();

    /// <summary>Makes it ready for another call; false where that cannot be.</summary>
    internal bool TryReset()
    {
#if NETFRAMEWORK
        return false;
#else
        lock (_sync) Set(Timeout.InfiniteTimeSpan);
        return _source.TryReset();
#endif
    }

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    private void OnTimer()
    {
        lock (_sync)
        {
            if (_duration < TimeSpan.Zero) return; // no call now
            TimeSpan left = _duration - _time.GetElapsedTime(_begin);
            if (left > TimeSpan.Zero)
            {
                // It fired for the call before, or a moment early
                _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                return;
            }
            if (!_isGrace)
            {
                _isGrace = true;
                Set(Grace);
                return;
            }
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

    private void Set(TimeSpan duration)
    {
        _begin = _time.GetTimestamp();
        _duration = duration;
        _timer.Change(duration, Timeout.InfiniteTimeSpan);
    }
}
