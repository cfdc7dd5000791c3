using System;
using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// How many tasks an account may have in flight with one model, learned: decides whether a submission may be sent now. Pure: not thread-safe,
/// reads no clock; all times are monotonic seconds.
/// </summary>
// The idea. The service takes K tasks at once and answers 429/1302 beyond; nobody tells K. A rejection costs a request, an idle slot costs
// a video. So: as many in flight as were seen to be accepted together, and now and then one more (a probe), to notice that there is room.
// A limiter in the manner of Netflix's concurrency-limits, but not AIMD: to grow by one per round and halve on rejection leaves a tenth to
// a quarter of the slots idle.
//   state        left when                          what is done
//   unknown      the first rejection: the limit is  one, then as many as lead to the next step of 1, 3, 6, 11, 16 ..: one beyond the
//                what is in flight                  limits that accounts are sold with (5, 10 ..), so that such a limit costs one
//                                                   rejection; past 50 a tenth more. Each step costs a round trip.
//                                                   After a warm start the first step is as many as an earlier run had in flight.
//   rejected     one is accepted; or the third      the service frees a slot late, K has shrunk, or somebody else was faster: again
//   with room    rejection lowers the limit to      after 1 s, 2 s or the next end, one at a time. With nothing of ours in flight:
//                what is in flight                  after 1, 2, 4 .. 30 s, but once per service time; that tells nothing of K.
//   at limit     a probe is accepted, and every     somebody who was there before us may leave at any moment: a probe 2 service times
//                other job was found running:       or 12 ends after the limit was learned, 4 or 24 later, then every 22 ends. All
//                one more, and the next at once     rejections stay within 5, past 96 acceptances within one in 32; the last of them
//                                                   is kept for 48 ends, for who leaves late. Learning that cost more skips a gap.
//   contended    twelve probes were rejected        the limit was lowered, or nothing of ours was let in: somebody else holds what we
//                                                   had, and will leave. A probe after one service time, then after two (after one
//                                                   where 8 ended meanwhile), whatever was spent; all submissions one at a time.
// A service time is the geometric mean of the latest ends, 60 s before the first. Where nothing at all has happened for five minutes
// or three service times, a probe is due in any state: tasks that never end must not hold up the rows for ever. An accepted probe may have got the slot of a job that
// had ended unseen, hence the poll of all others. A recovered task (of an earlier process, or of a lost reply) counts as one in flight
// until it was polled, so that no submission is spent to find out.
// Figures (`simulate slots` of the benchmark project; T = service time):
//   alone, any K of 1 .. 64: at most 4.9 % of the submissions are rejected; K = 5, T = 90 s: 98.8 % of lag-free list scheduling;
//   m of 5 slots taken from us for 0.5 .. 20 T: all are used again 1 T after, at worst 2.2 T (with ends alone 2.2 T, at worst 11 T);
//   a killed batch goes on an hour later, K = 5, T = 5 s: 0.7 T of slots idle in the first 3 T, and 1.0 T cold (`simulate restart`);
//   4 of 5 slots held from before our first submission until 5 T, all of T = 5 s: all are used 1.2 T after (with ends alone 7.5 T).
internal sealed class ConcurrencyLimiter
{
    private const double InitialServiceTime = 60, MinServiceTime = 1, MaxRetry = 30, MinSilence = 300;
    private const int ServiceTimesAveraged = 8, RejectionsToLower = 3, InitialAllowance = 5, AcceptedPerRejection = 32;
    private const int ContendedProbes = 12, ContendedGap = 8;

    /// <summary>From a rejection to the next probe, whichever comes first: service times, and ends.</summary>
    private static readonly (double Times, int Ends)[] ProbeGaps = [(2, 12), (4, 24), (20, 22), (24, 48)];

    private int _maxConcurrent; // the most that were in flight together
    private int _recovered; // in flight, perhaps
    private int _mostBefore; // the most that were in flight together in an earlier run
    private int _accepted;
    private int _spent; // rejections while the account was ours alone, as far as is known
    private int _probes; // how many gaps are behind us
    private int _contended; // so many rejected probes until the account is thought to be ours alone again
    private bool _isProbeDue; // the last one raised the limit
    private int _ends; // since the last rejection
    private int _rejections; // in a row, with room expected
    private int _staleRejections; // submissions under way when the last rejection came: theirs are no news
    private int _overshoot; // of those, rejected
    private bool _isProbing;
    private bool _isOneAtATime; // until one is accepted
    private int _serviceTimes; // known, up to as many as are averaged
    private double _serviceTime = InitialServiceTime;
    private double _lastRejection = double.PositiveInfinity;
    private double _lastEvent = double.PositiveInfinity; // an acceptance, a rejection or an end
    private double _retryAt = double.NegativeInfinity;
    private double _throttledUntil = double.NegativeInfinity;

    internal int InFlight { get; private set; } // tasks of ours that were accepted and are not known to have ended
    internal int Sending { get; private set; } // submissions under way
    internal int? Limit { get; private set; } // how many tasks the account takes at once, as far as is known

    /// <summary>A probe was accepted: poll every other job in flight once, then call <see cref="OnProbeVerified"/>.</summary>
    internal bool IsVerificationWanted { get; private set; }

    /// <summary>Rejections that may be spent on finding out, while the account is ours alone.</summary>
    private int Allowance => Math.Max(InitialAllowance, 2 + _accepted / AcceptedPerRejection);

    private int Occupied => InFlight + Sending;

    private int ConfirmedInFlight => InFlight - _recovered;

    /// <summary>The first of 1, 3, 6, 11, 16, 21 .. that was not reached yet.</summary>
    private int NextStep => _maxConcurrent switch { 0 => 1, < 3 => 3, _ => (_maxConcurrent - 1) / 5 * 5 + 6 };

    /// <summary>A warm start until a limit is learned: what tasks took, the latest last, and the most in flight together; 0 = not known.</summary>
    internal void Seed(IReadOnlyList<double> serviceTimes, int mostInFlight)
    {
        if (Limit is not null) return;
        int from = _serviceTimes > 0 ? serviceTimes.Count : Math.Max(0, serviceTimes.Count - ServiceTimesAveraged);
        for (int i = from; i < serviceTimes.Count; i++) AddServiceTime(serviceTimes[i]);
        _mostBefore = mostInFlight;
    }

    /// <summary>May one of the rows that wait be sent? True: it counts as under way until its outcome is reported.</summary>
    /// <param name="now">The time.</param>
    /// <param name="waiting">How many wait, this one included.</param>
    /// <param name="retryAt">When to ask again if nothing else happens; positive infinity when only an event helps.</param>
    internal bool TryAcquire(double now, int waiting, out double retryAt)
    {
        retryAt = double.PositiveInfinity;
        if (waiting < 1 || (Sending > 0 && (_isOneAtATime || _contended > 0))) return false;
        bool hasRoom = Occupied < (Limit ?? Math.Max(_mostBefore, Math.Max(NextStep, _maxConcurrent + _maxConcurrent / 10)));
        if (!hasRoom && (Sending > 0 || IsVerificationWanted || Limit is null)) return false;
        retryAt = Math.Max(Math.Max(now, hasRoom ? now : NextProbe(now)), Math.Max(_retryAt, _throttledUntil));
        if (retryAt > now) return false;
        _isProbing = !hasRoom;
        Sending++;
        return true;
    }

    internal void OnAccepted(double now)
    {
        bool probe = EndSending();
        InFlight++;
        _accepted++;
        _maxConcurrent = Math.Max(_maxConcurrent, ConfirmedInFlight);
        _rejections = 0;
        _isOneAtATime = false;
        _lastEvent = _retryAt = now;
        if (probe && InFlight > 1) IsVerificationWanted = true;
        else if (Limit < ConfirmedInFlight) Limit = ConfirmedInFlight;
    }

    /// <summary>It was rejected for want of a slot (429/1302). An end that becomes known overrides the pause that the service asks for.</summary>
    internal void OnRejected(double now, double? retryAfter)
    {
        bool isStale = _staleRejections > 0;
        bool probe = EndSending();
        _lastEvent = now;
        if (Limit is null || probe || isStale) Spend();
        if (isStale)
        {
            if (++_overshoot > 1) _probes = Math.Min(_probes + 1, ProbeGaps.Length - 2);
            return;
        }
        _lastRejection = now;
        _ends = 0;
        _isProbeDue = false;
        _staleRejections = Sending;
        _overshoot = 0;
        if (probe)
        {
            if (retryAfter > 0) _retryAt = now + retryAfter.Value;
            _probes = Math.Min(_probes + 1, ProbeGaps.Length - 2);
        }
        else if (InFlight == 0)
        {
            _contended = ContendedProbes;
            Retry(now, retryAfter, Math.Min(MaxRetry, _serviceTime));
        }
        else if (Occupied < Limit && _rejections + 1 < RejectionsToLower)
        {
            Retry(now, retryAfter, MaxRetry);
        }
        else if (Limit is null || Occupied < Limit)
        {
            if (Limit is not null) _contended = ContendedProbes;
            Limit = Math.Max(1, ConfirmedInFlight);
        }
    }

    /// <summary>The submission took no slot, and nobody may start for a while (1303, 1305, 1312, 1120); after that one alone.</summary>
    internal void OnThrottled(double now, double delay)
    {
        if (EndSending()) _lastEvent = now;
        _throttledUntil = Math.Max(_throttledUntil, now + delay);
        _isOneAtATime = true;
    }

    internal void Resume(double now)
    {
        _throttledUntil = now;
        _retryAt = Math.Min(_retryAt, now);
    }

    internal void OnIgnored(double now)
    {
        if (EndSending()) _lastEvent = now;
    }

    /// <summary>A task that was not submitted through this limiter is in flight, or was: until <see cref="OnRecoveryVerified"/> says which.</summary>
    internal void OnRecovered()
    {
        InFlight++;
        _recovered++;
    }

    /// <summary>A recovered task was polled. One that has ended frees no slot: nobody knows when it did.</summary>
    internal void OnRecoveryVerified(bool isRunning)
    {
        _recovered--;
        if (!isRunning)
        {
            InFlight--;
            return;
        }
        _maxConcurrent = Math.Max(_maxConcurrent, ConfirmedInFlight);
        if (Limit < ConfirmedInFlight) Limit = ConfirmedInFlight;
    }

    /// <summary>One of ours in flight is known to have ended. How long it took is null when its start is not known.</summary>
    internal void OnCompleted(double now, double? serviceTime)
    {
        InFlight = Math.Max(0, InFlight - 1);
        _ends++;
        _lastEvent = _retryAt = now;
        if (serviceTime is { } seconds) AddServiceTime(seconds);
    }

    /// <summary>Every other job was polled after an accepted probe: so many had ended, and <see cref="OnCompleted"/> was called for each.</summary>
    internal void OnProbeVerified(int ended)
    {
        IsVerificationWanted = false;
        if (ended > 0 || ConfirmedInFlight <= Limit) return; // the probe decided nothing, and is due again
        Limit = ConfirmedInFlight;
        _probes = 0;
        _isProbeDue = true;
    }

    private void AddServiceTime(double seconds)
    {
        _serviceTimes = Math.Min(_serviceTimes + 1, ServiceTimesAveraged);
        _serviceTime *= Math.Pow(Math.Max(MinServiceTime, seconds) / _serviceTime, 1.0 / _serviceTimes);
    }

    private double NextProbe(double now)
    {
        if (_isProbeDue) return now;
        double silence = _lastEvent + Math.Max(MinSilence, 3 * _serviceTime);
        if (_contended == 0 && _spent >= Allowance) return silence;
        (double times, int ends) = _contended switch
        {
            0 => ProbeGaps[Allowance - _spent > 1 ? _probes : ProbeGaps.Length - 1],
            ContendedProbes => (1, int.MaxValue),
            _ => (_ends >= ContendedGap ? 1 : 2, int.MaxValue),
        };
        return _ends >= ends ? now : Math.Min(silence, _lastRejection + times * _serviceTime);
    }

    /// <summary>One submission less under way; true when it was the probe.</summary>
    private bool EndSending()
    {
        Sending = Math.Max(0, Sending - 1);
        _staleRejections = Math.Max(0, _staleRejections - 1);
        bool probe = _isProbing;
        _isProbing = false;
        return probe;
    }

    /// <summary>A rejection that taught nothing but that there is no more room.</summary>
    private void Spend()
    {
        if (_contended > 0) _contended--;
        else _spent++;
    }

    private void Retry(double now, double? retryAfter, double longest)
    {
        double delay = Math.Max(1, Math.Min(longest, Math.Pow(2, Math.Min(_rejections, 10))));
        _retryAt = now + Math.Max(retryAfter ?? 0, delay);
        _rejections++;
        _isOneAtATime = true;
    }
}
