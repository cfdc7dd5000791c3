using System;

namespace ZhipuVideo.Submission;

/// <summary>How many tasks one account may have in flight with one model, learned: says whether a POST may start now.
/// Not thread-safe, reads no clock.</summary>
// The idea. The service takes K tasks at once and answers 429/1302 beyond; nobody tells K. A refusal costs a request, an idle slot costs
// a video, so: as many in flight as were ever seen to be accepted together, and rarely one more, to notice that K has grown.
//   unknown    one POST, then as many as lead to the next step of 1, 3, 6, 11, 16, 21: one beyond each limit that accounts are sold with
//              (5, 10, 15, 20), so that learning such a limit costs one refusal; past 21 no restraint. The first refusal makes the limit
//              what is in flight.
//   room, but refused    the service frees a slot late, K shrank, or somebody else was faster: again after 1 s, 2 s or the next end, one
//              POST at a time; the third refusal lowers the limit to what is in flight.
//   at the limit    after `gap` ends since the last refusal one POST as a probe. Refused: gap doubles (at most 32). Accepted: every other
//              job is looked at once, since the slot may be that of a job that ended unseen; if none had, the limit is one higher.
//   refused with nothing of ours in flight    somebody else holds all: again after 1, 2, 4 .. 30 s. That tells nothing of K.
// Figures: `simulate slots` of the benchmark project.
internal sealed class SlotGate
{
    private const int FirstGap = 12, ShortGap = 2, LongestGap = 32, SharedGap = 8;
    private const int RefusalsToLower = 3;
    private const double LongestWait = 30;
    private static readonly int[] Steps = { 1, 3, 6, 11, 16, 21 };

    private int _proven; // most that were ever in flight together
    private int _gap = FirstGap;
    private int _ends; // since the last refusal or undecided probe
    private int _refusals; // in a row, with room expected
    private int _late; // POSTs that were under way when the last refusal came: theirs are no news
    private int _contended;
    private bool _probing;
    private bool _alone;
    private double _retryAt = double.NegativeInfinity;
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

    /// <summary>True: the POST may start, and counts as under way until its outcome is reported.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="waiting">Rows that wait for a slot, this one included.</param>
    /// <param name="retryAt">When to ask again if nothing else happens; positive infinity when only an event helps.</param>
    internal bool TryStart(double now, int waiting, out double retryAt)
    {
        bool room = Occupied < (Limit ?? NextStep);
        bool probe = !room && Sending == 0 && !LookWanted && _ends >= _gap && waiting > 1;
        if ((!room && !probe) || (_alone && Sending > 0))
        {
            retryAt = double.PositiveInfinity;
            return false;
        }

        retryAt = Math.Max(now, Math.Max(_retryAt, _pausedUntil));
        if (retryAt > now)
        {
            return false;
        }

        _probing = probe;
        Sending++;
        return true;
    }

    /// <summary>The POST was accepted: it holds a slot.</summary>
    internal void Accepted(double now)
    {
        bool probe = Answered();
        InFlight++;
        _proven = Math.Max(_proven, InFlight);
        _refusals = 0;
        _alone = false;
        if (probe && InFlight > 1)
        {
            LookWanted = true;
        }
        else if (Limit < InFlight)
        {
            Limit = InFlight;
        }
    }

    /// <summary>The POST was refused for want of a slot (429/1302).</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="retryAfter">Seconds the service asks to wait; an end that becomes known overrides it.</param>
    internal void Refused(double now, double? retryAfter)
    {
        bool late = _late > 0;
        bool probe = Answered();
        _ends = 0;
        if (probe)
        {
            _gap = Math.Min(2 * _gap, --_contended > 0 ? SharedGap : LongestGap);
            return;
        }

        if (late)
        {
            return;
        }

        _late = Sending;
        if (InFlight == 0)
        {
            Contended();
            Wait(now, retryAfter);
        }
        else if (Limit is null)
        {
            Limit = InFlight;
        }
        else if (Occupied < Limit)
        {
            if (_refusals + 1 < RefusalsToLower)
            {
                Wait(now, retryAfter);
            }
            else
            {
                Limit = InFlight;
                Contended();
                _alone = false;
            }
        }
    }

    /// <summary>Nobody may start for a while (1303, 1305, 1312, 1120); the POST took no slot.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="delay">Seconds.</param>
    internal void Paused(double now, double delay)
    {
        Answered();
        _pausedUntil = Math.Max(_pausedUntil, now + delay);
        _alone = true;
    }

    /// <summary>The POST ended otherwise and took no slot.</summary>
    internal void Dropped(double now) => Answered();

    /// <summary>One of ours in flight is known to have ended.</summary>
    internal void Ended(double now)
    {
        InFlight = Math.Max(0, InFlight - 1);
        _ends++;
        _retryAt = double.NegativeInfinity;
    }

    /// <summary>Every other job was looked at after an accepted probe.</summary>
    /// <param name="now">Monotonic seconds.</param>
    /// <param name="ended">How many had ended; <see cref="Ended"/> was called for each.</param>
    internal void Looked(double now, int ended)
    {
        LookWanted = false;
        if (ended == 0 && InFlight > Limit)
        {
            Limit = InFlight;
            _gap = ShortGap;
            _ends = _gap;
        }
        else
        {
            _ends = 0;
        }
    }

    private int Occupied => InFlight + Sending;

    private int NextStep
    {
        get
        {
            foreach (int step in Steps)
            {
                if (step > _proven)
                {
                    return step;
                }
            }

            return int.MaxValue;
        }
    }

    /// <summary>One POST less under way; true when it was the probe.</summary>
    private bool Answered()
    {
        Sending--;
        _late = Math.Max(0, _late - 1);
        bool probe = _probing;
        _probing = false;
        return probe;
    }

    private void Contended()
    {
        _contended = 6;
        _gap = ShortGap;
    }

    private void Wait(double now, double? retryAfter)
    {
        _retryAt = now + Math.Max(retryAfter ?? 0, Math.Min(LongestWait, 1 << Math.Min(_refusals, 5)));
        _refusals++;
        _alone = true;
    }
}
