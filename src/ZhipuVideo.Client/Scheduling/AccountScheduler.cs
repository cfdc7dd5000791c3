using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Scheduling;

internal enum RequestHealth
{
    Answered, // whatever the answer: the service is there
    Failed, // it met an outage
    Unknown, // it was given up, or never sent
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
    private const double MaxQueryRetry = 8;

    private readonly EventLoop _loop;
    private readonly CircuitBreaker _circuit;
    private readonly Dictionary<string, SubmissionQueue> _queues = new(StringComparer.Ordinal);
    private readonly LinkedList<Admission> _entering = new(); // wait for the circuit
    private CogVideoException? _lastFailure;
    private Transport? _transport;
    private ITimer? _timer;
    private int _leases;
    private double _timerAt = double.PositiveInfinity;

    /// <param name="endpoint">The address and the key.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Uniform in [0, 1), thread-safe; null = the system's.</param>
    /// <param name="run">Where the loop runs; null = on the thread pool.</param>
    internal AccountScheduler(ServiceEndpoint endpoint, TimeProvider time, Func<double>? random, Action<Action>? run)
    {
        Endpoint = endpoint;
        Clock = new Clock(time);
        Random = random ?? new LockedRandom().Next;
        _circuit = new CircuitBreaker(Random);
        _loop = new EventLoop(Clock, run, StartWhatMay, FailAll);
        Polls = new PollLoop(this, _loop, _circuit);
    }

    internal ServiceEndpoint Endpoint { get; }

    internal Clock Clock { get; }

    internal Func<double> Random { get; }

    /// <summary>Which row every request_id was used for; it guards itself.</summary>
    internal RequestIds RequestIds { get; } = new();

    internal PollLoop Polls { get; }

    internal Transport Transport => _transport ?? throw new ObjectDisposedException(nameof(AccountScheduler));

    /// <summary>Seconds since the service began to fail whatever it is asked; 0 while it answers.</summary>
    internal double SecondsWithoutAnswer => _loop.Access(() => Math.Max(0, Clock.Now - (_circuit.FailingSince ?? double.PositiveInfinity)));

    internal AccountState State => _loop.Access(() => new AccountState(
        Endpoint.BaseUri.Authority,
        Outage,
        [.. _queues.Select(queue => new SlotState(
            queue.Key, queue.Value.Limiter.Limit, queue.Value.Limiter.InFlight, queue.Value.Rows.Count, queue.Value.LastRejection))]));

    internal bool IsIdle => _loop.Access(() => _leases == 0);

    /// <summary>Why the service fails whatever it is asked; null while it answers. For the loop only.</summary>
    internal CogVideoException? Outage => _circuit.FailingSince is null ? null : _lastFailure;

    /// <summary>Takes a share of the account's connections, which the first brings to life. To be given back by <see cref="Release"/>, once.</summary>
    internal void Lease(Func<HttpMessageHandler>? createHandler, double timeoutScale)
    {
        bool isFirst = _loop.Access(() =>
        {
            if (_leases++ > 0) return false;
            _transport = new Transport(Endpoint, Clock.Time, createHandler, timeoutScale);
            _timer = Clock.Time.CreateTimer(_ => _loop.Post(_ => _timerAt = double.PositiveInfinity), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timerAt = double.PositiveInfinity;
            return true;
        });
        if (!isFirst) return;
        _loop.Post(_ =>
        {
            // Who comes alone is told as soon as in a process of its own whether the service answers
            _circuit.Reset();
            foreach (SubmissionQueue queue in _queues.Values) queue.SlowDowns = 0;
        });
    }

    internal void Release()
    {
        (Transport? transport, ITimer? timer) = _loop.Access(() =>
        {
            if (--_leases > 0) return (null, null);
            Polls.GiveUpEnds();
            (Transport?, ITimer?) last = (_transport, _timer);
            (_transport, _timer) = (null, null);
            return last;
        });
        if (transport is null) return;
        timer!.Dispose();
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
        _loop.Post(_ => admission.Place = (model is null ? _entering : QueueFor(model).Rows).AddLast(admission));
        using (cancellationToken.Register(() => _loop.Post(now => TryLeave(admission, now)?.TrySetCanceled(cancellationToken))))
            await admission.Task.ConfigureAwait(false);
    }

    /// <summary>
    /// Asks for the state of a task outside the schedule: asking costs nothing and changes nothing, so what the network or an ailing server
    /// breaks is tried again, up to <paramref name="tries"/> times in all.
    /// </summary>
    internal async Task<ServiceReply> QueryAsync(string id, int tries, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            await EnterAsync(model: null, cancellationToken).ConfigureAwait(false);
            CogVideoException? error = null;
            double? retryAfter = null;
            RequestHealth health = RequestHealth.Failed;
            try
            {
                ServiceReply reply = await Transport.PollAsync(id, cancellationToken).ConfigureAwait(false);
                Verdict? verdict = reply.IsTask ? null : ErrorTable.Classify(reply).Verdict;
                if (verdict is not (Verdict.Unclear or Verdict.NotAccepted)) health = RequestHealth.Answered;
                if (health == RequestHealth.Answered && verdict is not (Verdict.SlowDown or Verdict.WaitForSlot)) return reply;
                error = Results.CreateError(reply, id);
                retryAfter = health == RequestHealth.Answered ? reply.RetryAfter : Math.Min(reply.RetryAfter ?? 0, Backoff.MaxOutagePause);
            }
            catch (TransportException e)
            {
                error = e.Reason;
                if (e.IsFinal) throw error;
            }
            finally
            {
                if (health == RequestHealth.Failed && cancellationToken.IsCancellationRequested) health = RequestHealth.Unknown;
                _loop.Post(now => Record(health, error, now));
            }
            if (attempt >= tries) throw error;
            double delay = Math.Max(retryAfter ?? 0, Backoff.Delay(attempt - 1, MaxQueryRetry, Random));
            await Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Tells what became of a submission that took no slot: to the limiter of its model, to the circuit, and to who asks why rows have to wait, or
    /// why the service is down.
    /// </summary>
    internal void Report(string model, Action<SubmissionQueue, double> tell, RequestHealth health, CogVideoException? why = null) => _loop.Post(now =>
    {
        SubmissionQueue queue = QueueFor(model);
        tell(queue, now);
        if (health == RequestHealth.Answered && why is not null) queue.LastRejection = why;
        Record(health, why, now);
    });

    /// <summary>Nothing more will be sent for this model: no row need wait for a pause to end.</summary>
    internal void Resume(string model) => _loop.Post(now => QueueFor(model).Limiter.Resume(now));

    /// <summary>
    /// A warm start: what an earlier run learned of a model begins its polling schedules and its limiter. What this process has seen itself
    /// counts more: schedules that have seen jobs, and a limit that was learned, stay.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="serviceTimes">Seconds that jobs took, and the length of their videos, oldest first.</param>
    /// <param name="mostInFlight">The most that were in flight together; 0 = not known.</param>
    internal void Seed(string model, IEnumerable<(int? Duration, double Seconds)> serviceTimes, int mostInFlight) => _loop.Post(_ =>
    {
        // A task that had ended when it was accepted tells nothing of the time that others take
        (int? Duration, double Seconds)[] known = [.. serviceTimes.Where(static time => time.Seconds >= ServiceTime.MinSeconds)];
        foreach (IGrouping<int?, double> kind in known.GroupBy(static time => time.Duration, static time => time.Seconds))
            Polls.ScheduleFor(model, kind.Key).Seed([.. kind]);
        QueueFor(model).Limiter.Seed([.. known.Select(static time => time.Seconds)], mostInFlight);
    });

    /// <summary>Tells the circuit what became of a request that had entered. For the loop only.</summary>
    internal void Record(RequestHealth health, CogVideoException? why, double now)
    {
        if (health == RequestHealth.Answered) _circuit.OnSuccess(now);
        else if (health == RequestHealth.Unknown) _circuit.OnCancelled(now);
        else
        {
            _lastFailure = why;
            _circuit.OnFailure(now);
        }
    }

    internal SubmissionQueue QueueFor(string model)
    {
        if (!_queues.TryGetValue(model, out SubmissionQueue? queue)) _queues[model] = queue = new SubmissionQueue();
        return queue;
    }

    /// <summary>A request waits no more, and gives back the slot that it holds; null when it has entered meanwhile.</summary>
    private Admission? TryLeave(Admission admission, double now)
    {
        if (admission.Place?.List is not { } line) return null;
        line.Remove(admission.Place);
        if (admission.HoldsSlot) QueueFor(admission.Model!).Limiter.OnIgnored(now);
        return admission;
    }

    /// <summary>A defect of ours, which has left the state half made: nobody may wait for what will perhaps not come. All else goes on.</summary>
    private void FailAll(Exception defect, double now)
    {
        CogVideoException error = new(ErrorReason.InternalError, MessageKey.InternalError, Endpoint.BaseUri.Authority, $"{defect.GetType().Name}: {defect.Message}");
        foreach (Admission waiting in _queues.Values.SelectMany(static queue => queue.Rows).Concat(_entering).ToArray())
            TryLeave(waiting, now)!.TrySetException(error);
        Polls.FailWaiters(error);
    }

    private void StartWhatMay(double now)
    {
        if (_transport is null) return;
        double next = double.PositiveInfinity, retryAt = next;
        foreach (SubmissionQueue queue in _queues.Values)
        {
            while (queue.Rows.First is { } row && queue.Limiter.TryAcquire(now, queue.Rows.Count, out retryAt))
            {
                row.Value.HoldsSlot = true;
                queue.Rows.RemoveFirst();
                _entering.AddLast(row);
            }
            bool wasFull = queue.IsFull;
            queue.IsFull = queue.Rows.Count > 0;
            if (queue.IsFull) next = Math.Min(next, retryAt);
            if (queue.IsFull && !wasFull) Polls.OnQueueFull(queue, now);
        }
        bool mayEnter = true;
        while (_entering.First is { } first && (mayEnter = _circuit.TryEnter(now, out retryAt)))
        {
            _entering.RemoveFirst();
            first.Value.SetResult(true);
        }
        if (!mayEnter) next = Math.Min(next, retryAt);
        next = Math.Min(next, Polls.StartDue(now, mayEnter));
        if (next >= _timerAt) return; // only ever to an earlier moment: to wake in vain costs less than to set the timer after every change
        // Rounded up: a timer that fires a moment early would wake in vain for sure
        double milliseconds = Math.Min(Math.Max(Math.Ceiling((next - now) * 1000), 1), 3_600_000);
        _timerAt = now + milliseconds / 1000;
        _timer!.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
