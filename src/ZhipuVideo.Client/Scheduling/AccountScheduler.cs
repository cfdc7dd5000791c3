using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// What all runs of this process share that speak to one address with one key: the circuit, the slots, the jobs in flight and what was
/// learned about them. It outlives a cmdlet; its connections and its timer live only while somebody holds a lease.
/// One timer and one lock serve all jobs: see <see cref="BeginTurn"/>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The transport and the timer belong to the leases; the last one disposes them.")]
internal sealed class AccountScheduler
{
    [ThreadStatic]
    private static AccountScheduler? _starting; // what a turn of this thread has found

    [ThreadStatic]
    private static bool _startAgain;

    private readonly Queue<Waiter> _entering = new();
    private readonly CircuitBreaker _circuit;
    private readonly Dictionary<string, SubmissionQueue> _lanes = new(StringComparer.Ordinal);
    private CogVideoException? _lastFailure;
    private Transport? _transport;
    private ITimer? _timer;
    private int _leases;
    private int _turns; // begun by the thread that holds the lock
    private double _timerAt = double.PositiveInfinity;

    internal AccountScheduler(ServiceEndpoint endpoint, TimeProvider time, Func<double>? random = null)
    {
        Endpoint = endpoint;
        Clock = new Clock(time);
        Random = random ?? new LockedRandom().Next;
        _circuit = new CircuitBreaker(Random);
        Poller = new JobPoller(this);
    }

    /// <summary>Its address and key.</summary>
    internal ServiceEndpoint Endpoint { get; }

    internal Clock Clock { get; }

    internal Func<double> Random { get; }

    internal JobPoller Poller { get; }

    /// <summary>Which row every request_id was used for; it guards itself.</summary>
    internal RequestIds RequestIds { get; } = new();

    /// <summary>Guards everything below; never held while anything is awaited, completed or written.</summary>
    internal object Sync { get; } = new();

    internal Transport Transport => _transport ?? throw new ObjectDisposedException(nameof(AccountScheduler));

    internal SchedulerLease Lease(Func<HttpMessageHandler>? createHandler, double timeoutScale)
    {
        using Turn turn = BeginTurn();
        if (_leases++ == 0)
        {
            _transport = new Transport(Endpoint, Clock.Time, createHandler, timeoutScale);
            _timer = Clock.Time.CreateTimer(static state => ((AccountScheduler)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timerAt = double.PositiveInfinity;
            // Who comes alone is told as soon as in a process of its own whether the service answers
            _circuit.Reset();
            foreach (SubmissionQueue lane in _lanes.Values) lane.SlowDowns = 0;
        }
        return new SchedulerLease(this);
    }

    internal void Release()
    {
        Transport? transport = null;
        ITimer? timer = null;
        lock (Sync)
        {
            if (--_leases == 0)
            {
                (transport, _transport) = (_transport, null);
                (timer, _timer) = (_timer, null);
                Poller.CancelEnded();
            }
        }
        timer?.Dispose();
        if (transport is not null) _ = Task.Run(transport.Dispose); // no caller needs to wait until connections are closed
    }

    /// <summary>Seconds since the service began to fail whatever it is asked; 0 while it answers.</summary>
    internal double SecondsWithoutAnswer
    {
        get
        {
            lock (Sync) return Math.Max(0, Clock.Now - (_circuit.FailingSince ?? double.PositiveInfinity));
        }
    }

    /// <summary>Why the service fails whatever it is asked; null while it answers. Call under <see cref="Sync"/>.</summary>
    internal CogVideoException? Outage => _circuit.FailingSince is null ? null : _lastFailure;

    /// <summary>How it stands, for who tells of it.</summary>
    internal AccountState State
    {
        get
        {
            lock (Sync)
            {
                return new AccountState(
                    Endpoint.BaseUri.Authority,
                    Outage,
                    [.. _lanes.Select(lane => new SlotState(lane.Key, lane.Value.Limiter.Limit, lane.Value.Limiter.InFlight, lane.Value.Waiting, lane.Value.LastRefusal))]);
            }
        }
    }

    /// <summary>Nobody holds a lease.</summary>
    internal bool IsIdle
    {
        get
        {
            lock (Sync) return _leases == 0;
        }
    }

    /// <summary>The slots of one model.</summary>
    internal SubmissionQueue Lane(string model)
    {
        lock (Sync)
        {
            if (!_lanes.TryGetValue(model, out SubmissionQueue? lane)) _lanes[model] = lane = new SubmissionQueue();
            return lane;
        }
    }

    /// <summary>
    /// Waits until a submission to this model may start: for a slot, then for the circuit. Its outcome must then be reported to the lane,
    /// and <see cref="Answered"/>, <see cref="Broke"/> or <see cref="Left"/> must follow.
    /// </summary>
    internal Task StartAsync(SubmissionQueue lane, CancellationToken cancellationToken)
    {
        using Turn turn = BeginTurn();
        cancellationToken.ThrowIfCancellationRequested();
        bool hasSlot = lane.Waiting == 0 && lane.Limiter.TryAcquire(turn.Now, 1, out _);
        if (hasSlot && _entering.Count == 0 && _circuit.TryEnter(turn.Now, out _)) return Task.CompletedTask;
        Waiter waiter = new(lane) { HoldsSlot = hasSlot };
        if (hasSlot)
        {
            _entering.Enqueue(waiter);
        }
        else
        {
            lane.Rows.Enqueue(waiter);
            lane.Waiting++;
        }
        return waiter.WaitAsync(this, cancellationToken);
    }

    /// <summary>Waits until the circuit lets a look leave; <see cref="Answered"/>, <see cref="Broke"/> or <see cref="Left"/> must follow.</summary>
    internal Task EnterAsync(CancellationToken cancellationToken)
    {
        using Turn turn = BeginTurn();
        cancellationToken.ThrowIfCancellationRequested();
        if (_entering.Count == 0 && _circuit.TryEnter(turn.Now, out _)) return Task.CompletedTask;
        Waiter waiter = new(null);
        _entering.Enqueue(waiter);
        return waiter.WaitAsync(this, cancellationToken);
    }

    /// <summary>Takes a scheduled poll past the circuit. Call under <see cref="Sync"/>.</summary>
    internal bool TryEnter(double now, out double retryAt) => _circuit.TryEnter(now, out retryAt);

    /// <summary>A request that had entered was answered: the service is there, whatever it said. Call in a turn.</summary>
    internal void Answered(double now) => _circuit.OnSuccess(now);

    /// <summary>A request that had entered met an outage. Call in a turn.</summary>
    internal void Broke(double now, CogVideoException? why)
    {
        _lastFailure = why;
        _circuit.OnFailure(now);
    }

    /// <summary>A request that had entered was given up. Call in a turn.</summary>
    internal void Left(double now) => _circuit.OnCancelled(now);

    /// <summary>
    /// Takes the lock for a change. When the turn ends, whatever may start now is started, in the order of its worth: submissions that have a
    /// slot and wait for the circuit, rows that wait for a slot, polls that are due; then the one timer is set to the next moment at which
    /// time alone changes anything. Threads may start things at once; what a thread starts and sees end at once makes its turn look again,
    /// instead of one turn after the other upon its stack.
    /// </summary>
    /// <param name="isReply">A reply made the change: what it lets start is started on the pool, and its thread goes on to the replies
    /// that came with it. One send after each reply would leave the others unread meanwhile, and drives a tenth fewer jobs a second.</param>
    internal Turn BeginTurn(bool isReply = false)
    {
        Turn turn = new(this, isReply);
        _turns++;
        return turn;
    }

    /// <summary>Leaves the lock and starts what may start.</summary>
    internal void EndTurn(double now, bool isReply)
    {
        bool isOver = --_turns == 0;
        if (_starting == this) _startAgain = true;
        if (!isOver || _starting == this)
        {
            Monitor.Exit(Sync);
            return;
        }
        AccountScheduler? outer = _starting;
        _starting = this;
        try
        {
            while (true)
            {
                _startAgain = false;
                Start(now, isReply);
                if (!_startAgain) break;
                Monitor.Enter(Sync);
                now = Clock.Now;
            }
        }
        finally
        {
            _starting = outer;
            _startAgain = outer is not null; // it may have been told meanwhile
        }
    }

    /// <summary>Takes under the lock what may start, leaves the lock and starts it.</summary>
    private void Start(double now, bool isReply)
    {
        List<Waiter>? granted = null;
        PollerTurn polls = default;
        try
        {
            if (_transport is null) return;
            double next = double.PositiveInfinity;
            foreach (SubmissionQueue lane in _lanes.Values)
            {
                if (lane.Grant(now, _entering, ref next)) Poller.SlotsWanted(lane, now);
            }
            bool mayEnter = GrantEntries(now, ref granted, ref next);
            polls = Poller.TakeDue(now, mayEnter, ref next);
            SetTimer(now, next);
        }
        finally
        {
            Monitor.Exit(Sync);
        }
        granted?.ForEach(static waiter => waiter.Grant());
        Poller.Run(polls, onPool: isReply);
    }

    private bool GrantEntries(double now, ref List<Waiter>? granted, ref double next)
    {
        while (_entering.Count > 0)
        {
            if (_entering.Peek().IsCancelled)
            {
                _entering.Dequeue();
                continue;
            }
            if (!_circuit.TryEnter(now, out double retryAt))
            {
                next = Math.Min(next, retryAt);
                return false;
            }
            Waiter waiter = _entering.Dequeue();
            waiter.IsGranted = true;
            (granted ??= []).Add(waiter);
        }
        return true;
    }

    private void OnTimer()
    {
        using Turn turn = BeginTurn();
        _timerAt = double.PositiveInfinity;
    }

    /// <summary>Only ever to an earlier moment: to turn once in vain costs less than to set the timer after every event.</summary>
    private void SetTimer(double now, double next)
    {
        if (next >= _timerAt) return;
        // Rounded up: a timer that fires a moment early would turn in vain for sure.
        double milliseconds = Math.Min(Math.Max(Math.Ceiling((next - now) * 1000), 1), 3_600_000);
        _timerAt = now + milliseconds / 1000;
        _timer!.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}

/// <summary>A share of an account's connections.</summary>
internal sealed class SchedulerLease : IDisposable
{
    private AccountScheduler? _account;

    internal SchedulerLease(AccountScheduler account) => _account = account;

    internal AccountScheduler Scheduler => _account ?? throw new ObjectDisposedException(nameof(SchedulerLease));

    public void Dispose() => Interlocked.Exchange(ref _account, null)?.Release();
}

/// <summary>The accounts of a process. Injected, so that tests do not disturb each other.</summary>
internal sealed class SchedulerRegistry
{
    private readonly List<AccountScheduler> _accounts = [];
    private readonly TimeProvider _time;
    private readonly Func<double>? _random;

    internal SchedulerRegistry(TimeProvider? time = null, Func<double>? random = null)
    {
        _time = time ?? TimeProvider.System;
        _random = random;
    }

    /// <summary>The one that all runs of this process share.</summary>
    internal static SchedulerRegistry Shared { get; } = new();

    internal AccountScheduler Find(ServiceEndpoint endpoint)
    {
        lock (_accounts)
        {
            foreach (AccountScheduler known in _accounts)
            {
                if (known.Endpoint.IsSame(endpoint)) return known;
            }
            AccountScheduler account = new(endpoint, _time, _random);
            _accounts.Add(account);
            return account;
        }
    }

    /// <summary>Forgets an account, and with it the key and what was learned of its slots, unless a run still uses it.</summary>
    internal void Forget(ServiceEndpoint endpoint)
    {
        lock (_accounts) _accounts.RemoveAll(known => known.IsIdle && known.Endpoint.IsSame(endpoint));
    }
}
