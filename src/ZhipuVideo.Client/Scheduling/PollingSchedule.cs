using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Scheduling;

/// <summary>When to poll a job: one for each kind of jobs (model and duration), whose service time it learns. Not thread-safe, reads
/// no clock; all times are seconds, ages count from the job's submission.</summary>
/// <param name="random">Uniform in [0, 1).</param>
/// <param name="median">What is believed before any job was seen, seconds.</param>
/// <param name="sigma">Spread of the logarithm.</param>
// The idea. A poll is worth c seconds of lag. Where jobs of age t end at the rate h(t) (the hazard) and polls are d(t) apart, a job costs
// the integral of c / d + h d / 2 over its life, which is least for d = sqrt(2c / h): poll whenever the integral of sqrt(h / 2) has grown
// by sqrt(c) (the checking times of Barlow and Proschan, 1965, in the continuous limit of Keller, 1974). With many polls no schedule
// gets polls x lag below B = (integral of sqrt(f S))^2 / 2; any fixed interval pays half the mean service time, nearly twice as much.
// The service time is learned (ServiceTime) from the last 48 ends and the jobs that still run, by order of submission: by order of
// ending the quick ones would be learned first. Of a crowd only 48 running jobs are observed at a time. Which ones does not depend on
// how long they take, so the sample is fair, and a hundred thousand jobs cost no more to learn from than fifty.
// Figures: `simulate polling` of the benchmark project.
internal sealed class PollingSchedule(
    Func<double> random, double median = PollingSchedule.PriorMedian, double sigma = PollingSchedule.PriorSigma)
{
    /// <summary>Seconds of lag that one poll is worth while nobody waits for the job's slot, and while rows do: an idle slot costs more.
    /// 0.32 s makes ten polls and three seconds of lag of a job of 90 s.</summary>
    internal const double WaitingCost = 0.32, SlotCost = 0.01;

    /// <summary>What is believed of a job before any was seen: its median in seconds, the spread of its logarithm.</summary>
    internal const double PriorMedian = 60, PriorSigma = 0.4;

    private const double MinSpacing = 0.2, MinShare = 0.02, MaxTailSpacing = 30, Jitter = 0.1, AtOnce = 0.001;
    private const int MaxEnded = 48, MaxRunning = 48, MinPolls = 4, EndsPerFit = 8;
    private const double RevisionRatio = 0.1;
    private const int EarlyProbes = 3;
    private const double EarlyGrowth = 1.5, EarlyRange = 7;
    private const double SeedWidth = 0.05; // a remembered service time is when the end was seen: it came within the last polls before
    private const int SeedsPerEnd = 4; // what is seen counts more than what is remembered: each end takes the place of so many seeds

    private readonly ServiceTime _time = new(median, sigma);
    private readonly List<Observation> _jobs = []; // by order of submission
    private int _running;
    private int _begun;
    private int _ended;
    private int _endsSinceFit;
    private int _pollsSinceFit; // that found an observed job running
    private int _seeds; // the oldest samples, of an earlier run
    private double _planned = median; // the median that the polls planned so far rest on

    internal double ExpectedSeconds => Learn().Mean;

    /// <summary>
    /// A warm start with the service times of an earlier run, oldest first, in place of those of another one. A schedule that has seen jobs stays
    /// as it is.
    /// </summary>
    internal void Seed(IReadOnlyList<double> serviceTimes)
    {
        if (_begun > _seeds) return;
        _begun = _ended = _seeds = 0;
        _jobs.Clear();
        foreach (double seconds in serviceTimes.Skip(serviceTimes.Count - MaxEnded)) Ended(Begin(), seconds * (1 - SeedWidth), seconds);
        _seeds = _jobs.Count;
    }

    /// <summary>A job enters; returns its place in the order of submission.</summary>
    internal int Begin()
    {
        if (_running < MaxRunning)
        {
            _jobs.Add(new Observation(_begun, Math.Log(ServiceTime.MinSeconds), double.PositiveInfinity));
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
        ServiceTime time = Learn();
        double paced = time.Advance(lastPollAge, Math.Sqrt(cost));
        // A cap from the start would cost a quarter of what is gained; past the median it bounds what a wrong tail can do
        paced = Math.Min(paced, Math.Max(lastPollAge, time.Median) + MaxTailSpacing);
        double spacing = (paced - lastPollAge) * (1 + Jitter * (2 * random() - 1));
        double next = lastPollAge + Math.Max(spacing, Math.Max(MinSpacing, MinShare * time.Mean));
        return Math.Max(IsEarlyProbe(index) ? Math.Min(next, NextEarlyProbe(lastPollAge, cost)) : next, ageNow + AtOnce);
    }

    internal void Running(int index, double age)
    {
        int i = Find(index);
        if (i < 0) return;
        _jobs[i] = _jobs[i] with { Low = Math.Log(Math.Max(ServiceTime.MinSeconds, age)) };
        _pollsSinceFit++;
    }

    /// <summary>The job ended somewhere between two ages.</summary>
    internal void Ended(int index, double lastSeenRunningAge, double seenEndedAge)
    {
        _ended++;
        int i = Find(index);
        if (i < 0 || !_jobs[i].IsRunning) return;
        double low = Math.Max(ServiceTime.MinSeconds, lastSeenRunningAge);
        _jobs[i] = new Observation(index, Math.Log(low), Math.Log(Math.Max(low + AtOnce, seenEndedAge)));
        _running--;
        _endsSinceFit++;
        for (int n = 0; n < SeedsPerEnd && _seeds > 0; n++, _seeds--) RemoveAt(0);
        while (_jobs.Count - _running > MaxEnded) RemoveAt(0);
    }

    internal void Remove(int index)
    {
        int i = Find(index);
        if (i >= 0) RemoveAt(i);
    }

    /// <summary>True once after the service time has turned out a tenth longer or shorter than when this last was true: polls that were
    /// planned before are best planned anew.</summary>
    internal bool TryConsumeRevision()
    {
        double now = Learn().Median;
        if (Math.Abs(Math.Log(now / _planned)) < RevisionRatio) return false;
        _planned = now;
        return true;
    }

    /// <summary>
    /// Fits when an observed job has ended, or when most of them have been polled: a fit takes longer than a poll. Once the window is
    /// full, one end changes little, and a fit for every few of them keeps thousands of short jobs a second cheap.
    /// </summary>
    private ServiceTime Learn()
    {
        int batch = _ended > MaxEnded ? EndsPerFit : 1;
        if (_endsSinceFit < batch && _pollsSinceFit <= batch * Math.Max(MinPolls, _running)) return _time;
        _endsSinceFit = _pollsSinceFit = 0;
        _time.Fit(_jobs);
        return _time;
    }

    /// <summary>Until three jobs have ended, the three oldest are polled early as well: a class that takes 200 ms does not wait for a minute.</summary>
    private bool IsEarlyProbe(int index) =>
        _ended < EarlyProbes && _jobs.Where(static job => job.IsRunning).Take(EarlyProbes).Any(job => job.Index == index);

    /// <summary>Before any job has ended: log-uniform prior over e^7, hazard 1 / 7t; ages at most a half apart.</summary>
    private static double NextEarlyProbe(double lastPollAge, double cost)
    {
        double root = Math.Sqrt(lastPollAge) + Math.Sqrt(cost * EarlyRange / 2);
        return Math.Max(MinSpacing, Math.Min(EarlyGrowth * lastPollAge, root * root));
    }

    private int Find(int index) => _jobs.FindIndex(job => job.Index == index);

    private void RemoveAt(int i)
    {
        if (_jobs[i].IsRunning) _running--;
        _jobs.RemoveAt(i);
    }
}
