using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>What an outage cost.</summary>
/// <param name="RequestsPerJob">1 + failed requests over jobs.</param>
/// <param name="FirstAnswer">Seconds from the return of the service to the first answer.</param>
/// <param name="Backlog">Seconds from the return until every request that was due then has been answered.</param>
/// <param name="PeakRate">Most requests that left within one second after the return.</param>
internal sealed record OutageFigures(double RequestsPerJob, double FirstAnswer, double Backlog, double PeakRate);

/// <summary>A thousand jobs in flight when the service goes away for a while, on a virtual clock.</summary>
internal sealed class OutageSimulation
{
    private const double OutageFrom = 100, Latency = 0.05, LongestBackoff = 30;

    private readonly VirtualClock _clock = new();
    private readonly Random _random;
    private readonly CircuitBreaker? _circuit;
    private readonly PollingSchedule _schedule;
    private readonly Queue<Job> _due = new();
    private readonly HashSet<Job> _pending = new(); // due, under way or waiting to be tried again
    private readonly Queue<double> _recent = new();
    private readonly double _until;
    private readonly double _timeout;
    private int _wake;
    private int _left;
    private int _failed;
    private int _overdue;
    private int _peak;
    private double _firstAnswer = double.NaN;
    private double _backlogDone = double.NaN;

    private OutageSimulation(int jobs, double outage, double timeout, bool circuit, int seed)
    {
        _random = new Random(seed);
        _circuit = circuit ? new CircuitBreaker(_random.NextDouble) : null;
        _schedule = new PollingSchedule(_random.NextDouble, 120, 0.35);
        _until = OutageFrom + outage;
        _timeout = timeout;
        ServiceTimes times = new(120, 0.35);
        _left = jobs;
        for (int i = 0; i < jobs; i++)
        {
            // Submitted over the first minute
            Job job = new(60.0 * i / jobs, times.Next(_random));
            _clock.At(job.Begun, () => Plan(job));
        }

        _clock.At(_until, () =>
        {
            foreach (Job job in _pending) job.Overdue = true;
            _overdue = _pending.Count;
        });
    }

    /// <param name="jobs">How many.</param>
    /// <param name="outage">Seconds.</param>
    /// <param name="timeout">Seconds until a request fails during the outage; 0 = refused at once.</param>
    /// <param name="circuit">Else retries alone: 1, 2, 4 .. 30 s with jitter.</param>
    /// <param name="seed">Of the run.</param>
    internal static OutageFigures Run(int jobs, double outage, double timeout, bool circuit, int seed)
    {
        OutageSimulation run = new(jobs, outage, timeout, circuit, seed);
        run._clock.Run(() => run._left == 0);
        return new(1 + (double)run._failed / jobs, run._firstAnswer - run._until, run._backlogDone - run._until, run._peak);
    }

    internal static OutageFigures[] Runs(int jobs, double outage, double timeout, bool circuit, int seeds) =>
        Enumerable.Range(0, seeds).Select(seed => Run(jobs, outage, timeout, circuit, seed)).ToArray();

    private void Plan(Job job)
    {
        double age = _schedule.NextPoll(-1, job.Last, _clock.Now - job.Begun, PollingSchedule.WaitingCost);
        _clock.At(job.Begun + age, () => Due(job));
    }

    private void Due(Job job)
    {
        _due.Enqueue(job);
        _pending.Add(job);
        Pump();
    }

    private void Pump()
    {
        double retryAt = 0;
        while (_due.Count > 0 && (_circuit is null || _circuit.TryEnter(_clock.Now, out retryAt))) Send(_due.Dequeue());
        int wake = ++_wake;
        if (_due.Count > 0 && !double.IsInfinity(retryAt))
        {
            _clock.At(retryAt, () =>
            {
                if (wake == _wake) Pump();
            });
        }
    }

    private void Send(Job job)
    {
        double now = _clock.Now;
        if (now >= _until && double.IsNaN(_backlogDone))
        {
            _recent.Enqueue(now);
            while (_recent.Peek() < now - 1) _recent.Dequeue();
            _peak = Math.Max(_peak, _recent.Count);
        }

        if (now >= OutageFrom && now < _until) _clock.After(Math.Max(_timeout, Latency), () => Failed(job));
        else _clock.After(Latency * (0.5 + _random.NextDouble()), () => Answered(job));
    }

    private void Answered(Job job)
    {
        _circuit?.OnSuccess(_clock.Now);
        job.Attempts = 0;
        _pending.Remove(job);
        job.Last = _clock.Now - job.Begun;
        if (_clock.Now >= _until)
        {
            _firstAnswer = double.IsNaN(_firstAnswer) ? _clock.Now : _firstAnswer;
            if (job.Overdue && --_overdue == 0) _backlogDone = _clock.Now;
            job.Overdue = false;
        }

        if (job.Last >= job.Time) _left--;
        else Plan(job);

        Pump();
    }

    private void Failed(Job job)
    {
        _failed++;
        _circuit?.OnFailure(_clock.Now);
        double delay = Math.Min(LongestBackoff, 1 << Math.Min(job.Attempts++, 5)) * (0.8 + 0.4 * _random.NextDouble());
        _clock.After(delay, () => Due(job));
        Pump();
    }

    private sealed class Job(double begun, double time)
    {
        internal double Begun => begun;

        internal double Time => time;

        internal double Last { get; set; }

        internal int Attempts { get; set; }

        internal bool Overdue { get; set; }
    }
}
