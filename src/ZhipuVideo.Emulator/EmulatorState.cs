using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Emulator.Accounts;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Emulator.Faults;
using ZhipuVideo.Emulator.Files;
using ZhipuVideo.Emulator.Http;
using ZhipuVideo.Emulator.Jobs;

namespace ZhipuVideo.Emulator;

/// <summary>Everything the emulator knows: for tests that host it, the same that the control endpoints give to other processes.</summary>
public sealed class EmulatorState
{
    private const string FailReason = "视频生成失败，请稍后重试。";

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly TaskIds _ids;
    private readonly FaultPlan _plan;
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly ConcurrentDictionary<string, VideoTask> _tasks = new();
    private readonly ConcurrentDictionary<string, VideoTask> _links = new();
    private readonly List<VideoTask> _accepted = [];
    private readonly List<ReceivedRequest> _requests = [];
    private readonly Dictionary<RequestPhase, int> _open = [];
    private readonly Dictionary<string, long> _requestCounts = [], _maxOpen = [], _refused = [], _acceptedCounts = [], _maxInFlight = [];
    private long _bytesSent;
    private TaskCompletionSource? _change;

    internal EmulatorState(EmulatorOptions options)
    {
        _time = options.TimeProvider;
        Logging = options.Log;
        _random = options.Seed is { } seed ? new Random(seed) : new Random();
        _ids = new TaskIds(_random, _time);
        // A generator of its own: how often faults are asked for must not change the ids
        _plan = new FaultPlan(options.Seed is { } faultSeed ? new Random(faultSeed) : new Random(), _time);
        foreach (Fault fault in options.Faults) _plan.Add(fault);
        Settings = options.Settings;
    }

    /// <summary>What may change while the emulator runs.</summary>
    public EmulatorSettings Settings { get; set; }

    /// <summary>Whether requests are remembered.</summary>
    public bool Logging { get; }

    /// <summary>The requests that reached the emulator so far, in order of arrival; those of the control endpoints are left out.</summary>
    public IReadOnlyList<ReceivedRequest> Requests
    {
        get { lock (_gate) return [.. _requests]; }
    }

    /// <summary>The tasks that were accepted, in order.</summary>
    public IReadOnlyList<VideoTask> Tasks
    {
        get { lock (_gate) return [.. _accepted]; }
    }

    /// <summary>The faults that are set, spent ones included.</summary>
    public IReadOnlyList<Fault> Faults => _plan.Faults;

    /// <summary>Counts since the start or the last reset.</summary>
    public EmulatorStats Stats
    {
        get
        {
            lock (_gate)
            {
                return new EmulatorStats
                {
                    Requests = new Dictionary<string, long>(_requestCounts),
                    MaxOpenRequests = new Dictionary<string, long>(_maxOpen),
                    Refused = new Dictionary<string, long>(_refused),
                    Accepted = new Dictionary<string, long>(_acceptedCounts),
                    MaxTasksInFlight = new Dictionary<string, long>(_maxInFlight),
                    BytesSent = Interlocked.Read(ref _bytesSent),
                };
            }
        }
    }

    /// <summary>Adds a fault to those that are set.</summary>
    /// <exception cref="ArgumentException">It can never strike.</exception>
    public void Add(Fault fault) => _plan.Add(fault);

    /// <summary>Ends all faults.</summary>
    public void ClearFaults() => _plan.Clear();

    /// <summary>
    /// Waits until something is so, looking again whenever a request arrives, is answered, or a task is accepted or ended. The clock
    /// alone wakes nobody.
    /// </summary>
    /// <param name="condition">What is waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WhenAsync(Func<EmulatorState, bool> condition, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Before the look, so that a change right after it is not missed
            Task change = NextChange();
            if (condition(this)) return;
            await change.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Forgets requests, tasks, accounts, counts and faults. Settings stay.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _accounts.Clear();
            _tasks.Clear();
            _links.Clear();
            _accepted.Clear();
            _requests.Clear();
            foreach (Dictionary<string, long> counts in new[] { _requestCounts, _maxOpen, _refused, _acceptedCounts, _maxInFlight })
                counts.Clear();
            Interlocked.Exchange(ref _bytesSent, 0);
        }
        _plan.Clear();
    }

    /// <summary>Ends a task now, so that a test need not wait for it.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="failReason">Null for SUCCESS, else the reason of its FAIL.</param>
    /// <exception cref="KeyNotFoundException">There is no such task.</exception>
    public void End(string id, string? failReason = null)
    {
        lock (_gate)
        {
            VideoTask task = _tasks[id];
            task.Ends = _time.GetUtcNow();
            task.FailReason = failReason;
            _accounts[task.Account].Release(task);
        }
        Changed();
    }

    /// <summary>The task of an id, or of a request_id where that is allowed; null when there is none of this account.</summary>
    internal VideoTask? Find(string account, string id)
    {
        if (_tasks.TryGetValue(id, out VideoTask? task)) return task.Account == account ? task : null;
        if (!Settings.ResolveRequestIds) return null;
        lock (_gate) return _accounts.GetValueOrDefault(account)?.ByRequestId.GetValueOrDefault(id);
    }

    /// <summary>Takes a submission, or says why not.</summary>
    /// <exception cref="RefusedException">1231, 1301, 1113 or 1302.</exception>
    internal VideoTask Accept(string accountId, VideoRequest request, Struck faults)
    {
        string model = request.Model.Code;
        lock (_gate)
        {
            if (!_accounts.TryGetValue(accountId, out Account? account)) _accounts.Add(accountId, account = new Account());
            // First of all, so that a request sent again learns that it was accepted even while no slot is free
            if (request.RequestId is { } known && account.ByRequestId.ContainsKey(known))
                throw new RefusedException(ServiceError.AlreadyRequested(known));
            if (Markers.Marks(Markers.Sensitive, request.Prompt)) throw new RefusedException(ServiceError.Sensitive);
            bool billed = !request.Model.Free || Settings.FreeModelsNeedBalance;
            if (billed && account.Spent >= Settings.Balance) throw new RefusedException(ServiceError.OutOfMoney);
            DateTimeOffset now = _time.GetUtcNow();
            int inFlight = account.InFlight(model, now);
            if (inFlight >= Settings.ModelConcurrency.GetValueOrDefault(model, Settings.Concurrency))
                throw new RefusedException(ServiceError.ConcurrencyReached);

            string id = _ids.Next(Settings.IdForm);
            VideoTask task = new VideoTask(id, request.RequestId ?? id, model, request.Prompt, accountId, Settings.Answer(request.Clip), _time)
            {
                Ends = faults.Has(FaultKind.FailAtOnce) ? now
                    : faults.Has(FaultKind.Stall) || Markers.Marks(Markers.Stall, request.Prompt) ? DateTimeOffset.MaxValue
                    : now + ServiceTime(),
                FailReason = faults.Has(FaultKind.FailAtOnce) || Markers.Marks(Markers.Fail, request.Prompt) ? FailReason : null,
            };
            _tasks[id] = task;
            _accepted.Add(task);
            account.ByRequestId.Add(task.RequestId, task);
            account.Hold(task);
            if (billed) account.Spent++;
            Add(_acceptedCounts, model);
            Raise(_maxInFlight, model, inFlight + 1);
            Changed();
            return task;
        }
    }

    /// <summary>The id of the task that was accepted before this one; its own when it was the first.</summary>
    internal string IdBefore(VideoTask task)
    {
        lock (_gate) return _accepted[Math.Max(_accepted.IndexOf(task) - 1, 0)].Id;
    }

    /// <summary>Lets the faults strike a request whose task is known; an answer means that the work is not to be done.</summary>
    internal Reply? Strike(ReceivedRequest request, string? prompt)
    {
        request.Struck = _plan.Strike(request.Phase, beforeReading: false, prompt);
        return request.Struck.Refusal is null ? null : Reply.Bare(200);
    }

    /// <summary>Lets the faults strike a request of which only the head is known.</summary>
    internal bool StrikeBeforeReading(ReceivedRequest request)
    {
        request.Struck = _plan.Strike(request.Phase, beforeReading: true, null);
        return request.Struck.Refusal is not null;
    }

    /// <summary>The links to a finished task's files; new ones when the old have expired.</summary>
    internal TaskLinks LinksOf(VideoTask task)
    {
        lock (_gate)
        {
            if (task.Links is not { } links || Expired(links))
            {
                links = new TaskLinks(Guid.NewGuid().ToString(), _time.GetUtcNow());
                task.Links = links;
                _links[links.Token] = task;
            }
            return links;
        }
    }

    /// <summary>The task of a link; null when there is none or the link has expired.</summary>
    internal VideoTask? TaskOfLink(string token) =>
        _links.TryGetValue(token, out VideoTask? task) && task.Links is { } links && links.Token == token && !Expired(links) ? task : null;

    internal void Begin(ReceivedRequest request)
    {
        string phase = Name(request.Phase);
        lock (_gate)
        {
            Add(_requestCounts, phase);
            int open = _open[request.Phase] = _open.GetValueOrDefault(request.Phase) + 1;
            Raise(_maxOpen, phase, open);
            if (Logging)
            {
                _requests.Add(request);
                request.Number = _requests.Count;
            }
        }
        Changed();
    }

    /// <summary>A request is answered, or its client is gone; only the first call counts.</summary>
    internal void Finish(ReceivedRequest request)
    {
        lock (_gate)
        {
            if (request.Finished) return;
            request.Finished = true;
            _open[request.Phase]--;
            if (request.Code is { } code) Add(_refused, code);
        }
        Changed();
    }

    internal void CountBytes(long count) => Interlocked.Add(ref _bytesSent, count);

    private Task NextChange()
    {
        lock (_gate) return (_change ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void Changed()
    {
        TaskCompletionSource? change;
        lock (_gate)
        {
            change = _change;
            _change = null;
        }
        change?.SetResult();
    }

    private TimeSpan ServiceTime()
    {
        double factor = 1;
        if (Settings.Sigma > 0)
        {
            // Box-Muller; 1 - x because the logarithm of 0 has no value
            double normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
            factor = Math.Exp(Settings.Sigma * normal);
        }
        return TimeSpan.FromSeconds(Settings.ServiceTime * factor);
    }

    private bool Expired(TaskLinks links) =>
        Settings.LinkLifetime is { } seconds && _time.GetUtcNow() >= links.Issued + TimeSpan.FromSeconds(seconds);

    private static string Name(RequestPhase phase) => phase switch
    {
        RequestPhase.Create => "create",
        RequestPhase.Poll => "poll",
        RequestPhase.Download => "download",
        RequestPhase.Cover => "cover",
        _ => "other",
    };

    private static void Add(Dictionary<string, long> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    private static void Raise(Dictionary<string, long> maxima, string name, long value) =>
        maxima[name] = Math.Max(maxima.GetValueOrDefault(name), value);
}
