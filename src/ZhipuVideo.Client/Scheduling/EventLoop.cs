using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// The one way to change the state of an account. Callers on any thread enqueue changes; one drain at a time makes them, on the pool, and lets
/// the owner settle what follows from them. What is to happen outside begins after the drain has left the state.
/// </summary>
/// <param name="clock">The time of the changes.</param>
/// <param name="run">Where drains, and what they start, are run; null = on the thread pool. A test in virtual time runs them at once.</param>
/// <param name="settle">Called after each batch of changes, with the moment in seconds of the clock.</param>
/// <param name="fail">Told what a change or the settling threw, so that nobody waits for what will not come. The loop goes on.</param>
internal sealed class EventLoop(Clock clock, Action<Action>? run, Action<double> settle, Action<Exception, double> fail)
{
    private readonly ConcurrentQueue<Action<double>> _changes = new();
    private readonly List<Action> _started = [];
    private readonly object _sync = new();
    private readonly Action<Action> _run = run ?? (static action => ThreadPool.UnsafeQueueUserWorkItem(static state => ((Action)state!)(), action));
    private int _pending;

    /// <summary>Enqueues a change, which is told the moment at which it is made, in seconds of the clock. Never blocks.</summary>
    internal void Post(Action<double> change)
    {
        _changes.Enqueue(change);
        if (Interlocked.Increment(ref _pending) == 1) _run(Drain);
    }

    /// <summary>Enqueues a change that has a result: the default when it fails, for what has happened outside has happened all the same.</summary>
    internal Task<T?> PostAsync<T>(Func<double, T?> change)
    {
        TaskCompletionSource<T?> source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(now =>
        {
            T? result = default;
            try
            {
                result = change(now);
            }
            finally
            {
                source.SetResult(result);
            }
        });
        return source.Task;
    }

    /// <summary>
    /// Runs something once the state has been left. Call from a change or from settling. What it throws stays in its task: a caller's own failure
    /// is no reason to end its process.
    /// </summary>
    internal void Start(Action action) => _started.Add(action);

    /// <summary>Reads the state as the last drain has left it, or touches what no drain decides on. Waits for the drain that is under way.</summary>
    internal T Access<T>(Func<T> access)
    {
        lock (_sync) return access();
    }

    private void Drain()
    {
        int count;
        do
        {
            count = Volatile.Read(ref _pending);
            Action[] started;
            lock (_sync)
            {
                double now = clock.Now;
                for (int i = 0; i <= count; i++)
                {
                    Action<double> change = i < count && _changes.TryDequeue(out Action<double>? posted) ? posted : settle;
                    try
                    {
                        change(now);
                    }
                    catch (Exception e) when (e is not OutOfMemoryException)
                    {
                        fail(e, now);
                    }
                }
                started = [.. _started];
                _started.Clear();
            }
            foreach (Action action in started) _run(new Task(action).RunSynchronously);
        }
        while (Interlocked.Add(ref _pending, -count) > 0);
    }
}
