namespace ZhipuVideo.Tests;

/// <summary>A time that is simulated, in seconds from its beginning; its timers fire once.</summary>
public abstract class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public abstract double Now { get; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Lets something happen so many seconds from now.</summary>
    public abstract void After(double seconds, Action action);

    public override long GetTimestamp() => (long)Math.Round(Now * TimeSpan.TicksPerSecond);

    public override DateTimeOffset GetUtcNow() => Beginning + TimeSpan.FromSeconds(Now);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        VirtualTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(VirtualTime time, Action callback) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("A virtual timer fires once.");
            int setting = ++_setting;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                time.After(dueTime.TotalSeconds, () =>
                {
                    if (setting == _setting) callback();
                });
            }
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}

/// <summary>A clock that jumps from event to event.</summary>
public sealed class VirtualClock : VirtualTime
{
    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private double _now;
    private long _order;

    public override double Now => _now;

    public void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _order++));

    public override void After(double seconds, Action action) => At(Now + seconds, action);

    public void Run(Func<bool>? until = null)
    {
        while (until?.Invoke() != true && Step())
        {
        }
    }

    /// <summary>Lets so many seconds pass.</summary>
    public void Advance(double seconds)
    {
        bool isOver = false;
        After(seconds, () => isOver = true);
        Run(() => isOver);
    }

    /// <summary>Lets the next event happen; false when there is none.</summary>
    public bool Step()
    {
        if (!_events.TryDequeue(out Action? action, out (double Time, long Order) key)) return false;
        _now = key.Time;
        action();
        return true;
    }
}
