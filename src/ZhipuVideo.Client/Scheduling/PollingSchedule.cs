using System;

namespace ZhipuVideo.Scheduling;

/// <summary>When to look at a job: one for each class of jobs (model and duration), whose service time it learns. Not thread-safe, reads
/// no clock; all times are seconds, ages count from the job's submission.</summary>
// The idea. A look is worth c seconds of lag. Where jobs of age t end at the rate h(t) (the hazard) and looks are d(t) apart, a job costs
// the integral of c / d + h d / 2 over its life, which is least for d = sqrt(2c / h): look whenever the integral of sqrt(h / 2) has grown
// by sqrt(c) (the checking times of Barlow and Proschan, 1965, in the continuous limit of Keller, 1974). With many looks no schedule
// gets looks x lag below B = (integral of sqrt(f S))^2 / 2; any fixed interval pays half the mean service time, nearly twice as much.
// The service time is learned (ServiceTime) from the last 48 ends and the jobs that still run, by order of submission: by order of
// ending the quick ones would be learned first. Of a crowd only 48 running jobs are observed at a time. Which ones does not depend on
// how long they take, so the sample is fair, and a hundred thousand jobs cost no more to learn from than fifty.
// Figures: `simulate polling` of the benchmark project.
internal sealed class PollingSchedule
{
    /// <summary>Seconds of lag that one look is worth while nobody waits for the job's slot, and while rows do: an idle slot costs more.
    /// 0.32 s makes ten looks and three seconds of lag of a job of 90 s.</summary>
    internal const double WaitingCost = 0.32, SlotCost = 0.01;

    /// <summary>What is believed of a job before any was seen: its median in seconds, the spread of its logarithm.</summary>
    internal const double PriorMedian = 60, PriorSigma = 0.4;

    private const double ShortestSpacing = 0.2, ShortestShare = 0.02;
    private const double LongestTailSpacing = 30;
    private const double Jitter = 0.1;
    private const double AtOnce = 0.001;
    private const int MostEnded = 48, MostRunning = 48, MostObserved = MostEnded + MostRunning + 1;
    private const int FewestNews = 4;
    private const int EndsPerFit = 8;
    private const int Scouts = 3;
    private const double ScoutGrowth = 1.5, ScoutRange = 7;
    private const double RevisionRatio = 0.1;

    private readonly Func<double> _random;
    private readonly ServiceTime _time;

    // What was seen of the observed jobs, by ticket: the logarithms of the age last seen running and of the age seen ended
    private readonly int[] _tickets = new int[MostObserved];
    private readonly double[] _low = new double[MostObserved];
    private readonly double[] _high = new double[MostObserved];
    private int _count;
    private int _running;
    private int _begun;
    private int _ended;
    private int _freshEnds; // since the last fit
    private int _news; // looks since the last fit that found an observed job running
    private double _planned; // the median that the looks planned so far rest on

    internal PollingSchedule(Func<double>? random = null)
        : this(PriorMedian, PriorSigma, random)
    {
    }

    /// <summary>With another belief to begin with.</summary>
    /// <param name="median">Seconds.</param>
    /// <param name="sigma">Spread of the logarithm.</param>
    /// <param name="random">Uniform in [0, 1).</param>
    internal PollingSchedule(double median, double sigma, Func<double>? random = null)
    {
        _random = random ?? new Random().NextDouble;
        _time = new ServiceTime(median, sigma);
        _planned = median;
    }

    /// <summary>Mean service time.</summary>
    internal double ExpectedSeconds
    {
        get
        {
            Learn();
            return _time.Mean;
        }
    }

    /// <summary>A job enters; returns its place in the order of submission.</summary>
    internal int Begin()
    {
        if (_running < MostRunning)
        {
            _tickets[_count] = _begun;
            _low[_count] = Math.Log(ServiceTime.Shortest);
            _high[_count] = double.PositiveInfinity;
            _count++;
            _running++;
        }

        return _begun++;
    }

    /// <summary>The age at which to look next, always later than now.</summary>
    /// <param name="ticket">From <see cref="Begin"/>.</param>
    /// <param name="lastLookAge">Age at which the job was last seen running; 0 when nobody has looked yet.</param>
    /// <param name="ageNow">Age now.</param>
    /// <param name="cost">Seconds of lag that one look is worth: <see cref="WaitingCost"/> or <see cref="SlotCost"/>.</param>
    internal double NextLook(int ticket, double lastLookAge, double ageNow, double cost)
    {
        Learn();

        // A cap from the start would cost a quarter of what is gained; past the median it bounds what a wrong tail can do
        double paced = _time.Advance(lastLookAge, Math.Sqrt(cost));
        paced = Math.Min(paced, Math.Max(lastLookAge, _time.Median) + LongestTailSpacing);
        double spacing = (paced - lastLookAge) * (1 + Jitter * (2 * _random() - 1));
        double next = lastLookAge + Math.Max(spacing, Math.Max(ShortestSpacing, ShortestShare * _time.Mean));
        return Math.Max(IsScout(ticket) ? Math.Min(next, NextOfScout(lastLookAge, cost)) : next, ageNow + AtOnce);
    }

    /// <summary>The job was seen running.</summary>
    internal void Running(int ticket, double age)
    {
        int i = Find(ticket);
        if (i >= 0)
        {
            _low[i] = Math.Log(Math.Max(ServiceTime.Shortest, age));
            _news++;
        }
    }

    /// <summary>The job ended somewhere between two ages.</summary>
    internal void Ended(int ticket, double lastSeenRunningAge, double seenEndedAge)
    {
        _ended++;
        int i = Find(ticket);
        if (i < 0 || !double.IsInfinity(_high[i]))
        {
            return;
        }

        double low = Math.Max(ServiceTime.Shortest, lastSeenRunningAge);
        _low[i] = Math.Log(low);
        _high[i] = Math.Log(Math.Max(low + AtOnce, seenEndedAge));
        _running--;
        _freshEnds++;
        while (_count - _running > MostEnded)
        {
            Remove(0);
        }
    }

    /// <summary>The job is no longer looked at and tells nothing.</summary>
    internal void Forget(int ticket)
    {
        int i = Find(ticket);
        if (i >= 0)
        {
            Remove(i);
        }
    }

    /// <summary>True once after the service time has turned out a tenth longer or shorter than when this last was true: looks that were
    /// planned before are best planned anew.</summary>
    internal bool TakeRevision()
    {
        Learn();
        if (Math.Abs(Math.Log(_time.Median / _planned)) < RevisionRatio)
        {
            return false;
        }

        _planned = _time.Median;
        return true;
    }

    /// <summary>
    /// Fits when an observed job has ended, or when most of them have been looked at: a fit takes longer than a look. Once the window is
    /// full, one end changes little, and a fit for every few of them keeps thousands of short jobs a second cheap.
    /// </summary>
    private void Learn()
    {
        int patience = _ended > MostEnded ? EndsPerFit : 1;
        if (_freshEnds < patience && _news <= patience * Math.Max(FewestNews, _running))
        {
            return;
        }

        _freshEnds = 0;
        _news = 0;
        _time.Fit(_low, _high, _count);
    }

    /// <summary>Until three jobs have ended, the three oldest look early as well: a class that takes 200 ms is not met with a
    /// minute.</summary>
    private bool IsScout(int ticket)
    {
        for (int i = 0, scouts = 0; _ended < Scouts && i < _count && scouts < Scouts; i++)
        {
            if (double.IsInfinity(_high[i]))
            {
                if (_tickets[i] == ticket)
                {
                    return true;
                }

                scouts++;
            }
        }

        return false;
    }

    /// <summary>A scout believes in any service time alike, over seven powers of e: h = 1 / 7t. But early looks are cheap to it, at ages
    /// a half apart.</summary>
    private static double NextOfScout(double lastLookAge, double cost)
    {
        double root = Math.Sqrt(lastLookAge) + Math.Sqrt(cost * ScoutRange / 2);
        return Math.Max(ShortestSpacing, Math.Min(ScoutGrowth * lastLookAge, root * root));
    }

    private int Find(int ticket) => Array.BinarySearch(_tickets, 0, _count, ticket);

    private void Remove(int i)
    {
        if (double.IsInfinity(_high[i]))
        {
            _running--;
        }

        _count--;
        Array.Copy(_tickets, i + 1, _tickets, i, _count - i);
        Array.Copy(_low, i + 1, _low, i, _count - i);
        Array.Copy(_high, i + 1, _high, i, _count - i);
    }
}
