using System;
using System.Collections.Generic;
using System.Linq;
using ZhipuVideo.Polling;

namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>What waiting cost: looks per job, seconds from the end of a job to the look that saw it, and how near that is to the best
/// possible (eta = B / (polls x lag)).</summary>
internal sealed record PollingFigures(double Polls, double Lag, double Eta)
{
    internal static PollingFigures Mean(IEnumerable<PollingFigures> runs)
    {
        PollingFigures[] all = runs.ToArray();
        return new(all.Average(f => f.Polls), all.Average(f => f.Lag), all.Average(f => f.Eta));
    }
}

/// <summary>Jobs and the schedule on a virtual clock; no latency, no service.</summary>
internal static class PollingSimulation
{
    private const int NotObserved = -1;

    /// <summary>A fixed interval over the same jobs.</summary>
    internal static PollingFigures Fixed(ServiceTimes times, double interval, int jobs, int seed)
    {
        double polls = 0, lag = 0;
        foreach (double time in times.Next(new Random(seed), jobs))
        {
            double looks = Math.Ceiling(time / interval);
            polls += looks;
            lag += looks * interval - time;
        }

        return Figures(times, polls, lag, jobs);
    }

    /// <summary>The schedule as it is, learning nothing from these jobs.</summary>
    internal static PollingFigures Frozen(PollingSchedule schedule, ServiceTimes times, int jobs, int seed, double cost = PollingSchedule.WaitingCost)
    {
        double polls = 0, lag = 0;
        foreach (double time in times.Next(new Random(seed), jobs))
        {
            double age = 0;
            do
            {
                age = schedule.NextLook(NotObserved, age, age, cost);
                polls++;
            }
            while (age < time);
            lag += age - time;
        }

        return Figures(times, polls, lag, jobs);
    }

    /// <summary>The distribution is known and log-normal.</summary>
    internal static PollingFigures Known(double median, double sigma, int jobs, int seed, double cost = PollingSchedule.WaitingCost) =>
        Frozen(new PollingSchedule(median, sigma, new Random(seed + 1000).NextDouble), new ServiceTimes(median, sigma), jobs, seed, cost);

    /// <summary>A schedule that has seen the given number of ends of a stream with K jobs at a time.</summary>
    internal static PollingSchedule AfterStream(ServiceTimes times, int ends, int slots, int seed)
    {
        PollingSchedule schedule = new(new Random(seed + 1000).NextDouble);
        _ = Stream(schedule, times, times.Next(new Random(seed), ends + slots), slots, ends);
        return schedule;
    }

    /// <summary>Jobs are begun K at a time, in order, and the schedule learns; until the given number of ends was seen.</summary>
    /// <returns>Looks and lag of each job, NaN where it did not end.</returns>
    internal static (int Polls, double Lag)[] Stream(
        PollingSchedule schedule, ServiceTimes times, double[] jobs, int slots, int ends, double deadline = double.PositiveInfinity)
    {
        VirtualClock clock = new();
        (int Polls, double Lag)[] seen = new (int, double)[jobs.Length];
        Array.Fill(seen, (0, double.NaN));
        (int Ticket, double Begun, double Last, int Plan)[] state = new (int, double, double, int)[jobs.Length];
        HashSet<int> open = new();
        int next = 0, ended = 0, revision = schedule.Revision;

        void Plan(int job)
        {
            double begun = state[job].Begun;
            int plan = ++state[job].Plan;
            double age = schedule.NextLook(state[job].Ticket, state[job].Last, clock.Now - begun, PollingSchedule.WaitingCost);
            clock.At(Math.Min(begun + age, begun + deadline), () => Look(job, plan));
        }

        void Begin()
        {
            if (next < jobs.Length)
            {
                state[next] = (schedule.Begin(), clock.Now, 0, 0);
                open.Add(next);
                Plan(next++);
            }
        }

        void Look(int job, int plan)
        {
            if (plan != state[job].Plan)
            {
                return;
            }

            double age = clock.Now - state[job].Begun;
            seen[job].Polls++;
            if (age >= jobs[job])
            {
                seen[job].Lag = age - jobs[job];
                schedule.Ended(state[job].Ticket, state[job].Last, age);
                open.Remove(job);
                ended++;
                Begin();
            }
            else if (age >= deadline)
            {
                schedule.Forget(state[job].Ticket);
                open.Remove(job);
                Begin();
            }
            else
            {
                state[job].Last = age;
                schedule.Running(state[job].Ticket, age);
                Plan(job);
            }

            if (schedule.Revision != revision)
            {
                revision = schedule.Revision;
                foreach (int other in open)
                {
                    Plan(other);
                }
            }
        }

        for (int i = 0; i < slots; i++)
        {
            Begin();
        }

        clock.Run(() => ended >= ends);
        return seen;
    }

    /// <summary>The figures of the jobs of a stream that ended.</summary>
    internal static PollingFigures Figures(ServiceTimes times, IEnumerable<(int Polls, double Lag)> jobs)
    {
        (int Polls, double Lag)[] ended = jobs.Where(job => !double.IsNaN(job.Lag)).ToArray();
        return Figures(times, ended.Sum(job => (double)job.Polls), ended.Sum(job => job.Lag), ended.Length);
    }

    private static PollingFigures Figures(ServiceTimes times, double polls, double lag, int jobs) =>
        new(polls / jobs, lag / jobs, times.Bound / (polls / jobs * (lag / jobs)));
}
