namespace ZhipuVideo.Tests.Simulation;

/// <summary>
/// What a simulated run has in place of the real world: time, chance, and a trace of what happened.
/// </summary>
/// <remarks>
/// The client's continuations run on the thread pool, whatever context they are started from. So that one seed always gives one order of
/// things, the pool has a single thread, events happen on it, and the next one happens when nothing of the last is left to do. A pool
/// belongs to a process: simulations need a process of their own.
/// </remarks>
internal sealed class World
{
    private readonly VirtualClock _clock = new();
    private readonly Random _random;
    private readonly List<string> _trace = [];
    private string? _violation;

    public World(int seed) => _random = new Random(seed);

    /// <summary>Seconds since the world began.</summary>
    public double Now => _clock.Now;

    /// <summary>Events so far.</summary>
    public long Events { get; private set; }

    /// <summary>What happened, each line with its time.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>Leaves the pool one thread. To be called once, before anything else.</summary>
    public static void Enter() => Assert.True(ThreadPool.SetMinThreads(1, 1) && ThreadPool.SetMaxThreads(1, 1), "The thread pool cannot be had with one thread.");

    /// <summary>From 0 to 1.</summary>
    public double Random() => _random.NextDouble();

    public bool Chance(double probability) => _random.NextDouble() < probability;

    public double Between(double low, double high) => low + ((high - low) * _random.NextDouble());

    /// <summary>From the first to the second, both included.</summary>
    public int Between(int low, int high) => _random.Next(low, high + 1);

    public T OneOf<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>Lets something happen so many seconds from now.</summary>
    public void After(double seconds, Action action) => _clock.After(seconds, action);

    public void Note(string text) => _trace.Add(string.Create(CultureInfo.InvariantCulture, $"{Now,12:F3}  {text}"));

    /// <summary>Says that an invariant was broken, from wherever that is seen: the world ends with it.</summary>
    public void Require(bool holds, string violation)
    {
        if (!holds) _violation ??= violation;
    }

    /// <summary>Lets things happen until something is so: false when nothing is left that could happen.</summary>
    public Task<bool> RunAsync(Func<bool> until)
    {
        Driver driver = new(this, until);
        driver.Queue();
        return driver.Ended;
    }

    /// <summary>Lets the next event happen whenever the pool has nothing else to do.</summary>
    private sealed class Driver(World world, Func<bool> until) : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource<bool> _source = new();

        public Task<bool> Ended => _source.Task;

        public void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

        public void Execute()
        {
            try
            {
                if (world._violation is { } violation) Assert.Fail(violation);
                if (ThreadPool.PendingWorkItemCount == 0)
                {
                    if (until())
                    {
                        _source.SetResult(true);
                        return;
                    }
                    if (!world._clock.Step())
                    {
                        _source.SetResult(false);
                        return;
                    }
                    world.Events++;
                }
                Queue();
            }
            catch (Exception e)
            {
                _source.SetException(e);
            }
        }
    }
}
