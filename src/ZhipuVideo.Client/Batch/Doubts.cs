using System;
using System.Collections.Generic;

namespace ZhipuVideo.Batch;

/// <summary>
/// What a run does about replies that it does not understand: unclear ones to submissions, and codes that nobody knows. Neither may go on in
/// silence, or for ever, or make a thousand unconfirmed rows. Thread-safe, reads no clock; all times are seconds.
/// </summary>
// Unclear replies in a row: pauses of 1, 4, 16, 64, 256 s (the run's own backoff), one submission at a time, and an end after the third where
// the service has not said a word yet, else after the sixth: an outage of five minutes costs five rows their certainty, not a thousand.
// Those to submissions that were under way together count once: one cause has struck them all.
internal sealed class Doubts(int maxUnclear = Doubts.MaxUnclear)
{
    /// <summary>How long a code that nobody knows may ask to wait.</summary>
    internal const double LongestUnknownWait = 300;

    internal const int MaxUnclear = 6;

    private readonly object _sync = new();
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private int _unclear;
    private double _lastUnclear = double.NegativeInfinity;
    private double _unknownSince = double.PositiveInfinity;
    private bool _hasSpoken;

    internal void Clear()
    {
        lock (_sync) (_hasSpoken, _unclear, _unknownSince) = (true, 0, double.PositiveInfinity);
    }

    /// <summary>A submission has got an unclear reply.</summary>
    /// <param name="sentAt">When it was sent.</param>
    /// <param name="now">Monotonic seconds.</param>
    /// <returns>How many came in a row, and whether nothing further should be sent.</returns>
    internal (int Count, bool IsEnough) AddUnclear(double sentAt, double now)
    {
        lock (_sync)
        {
            if (sentAt >= _lastUnclear) (_unclear, _lastUnclear) = (_unclear + 1, now);
            return (_unclear, _unclear >= (_hasSpoken ? maxUnclear : maxUnclear / 2));
        }
    }

    /// <summary>A code that nobody knows asks to wait.</summary>
    /// <param name="code">The code; null = none was given.</param>
    /// <param name="now">Monotonic seconds.</param>
    /// <returns>Whether it is the first time, and whether it has asked long enough.</returns>
    internal (bool IsNews, bool IsEnough) AddUnknown(string? code, double now)
    {
        lock (_sync)
        {
            _unknownSince = Math.Min(_unknownSince, now);
            return (_told.Add(code ?? ""), now - _unknownSince >= LongestUnknownWait);
        }
    }
}
