using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Batch;

/// <summary>
/// Requests of one run, of which the first goes alone: a refused key or an empty account then costs one request, however many are to
/// follow. What stops one (<see cref="CogVideoException.StopsRun"/>) stops all that have not begun.
/// </summary>
internal sealed class FailFastGate
{
    private readonly TaskCompletionSource<bool> _firstAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hasFirst;
    private CogVideoException? _stopped;

    /// <summary>Why nothing more is sent; null while the run goes on.</summary>
    internal CogVideoException? Stopped => Volatile.Read(ref _stopped);

    /// <summary>Nothing further begins, for this reason; what has begun goes on.</summary>
    internal void Stop(CogVideoException why) => Interlocked.CompareExchange(ref _stopped, why, null);

    internal async Task<T> RunAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken)
    {
        bool isFirst = Interlocked.Exchange(ref _hasFirst, 1) == 0;
        if (!isFirst) await _firstAnswered.Task.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        if (Stopped is { } stopped) throw stopped;
        try
        {
            return await request().ConfigureAwait(false);
        }
        catch (CogVideoException e) when (e.StopsRun)
        {
            Stop(e);
            throw;
        }
        finally
        {
            if (isFirst) _firstAnswered.TrySetResult(true);
        }
    }
}
