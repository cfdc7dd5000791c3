using System;

namespace ZhipuVideo.Polling;

/// <summary>When to look at a job: one per class of jobs (model and duration), whose service time is learned. Not thread-safe, reads no
/// clock; all times are seconds, ages count from the job's submission.</summary>
// The idea. A look costs c seconds of lag. With hazard h(t) (the rate at which jobs of age t end) and looks spaced d(t), a job costs
// the integral of (c / d + h d / 2) over its life, which is least for d = sqrt(2c / h): look whenever the integral of sqrt(h / 2)
// has grown by sqrt(c) (checking times of Barlow and Proschan 1965, in the continuous limit of Keller 1974). No schedule does better than
// polls x lag = B = (integral of sqrt(f S))^2 / 2 when there are many polls; a fixed interval gives half the mean service time.
// The service time is learned (ServiceTime) from the last 48 ends and the jobs that still run, both by order of submission: by order of
// ending the quick ones would be learned first. Of a crowd only 48 running jobs are observed at a time; whether one is observed does
// not depend on how long it takes, so that the sample is fair.
// Figures: `simulate polling` of the benchmark project.
internal sealed class PollingSchedule
{
    /// <summary>Seconds of lag that one look is worth: while nobody waits for the slot, and while rows do.</summary>
    internal const double WaitingCost = 0.32, SlotCost = 0.01;

    private const double PriorMedian = 60, PriorSigma = 0.4;
    private const double ShortestSpacing = 0.2, ShortestShare = 0.02;
    private const double LongestTailSpacing = 30;
    private const double Jitter = 0.1;
    private const double AtOnce = 0.001;
    private const int MostEnded = 48, MostRunning = 48;
    private const int Scouts = 3;
    private const double ScoutGrowth = 1.5, ScoutRange = 7;

    private readonly Func<double> _random;
    private readonly ServiceTime _time;

    // What was seen of the observed jobs, by ticket: logarithms of the age last seen running and of the age seen ended
    private readonly int[] _tickets = new int[MostEnded + MostRunning + 1];
    private readonly double[] _low = new double[MostEnded + MostRunning + 1];
    private readonly double[] _high = new double[MostEnded + MostRunning + 1];
    private int _count;
    private int _running;
    private int _ended;
    private int _begun;
    private int _news; // looks since the last fit that found a job running
    private bool _endSeen;
    private double _announcedMedian;

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
        _announcedMedian = median;
    }

    /// <summary>Mean service time, seconds.</summary>
    internal double ExpectedSeconds
    {
        get
        {
            Learn();
            return _time.Mean;
        }
    }

    /// <summary>Grows when the service time turned out so different that looks planned before should be planned anew.</summary>
    internal int Revision
    {
        get
        {
            Learn();
            return _revision;
        }
    }

    private int _revision;

    /// <summary>A job enters; returns its place in the order of submission.</summary>
    internal int Begin()
    {
        int ticket = _begun++;
        if (_running < MostRunning)
        {
            _tickets[_count] = ticket;
            _low[_count] = Math.Log(ServiceTime.Shortest);
            _high[_count] = double.PositiveInfinity;
            _count++;
            _running++;
        }

        return ticket;
    }

    /// <summary>The age at which to look next, always later than now.</summary>
    /// <param name="ticket">From <see cref="Begin"/>.</param>
    /// <param name="lastLookAge">Age at which the job was last seen running; 0 when nobody looked yet.</param>
    /// <param name="ageNow">Age now.</param>
    /// <param name="cost">Seconds of lag that one look is worth.</param>
    internal double NextLook(int ticket, double lastLookAge, double ageNow, double cost)
    {
        Learn();
        double paced = _time.Advance(lastLookAge, Math.Sqrt(cost));
        paced = Math.Min(paced, Math.Max(lastLookAge, _time.Median) + LongestTailSpacing);
        double spacing = (paced - lastLookAge) * (1 + Jitter * (2 * _random() - 1));
        double next = lastLookAge + Math.Max(spacing, Math.Max(ShortestSpacing, ShortestShare * _time.Mean));
        if (IsScout(ticket))
        {
            double root = Math.Sqrt(lastLookAge) + Math.Sqrt(cost * ScoutRange / 2);
            next = Math.Min(next, Math.Max(ShortestSpacing, Math.Min(ScoutGrowth * lastLookAge, root * root)));
        }

        return Math.Max(next, ageNow + AtOnce);
    }

    /// <summary>The job ended somewhere between two ages.</summary>
    internal void Ended(int ticket, double lastSeenRunningAge, double seenEndedAge)
    {
        _ended++;
        int i = Find(ticket);
        if (i < 0)
        {
            return;
        }

        double low = Math.Max(ServiceTime.Shortest, lastSeenRunningAge);
        _low[i] = Math.Log(low);
        _high[i] = Math.Log(Math.Max(low + AtOnce, seenEndedAge));
        _running--;
        _endSeen = true;
        while (_count - _running > MostEnded)
        {
            Remove(0);
        }
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

    /// <summary>The job is no longer observed and tells nothing.</summary>
    internal void Forget(int ticket)
    {
        int i = Find(ticket);
        if (i >= 0)
        {
            Remove(i);
        }
    }

    private void Learn()
    {
        if (!_endSeen && _news <= Math.Max(4, _running))
        {
            return;
        }

        _endSeen = false;
        _news = 0;
        _time.Fit(_low, _high, _count);
        if (Math.Abs(Math.Log(_time.Median / _announcedMedian)) > 0.1)
        {
            _announcedMedian = _time.Median;
            _revision++;
        }
    }

    /// <summary>Until three jobs have ended, the three oldest look early as well: a class that takes 200 ms is not met with a minute.</summary>
    private bool IsScout(int ticket)
    {
        if (_ended >= Scouts)
        {
            return false;
        }

        for (int i = 0, scouts = 0; i < _count && scouts < Scouts; i++)
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
