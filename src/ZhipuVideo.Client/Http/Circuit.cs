using System;

namespace ZhipuVideo.Http;

/// <summary>Retry budget and circuit of one origin and key: says whether a request may leave now. Not thread-safe, reads no clock;
/// all times are seconds.</summary>
// The idea. A thousand waiting jobs must not knock a thousand times at a closed door. A bucket of 20 tokens pays for failures (a failure
// costs one, an answer returns a tenth), the adaptive retry budget of the large cloud clients; but as scheduled polls are no retries,
// here an empty bucket stops every request, not only the repeated ones.
//   closed     up to 64 requests under way, fewer in proportion to the bucket, so that a server that hangs is not fed with new ones;
//   open       nobody enters but one canary after 1, 2, 4, 5, 5 .. s (+-20 %), counted from the canary before and not from its verdict:
//              a canary that hangs must not hide that the service is back. Any answer half-opens;
//   half-open  a window of 2, one wider per answer (TCP's slow start), half as wide per failure, at most 95 entries a second;
//              below 1 open again; closed at 64, once nobody had to wait for a second or nothing failed for half a minute.
// Figures: `simulate outage` of the benchmark project.
internal sealed class Circuit
{
    internal const int MostUnderWay = 64;
    private const double Capacity = 20, AnswerReturns = 0.1;
    private const double FirstCanary = 1, LaterCanaries = 5;
    private const double EntrySpacing = 1 / 95.0;
    private const double Quiet = 1, Healthy = 30;

    private readonly Func<double> _random;
    private State _state;
    private double _tokens = Capacity;
    private double _canaryDelay = FirstCanary;
    private double _nextEntry = double.NegativeInfinity;
    private double _lastRefusal = double.NegativeInfinity;
    private double _lastFailure;
    private double _window;
    private int _underWay;
    private int _older; // of those under way: entered before the circuit half-opened

    internal Circuit(Func<double>? random = null) => _random = random ?? new Random().NextDouble;

    private enum State
    {
        Closed,
        Open,
        HalfOpen,
    }

    internal bool IsOpen => _state == State.Open;

    /// <summary>True: the request may leave and counts as under way until one of the three methods below is called for it.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="retryAt">When to ask again; positive infinity when only the end of another request helps.</param>
    internal bool TryEnter(double now, out double retryAt)
    {
        if (_state == State.HalfOpen && _window >= MostUnderWay && (now - _lastRefusal > Quiet || now - _lastFailure > Healthy))
        {
            _state = State.Closed;
            _tokens = Capacity;
        }

        retryAt = HasRoom ? Math.Max(now, _state == State.Closed ? now : _nextEntry) : double.PositiveInfinity;
        if (retryAt > now)
        {
            _lastRefusal = now;
            return false;
        }

        _underWay++;
        if (_state == State.Open)
        {
            PlanCanary(now);
        }
        else if (_state == State.HalfOpen)
        {
            // A timer that fired late may make good for two entries, no more
            _nextEntry = Math.Max(_nextEntry, now - 2 * EntrySpacing) + EntrySpacing;
        }

        return true;
    }

    /// <summary>The request was answered (2xx, 4xx, 429): the service is there.</summary>
    internal void Succeeded(double now)
    {
        Left(now);
        switch (_state)
        {
            case State.Closed:
                _tokens = Math.Min(Capacity, _tokens + AnswerReturns);
                break;
            case State.Open:
                _state = State.HalfOpen;
                _window = 2;
                _older = _underWay;
                _nextEntry = now;
                _lastFailure = now;
                break;
            default:
                _window = Math.Min(MostUnderWay, _window + 1);
                break;
        }
    }

    /// <summary>The request met an outage: transport error, time-out, 5xx of a gateway.</summary>
    internal void Failed(double now)
    {
        // What left before the circuit half-opened tells nothing of the service as it is now
        bool old = _older > 0;
        _older = Math.Max(0, _older - 1);
        Left(now);
        if (_state == State.Closed)
        {
            if (--_tokens < 1)
            {
                _canaryDelay = FirstCanary;
                Open(now);
            }
        }
        else if (_state == State.HalfOpen && !old)
        {
            _lastFailure = now;
            _window /= 2;
            if (_window < 1)
            {
                Open(now);
            }
        }
    }

    /// <summary>The request ended without a verdict (cancelled).</summary>
    internal void Left(double now)
    {
        _underWay--;
        _older = Math.Min(_older, _underWay);
    }

    private bool HasRoom => _underWay < MostUnderWay && _state switch
    {
        State.Closed => _underWay < MostUnderWay * _tokens / Capacity,
        State.HalfOpen => _underWay - _older < (int)_window,
        _ => true,
    };

    private void Open(double now)
    {
        _state = State.Open;
        _older = 0;
        PlanCanary(now);
    }

    private void PlanCanary(double now)
    {
        _nextEntry = now + _canaryDelay * (0.8 + 0.4 * _random());
        _canaryDelay = Math.Min(LaterCanaries, 2 * _canaryDelay);
    }
}
