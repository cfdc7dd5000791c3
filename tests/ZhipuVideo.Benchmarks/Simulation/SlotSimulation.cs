using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>What a batch on few slots cost.</summary>
/// <param name="Ratio">Makespan of lag-free list scheduling of the same durations over ours (until the last end is seen).</param>
/// <param name="Use">Service time over slots x makespan.</param>
/// <param name="BestUse">The same for the lag-free list scheduling: nobody can do better in this order.</param>
/// <param name="Polls">Polls per job.</param>
/// <param name="Refused">Refused POSTs over all POSTs.</param>
/// <param name="Probes">Refused probes over all POSTs.</param>
/// <param name="Learning">POSTs that were refused while the limit was unknown, over all POSTs.</param>
/// <param name="Submitted">When the last row was accepted, seconds.</param>
internal sealed record SlotFigures(
    double Ratio, double Use, double BestUse, double Polls, double Refused, double Probes, double Learning, double Submitted);

/// <summary>An account that takes K tasks at a time.</summary>
internal sealed class SimulatedAccount(VirtualClock clock, Func<double, int> slots)
{
    private int _taken;

    /// <summary>Slots that nobody uses.</summary>
    internal int Idle => Math.Max(0, slots(clock.Now) - _taken);

    /// <summary>A task was taken, or has ended.</summary>
    internal event Action? Changed;

    internal bool Take(double duration)
    {
        if (Idle == 0) return false;
        Change(1);
        clock.After(duration, () => Change(-1));
        return true;
    }

    private void Change(int tasks)
    {
        _taken += tasks;
        Changed?.Invoke();
    }
}

/// <summary>Why a POST was sent.</summary>
internal enum Purpose
{
    /// <summary>The limit is unknown.</summary>
    Learn,

    /// <summary>There is room.</summary>
    Fill,

    /// <summary>There is none, but there might be.</summary>
    Probe,
}

/// <summary>A client that submits rows through the limiter and polls its jobs by the schedule.</summary>
internal sealed class SimulatedSubmitter(VirtualClock clock, SimulatedAccount account, double[] durations, double latency, int seed)
{
    private const int Throttle = 8;

    private readonly PollingSchedule _schedule = new(new Random(seed + 1000).NextDouble);
    private readonly SortedSet<int> _waiting = [.. Enumerable.Range(0, durations.Length)];
    private readonly Dictionary<int, Job> _inFlight = [];
    private readonly int[] _refused = new int[3];
    private readonly List<double> _serviceTimes = [];
    private bool _isDead;
    private int _recovered;
    private int _wake;
    private bool _bound;

    internal ConcurrencyLimiter Limiter { get; } = new();

    internal int Polls { get; private set; }

    internal int RefusedPosts => _refused.Sum();

    internal double LastAccepted { get; private set; }

    internal double LastSeen { get; private set; }

    internal int Done { get; private set; }

    internal int Waiting => _waiting.Count;

    /// <summary>The most that were in flight together.</summary>
    internal int MostInFlight { get; private set; }

    /// <summary>The process dies; what is in flight goes on at the service.</summary>
    /// <returns>The rows that were not accepted, and when each task in flight began and will end.</returns>
    internal (double[] Rows, (double Begun, double Ends)[] InFlight) Kill()
    {
        _isDead = true;
        return ([.. _waiting.Select(row => durations[row])], [.. _inFlight.Values.Select(job => (job.Begun, job.Ends))]);
    }

    /// <summary>Begins with what a run before has seen.</summary>
    internal void SeedFrom(SimulatedSubmitter before)
    {
        _schedule.Seed(before._serviceTimes);
        Limiter.Seed(before._serviceTimes, before.MostInFlight);
    }

    /// <summary>A task of a run before may still hold a slot: it is polled at once.</summary>
    internal void Recover(double begun, double ends)
    {
        int row = --_recovered;
        Limiter.OnRecovered();
        _inFlight[row] = new Job(_schedule.Begin(), begun, ends) { IsRecovered = true };
        Poll(row, null);
    }

    /// <summary>Rows that New holds: those beyond wait upstream.</summary>
    private int Held => Math.Min(Throttle - Limiter.Sending, _waiting.Count);

    internal void Pump()
    {
        double retryAt = double.PositiveInfinity;
        while (!_isDead && Held > 0 && Limiter.TryAcquire(clock.Now, Held, out retryAt))
            Send(_waiting.Min, Limiter.Limit is null ? Purpose.Learn : Limiter.Limit <= Limiter.InFlight ? Purpose.Probe : Purpose.Fill);

        // While rows wait an idle slot costs more than a poll
        bool bound = _waiting.Count > 0;
        if (bound != _bound)
        {
            _bound = bound;
            PlanAll();
        }

        int wake = ++_wake;
        if (bound && !double.IsInfinity(retryAt))
        {
            clock.At(retryAt, () =>
            {
                if (wake == _wake) Pump();
            });
        }
    }

    private void Send(int row, Purpose purpose)
    {
        _waiting.Remove(row);
        clock.After(latency / 2, () =>
        {
            bool taken = account.Take(durations[row]);
            double ends = clock.Now + durations[row];
            clock.After(latency / 2, () => Answered(row, taken, ends, purpose));
        });
    }

    private void Answered(int row, bool taken, double ends, Purpose purpose)
    {
        if (taken)
        {
            Limiter.OnAccepted(clock.Now);
            LastAccepted = clock.Now;
            MostInFlight = Math.Max(MostInFlight, Limiter.InFlight);
            _inFlight[row] = new Job(_schedule.Begin(), clock.Now, ends);
            Plan(row);
            if (Limiter.IsVerificationWanted)
            {
                int[] others = _inFlight.Keys.Where(other => other != row).ToArray();
                int missing = others.Length, ended = 0;
                foreach (int other in others)
                {
                    Poll(other, gone =>
                    {
                        ended += gone ? 1 : 0;
                        if (--missing == 0)
                        {
                            Limiter.OnProbeVerified(ended);
                            Pump();
                        }
                    });
                }
            }
        }
        else
        {
            _refused[(int)purpose]++;
            Limiter.OnRejected(clock.Now, null);
            _waiting.Add(row);
        }

        Pump();
    }

    private void Plan(int row)
    {
        Job job = _inFlight[row];
        int plan = ++job.Plan;
        double cost = _bound ? PollingSchedule.SlotCost : PollingSchedule.WaitingCost;
        double age = _schedule.NextPoll(job.Index, job.Last, clock.Now - job.Begun, cost);
        clock.At(job.Begun + age, () =>
        {
            if (plan == job.Plan) Poll(row, null);
        });
    }

    private void PlanAll()
    {
        foreach (int row in _inFlight.Keys) Plan(row);
    }

    private void Poll(int row, Action<bool>? then)
    {
        if (_isDead) return;
        Polls++;
        Job job = _inFlight[row];
        job.Plan++;
        clock.After(latency / 2, () =>
        {
            bool ended = clock.Now >= job.Ends;
            double age = clock.Now - job.Begun;
            clock.After(latency / 2, () => Seen(row, job, ended, age, then));
        });
    }

    private void Seen(int row, Job job, bool ended, double age, Action<bool>? then)
    {
        if (!_inFlight.ContainsKey(row))
        {
            then?.Invoke(true);
            return;
        }

        if (ended)
        {
            _inFlight.Remove(row);
            job.Plan++;
            if (job.IsRecovered)
            {
                _schedule.Remove(job.Index);
                Limiter.OnRecoveryVerified(false);
            }
            else
            {
                _schedule.Ended(job.Index, job.Last, age);
                _serviceTimes.Add(age);
                Limiter.OnCompleted(clock.Now, (job.Last + age) / 2);
            }

            Done += row >= 0 ? 1 : 0;
            LastSeen = clock.Now;
        }
        else
        {
            if (job.IsRecovered)
            {
                Limiter.OnRecoveryVerified(true);
                job.IsRecovered = false;
            }

            job.Last = Math.Max(job.Last, age);
            _schedule.Running(job.Index, job.Last);
            Plan(row);
        }

        then?.Invoke(ended);
        if (_schedule.TryConsumeRevision()) PlanAll();
        Pump();
    }

    /// <summary>POSTs of that kind that were refused, over all POSTs.</summary>
    internal double RefusedShare(params Purpose[] purposes) =>
        (double)purposes.Sum(purpose => _refused[(int)purpose]) / (durations.Length + RefusedPosts);

    private sealed class Job(int index, double begun, double ends)
    {
        internal int Index => index;

        internal double Begun => begun;

        internal double Ends => ends;

        internal double Last { get; set; }

        internal int Plan { get; set; }

        /// <summary>Whether it holds a slot is not known yet.</summary>
        internal bool IsRecovered { get; set; }
    }
}

/// <summary>How two clients shared an account: makespan of lag-free list scheduling of all rows over theirs, the smaller of the two
/// shares of the slots while both had rows waiting, and the refused POSTs of both over all.</summary>
internal sealed record SharedFigures(double Ratio, double SmallerShare, double Refused);

/// <summary>What a stranger cost who held some of the slots for a while and left. Times are in service times.</summary>
/// <param name="Back">From when he left until all slots were used.</param>
/// <param name="Worst">The same, of the worst run.</param>
/// <param name="Idle">Slots that were idle until then, times how long.</param>
/// <param name="Refused">Refused POSTs per service time while he was there.</param>
internal sealed record ContentionFigures(double Back, double Worst, double Idle, double Refused);

/// <summary>What the run after a killed one cost.</summary>
/// <param name="Makespan">From its beginning until the last end was seen, in service times.</param>
/// <param name="Idle">Slot-seconds that were idle while rows waited, in service times.</param>
/// <param name="Early">Of those, the ones of the first three service times.</param>
/// <param name="Refused">Refused POSTs.</param>
/// <param name="Polls">Polls per job.</param>
internal sealed record RestartFigures(double Makespan, double Idle, double Early, double Refused, double Polls);

/// <summary>Batches on few slots, on a virtual clock.</summary>
internal static class SlotSimulation
{
    /// <summary>One cold client; K is <paramref name="slots"/> until <paramref name="changeAt"/>, then
    /// <paramref name="slotsLater"/>.</summary>
    internal static SlotFigures Run(
        double[] durations, int slots, double latency, int seed, double changeAt = double.PositiveInfinity, int slotsLater = 0)
    {
        int SlotsAt(double time) => time < changeAt ? slots : slotsLater;
        VirtualClock clock = new();
        SimulatedAccount account = new(clock, SlotsAt);
        SimulatedSubmitter client = new(clock, account, durations, latency, seed);
        clock.At(0, client.Pump);
        clock.Run(() => client.Done == durations.Length);
        double best = ListScheduling(durations, SlotsAt, changeAt);
        double work = durations.Sum() / slots;
        return new(
            best / client.LastSeen,
            work / client.LastSeen,
            work / best,
            (double)client.Polls / durations.Length,
            client.RefusedShare(Purpose.Learn, Purpose.Fill, Purpose.Probe),
            client.RefusedShare(Purpose.Probe),
            client.RefusedShare(Purpose.Learn),
            client.LastAccepted);
    }

    internal static SlotFigures Mean(
        ServiceTimes times, int rows, int slots, int seeds, double latency = 0, double changeAt = double.PositiveInfinity, int slotsLater = 0) =>
        Figures.Mean(seeds, seed => Run(times.Next(new Random(seed), rows), slots, latency, seed, changeAt, slotsLater));

    /// <summary>Two cold clients with as many rows each; the second begins later.</summary>
    internal static SharedFigures Shared(ServiceTimes times, int rows, int slots, double secondAt, double latency, int seed)
    {
        VirtualClock clock = new();
        SimulatedAccount account = new(clock, _ => slots);
        double[] durations = times.Next(new Random(seed), 2 * rows);
        SimulatedSubmitter first = new(clock, account, durations[..rows], latency, seed);
        SimulatedSubmitter second = new(clock, account, durations[rows..], latency, seed + 1);
        double held1 = 0, held2 = 0;
        void Sample()
        {
            if (first.Waiting > 0 && second.Waiting > 0)
            {
                held1 += first.Limiter.InFlight;
                held2 += second.Limiter.InFlight;
                clock.After(1, Sample);
            }
        }

        clock.At(0, first.Pump);
        clock.At(secondAt, () =>
        {
            second.Pump();
            Sample();
        });
        clock.Run(() => first.Done == rows && second.Done == rows);
        int refused = first.RefusedPosts + second.RefusedPosts;
        return new(
            ListScheduling(durations, _ => slots, double.PositiveInfinity) / Math.Max(first.LastSeen, second.LastSeen),
            Math.Min(held1, held2) / (held1 + held2),
            (double)refused / (2 * rows + refused));
    }

    internal static SharedFigures MeanShared(ServiceTimes times, int rows, int slots, double secondAt, double latency, int seeds) =>
        Figures.Mean(seeds, seed => Shared(times, rows, slots, secondAt, latency, seed));

    /// <summary>A stranger holds some of the slots from <paramref name="from"/> for <paramref name="stay"/> and leaves; he takes ours as
    /// they become free. There are rows enough to use all slots afterwards.</summary>
    internal static ContentionFigures Contended(
        ServiceTimes times, int slots, int taken, double from, double stay, double latency, int seed)
    {
        double mean = times.Mean, until = from + stay;
        VirtualClock clock = new();
        SimulatedAccount account = new(clock, time => time >= from && time < until ? slots - taken : slots);
        int rows = (int)(slots * (until / mean + 200));
        SimulatedSubmitter client = new(clock, account, times.Next(new Random(seed), rows), latency, seed);
        double idle = 0, since = until, back = double.NaN;
        int before = 0, refused = 0, free = 0;
        account.Changed += () =>
        {
            if (clock.Now < until || !double.IsNaN(back)) return;
            idle += free * (clock.Now - since);
            since = clock.Now;
            free = account.Idle;
            if (free == 0) back = clock.Now;
        };
        clock.At(0, client.Pump);
        clock.At(from, () => before = client.RefusedPosts);
        clock.At(until, () =>
        {
            free = account.Idle;
            refused = client.RefusedPosts - before;
        });
        clock.Run(() => !double.IsNaN(back) || client.Done == rows);
        double lost = (double.IsNaN(back) ? clock.Now : back) - until;
        return new(lost / mean, lost / mean, idle / mean, refused * mean / stay);
    }

    internal static ContentionFigures MeanContended(ServiceTimes times, int slots, int taken, double from, double stay, double latency, int seeds)
    {
        ContentionFigures[] runs = [.. Enumerable.Range(0, seeds).Select(seed => Contended(times, slots, taken, from, stay, latency, seed))];
        return Figures.Mean(runs) with { Worst = runs.Max(run => run.Back) };
    }

    /// <summary>A batch is killed when so many rows are done, and goes on after a pause.</summary>
    internal static RestartFigures Restarted(ServiceTimes times, int rows, int done, int slots, double pause, bool isWarm, double latency, int seed)
    {
        VirtualClock clock = new();
        SimulatedAccount account = new(clock, _ => slots);
        SimulatedSubmitter first = new(clock, account, times.Next(new Random(seed), rows), latency, seed);
        clock.At(0, first.Pump);
        clock.Run(() => first.Done == done);
        (double[] left, (double Begun, double Ends)[] inFlight) = first.Kill();
        double begin = clock.Now + pause, since = begin, idle = 0, early = 0;
        int free = 0;
        SimulatedSubmitter second = new(clock, account, left, latency, seed + 1);
        void Measure()
        {
            if (clock.Now < begin) return;
            double lost = second.Waiting > 0 ? free * (clock.Now - since) : 0;
            idle += lost;
            if (clock.Now - begin < 3 * times.Mean) early += lost;
            since = clock.Now;
            free = account.Idle;
        }

        account.Changed += Measure;
        clock.At(begin, () =>
        {
            Measure();
            if (isWarm) second.SeedFrom(first);
            foreach ((double begun, double ends) in inFlight) second.Recover(begun, ends);
            second.Pump();
        });
        clock.Run(() => second.Done == left.Length);
        double mean = times.Mean;
        return new((second.LastSeen - begin) / mean, idle / mean, early / mean, second.RefusedPosts, (double)second.Polls / left.Length);
    }

    internal static RestartFigures MeanRestarted(ServiceTimes times, int rows, int done, int slots, double pause, bool isWarm, double latency, int seeds) =>
        Figures.Mean(seeds, seed => Restarted(times, rows, done, slots, pause, isWarm, latency, seed));

    /// <summary>Makespan when every row starts the moment a slot is free.</summary>
    private static double ListScheduling(double[] durations, Func<double, int> slots, double changeAt)
    {
        VirtualClock clock = new();
        int next = 0, running = 0;
        void Fill()
        {
            while (next < durations.Length && running < slots(clock.Now))
            {
                running++;
                clock.After(durations[next++], () =>
                {
                    running--;
                    Fill();
                });
            }
        }

        clock.At(0, Fill);
        if (!double.IsInfinity(changeAt)) clock.At(changeAt, Fill);
        clock.Run(() => next == durations.Length && running == 0);
        return clock.Now;
    }
}
