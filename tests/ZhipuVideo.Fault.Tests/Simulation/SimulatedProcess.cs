using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>
/// A process with clients in it: its clock, and whether it lives. Once it is dead no timer of it fires, no reply reaches it and nothing
/// that it writes reaches the disk. While it is frozen (a laptop that sleeps) all that waits.
/// </summary>
internal sealed class SimulatedProcess : VirtualTime
{
    private readonly World _world;
    private double _wallAhead;

    public SimulatedProcess(World world)
    {
        _world = world;
        Accounts = new SchedulerRegistry(this, world.Random);
    }

    public SchedulerRegistry Accounts { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Nothing happens in it before this time.</summary>
    public double FrozenUntil { get; private set; }

    public override double Now => _world.Now;

    /// <summary>Ends it as SIGKILL does.</summary>
    public void Die()
    {
        if (IsAlive) _world.Note("the process dies");
        IsAlive = false;
    }

    public void Freeze(double seconds)
    {
        _world.Note($"the process is frozen for {seconds:F0} s");
        FrozenUntil = Math.Max(FrozenUntil, _world.Now + seconds);
    }

    /// <summary>Somebody sets the clock on the wall.</summary>
    public void SetWallClock(double secondsAhead)
    {
        _world.Note($"the clock on the wall is {secondsAhead:F0} s ahead");
        _wallAhead = secondsAhead;
    }

    /// <summary>Something reaches the process after so many seconds, if it still lives then.</summary>
    public override void After(double seconds, Action action) => _world.After(seconds, () =>
    {
        if (!IsAlive) return;
        if (_world.Now < FrozenUntil) After(FrozenUntil - _world.Now, action);
        else action();
    });

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddSeconds(_wallAhead);
}
