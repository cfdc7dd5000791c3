using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>What waiting cost: polls per job, seconds from the end of a job to the poll that saw it, and how near that is to the best
/// possible (eta = B / (polls x lag)).</summary>
internal sealed record PollingFigures(double Polls, double Lag, double Eta);

/// <summary>Jobs and the schedule on a virtual clock; no latency, no service.</summary>
internal static class PollingSimulation
{
    private const int NotObserved = -1;

    /// <summary>A fixed interval over fresh jobs.</summary>
    internal static PollingFigures Fixed(ServiceTimes times, double interval, int jobs, int seed)
    {
        double polls = 0, lag = 0;
        foreach (double time in times.Next(new Random(seed), jobs))
        {
            double rounds = Math.Ceiling(time / interval);
            polls += rounds;
            lag += rounds * interval - time;
        }
        return ToFigures(times, polls, lag, jobs);
    }

    /// <summary>The distribution is known; mean over the seeds of 3,000 fresh jobs each.</summary>
    internal static PollingFigures Known(double median, double sigma, int seeds) => Figures.Mean(seeds, seed =>
        Frozen(new PollingSchedule(Randomizer(seed), median, sigma), new ServiceTimes(median, sigma), 3000, seed));

    /// <summary>Nothing is known, 20 ends of a stream of five jobs at a time are seen, then learning stops: 1,500 fresh jobs.</summary>
    internal static PollingFigures Cold(ServiceTimes times, int seeds, int ends = 20) => Figures.Mean(seeds, seed =>
    {
        PollingSchedule schedule = new(Randomizer(seed));
        _ = Stream(schedule, times.Next(new Random(seed), ends + 5), 5, ends);
        return Frozen(schedule, times, 1500, seed + 5000);
    });

    /// <summary>200 jobs from cold, so many at a time; learning goes on.</summary>
    /// <param name="times">How long they take.</param>
    /// <param name="slots">How many at a time.</param>
    /// <param name="seeds">Runs.</param>
    /// <param name="prior">What is believed at first, seconds.</param>
    internal static PollingFigures Online(ServiceTimes times, int slots, int seeds, double prior = PollingSchedule.PriorMedian) =>
        Figures.Mean(seeds, seed => Ended(times, Stream(
            new PollingSchedule(Randomizer(seed), prior), times.Next(new Random(seed), 200), slots, 200)));

    /// <summary>200 jobs, five at a time, of which every twentieth never ends and is given up after an hour.</summary>
    /// <returns>The figures of those that end, and polls per job of those that do not.</returns>
    internal static (PollingFigures Ended, double StuckPolls) Stuck(ServiceTimes times, int seeds)
    {
        double stuckPolls = 0;
        PollingFigures ended = Figures.Mean(seeds, seed =>
        {
            double[] jobs = times.Next(new Random(seed), 200);
            for (int i = 10; i < jobs.Length; i += 20) jobs[i] = double.PositiveInfinity;
            (int Polls, double Lag)[] seen = Stream(new PollingSchedule(Randomizer(seed)), jobs, 5, 190, 3600);
            stuckPolls += seen.Where(job => double.IsNaN(job.Lag)).Average(job => job.Polls) / seeds;
            return Ended(times, seen);
        });
        return (ended, stuckPolls);
    }

    /// <summary>100 jobs of one kind, five at a time, then 100 of another in the same class: the figures of the latter.</summary>
    internal static PollingFigures Drift(ServiceTimes before, ServiceTimes after, int seeds) => Figures.Mean(seeds, seed =>
    {
        Random random = new(seed);
        double[] jobs = [.. before.Next(random, 100), .. after.Next(random, 100)];
        return Ended(after, Stream(new PollingSchedule(Randomizer(seed)), jobs, 5, 200)[100..]);
    });

    /// <summary>Microseconds of learning from one end, with 48 ends and up to 47 running jobs in view, and of planning one poll.</summary>
    internal static (double Learning, double Planning) Effort()
    {
        ServiceTimes times = new(90, 0.35);
        Random random = new(1);
        PollingSchedule schedule = new(random.NextDouble);
        for (int i = 0; i < 47; i++) schedule.Running(schedule.Begin(), 60 * random.NextDouble());
        // The fastest of many short rounds: what else runs on the machine is none of its business
        double learning = double.PositiveInfinity, planning = double.PositiveInfinity;
        for (int round = 0; round < 200; round++)
        {
            learning = Math.Min(learning, Microseconds(100, () =>
            {
                double time = times.Next(random);
                schedule.Ended(schedule.Begin(), time - 1, time + 1);
                _ = schedule.ExpectedSeconds;
            }));
            planning = Math.Min(planning, Microseconds(1000, () => schedule.NextPoll(NotObserved, 80, 80, PollingSchedule.WaitingCost)));
        }
        return (learning, planning);
    }

    private static double Microseconds(int times, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private static Func<double> Randomizer(int seed) => new Random(seed + 1000).NextDouble;

    /// <summary>The schedule as it is over fresh jobs, of which it learns nothing.</summary>
    private static PollingFigures Frozen(PollingSchedule schedule, ServiceTimes times, int jobs, int seed)
    {
        double polls = 0, lag = 0;
        foreach (double time in times.Next(new Random(seed), jobs))
        {
            double age = 0;
            do
            {
                age = schedule.NextPoll(NotObserved, age, age, PollingSchedule.WaitingCost);
                polls++;
            }
            while (age < time);
            lag += age - time;
        }
        return ToFigures(times, polls, lag, jobs);
    }

    /// <summary>Jobs are begun so many at a time, in order, and the schedule learns; until the given number of ends was seen.</summary>
    /// <returns>Polls and lag of each job, NaN where it did not end.</returns>
    private static (int Polls, double Lag)[] Stream(
        PollingSchedule schedule, double[] jobs, int slots, int ends, double deadline = double.PositiveInfinity)
    {
        VirtualClock clock = new();
        (int Polls, double Lag)[] seen = new (int, double)[jobs.Length];
        Array.Fill(seen, (0, double.NaN));
        (int Index, double Begun, double Last, int Plan)[] state = new (int, double, double, int)[jobs.Length];
        HashSet<int> open = new();
        int next = 0, ended = 0;

        void Plan(int job)
        {
            double begun = state[job].Begun;
            int plan = ++state[job].Plan;
            double age = schedule.NextPoll(state[job].Index, state[job].Last, clock.Now - begun, PollingSchedule.WaitingCost);
            clock.At(Math.Min(begun + age, begun + deadline), () => Poll(job, plan));
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

        void Poll(int job, int plan)
        {
            if (plan != state[job].Plan) return;
            double age = clock.Now - state[job].Begun;
            seen[job].Polls++;
            if (age >= jobs[job])
            {
                seen[job].Lag = age - jobs[job];
                schedule.Ended(state[job].Index, state[job].Last, age);
                open.Remove(job);
                ended++;
                Begin();
            }
            else if (clock.Now >= state[job].Begun + deadline)
            {
                schedule.Remove(state[job].Index);
                open.Remove(job);
                Begin();
            }
            else
            {
                state[job].Last = age;
                schedule.Running(state[job].Index, age);
                Plan(job);
            }

            if (schedule.TryConsumeRevision())
            {
                foreach (int other in open) Plan(other);
            }
        }

        for (int i = 0; i < slots; i++) Begin();
        clock.Run(() => ended >= ends);
        return seen;
    }

    private static PollingFigures Ended(ServiceTimes times, IEnumerable<(int Polls, double Lag)> jobs)
    {
        (int Polls, double Lag)[] ended = jobs.Where(job => !double.IsNaN(job.Lag)).ToArray();
        return ToFigures(times, ended.Sum(job => (double)job.Polls), ended.Sum(job => job.Lag), ended.Length);
    }

    private static PollingFigures ToFigures(ServiceTimes times, double polls, double lag, int jobs) =>
        new(polls / jobs, lag / jobs, times.Bound / (polls / jobs * (lag / jobs)));
}
