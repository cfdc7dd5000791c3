using System;
using System.Threading;

namespace ZhipuVideo.Download;

/// <summary>
/// Measures once in each window whether a file comes at the lowest rate or faster, as curl's speed-limit and speed-time do; a window may
/// stretch over several tries. A file that is slower loses its slot to the next in the queue. With each turn it is given twice the windows, up
/// to eight: a line that is slow for all must still get further than the bytes that are asked for again after each cut.
/// </summary>
internal sealed class SpeedWatch : IDisposable
{
    private const int MaxSlowWindows = 8;

    private readonly object _sync = new();
    private readonly DownloadSlot _slot;
    private readonly TimeSpan _window;
    private readonly double _minBytes;
    private readonly ITimer _timer;
    private IdleWatch? _attempt;
    private double _bytes;
    private int _slowWindows;
    private int _allowedSlowWindows = 1;
    private bool _isTooSlow;

    internal SpeedWatch(DownloaderOptions options, DownloadSlot slot)
    {
        _slot = slot;
        _window = options.RateWindow;
        _minBytes = options.MinRate * _window.TotalSeconds;
        _timer = options.Clock.Time.CreateTimer(static watch => ((SpeedWatch)watch!).Measure(), this, _window, _window);
    }

    /// <summary>Whether the slot is better given to another. Without others, after the longest time that a turn may have.</summary>
    internal bool IsTooSlow
    {
        get
        {
            lock (_sync) return _isTooSlow;
        }
    }

    /// <summary>From now on it is this try that ends when the file is too slow.</summary>
    internal void Follow(IdleWatch attempt)
    {
        lock (_sync) _attempt = attempt;
    }

    /// <summary>Bytes came.</summary>
    internal void Receive(int bytes)
    {
        lock (_sync) _bytes += bytes;
    }

    /// <summary>The slot is given away: nothing is measured.</summary>
    internal void Pause() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>The slot is taken again.</summary>
    internal void Resume()
    {
        lock (_sync)
        {
            if (_isTooSlow) _allowedSlowWindows = Math.Min(2 * _allowedSlowWindows, MaxSlowWindows);
            _isTooSlow = false;
            _bytes = 0;
            _slowWindows = 0;
        }
        _timer.Change(_window, _window);
    }

    public void Dispose() => _timer.Dispose();

    private void Measure()
    {
        IdleWatch? attempt;
        lock (_sync)
        {
            // Without a slot there is nothing to lose
            _slowWindows = _bytes < _minBytes && _slot.IsHeld ? _slowWindows + 1 : 0;
            _bytes = 0;
            if (_slowWindows < (_slot.IsWanted ? _allowedSlowWindows : MaxSlowWindows)) return;
            _isTooSlow = true;
            attempt = _attempt;
        }
        attempt?.Cancel();
    }
}
