namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>A clock that jumps from event to event.</summary>
internal sealed class VirtualClock
{
    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private long _order;

    internal double Now { get; private set; }

    internal void At(double time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), _order++));

    internal void After(double delay, Action action) => At(Now + delay, action);

    internal void Run(Func<bool>? until = null)
    {
        while (until?.Invoke() != true && Step())
        {
        }
    }

    /// <summary>Lets the next event happen; false when there is none.</summary>
    internal bool Step()
    {
        if (!_events.TryDequeue(out Action? action, out (double Time, long Order) key)) return false;
        Now = key.Time;
        action();
        return true;
    }
}
