using System;

namespace ZhipuVideo.Submission;

/// <summary>How many tasks an account may have in flight with one model, learned: says whether a POST may start now. Not thread-safe,
/// reads no clock; all times are seconds.</summary>
// The idea. The service takes K tasks at once and answers 429/1302 beyond; nobody tells K. A refusal costs a request, an idle slot costs
// a video. So: as many in flight as were seen to be accepted together, and now and then one more, to notice that K has grown.
//   unknown      one POST, then as many as lead to the next step of 1, 3, 6, 11, 16, 21 ..: one beyond the limits that accounts are sold
//                with (5, 10, 15 ..), so that learning such a limit costs one refusal; past 50 a tenth more than run already. The first
//                refusal makes the limit what is in flight. Each step costs a round trip, so there are no more of them. A limit between
//                two steps costs up to five refusals; from the third on each puts off the first probe by 30 ends, so that learning
//                and probing together stay within one POST in twenty, for any K and 100 rows, or 2 K where that is more.
//   room, but refused    the service frees a slot late, K has shrunk, or somebody else was faster: again after 1 s, after 2 s or after
//                the next end, one POST at a time; the third refusal, and until one is accepted each further one, lowers the limit to
//                what is in flight.
//   at the limit    `gap` ends after the last refusal, one POST as a probe. Refused: the gap doubles, from 12 to at most 32. Accepted:
//                every other job is looked at once, for the slot may be that of a job that ended unseen; if none had ended, the limit
//                is one higher, and the next probe follows at once.
//                Where nothing is accepted, refused or ended for five minutes, a probe is due too: tasks that never end must not hold up
//                the rows for ever, least of all behind a limit that was learned while somebody else used the account.
//   contended    when the limit had to be lowered, or all was refused with nothing of ours in flight, somebody else uses the account
//                too, and will leave: the gap begins at 2 and stays at 8 or less for six probes. With nothing in flight: again after
//                1, 2, 4 .. 30 s; that tells nothing of K.
//   adopted      a task of an earlier process or a lost reply may hold a slot or not: it counts as one until it was looked at, so that no
//                POST is spent to find out; found running, it was accepted together with the others that run.
// A probe costs one refusal in a gap, three in a hundred rows. Rules that grow by one per round and halve on refusal (AIMD) leave a
// tenth to a quarter of the slots idle. Figures: `simulate slots` of the benchmark project.
internal sealed class SlotGate
{
    private const int FirstGap = 12, ShortGap = 2, LongestGap = 32;
    private const int LongestContendedGap = 8, ContendedProbes = 6;
    private const int RefusalsToLower = 3;
    private const double LongestWait = 30, LongestSilence = 300;
    private const int EndsPerRefusal = 30;

    private int _proven; // the most that were in flight together
    private int _adopted; // in flight, perhaps
    private int _gap = FirstGap;
    private int _contended; // so many refused probes until the account is thought to be ours alone again
    private int _ends; // since the last refusal or undecided probe; below 0 when learning cost much
    private int _refusals; // in a row, with room expected
    private int _late; // POSTs that were under way when the last refusal came: theirs are no news
    private int _overshoot; // of those, refused
    private bool _isProbing;
    private bool _isAlone; // one POST at a time, until one is accepted
    private double _retryAt = double.NegativeInfinity;
    private double _lastNews = double.PositiveInfinity; // an acceptance, a refusal or an end
    private double _pausedUntil = double.NegativeInfinity;

    internal SlotGate()
    {
    }

    /// <summary>Tasks of ours that were accepted and are not known to have ended.</summary>
    internal int InFlight { get; private set; }

    /// <summary>POSTs under way.</summary>
    internal int Sending { get; private set; }

    /// <summary>How many tasks the account takes at once, as far as is known.</summary>
    internal int? Limit { get; private set; }

    /// <summary>A probe was accepted: look once at every other job in flight, then call <see cref="Looked"/>.</summary>
    internal bool LookWanted { get; private set; }

    private int Occupied => InFlight + Sending;

    /// <summary>In flight for sure.</summary>
    private int Sure => InFlight - _adopted;

    /// <summary>The first of 1, 3, 6, 11, 16, 21 .. that was not reached yet.</summary>
    private int NextStep => _proven switch { 0 => 1, < 3 => 3, _ => (_proven - 1) / 5 * 5 + 6 };

    /// <summary>May a POST start? True: it counts as under way until its outcome is reported.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="waiting">Rows that wait, this one included.</param>
    /// <param name="retryAt">When to ask again if nothing else happens; positive infinity when only an event helps.</param>
    internal bool TryStart(double now, int waiting, out double retryAt)
    {
        bool hasRoom = Occupied < (Limit ?? Math.Max(NextStep, _proven + _proven / 10));
        bool mayProbe = !hasRoom && Sending == 0 && !LookWanted && Limit is not null;
        bool probe = mayProbe && (_ends >= _gap || now >= _lastNews + LongestSilence);
        if (waiting < 1 || (!hasRoom && !probe) || (_isAlone && Sending > 0))
        {
            retryAt = waiting > 0 && mayProbe ? _lastNews + LongestSilence : double.PositiveInfinity;
            return false;
        }

        retryAt = Math.Max(now, Math.Max(_retryAt, _pausedUntil));
        if (retryAt > now)
        {
            return false;
        }

        _isProbing = probe;
        Sending++;
        return true;
    }

    /// <summary>The POST was accepted: its task holds a slot.</summary>
    internal void Accepted(double now)
    {
        bool probe = Answered();
        _lastNews = now;
        InFlight++;
        _proven = Math.Max(_proven, Sure);
        _refusals = 0;
        _isAlone = false;
        _retryAt = now;
        if (probe && InFlight > 1)
        {
            LookWanted = true;
        }
        else if (Limit < Sure)
        {
            Limit = Sure;
        }
    }

    /// <summary>The POST was refused for want of a slot (429/1302).</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="retryAfter">Seconds the service asks to wait; an end that becomes known overrides it.</param>
    internal void Refused(double now, double? retryAfter)
    {
        bool late = _late > 0;
        bool probe = Answered();
        _lastNews = now;
        if (late)
        {
            if (++_overshoot > 1) _ends -= EndsPerRefusal;
            return;
        }

        _ends = 0;
        if (probe)
        {
            _contended = Math.Max(0, _contended - 1);
            _gap = Math.Min(2 * _gap, _contended > 0 ? LongestContendedGap : LongestGap);
            return;
        }

        _late = Sending;
        _overshoot = 0;
        if (InFlight == 0)
        {
            Contend();
            Wait(now, retryAfter);
        }
        else if (Limit is null)
        {
            Limit = Math.Max(1, Sure);
        }
        else if (Occupied < Limit)
        {
            if (_refusals + 1 < RefusalsToLower)
            {
                Wait(now, retryAfter);
            }
            else
            {
                Contend();
                Limit = Math.Max(1, Sure);
            }
        }
    }

    /// <summary>The POST took no slot, and nobody may start for a while (1303, 1305, 1312, 1120); after that one alone.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="delay">Seconds.</param>
    internal void Paused(double now, double delay)
    {
        if (Answered()) _lastNews = now;
        _pausedUntil = Math.Max(_pausedUntil, now + delay);
        _isAlone = true;
    }

    /// <summary>Nobody need wait any longer for a pause to end: nothing more will be sent.</summary>
    internal void Resume(double now)
    {
        _pausedUntil = now;
        _retryAt = Math.Min(_retryAt, now);
    }

    /// <summary>The POST ended otherwise and took no slot.</summary>
    internal void Dropped(double now)
    {
        if (Answered()) _lastNews = now;
    }

    /// <summary>A task that this gate has not started is in flight, or was: until <see cref="Settled"/> says which.</summary>
    internal void Adopted()
    {
        InFlight++;
        _adopted++;
    }

    /// <summary>An adopted task was looked at. One that has ended frees no slot: nobody knows when it did.</summary>
    internal void Settled(bool isRunning)
    {
        _adopted--;
        if (!isRunning)
        {
            InFlight--;
            return;
        }

        _proven = Math.Max(_proven, Sure);
        if (Limit < Sure)
        {
            Limit = Sure;
        }
    }

    /// <summary>One of ours in flight is known to have ended.</summary>
    internal void Ended(double now)
    {
        InFlight = Math.Max(0, InFlight - 1);
        _lastNews = now;
        _ends++;
        _retryAt = now;
    }

    /// <summary>Every other job was looked at after an accepted probe.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="ended">How many had ended; <see cref="Ended"/> was called for each.</param>
    internal void Looked(double now, int ended)
    {
        LookWanted = false;
        _ends = 0;
        if (ended == 0 && Sure > Limit)
        {
            Limit = Sure;
            _gap = ShortGap;
            _ends = _gap;
        }
    }

    /// <summary>One POST less under way; true when it was the probe.</summary>
    private bool Answered()
    {
        Sending = Math.Max(0, Sending - 1);
        _late = Math.Max(0, _late - 1);
        bool probe = _isProbing;
        _isProbing = false;
        return probe;
    }

    private void Contend()
    {
        _contended = ContendedProbes;
        _gap = ShortGap;
    }

    private void Wait(double now, double? retryAfter)
    {
        double delay = Math.Min(LongestWait, Math.Pow(2, Math.Min(_refusals, 10)));
        _retryAt = now + Math.Max(retryAfter ?? 0, delay);
        _refusals++;
        _isAlone = true;
    }
}
