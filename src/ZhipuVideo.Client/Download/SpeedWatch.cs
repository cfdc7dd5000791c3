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

    private readonly DownloaderOptions _options;
    private readonly DownloadSlot _slot;
    private readonly ITimer _timer;
    private volatile IdleWatch? _attempt;
    private volatile bool _isTooSlow;
    private volatile int _slowWindows;
    private volatile int _allowedSlowWindows = 1;
    private long _bytes;

    internal SpeedWatch(DownloaderOptions options, DownloadSlot slot)
    {
        (_options, _slot) = (options, slot);
        _timer = options.Clock.Time.CreateTimer(static watch => ((SpeedWatch)watch!).Measure(), this, options.RateWindow, options.RateWindow);
    }

    /// <summary>Whether the slot is better given to another. Without others, after the longest time that a turn may have.</summary>
    internal bool IsTooSlow => _isTooSlow;

    /// <summary>From now on it is this try that ends when the file is too slow.</summary>
    internal void Follow(IdleWatch attempt) => _attempt = attempt;

    internal void Receive(int bytes) => Interlocked.Add(ref _bytes, bytes);

    internal void Pause() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    internal void Resume()
    {
        if (_isTooSlow) _allowedSlowWindows = Math.Min(2 * _allowedSlowWindows, MaxSlowWindows);
        _isTooSlow = false;
        _slowWindows = 0;
        Interlocked.Exchange(ref _bytes, 0);
        _timer.Change(_options.RateWindow, _options.RateWindow);
    }

    public void Dispose() => _timer.Dispose();

    private void Measure()
    {
        // Without a slot there is nothing to lose
        bool isSlow = Interlocked.Exchange(ref _bytes, 0) < _options.MinRate * _options.RateWindow.TotalSeconds && _slot.IsHeld;
        _slowWindows = isSlow ? _slowWindows + 1 : 0;
        if (_slowWindows < (_slot.IsWanted ? _allowedSlowWindows : MaxSlowWindows)) return;
        _isTooSlow = true;
        _attempt?.Cancel();
    }
}
