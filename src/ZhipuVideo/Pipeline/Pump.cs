using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Pipeline;

/// <summary>
/// The one bridge between the pipeline and the asynchronous client. Background work posts what it has to say; the pipeline thread,
/// which alone may write, runs it whenever it comes by. A write that throws (Select-Object -First has had enough, Ctrl+C) stops the work at once.
/// </summary>
internal sealed class Pump : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestSettling = TimeSpan.FromMilliseconds(100); // of 200 that a stop may take

    private readonly object _sync = new();
    private readonly Queue<Action> _outputs = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Action? _onTick;
    private long _lastTick;
    private int _running;

    /// <param name="onTick">Called on the pipeline thread about four times a second while it waits or comes by: progress.</param>
    internal Pump(Action? onTick = null)
    {
        _onTick = onTick;
        _lastTick = Stopwatch.GetTimestamp();
    }

    /// <summary>Cancelled as soon as the pipeline stops.</summary>
    internal CancellationToken Token => _stop.Token;

    /// <summary>Pieces of work under way.</summary>
    internal int Running => Volatile.Read(ref _running);

    /// <summary>Hands something to be written to the pipeline thread; from any thread.</summary>
    internal void Post(Action output)
    {
        lock (_sync)
        {
            _outputs.Enqueue(output);
            Monitor.Pulse(_sync);
        }
    }

    /// <summary>
    /// Starts background work; pipeline thread only, which runs it to its first wait, so that rows start in their order. Its own failures it
    /// posts itself; a failure that it did not expect ends the pipeline.
    /// </summary>
    internal void Start(Func<CancellationToken, Task> work)
    {
        Interlocked.Increment(ref _running);
        _ = work(Token).ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Work that is not a task begins; <see cref="End"/> must follow.</summary>
    internal void Begin() => Interlocked.Increment(ref _running);

    /// <summary>A piece of work has ended, and its output was posted.</summary>
    internal void End()
    {
        lock (_sync)
        {
            Interlocked.Decrement(ref _running);
            Monitor.Pulse(_sync);
        }
    }

    /// <summary>Writes what is ready and returns at once; pipeline thread only.</summary>
    internal void Drain() => DrainWhile(static () => false);

    /// <summary>Writes what is ready and whatever comes while <paramref name="busy"/>; pipeline thread only.</summary>
    internal void DrainWhile(Func<bool> busy)
    {
        while (true)
        {
            Action? output = null;
            lock (_sync)
            {
                if (_outputs.Count > 0) output = _outputs.Dequeue();
                else if (_stop.IsCancellationRequested || !busy()) break;
                else if (_onTick is null) Monitor.Wait(_sync);
                else Monitor.Wait(_sync, Tick);
            }
            if (output is null)
            {
                TickIfDue();
                continue;
            }
            try
            {
                output();
                TickIfDue();
            }
            catch
            {
                Stop();
                throw;
            }
        }
        TickIfDue();
    }

    /// <summary>Cancels all work and wakes the pipeline thread; from any thread, as often as one likes.</summary>
    internal void Stop()
    {
        if (_stop.IsCancellationRequested) return;
        _stop.Cancel();
        lock (_sync) Monitor.PulseAll(_sync);
    }

    /// <summary>
    /// Cancels all work and waits a moment for it to take note: a row that was never sent says so itself. Longer than that nobody who has
    /// pressed Ctrl+C shall wait, and what is not known by then counts as unconfirmed.
    /// </summary>
    internal void Settle()
    {
        Stop();
        lock (_sync)
        {
            long end = Stopwatch.GetTimestamp() + (long)(LongestSettling.TotalSeconds * Stopwatch.Frequency);
            while (_running > 0)
            {
                double left = (end - Stopwatch.GetTimestamp()) / (double)Stopwatch.Frequency;
                if (left <= 0 || !Monitor.Wait(_sync, TimeSpan.FromSeconds(left))) break;
            }
        }
    }

    public void Dispose() => Stop();

    private void Ended(Task work)
    {
        bool isStop = work.IsCanceled && _stop.IsCancellationRequested;
        if (work.Status != TaskStatus.RanToCompletion && !isStop)
        {
            Exception error = work.Exception?.GetBaseException() ?? new OperationCanceledException();
            Post(() => throw new InvalidOperationException(error.Message, error));
        }
        End();
    }

    private void TickIfDue()
    {
        if (_onTick is null || _stop.IsCancellationRequested) return;
        long now = Stopwatch.GetTimestamp();
        if ((now - _lastTick) < Tick.TotalSeconds * Stopwatch.Frequency) return;
        _lastTick = now;
        _onTick();
    }
}
