using System;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// Retry budget and circuit breaker of one origin and key: decides whether a request may leave now. Pure: not thread-safe, reads no clock; all
/// times are monotonic seconds.
/// </summary>
// The idea. A thousand waiting jobs must not knock a thousand times at a closed door. A bucket of 20 tokens pays for failures (a failure
// costs one, an answer returns a tenth), the adaptive retry budget of the large cloud clients; but as scheduled polls are no retries,
// here an empty bucket stops every request, not only the repeated ones (Nygard's circuit breaker).
//   state      left when                               what may leave
//   closed     less than one token is left: open       up to 64 requests at once, fewer in proportion to the bucket, so that a server
//                                                      that hangs is not fed with new ones
//   open       any answer: half-open                   one probe after 1, 2, 4, 5, 5 .. s (+-20 %), counted from the probe before and
//                                                      not from its outcome: a probe that hangs must not hide that the service is back
//   half-open  the window is below 1: open;            a window of 2, one wider per answer (TCP's slow start), half as wide per failure,
//              at 64, and nobody had to wait for a     at most 95 entries a second
//              second or nothing failed for half a
//              minute: closed
// Whoever comes after all others have left begins with a closed circuit, as a fresh process would (Reset).
// Figures (`simulate outage` of the benchmark project; 60 s of outage, 1,000 jobs in flight):
//   1.04 requests a job when refused at once, 1.08 with time-outs of 10 s (retries alone 6.7 and 5.1);
//   the first answer at most 7 s after the return;
//   the backlog done at most 20 s after it, with no more than 100 requests in a second.
internal sealed class CircuitBreaker(Func<double> random)
{
    internal const int MaxConcurrent = 64;
    private const double Capacity = 20, AnswerReturns = 0.1, FirstProbe = 1, LaterProbes = 5, EntrySpacing = 1 / 95.0, Quiet = 1, Healthy = 30;
    private const int FewestFailures = 3;

    private State _state;
    private double _tokens = Capacity;
    private double _probeDelay = FirstProbe;
    private double _nextEntry = double.NegativeInfinity;
    private double _lastRefusal = double.NegativeInfinity;
    private double _lastFailure;
    private double _failingSince;
    private double _window;
    private int _failures; // in a row
    private int _underWay;
    private int _stale; // of those under way: entered before the circuit half-opened or was reset

    private enum State { Closed, Open, HalfOpen }

    internal bool IsOpen => _state == State.Open;

    /// <summary>When requests began to fail and none was answered since; null while they are, and after one or two failures, which happen.</summary>
    internal double? FailingSince => _failures >= FewestFailures ? _failingSince : null;

    /// <summary>Nobody uses the account any more: what was learned of an outage does not hold up whoever comes next.</summary>
    internal void Reset()
    {
        _state = State.Closed;
        _tokens = Capacity;
        _failures = 0;
        _stale = _underWay;
    }

    /// <summary>True: the request may leave and counts as under way until one of the three methods below is called for it.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="retryAt">When to ask again; positive infinity when only the end of another request helps.</param>
    internal bool TryEnter(double now, out double retryAt)
    {
        if (_state == State.HalfOpen && _window >= MaxConcurrent && (now - _lastRefusal > Quiet || now - _lastFailure > Healthy))
        {
            _state = State.Closed;
            _tokens = Capacity;
        }
        retryAt = !HasRoom ? double.PositiveInfinity : _state == State.Closed ? now : Math.Max(now, _nextEntry);
        if (retryAt > now)
        {
            _lastRefusal = now;
            return false;
        }
        _underWay++;
        if (_state == State.Open) PlanProbe(now);
        // A timer that fired late may make good for two entries, no more
        else if (_state == State.HalfOpen) _nextEntry = Math.Max(_nextEntry, now - 2 * EntrySpacing) + EntrySpacing;
        return true;
    }

    /// <summary>The request was answered (2xx, 4xx, 429): the service is there.</summary>
    internal void OnSuccess(double now)
    {
        OnCancelled(now);
        _failures = 0;
        if (_state == State.Closed) _tokens = Math.Min(Capacity, _tokens + AnswerReturns);
        else if (_state == State.HalfOpen) _window = Math.Min(MaxConcurrent, _window + 1);
        else
        {
            _state = State.HalfOpen;
            _window = 2;
            _stale = _underWay;
            _nextEntry = _lastFailure = now;
        }
    }

    /// <summary>The request met an outage: transport error, time-out, 5xx of a gateway.</summary>
    internal void OnFailure(double now)
    {
        bool isStale = _stale > 0;
        _stale = Math.Max(0, _stale - 1);
        OnCancelled(now);
        if (isStale) return; // left before the circuit half-opened, or was reset: that tells nothing of the service as it is now
        if (_failures++ == 0) _failingSince = now;
        if (_state == State.Closed && --_tokens < 1)
        {
            _probeDelay = FirstProbe;
            Open(now);
        }
        else if (_state == State.HalfOpen)
        {
            _lastFailure = now;
            _window /= 2;
            if (_window < 1) Open(now);
        }
    }

    internal void OnCancelled(double now)
    {
        _underWay--;
        _stale = Math.Min(_stale, _underWay);
    }

    private bool HasRoom => _underWay < MaxConcurrent && _state switch
    {
        State.Closed => _underWay < MaxConcurrent * _tokens / Capacity,
        State.HalfOpen => _underWay - _stale < (int)_window,
        _ => true,
    };

    private void Open(double now)
    {
        _state = State.Open;
        _stale = 0;
        PlanProbe(now);
    }

    private void PlanProbe(double now)
    {
        _nextEntry = now + _probeDelay * (0.8 + 0.4 * random());
        _probeDelay = Math.Min(LaterProbes, 2 * _probeDelay);
    }
}
