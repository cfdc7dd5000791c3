using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Scheduling;

/// <summary>What a request says of the service's health.</summary>
internal enum RequestHealth
{
    /// <summary>It was answered, whatever the answer: the service is there.</summary>
    Answered,

    /// <summary>It met an outage.</summary>
    Failed,

    /// <summary>It was given up, or never sent.</summary>
    Unknown,
}

/// <summary>
/// What all runs of this process share that speak to one address with one key: the slots of each model, the circuit, the jobs in flight and
/// what was learned about them. It outlives a cmdlet; its connections and its timer live only while somebody holds a lease.
/// </summary>
// Three pure parts decide: ConcurrencyLimiter how many tasks are in flight, CircuitBreaker whether a request may leave, PollingSchedule when a
// job is polled. Around them is one loop: callers enqueue changes; a drain on the pool makes them and then starts whatever may start, in the
// order of its worth: submissions that have a slot and wait for the circuit, rows that wait for a slot, polls that are due. One timer is set
// to the next moment at which time alone changes anything.
[SuppressMessage("Design", "CA1001", Justification = "The transport and the timer belong to the leases; the last one disposes them.")]
internal sealed class AccountScheduler
{
    private readonly EventLoop _loop;
    private readonly CircuitBreaker _circuit;
    private readonly Dictionary<string, SubmissionQueue> _queues = new(StringComparer.Ordinal);
    private readonly LinkedList<Admission> _entering = new(); // wait for the circuit
    private readonly EndCache _ends = new();
    private readonly PollLoop _polls;
    private CogVideoException? _lastFailure;
    private Transport? _transport;
    private ITimer? _timer;
    private int _leases;
    private double _timerAt = double.PositiveInfinity;

    /// <param name="endpoint">The address and the key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Uniform in [0, 1), thread-safe; null = the system's.</param>
    /// <param name="run">Where the loop runs; null = on the thread pool.</param>
    internal AccountScheduler(ServiceEndpoint endpoint, TimeProvider time, Func<double>? random = null, Action<Action>? run = null)
    {
        Endpoint = endpoint;
        Clock = new Clock(time);
        Random = random ?? new LockedRandom().Next;
        _circuit = new CircuitBreaker(Random);
        _loop = new EventLoop(Clock, run, StartWhatMay);
        _polls = new PollLoop(this, _loop, new JobTable(_ends), _ends);
    }

    /// <summary>Its address and key.</summary>
    internal ServiceEndpoint Endpoint { get; }

    internal Clock Clock { get; }

    internal Func<double> Random { get; }

    /// <summary>Which row every request_id was used for; it guards itself.</summary>
    internal RequestIds RequestIds { get; } = new();

    internal Transport Transport => _transport ?? throw new ObjectDisposedException(nameof(AccountScheduler));

    /// <summary>Seconds since the service began to fail whatever it is asked; 0 while it answers.</summary>
    internal double SecondsWithoutAnswer =>
        _loop.Access(() => Math.Max(0, Clock.Now - (_circuit.FailingSince ?? double.PositiveInfinity)));

    /// <summary>How it stands, for who tells of it.</summary>
    internal AccountState State => _loop.Access(() => new AccountState(
        Endpoint.BaseUri.Authority,
        Outage,
        [.. _queues.Select(queue => new SlotState(
            queue.Key, queue.Value.Limiter.Limit, queue.Value.Limiter.InFlight, queue.Value.Rows.Count, queue.Value.LastRejection))]));

    /// <summary>Nobody holds a lease.</summary>
    internal bool IsIdle => _loop.Access(() => _leases == 0);

    /// <summary>Why the service fails whatever it is asked; null while it answers. For the loop only.</summary>
    internal CogVideoException? Outage => _circuit.FailingSince is null ? null : _lastFailure;

    internal SchedulerLease Lease(Func<HttpMessageHandler>? createHandler, double timeoutScale)
    {
        bool isFirst = _loop.Access(() =>
        {
            if (_leases++ > 0) return false;
            _transport = new Transport(Endpoint, Clock.Time, createHandler, timeoutScale);
            _timer = Clock.Time.CreateTimer(_ => _loop.Post(_ => _timerAt = double.PositiveInfinity), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timerAt = double.PositiveInfinity;
            return true;
        });
        if (isFirst) _loop.Post(_ => Reset());
        return new SchedulerLease(this);
    }

    internal void Release()
    {
        (Transport? transport, ITimer? timer) = _loop.Access(() =>
        {
            if (--_leases > 0) return (null, null);
            (Transport?, ITimer?) last = (_transport, _timer);
            (_transport, _timer) = (null, null);
            return last;
        });
        if (transport is null) return;
        _loop.Post(_ => GiveUpEnds());
        timer?.Dispose();
        _ = Task.Run(transport.Dispose); // no caller needs to wait until connections are closed
    }

    /// <summary>
    /// Waits until a request may leave: a submission for a slot of its model, then for the circuit; a status query for the circuit.
    /// Its outcome must then be reported.
    /// </summary>
    /// <param name="model">The model of a submission; null = a status query.</param>
    /// <param name="cancellationToken">Gives up, and gives the slot back.</param>
    internal async Task EnterAsync(string? model, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Admission admission = new(model);
        _loop.Post(_ => Enqueue(admission));
        using (cancellationToken.Register(() => _loop.Post(now => Cancel(admission, now, cancellationToken))))
            await admission.Task.ConfigureAwait(false);
    }

    /// <summary>Tells what became of a request that had entered.</summary>
    /// <param name="health">What it says of the service.</param>
    /// <param name="why">Why the service is down.</param>
    internal void Report(RequestHealth health, CogVideoException? why) => _loop.Post(now => Record(health, why, now));

    /// <summary>Tells what became of a submission that took no slot.</summary>
    /// <param name="model">Its model.</param>
    /// <param name="tell">What the limiter is told.</param>
    /// <param name="health">What it says of the service.</param>
    /// <param name="why">Why the row has to wait, or the service is down.</param>
    internal void Report(string model, Action<SubmissionQueue, double> tell, RequestHealth health, CogVideoException? why = null) => _loop.Post(now =>
    {
        SubmissionQueue queue = QueueFor(model);
        tell(queue, now);
        if (health == RequestHealth.Answered && why is not null) queue.LastRejection = why;
        Record(health, why, now);
    });

    /// <summary>A submission was accepted, and its job holds a slot.</summary>
    /// <returns>What is wrong when its id is another job's; else null.</returns>
    internal Task<CogVideoException?> OnAcceptedAsync(CogVideoJob job) => _loop.PostAsync(now =>
    {
        SubmissionQueue queue = QueueFor(job.Model!);
        Record(RequestHealth.Answered, null, now);
        queue.Limiter.OnAccepted(now);
        queue.SlowDowns = 0;
        return _polls.OnAccepted(job, queue, now);
    });

    /// <summary>A job that this process did not submit, or whose acceptance it did not see, may hold a slot.</summary>
    internal void OnRecovered(CogVideoJob job) => _loop.Post(now => _polls.OnRecovered(job, QueueFor(job.Model!), now));

    /// <summary>Nothing more will be sent for this model: no row need wait for a pause to end.</summary>
    internal void Resume(string model) => _loop.Post(now => QueueFor(model).Limiter.Resume(now));

    /// <summary>How a job ends: Success or Fail. It is polled until then.</summary>
    /// <param name="job">The job; its SubmittedAt, when known, says how old it is.</param>
    /// <param name="options">For how long, how often, and who is told of what is strange.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CogVideoException">The end will not be known here: deadline, unknown id, refused key. The job goes on at the service.</exception>
    internal Task<CogVideoResult> WaitAsync(CogVideoItem job, WaitOptions options, CancellationToken cancellationToken)
    {
        JobWaiter waiter = new(job, options);
        if (options.TimeoutSeconds > 0) waiter.Deadline = Clock.Now + options.TimeoutSeconds;
        waiter.Cancellation = cancellationToken.Register(() =>
        {
            if (waiter.TrySetCanceled(cancellationToken)) _loop.Post(_ => _polls.Withdraw(waiter));
        });
        _loop.Post(now => _polls.Add(waiter, now));
        return waiter.Task;
    }

    /// <summary>
    /// The end of a job, by whomever it is seen; it polls nothing. Cancelled when nobody can learn the end any more: the task is gone, the key
    /// is refused, or the last lease was given back.
    /// </summary>
    internal Task<CogVideoResult> Ended(string id) => _loop.Access(() => _ends.WhenEnded(id));

    /// <summary>What a status query has seen; an end is an end for everybody. Completes when all who ask now are told so.</summary>
    internal Task ObserveAsync(CogVideoResult result) =>
        CogVideoStatus.IsEnd(result.Status) ? _loop.PostAsync(now => _polls.Observe(result, now)) : Task.CompletedTask;

    /// <summary>How a job ended, if that was seen lately.</summary>
    internal CogVideoResult? FindEnd(string id) => _loop.Access(() => _ends.Find(id));

    /// <summary>Says of a success whose id two jobs were given that it may be the other's.</summary>
    internal void MarkDuplicate(CogVideoResult result) => _loop.Access(() => _ends.MarkDuplicate(result));

    /// <summary>Seconds a job of this kind is expected to take.</summary>
    internal double ExpectedSeconds(CogVideoItem job) => _loop.Access(() => _polls.ExpectedSeconds(job));

    /// <summary>
    /// A warm start: what an earlier run learned of a model begins its polling schedules and its limiter. What this process has seen itself
    /// counts more: schedules that have seen jobs, and a limit that was learned, stay.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="serviceTimesSeconds">Seconds that jobs took, oldest first.</param>
    /// <param name="mostInFlight">The most that were in flight together; 0 = not known.</param>
    internal void Seed(string model, IReadOnlyList<double> serviceTimesSeconds, int mostInFlight) => _loop.Post(_ =>
    {
        // A task that had ended when it was accepted tells nothing of the time that others take
        double[] serviceTimes = [.. serviceTimesSeconds.Where(static seconds => seconds >= ServiceTime.MinSeconds)];
        _polls.Seed(model, serviceTimes);
        QueueFor(model).Limiter.Seed(serviceTimes, mostInFlight);
    });

    /// <summary>Takes a scheduled poll past the circuit. For the loop only.</summary>
    internal bool TryEnter(double now, out double retryAt) => _circuit.TryEnter(now, out retryAt);

    /// <summary>Tells the circuit what became of a request that had entered. For the loop only.</summary>
    internal void Record(RequestHealth health, CogVideoException? why, double now)
    {
        switch (health)
        {
            case RequestHealth.Answered:
                _circuit.OnSuccess(now);
                break;
            case RequestHealth.Failed:
                _lastFailure = why;
                _circuit.OnFailure(now);
                break;
            default:
                _circuit.OnCancelled(now);
                break;
        }
    }

    /// <summary>Who comes alone is told as soon as in a process of its own whether the service answers.</summary>
    private void Reset()
    {
        _circuit.Reset();
        foreach (SubmissionQueue queue in _queues.Values) queue.SlowDowns = 0;
    }

    private void GiveUpEnds()
    {
        if (_leases == 0) _ends.GiveUpAll();
    }

    private SubmissionQueue QueueFor(string model)
    {
        if (!_queues.TryGetValue(model, out SubmissionQueue? queue)) _queues[model] = queue = new SubmissionQueue();
        return queue;
    }

    private void Enqueue(Admission admission)
    {
        LinkedList<Admission> line = admission.Model is { } model ? QueueFor(model).Rows : _entering;
        line.AddLast(admission.Place);
    }

    private void Cancel(Admission admission, double now, CancellationToken cancellationToken)
    {
        if (admission.Place.List is not { } line) return; // admitted
        line.Remove(admission.Place);
        if (admission.HoldsSlot) QueueFor(admission.Model!).Limiter.OnIgnored(now);
        admission.TrySetCanceled(cancellationToken);
    }

    private void StartWhatMay(double now)
    {
        if (_transport is null) return;
        double next = double.PositiveInfinity;
        foreach (SubmissionQueue queue in _queues.Values)
        {
            if (queue.Grant(now, _entering, ref next)) _polls.OnQueueFull(queue, now);
        }
        bool mayEnter = true;
        while (mayEnter && _entering.First is { } first)
        {
            mayEnter = _circuit.TryEnter(now, out double retryAt);
            if (mayEnter)
            {
                _entering.RemoveFirst();
                first.Value.SetResult(true);
            }
            else
            {
                next = Math.Min(next, retryAt);
            }
        }
        next = Math.Min(next, _polls.StartDue(now, mayEnter));
        SetTimer(now, next);
    }

    /// <summary>Only ever to an earlier moment: to wake in vain costs less than to set the timer after every change.</summary>
    private void SetTimer(double now, double next)
    {
        if (next >= _timerAt) return;
        // Rounded up: a timer that fires a moment early would wake in vain for sure
        double milliseconds = Math.Min(Math.Max(Math.Ceiling((next - now) * 1000), 1), 3_600_000);
        _timerAt = now + milliseconds / 1000;
        _timer!.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
