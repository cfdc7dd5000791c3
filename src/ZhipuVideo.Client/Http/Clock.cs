using System;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Http;

/// <summary>Monotonic seconds of a <see cref="TimeProvider"/>: nothing here depends on the wall clock, which people set.</summary>
internal sealed class Clock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    internal TimeProvider Time => time;

    internal double Now => Time.GetElapsedTime(_start).TotalSeconds;

    internal DateTime UtcNow => Time.GetUtcNow().UtcDateTime;

    internal static CancellationTokenSource CancelAfter(TimeProvider time, TimeSpan delay) =>
#if NETFRAMEWORK
        time.CreateCancellationTokenSource(delay);
#else
        new(delay, time);
#endif

    internal Task DelayAsync(double seconds, CancellationToken cancellationToken) =>
#if NETFRAMEWORK
        Time.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
#else
        Task.Delay(TimeSpan.FromSeconds(seconds), Time, cancellationToken);
#endif
}
