using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Scheduling;

/// <summary>What one turn of the scheduler has to do outside the lock.</summary>
internal struct PollerTurn
{
    internal List<TrackedJob>? Looks;
    internal List<(IJobWatcher Watcher, CogVideoException Error)>? GivenUp;
}

/// <summary>
/// The one scheduler of all jobs of an account. A job is looked at only while somebody wants to know: a watcher, or rows that wait for the
/// slot it holds. A look that is due waits in line for the circuit; its watchers' deadlines are kept meanwhile. No job has a thread,
/// a timer or a delay of its own.
/// </summary>
internal sealed class JobPoller
{
    /// <summary>For so long after a submission "there is no such task" may only mean that the service has not caught up.</summary>
    private const double ReplicationLag = 30;

    private const double LongestRetry = 30;
    private const int LooksForMissingLink = 4;
    private const int RememberedResults = 256;
    private const int RememberedIds = 4096;

    private readonly AccountScheduler _account;
    private readonly Dictionary<string, TrackedJob> _jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PollingSchedule> _schedules = [];
    private readonly WakeHeap _heap = new();
    private readonly Queue<TrackedJob> _ready = new();
    private readonly Dictionary<ulong, CogVideoResult?> _ends = []; // by the id's hash: the latest with their results, those before without
    private readonly Queue<ulong> _latestEnds = new();
    private readonly Queue<ulong> _olderEnds = new();
    private readonly HashSet<string> _toldCodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CogVideoException> _sharedIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource<CogVideoResult>> _ended = new(StringComparer.Ordinal);

    internal JobPoller(AccountScheduler account) => _account = account;

    /// <summary>An end was seen, by whomever; raised on a background thread, after those who watch the job were told.</summary>
    internal event Action<CogVideoResult>? EndSeen;

    /// <summary>A job of ours was accepted and the limiter has counted it. Call in a turn.</summary>
    /// <returns>What is wrong when its id is another job's; else null.</returns>
    internal CogVideoException? Accepted(CogVideoJob job, SubmissionQueue lane, double now)
    {
        CogVideoResult? end = null;
        if (_jobs.TryGetValue(job.Id, out TrackedJob? known) || _ends.TryGetValue(Key(job.Id), out end))
        {
            lane.Limiter.OnCompleted(now, null); // two jobs, one id: only one end will ever be seen
            return _sharedIds[job.Id] = SharedId.Error((CogVideoItem?)known?.Job ?? end, job);
        }
        TrackedJob tracked = new(job, ScheduleOf(job), now, isStartKnown: true);
        _jobs.Add(job.Id, tracked);
        tracked.Lane = lane;
        if (tracked.IsWanted) Plan(tracked, now);
        return null;
    }

    /// <summary>
    /// A job that this process did not submit, or whose acceptance it did not see, may hold a slot: it is looked at as soon as rows wait.
    /// Call in a turn.
    /// </summary>
    internal void Adopt(CogVideoJob job, SubmissionQueue lane, double now)
    {
        if (_ends.ContainsKey(Key(job.Id))) return;
        TrackedJob tracked = _jobs.TryGetValue(job.Id, out TrackedJob? known) ? known : Track(job, now);
        if (tracked.Lane is not null) return;
        lane.Limiter.OnRecovered();
        tracked.IsAdopted = true;
        tracked.Lane = lane;
        if (tracked is { IsWanted: true, IsLooking: false }) MakeDue(tracked);
    }

    /// <summary>Rows wait for the slots of these jobs: they are looked at from now on. Call in a turn.</summary>
    internal void SlotsWanted(SubmissionQueue lane, double now)
    {
        foreach (TrackedJob job in HoldersOf(lane))
        {
            if (job.IsLooking) continue;
            if (job.DueAt <= now) MakeDue(job);
            else if (job.Interval == 0) Plan(job, now);
        }
    }

    /// <summary>The limiter wants to know whether its probe found a new slot or one that had become free. Call in a turn.</summary>
    internal void LookAtAll(SubmissionQueue lane, CogVideoJob except, double now)
    {
        lane.LooksLeft = 0;
        lane.LooksEnded = 0;
        foreach (TrackedJob job in HoldersOf(lane))
        {
            if (job.Job.Id == except.Id) continue;
            lane.LooksLeft++;
            job.IsGateLook = true;
            if (!job.IsLooking) MakeDue(job);
        }
        if (lane.LooksLeft == 0) lane.Limiter.OnProbeVerified(0);
    }

    /// <summary>How a job ends: Success or Fail. Polls it until then.</summary>
    /// <param name="job">The job; its SubmittedAt, when known, says how old it is.</param>
    /// <param name="options">For how long, how often, and who is told of what is strange.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="CogVideoException">The end will not be known here: deadline, unknown id, refused key. The job goes on at the service.</exception>
    internal async Task<CogVideoResult> WaitAsync(CogVideoItem job, WaitOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        JobWaiter waiter = new(options);
        Watch(job, waiter, options.TimeoutSeconds, options.IntervalSeconds);
        using CancellationTokenRegistration stop = cancellationToken.Register(() =>
        {
            Unwatch(job.Id, waiter);
            waiter.TrySetCanceled(cancellationToken);
        });
        return new CogVideoResult(job, await waiter.Task.ConfigureAwait(false));
    }

    /// <summary>
    /// The end of a job, by whomever it is seen. It polls nothing by itself; it is cancelled when nobody can learn the end any more: the task
    /// is gone, the key is refused, or the last lease was given back.
    /// </summary>
    internal Task<CogVideoResult> Ended(string id)
    {
        lock (_account.Sync)
        {
            if (KnownEnd(id) is { } end) return Task.FromResult(end);
            if (!_ended.TryGetValue(id, out TaskCompletionSource<CogVideoResult>? source))
                _ended[id] = source = new TaskCompletionSource<CogVideoResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            return source.Task;
        }
    }

    /// <summary>Nobody polls any more. Call under the account's lock.</summary>
    internal void CancelEnded()
    {
        foreach (TaskCompletionSource<CogVideoResult> source in _ended.Values) source.TrySetCanceled();
        _ended.Clear();
    }

    /// <summary>Watches a job until it ends or the time is up. The watcher may be called before this returns.</summary>
    /// <param name="job">The job; its SubmittedAt, when known, says how old it is.</param>
    /// <param name="watcher">Who wants to know.</param>
    /// <param name="timeoutSeconds">For how long; 0 = for ever.</param>
    /// <param name="intervalSeconds">Looks at this interval instead of by what was learned; 0 = by what was learned.</param>
    internal void Watch(CogVideoItem job, IJobWatcher watcher, double timeoutSeconds, double intervalSeconds = 0)
    {
        CogVideoResult? known;
        using (Turn turn = _account.BeginTurn())
        {
            known = KnownEnd(job.Id);
            if (known is null)
            {
                double now = turn.Now;
                if (!_jobs.TryGetValue(job.Id, out TrackedJob? tracked)) tracked = Track(job, now);
                if (intervalSeconds > 0) tracked.Interval = (float)intervalSeconds;
                tracked.Watchers = [.. tracked.Watchers, (watcher, timeoutSeconds > 0 ? now + timeoutSeconds : double.PositiveInfinity)];
                if (tracked.IsLooking) SetWake(tracked);
                else if (tracked.DueAt <= now) MakeDue(tracked);
                else Plan(tracked, now);
            }
        }
        if (known is not null) watcher.Ended(known);
    }

    /// <summary>Stops watching; the job stays known while it holds a slot.</summary>
    internal void Unwatch(string id, IJobWatcher watcher)
    {
        lock (_account.Sync)
        {
            if (!_jobs.TryGetValue(id, out TrackedJob? tracked)) return;
            tracked.Watchers = Array.FindAll(tracked.Watchers, w => w.Watcher != watcher);
            if (!tracked.IsWanted) Rest(tracked);
            else SetWake(tracked);
        }
    }

    /// <summary>What another look (Get, Save, an unconfirmed submission) has seen; an end is an end for everybody.</summary>
    internal void Observe(CogVideoResult result)
    {
        if (!CogVideoStatus.IsEnd(result.Status)) return;
        (IJobWatcher Watcher, double)[]? watchers = null;
        using (Turn turn = _account.BeginTurn())
        {
            if (!_jobs.TryGetValue(result.Id, out TrackedJob? tracked))
            {
                AnnounceEnd(result.Id, result);
                return;
            }
            watchers = End(tracked, result, turn.Now);
        }
        foreach ((IJobWatcher watcher, _) in watchers) watcher.Ended(result);
        EndSeen?.Invoke(result);
    }

    /// <summary>Says of a success whose id two jobs were given that it may be the other's.</summary>
    internal void MarkShared(CogVideoResult result)
    {
        if (result.Status != CogVideoStatus.Success || result.ErrorCode is not null) return;
        lock (_account.Sync)
        {
            if (!_sharedIds.TryGetValue(result.Id, out CogVideoException? error)) return;
            result.ErrorCode = SharedId.Code;
            result.ErrorMessage = error.Message;
        }
    }

    /// <summary>How it ended, if that was seen lately.</summary>
    internal CogVideoResult? FindEnd(string id)
    {
        lock (_account.Sync) return KnownEnd(id);
    }

    /// <summary>Seconds a job of this kind is expected to take.</summary>
    internal double ExpectedSeconds(CogVideoItem job)
    {
        lock (_account.Sync) return ScheduleOf(job).ExpectedSeconds;
    }

    /// <summary>Takes what is due: looks, as far as the circuit lets them, and passed deadlines. Call in a turn.</summary>
    internal PollerTurn TakeDue(double now, bool mayEnter, ref double next)
    {
        PollerTurn turn = default;
        while (_heap.First is { } job && job.WakeAt <= now)
        {
            CheckDeadlines(job, now, ref turn);
            if (!job.IsLooking && !job.IsWanted)
            {
                Rest(job);
                continue;
            }
            if (!job.IsLooking && job.DueAt <= now) MakeDue(job);
            else SetWake(job);
        }
        while (mayEnter && _ready.Count > 0)
        {
            TrackedJob job = _ready.Peek();
            if (!job.IsWanted)
            {
                _ready.Dequeue();
                job.IsLooking = false;
                Rest(job);
                continue;
            }
            if (!_account.TryEnter(now, out double retryAt))
            {
                next = Math.Min(next, retryAt);
                break;
            }
            _ready.Dequeue();
            (turn.Looks ??= []).Add(job);
        }
        if (_heap.First is { } first) next = Math.Min(next, first.WakeAt);
        return turn;
    }

    /// <summary>Does what a turn has found, outside the lock.</summary>
    /// <param name="turn">What it has found.</param>
    /// <param name="onPool">The looks are begun on the pool, not on this thread.</param>
    internal void Run(PollerTurn turn, bool onPool)
    {
        turn.GivenUp?.ForEach(static g => g.Watcher.GaveUp(g.Error));
        if (turn.Looks is null) return;
        foreach (TrackedJob job in turn.Looks)
        {
            if (onPool) ThreadPool.UnsafeQueueUserWorkItem(_ => _ = LookAsync(job), null);
            else _ = LookAsync(job);
        }
    }

    private async Task LookAsync(TrackedJob job)
    {
        ServiceReply? reply = null;
        CogVideoException? error = null;
        try
        {
            reply = await _account.Transport.PollAsync(job.Job.Id, statusOnly: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TransportException e)
        {
            error = e.Reason;
        }
        catch (CogVideoException e)
        {
            error = e;
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
        {
            // The last lease is gone: nobody waits any more.
        }
        Settle(job, reply, error);
    }

    private void Settle(TrackedJob job, ServiceReply? reply, CogVideoException? error)
    {
        (IJobWatcher Watcher, double)[]? told = null;
        CogVideoResult? result = null;
        CogVideoException? fault = null;
        string? unknownStatus = null;
        bool isUnknown = false;
        CogVideoException? asked = null;
        using (Turn turn = _account.BeginTurn(isReply: true))
        {
            double now = turn.Now;
            double age = now - job.StartedAt;
            job.IsLooking = false;
            if (reply is null && error is null)
            {
                _account.Left(now);
                SetWake(job);
                return;
            }
            Look look = reply is not null ? Judge(job, reply, age) : error!.StopsRun ? Look.Refused : Look.Broken;
            CogVideoException? failure = look is Look.Broken or Look.SlowDown ? error ?? Results.Error(reply!, _account.Endpoint.BaseUri.Authority) : null;
            if (reply is null || look == Look.Broken) _account.Broke(now, failure);
            else _account.Answered(now);
            if (job.IsOver) return; // somebody else has seen the end meanwhile
            job.Polls++;
            job.LastFailure = failure;
            if (failure is not null) job.FailedPolls++;
            switch (look)
            {
                case Look.Ended:
                    result = Results.Of(job.Job, reply!, _account.Clock.UtcNow, job.IsStartKnown ? age : null);
                    MarkShared(result);
                    told = End(job, result, now);
                    break;
                case Look.Gone:
                    fault = Results.Error(reply!, job.Job);
                    told = job.Watchers;
                    Forget(job, now);
                    break;
                case Look.Refused:
                    fault = error ?? Results.Error(reply!, job.Job);
                    told = RefuseAll(now);
                    break;
                case Look.Running:
                    job.Failures = 0;
                    isUnknown = !job.HasWarned && reply!.Status == CogVideoStatus.Unknown;
                    if (isUnknown)
                    {
                        job.HasWarned = true;
                        unknownStatus = reply!.RawStatus;
                        told = job.Watchers;
                    }
                    job.LastLook = age;
                    job.Schedule.Running(job.Ticket, age);
                    if (job.IsAdopted) SettleAdopted(job, isRunning: true);
                    Looked(job, ended: false, now);
                    Plan(job, now);
                    PlanAnew(job.Schedule, now);
                    break;
                default: // broken, or asked to slow down
                    job.Failures = (byte)Math.Min(job.Failures + 1, 30);
                    if (look == Look.SlowDown && !ErrorTable.Classify(reply!).IsKnown && _toldCodes.Add(reply!.Code ?? ""))
                    {
                        asked = Results.Error(reply, job.Job);
                        told = job.Watchers;
                    }
                    Looked(job, ended: false, now);
                    double pause = Math.Min(reply?.RetryAfter ?? 0, look == Look.Broken ? Backoff.MaxOutagePause : double.PositiveInfinity);
                    job.DueAt = now + Math.Max(pause, Backoff.Delay(job.Failures - 1, LongestRetry, _account.Random));
                    SetWake(job);
                    break;
            }
        }
        if (told is null) return;
        foreach ((IJobWatcher watcher, _) in told)
        {
            if (result is not null) watcher.Ended(result);
            else if (fault is not null) watcher.GaveUp(fault);
            else if (isUnknown) watcher.SawUnknownStatus(unknownStatus);
            else if (asked is not null) watcher.AskedToWait(asked);
        }
        if (result is not null) EndSeen?.Invoke(result);
    }

    private enum Look
    {
        Running,
        Ended,
        Gone,
        Refused,
        SlowDown,
        Broken,
    }

    private static Look Judge(TrackedJob job, ServiceReply reply, double age)
    {
        if (reply.IsTask)
        {
            if (reply.Status == CogVideoStatus.Fail) return Look.Ended;
            if (reply.Status != CogVideoStatus.Success) return Look.Running;
            return reply.Urls is not null || ++job.Missing >= LooksForMissingLink ? Look.Ended : Look.Running;
        }
        return ErrorTable.Classify(reply).Verdict switch
        {
            Verdict.NotFound => job.IsStartKnown && age < ReplicationLag ? Look.Running : Look.Gone,
            Verdict.ItemFails or Verdict.Duplicate => Look.Gone,
            Verdict.StopsRun => Look.Refused,
            Verdict.WaitForSlot or Verdict.SlowDown => Look.SlowDown,
            _ => Look.Broken,
        };
    }

    private PollingSchedule ScheduleOf(CogVideoItem job)
    {
        string kind = $"{job.Model} {job.Duration}"; // a tuple as key would be compiled anew in every process, at the first job
        if (!_schedules.TryGetValue(kind, out PollingSchedule? schedule))
            _schedules[kind] = schedule = new PollingSchedule(_account.Random);
        return schedule;
    }

    /// <summary>Sets the next look by what the schedule has learned.</summary>
    private void Plan(TrackedJob job, double now)
    {
        double age = now - job.StartedAt;
        double cost = job.Lane is { IsFull: true } ? PollingSchedule.SlotCost : PollingSchedule.WaitingCost;
        job.DueAt = job.Interval > 0 ? now + job.Interval : job.StartedAt + job.Schedule.NextLook(job.Ticket, job.LastLook, age, cost);
        SetWake(job);
    }

    /// <summary>Plans the looks of a class again when its jobs turn out to take another time than they were planned by.</summary>
    private void PlanAnew(PollingSchedule schedule, double now)
    {
        if (!schedule.TakeRevision()) return;
        foreach (TrackedJob job in _jobs.Values)
        {
            if (job.Schedule == schedule && job is { IsWanted: true, IsLooking: false, Failures: 0, Interval: 0 }) Plan(job, now);
        }
    }

    private void SetWake(TrackedJob job)
    {
        double deadline = job.Deadline;
        job.WakeAt = job.IsLooking || !job.IsWanted ? deadline : Math.Min(deadline, job.DueAt);
        _heap.Update(job);
    }

    /// <summary>It is to be looked at as soon as the circuit lets it.</summary>
    private void MakeDue(TrackedJob job)
    {
        job.IsLooking = true;
        _ready.Enqueue(job);
        SetWake(job);
    }

    private void CheckDeadlines(TrackedJob job, double now, ref PollerTurn turn)
    {
        if (job.Deadline > now) return;
        foreach ((IJobWatcher watcher, double deadline) in job.Watchers)
        {
            if (deadline > now) continue;
            (turn.GivenUp ??= []).Add((watcher, TimeoutOf(job)));
        }
        job.Watchers = Array.FindAll(job.Watchers, w => w.Deadline > now);
    }

    /// <summary>A job that was seen running is one thing; one of which nothing is known, because no poll was answered, is another.</summary>
    private CogVideoException TimeoutOf(TrackedJob job)
    {
        const ErrorReason reason = ErrorReason.OperationTimeout;
        CogVideoException? why = job.LastFailure ?? (job.IsLooking ? _account.Outage : null); // the circuit may have held back its polls
        CogVideoException error =
            why is null ? new(reason, job is { IsLooking: true, Polls: 0 } ? MessageKey.WaitTimeoutNoReply : MessageKey.WaitTimeout, job.Job)
            : job.LastFailure is null ? new(reason, MessageKey.WaitTimeoutOutage, job.Job, why)
            : new(reason, MessageKey.WaitTimeoutFailing, job.Job, job.FailedPolls, job.Polls, why);
        error.RequestId = job.Job.RequestId;
        error.Code = why?.Code;
        error.HttpStatus = why?.HttpStatus;
        return error;
    }

    /// <summary>Nobody wants to know for now. What holds no slot is forgotten.</summary>
    private void Rest(TrackedJob job)
    {
        job.WakeAt = double.PositiveInfinity;
        _heap.Remove(job);
        job.LeaveSchedule();
        job.Interval = 0;
        job.Failures = 0;
        job.Polls = job.FailedPolls = 0;
        job.LastFailure = null;
        job.DueAt = double.NegativeInfinity; // whoever wants to know again has missed what happened meanwhile
        if (job.Lane is not null || job.IsLooking || job.IsOver) return;
        Remove(job);
    }

    private void Forget(TrackedJob job, double now)
    {
        job.Watchers = [];
        LeaveSlot(job, now);
        job.LeaveSchedule();
        Remove(job);
        AnnounceEnd(job.Job.Id, null);
    }

    /// <summary>Tells those who wait for the end and do not poll; null = nobody will know it.</summary>
    private void AnnounceEnd(string id, CogVideoResult? result)
    {
        if (!_ended.TryGetValue(id, out TaskCompletionSource<CogVideoResult>? source)) return;
        _ended.Remove(id);
        if (result is null) source.TrySetCanceled();
        else source.TrySetResult(result);
    }

    private (IJobWatcher Watcher, double)[] End(TrackedJob job, CogVideoResult result, double now)
    {
        (IJobWatcher, double)[] watchers = job.Watchers;
        if (job.IsStartKnown) job.Schedule.Ended(job.Ticket, job.LastLook, now - job.StartedAt);
        else job.LeaveSchedule();
        job.Watchers = [];
        LeaveSlot(job, now, ServiceTimeOf(job, now));
        Remove(job);
        PlanAnew(job.Schedule, now);
        Remember(result);
        AnnounceEnd(result.Id, result);
        return watchers;
    }

    private void Remember(CogVideoResult result)
    {
        ulong key = Key(result.Id);
        if (_ends.ContainsKey(key)) return;
        _ends.Add(key, result);
        _latestEnds.Enqueue(key);
        if (_latestEnds.Count <= RememberedResults) return;
        ulong older = _latestEnds.Dequeue();
        _ends[older] = null;
        _olderEnds.Enqueue(older);
        if (_olderEnds.Count > RememberedIds) _ends.Remove(_olderEnds.Dequeue());
    }

    private CogVideoResult? KnownEnd(string id) => _ends.TryGetValue(Key(id), out CogVideoResult? result) ? result : null;

    private static ulong Key(string id) => ItemKey.Create(id, KeyKind.Id);

    /// <summary>A job whose submission was not seen here: its first look is due at once.</summary>
    private TrackedJob Track(CogVideoItem job, double now)
    {
        double? age = job.SubmittedAt is DateTime submitted ? Math.Max(0, (_account.Clock.UtcNow - submitted).TotalSeconds) : null;
        TrackedJob tracked = new(job, ScheduleOf(job), now - (age ?? 0), age is not null) { DueAt = now };
        _jobs.Add(job.Id, tracked);
        return tracked;
    }

    /// <summary>Asked for seldom: a table of them would cost every job more than it saves.</summary>
    private IEnumerable<TrackedJob> HoldersOf(SubmissionQueue lane) => _jobs.Values.Where(job => job.Lane == lane);

    private static void SettleAdopted(TrackedJob job, bool isRunning)
    {
        job.IsAdopted = false;
        job.Lane!.Limiter.OnRecoveryVerified(isRunning);
    }

    /// <summary>Seconds a job took that has just been seen ended; null where it was not looked at for most of the time.</summary>
    private static double? ServiceTimeOf(TrackedJob job, double now)
    {
        double age = now - job.StartedAt;
        return job.IsStartKnown && job.LastLook >= age / 3 ? age : null;
    }

    private void LeaveSlot(TrackedJob job, double now, double? serviceTime = null)
    {
        if (job.Lane is not { } lane) return;
        if (job.IsAdopted) SettleAdopted(job, isRunning: false);
        else lane.Limiter.OnCompleted(now, serviceTime);
        Looked(job, ended: true, now);
        job.Lane = null;
    }

    private void Remove(TrackedJob job)
    {
        job.IsOver = true;
        job.WakeAt = double.PositiveInfinity;
        _heap.Remove(job);
        _jobs.Remove(job.Job.Id);
    }

    /// <summary>Tells the limiter when the last of the looks it asked for is done.</summary>
    private void Looked(TrackedJob job, bool ended, double now)
    {
        if (!job.IsGateLook || job.Lane is not { } lane) return;
        job.IsGateLook = false;
        if (ended) lane.LooksEnded++;
        if (--lane.LooksLeft == 0) lane.Limiter.OnProbeVerified(lane.LooksEnded);
    }

    /// <summary>
    /// The key, the certificate or the way is refused: every further look would be, too. Of the slots nothing is known from here on; the
    /// next row that waits for one is sent, and what becomes of it stops the run or not.
    /// </summary>
    private (IJobWatcher, double)[] RefuseAll(double now)
    {
        List<(IJobWatcher, double)> all = [];
        foreach (TrackedJob job in new List<TrackedJob>(_jobs.Values))
        {
            all.AddRange(job.Watchers);
            Forget(job, now);
        }
        return [.. all];
    }

    private sealed class JobWaiter(WaitOptions options)
        : TaskCompletionSource<CogVideoResult>(TaskCreationOptions.RunContinuationsAsynchronously), IJobWatcher
    {
        public void Ended(CogVideoResult result) => TrySetResult(result);

        public void GaveUp(CogVideoException error) => TrySetException(error);

        public void SawUnknownStatus(string? status) => options.SawUnknownStatus?.Invoke(status);

        public void AskedToWait(CogVideoException why) => options.AskedToWait?.Invoke(why);
    }
}
