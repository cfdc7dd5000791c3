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

    internal static CancellationTokenSource CancelAfter(TimeProvider time, double seconds) =>
#if NETFRAMEWORK
        time.CreateCancellationTokenSource(GetDelay(seconds));
#else
        new(GetDelay(seconds), time);
#endif

    internal Task DelayAsync(double seconds, CancellationToken cancellationToken) =>
#if NETFRAMEWORK
        Time.Delay(GetDelay(seconds), cancellationToken);
#else
        Task.Delay(GetDelay(seconds), Time, cancellationToken);
#endif

    /// <summary>Whoever wants more than .NET Framework's timers take (2^31 ms, 24.8 days) waits that long.</summary>
    private static TimeSpan GetDelay(double seconds) => TimeSpan.FromMilliseconds(Math.Min(seconds * 1000, int.MaxValue));
}
