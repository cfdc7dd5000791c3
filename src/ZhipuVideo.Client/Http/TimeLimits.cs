using System;
using System.Collections.Concurrent;
using System.Threading;

namespace ZhipuVideo.Http;

/// <summary>
/// The time limits of single calls. One that was not reached serves another call, where the platform
/// can: each would cost a timer and three hundred bytes.
/// </summary>
internal sealed class TimeLimits(TimeProvider time)
{
    private readonly ConcurrentQueue<CancellationTokenSource> _free = new();

    /// <summary>A source that is cancelled after this time, unless <see cref="End"/> comes first.</summary>
    internal CancellationTokenSource Begin(TimeSpan duration)
    {
        if (!_free.TryDequeue(out CancellationTokenSource? limit)) return Clock.CancelAfter(time, duration);
        limit.CancelAfter(duration);
        return limit;
    }

    /// <summary>The call is over.</summary>
    /// <param name="limit">Its limit.</param>
    /// <param name="isDone">It ended with a reply: nothing of it is left that could still heed its token.</param>
    internal void End(CancellationTokenSource limit, bool isDone)
    {
#if !NETFRAMEWORK
        if (isDone && limit.TryReset())
        {
            _free.Enqueue(limit);
            return;
        }
#endif
        limit.Dispose();
    }
}
