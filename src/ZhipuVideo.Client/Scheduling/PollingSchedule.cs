using System;
using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>When to poll a job: one for each class of jobs (model and duration), whose service time it learns. Not thread-safe, reads
/// no clock; all times are seconds, ages count from the job's submission.</summary>
// The idea. A poll is worth c seconds of lag. Where jobs of age t end at the rate h(t) (the hazard) and polls are d(t) apart, a job costs
// the integral of c / d + h d / 2 over its life, which is least for d = sqrt(2c / h): poll whenever the integral of sqrt(h / 2) has grown
// by sqrt(c) (the checking times of Barlow and Proschan, 1965, in the continuous limit of Keller, 1974). With many polls no schedule
// gets polls x lag below B = (integral of sqrt(f S))^2 / 2; any fixed interval pays half the mean service time, nearly twice as much.
// The service time is learned (ServiceTime) from the last 48 ends and the jobs that still run, by order of submission: by order of
// ending the quick ones would be learned first. Of a crowd only 48 running jobs are observed at a time. Which ones does not depend on
// how long they take, so the sample is fair, and a hundred thousand jobs cost no more to learn from than fifty.
// Figures: `simulate polling` of the benchmark project.
internal sealed class PollingSchedule
{
    /// <summary>Seconds of lag that one poll is worth while nobody waits for the job's slot, and while rows do: an idle slot costs more.
    /// 0.32 s makes ten polls and three seconds of lag of a job of 90 s.</summary>
    internal const double WaitingCost = 0.32, SlotCost = 0.01;

    /// <summary>What is believed of a job before any was seen: its median in seconds, the spread of its logarithm.</summary>
    internal const double PriorMedian = 60, PriorSigma = 0.4;

    private const double MinSpacing = 0.2, MinShare = 0.02;
    private const double MaxTailSpacing = 30;
    private const double Jitter = 0.1;
    private const double AtOnce = 0.001;
    private const int MaxEnded = 48, MaxRunning = 48, MaxObserved = MaxEnded + MaxRunning + 1;
    private const int MinPolls = 4;
    private const int EndsPerFit = 8;
    private const int EarlyProbes = 3;
    private const double EarlyGrowth = 1.5, EarlyRange = 7;
    private const double RevisionRatio = 0.1;

    /// <summary>A remembered service time is the moment at which the end was seen: it came within the last polls before.</summary>
    private const double SeedWidth = 0.05;

    /// <summary>What is seen counts more than what is remembered: each end takes the place of so many seeds.</summary>
    private const int SeedsPerEnd = 4;

    private readonly Func<double> _random;
    private readonly ServiceTime _time;

    // What was seen of the observed jobs, by index: the logarithms of the age last seen running and of the age seen ended
    private readonly int[] _indices = new int[MaxObserved];
    private readonly double[] _low = new double[MaxObserved];
    private readonly double[] _high = new double[MaxObserved];
    private int _count;
    private int _running;
    private int _begun;
    private int _ended;
    private int _endsSinceFit; // since the last fit
    private int _pollsSinceFit; // polls since the last fit that found an observed job running
    private int _seeds; // the oldest samples, of an earlier run
    private double _planned; // the median that the polls planned so far rest on

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

    /// <summary>A warm start with the service times of an earlier run, oldest first. A schedule that has seen jobs stays as it is.</summary>
    internal void Seed(IReadOnlyList<double> serviceTimes)
    {
        if (_begun > 0) return;
        for (int i = Math.Max(0, serviceTimes.Count - MaxEnded); i < serviceTimes.Count; i++)
        {
            int index = Begin();
            double seconds = serviceTimes[i];
            Ended(index, seconds * (1 - SeedWidth), seconds);
        }

        _seeds = _count;
    }

    /// <summary>A job enters; returns its place in the order of submission.</summary>
    internal int Begin()
    {
        if (_running < MaxRunning)
        {
            _indices[_count] = _begun;
            _low[_count] = Math.Log(ServiceTime.MinSeconds);
            _high[_count] = double.PositiveInfinity;
            _count++;
            _running++;
        }

        return _begun++;
    }

    /// <summary>The age at which to poll next, always later than now.</summary>
    /// <param name="index">From <see cref="Begin"/>.</param>
    /// <param name="lastPollAge">Age at which the job was last seen running; 0 before the first poll.</param>
    /// <param name="ageNow">Age now.</param>
    /// <param name="cost">Seconds of lag that one poll is worth: <see cref="WaitingCost"/> or <see cref="SlotCost"/>.</param>
    internal double NextPoll(int index, double lastPollAge, double ageNow, double cost)
    {
        Learn();

        // A cap from the start would cost a quarter of what is gained; past the median it bounds what a wrong tail can do
        double paced = _time.Advance(lastPollAge, Math.Sqrt(cost));
        paced = Math.Min(paced, Math.Max(lastPollAge, _time.Median) + MaxTailSpacing);
        double spacing = (paced - lastPollAge) * (1 + Jitter * (2 * _random() - 1));
        double next = lastPollAge + Math.Max(spacing, Math.Max(MinSpacing, MinShare * _time.Mean));
        return Math.Max(IsEarlyProbe(index) ? Math.Min(next, NextEarlyProbe(lastPollAge, cost)) : next, ageNow + AtOnce);
    }

    /// <summary>The job was seen running.</summary>
    internal void Running(int index, double age)
    {
        int i = Find(index);
        if (i >= 0)
        {
            _low[i] = Math.Log(Math.Max(ServiceTime.MinSeconds, age));
            _pollsSinceFit++;
        }
    }

    /// <summary>The job ended somewhere between two ages.</summary>
    internal void Ended(int index, double lastSeenRunningAge, double seenEndedAge)
    {
        _ended++;
        int i = Find(index);
        if (i < 0 || !double.IsInfinity(_high[i]))
        {
            return;
        }

        double low = Math.Max(ServiceTime.MinSeconds, lastSeenRunningAge);
        _low[i] = Math.Log(low);
        _high[i] = Math.Log(Math.Max(low + AtOnce, seenEndedAge));
        _running--;
        _endsSinceFit++;
        for (int n = 0; n < SeedsPerEnd && _seeds > 0; n++, _seeds--)
        {
            RemoveAt(0);
        }

        while (_count - _running > MaxEnded)
        {
            RemoveAt(0);
        }
    }

    /// <summary>The job is no longer polled and tells nothing.</summary>
    internal void Remove(int index)
    {
        int i = Find(index);
        if (i >= 0)
        {
            RemoveAt(i);
        }
    }

    /// <summary>True once after the service time has turned out a tenth longer or shorter than when this last was true: polls that were
    /// planned before are best planned anew.</summary>
    internal bool TryConsumeRevision()
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
    /// Fits when an observed job has ended, or when most of them have been polled: a fit takes longer than a poll. Once the window is
    /// full, one end changes little, and a fit for every few of them keeps thousands of short jobs a second cheap.
    /// </summary>
    private void Learn()
    {
        int batch = _ended > MaxEnded ? EndsPerFit : 1;
        if (_endsSinceFit < batch && _pollsSinceFit <= batch * Math.Max(MinPolls, _running))
        {
            return;
        }

        _endsSinceFit = 0;
        _pollsSinceFit = 0;
        _time.Fit(_low, _high, _count);
    }

    /// <summary>Until three jobs have ended, the three oldest are polled early as well: a class that takes 200 ms does not wait for a
    /// minute.</summary>
    private bool IsEarlyProbe(int index)
    {
        for (int i = 0, probes = 0; _ended < EarlyProbes && i < _count && probes < EarlyProbes; i++)
        {
            if (double.IsInfinity(_high[i]))
            {
                if (_indices[i] == index)
                {
                    return true;
                }

                probes++;
            }
        }

        return false;
    }

    /// <summary>Before any job has ended: log-uniform prior over e^7, hazard 1 / 7t; ages at most a half apart.</summary>
    private static double NextEarlyProbe(double lastPollAge, double cost)
    {
        double root = Math.Sqrt(lastPollAge) + Math.Sqrt(cost * EarlyRange / 2);
        return Math.Max(MinSpacing, Math.Min(EarlyGrowth * lastPollAge, root * root));
    }

    private int Find(int index) => Array.BinarySearch(_indices, 0, _count, index);

    private void RemoveAt(int i)
    {
        if (double.IsInfinity(_high[i]))
        {
            _running--;
        }

        _count--;
        Array.Copy(_indices, i + 1, _indices, i, _count - i);
        Array.Copy(_low, i + 1, _low, i, _count - i);
        Array.Copy(_high, i + 1, _high, i, _count - i);
    }
}
