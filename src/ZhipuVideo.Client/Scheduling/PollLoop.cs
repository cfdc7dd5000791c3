using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// Polls the jobs of an account when that is worth its while: while somebody waits for the job, or rows wait for the slot it holds. A poll
/// that is due waits in line for the circuit; the deadlines of its waiters are kept meanwhile. No job has a thread, a timer or a delay of
/// its own. What returns a task or a value may be called from any thread, all else by the account's loop only.
/// </summary>
internal sealed class PollLoop(AccountScheduler scheduler, EventLoop loop, CircuitBreaker circuit)
{
    private const double ReplicationLag = 30; // so long "there is no such task" may only mean that the service has not caught up
    private const double MaxRetry = 30;
    private const int PollsForMissingLink = 4;

    private readonly JobTable _jobs = new();
    private readonly Dictionary<string, PollingSchedule> _schedules = new(StringComparer.Ordinal);
    private readonly Queue<TrackedJob> _due = new(); // wait for the circuit
    private readonly HashSet<string> _toldCodes = new(StringComparer.Ordinal);

    /// <summary>How a job ends: Success or Fail. It is polled until then.</summary>
    /// <param name="job">The job; its SubmittedAt, when known, says how old it is.</param>
    /// <param name="options">For how long, how often, and who is told of what is strange.</param>
    /// <param name="cancellationToken">Stops waiting. It is registered with for as long as it lives: one wait.</param>
    /// <returns>The end as it was seen, which others are given too: to be copied before anything is changed in it.</returns>
    /// <exception cref="CogVideoException">The end will not be known here: deadline, unknown id, refused key. The job goes on at the service.</exception>
    internal Task<CogVideoResult> WaitAsync(CogVideoItem job, WaitOptions options, CancellationToken cancellationToken)
    {
        JobWaiter waiter = new(options, options.TimeoutSeconds > 0 ? scheduler.Clock.Now + options.TimeoutSeconds : double.PositiveInfinity);
        cancellationToken.Register(() =>
        {
            if (!waiter.TrySetCanceled(cancellationToken)) return;
            loop.Post(now =>
            {
                if (_jobs.Find(job.Id) is { } left && left.Waiters.Remove(waiter)) Plan(left, now);
            });
        });
        loop.Post(now =>
        {
            if (waiter.Task.IsCompleted) return; // cancelled meanwhile
            if (_jobs.FindEnd(job.Id) is { } end)
            {
                waiter.TrySetResult(end);
                return;
            }
            TrackedJob tracked = Track(job, now);
            tracked.Waiters.Add(waiter);
            Plan(tracked, now);
        });
        return waiter.Task;
    }

    /// <summary>
    /// The end of a job, by whomever it is seen; it polls nothing. Cancelled when nobody can learn the end any more: the task is gone, the key
    /// is refused, or the last lease was given back.
    /// </summary>
    internal Task<CogVideoResult> Ended(CogVideoItem job) => loop.Access(() => _jobs.FindEnd(job.Id) is { } end
        ? Task.FromResult(end)
        : (Track(job, scheduler.Clock.Now).Ended ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task);

    /// <summary>What another status query has seen; an end is an end for everybody, and all who ask now are told so.</summary>
    /// <returns>The end that was seen before, which stays the job's end; null when there is none.</returns>
    internal Task<CogVideoResult?> ObserveAsync(CogVideoResult result) => loop.PostAsync(now =>
    {
        _jobs.MarkDuplicate(result);
        CogVideoResult? end = _jobs.FindEnd(result.Id);
        if (end is null && CogVideoStatus.IsEnd(result.Status) && _jobs.Find(result.Id) is { } job) _jobs.End(job, result, now);
        return end;
    });

    internal CogVideoResult? FindEnd(string id) => loop.Access(() => _jobs.FindEnd(id));

    internal double ExpectedSeconds(CogVideoItem job) => loop.Access(() => ScheduleFor(job.Model, job.Duration).ExpectedSeconds);

    internal PollingSchedule ScheduleFor(string? model, int? duration)
    {
        string kind = $"{model} {duration}"; // a tuple as key would be compiled anew in every process, at the first job
        if (!_schedules.TryGetValue(kind, out PollingSchedule? schedule)) _schedules[kind] = schedule = new PollingSchedule(scheduler.Random);
        return schedule;
    }

    /// <summary>A submission was accepted, and its job holds a slot.</summary>
    /// <returns>What is wrong when its id is another job's; else null.</returns>
    internal Task<CogVideoException?> OnAcceptedAsync(CogVideoJob job) => loop.PostAsync(now =>
    {
        SubmissionQueue queue = scheduler.QueueFor(job.Model!);
        scheduler.Record(RequestHealth.Answered, null, now);
        queue.Limiter.OnAccepted(now);
        queue.SlowDowns = 0;
        CogVideoException? duplicate = null;
        TrackedJob? known = _jobs.Find(job.Id);
        if (known is not null || _jobs.HasEnded(job.Id))
        {
            queue.Limiter.OnCompleted(now, null); // two jobs, one id: only one end will ever be seen
            duplicate = _jobs.AddDuplicate(job);
        }
        else
        {
            known = new TrackedJob(job, ScheduleFor(job.Model, job.Duration), now, isStartKnown: true) { Queue = queue };
            _jobs.Add(known);
            if (known.IsWanted) Plan(known, now);
        }
        if (queue.Limiter.IsVerificationWanted) VerifyProbe(queue, known, now);
        return duplicate;
    });

    /// <summary>A job that this process did not submit, or whose acceptance it did not see, may hold a slot: it is polled as soon as rows wait.</summary>
    internal void OnRecovered(CogVideoJob job) => loop.Post(now =>
    {
        if (_jobs.HasEnded(job.Id) || Track(job, now) is not { Queue: null } tracked) return;
        tracked.IsRecovered = true;
        tracked.Queue = scheduler.QueueFor(job.Model!);
        tracked.Queue.Limiter.OnRecovered();
        tracked.DueAt = now;
        Plan(tracked, now);
    });

    /// <summary>Rows begin to wait for the slots of these jobs: they are polled from now on.</summary>
    internal void OnQueueFull(SubmissionQueue queue, double now)
    {
        foreach (TrackedJob job in _jobs.HoldersOf(queue)) Plan(job, now);
    }

    /// <summary>Nobody polls any more, so nobody will learn the ends that are asked for.</summary>
    internal void GiveUpEnds()
    {
        foreach (TrackedJob job in _jobs.All.Where(static job => job.Ended is not null).ToArray())
        {
            job.Ended!.SetCanceled();
            job.Ended = null;
            if (!job.IsWanted) _jobs.StopPolling(job);
        }
    }

    /// <summary>Tells all who wait for a job that they will not learn its end; what holds a slot goes on holding it.</summary>
    internal void FailWaiters(CogVideoException error)
    {
        foreach (TrackedJob job in _jobs.All.Where(static job => job.Waiters.Count > 0).ToArray())
        {
            foreach (JobWaiter waiter in job.Waiters) waiter.TrySetException(error);
            job.Waiters.Clear();
            if (job.IsWanted) _jobs.SetWake(job);
            else _jobs.StopPolling(job);
        }
    }

    /// <summary>Starts the polls that are due, as far as the circuit lets them, and gives up those who wait too long.</summary>
    /// <returns>When time alone makes the next one due.</returns>
    internal double StartDue(double now, bool mayEnter)
    {
        while (_jobs.Next is { } job && job.WakeAt <= now)
        {
            foreach (JobWaiter late in job.Waiters.Where(waiter => waiter.Deadline <= now)) late.TrySetException(CreateTimeout(job));
            job.Waiters.RemoveAll(waiter => waiter.Deadline <= now);
            Plan(job, now);
        }
        double retryAt = double.PositiveInfinity;
        for (; mayEnter && _due.Count > 0; _due.Dequeue())
        {
            TrackedJob job = _due.Peek();
            if (job.IsWanted)
            {
                if (!circuit.TryEnter(now, out retryAt)) break;
                retryAt = double.PositiveInfinity;
                loop.Start(() => _ = PollAsync(job));
                continue;
            }
            job.IsPolling = false;
            _jobs.StopPolling(job);
        }
        return Math.Min(retryAt, _jobs.Next?.WakeAt ?? double.PositiveInfinity);
    }

    /// <summary>
    /// Decides when a job next needs attention, after anything has changed about it: nobody wants to know any more, its poll is due, or that is
    /// planned by what was learned of its kind. What a failure has put off stays so.
    /// </summary>
    private void Plan(TrackedJob job, double now)
    {
        if (!job.IsWanted)
        {
            _jobs.StopPolling(job);
            return;
        }
        if (!job.IsPolling)
        {
            if (job.Failures == 0 && job.DueAt > now)
            {
                double cost = job.Queue is { IsFull: true } ? PollingSchedule.SlotCost : PollingSchedule.WaitingCost;
                job.DueAt = job.StartedAt + (job.Interval is > 0 and double interval
                    ? job.LastSeenAge + interval
                    : job.Schedule.NextPoll(job.SampleIndex, job.LastSeenAge, now - job.StartedAt, cost));
            }
            job.IsPolling = job.DueAt <= now;
            if (job.IsPolling) _due.Enqueue(job);
        }
        _jobs.SetWake(job);
    }

    private async Task PollAsync(TrackedJob job)
    {
        ServiceReply? reply = null;
        CogVideoException? error = null;
        try
        {
            reply = await scheduler.Transport.PollAsync(job.Job.Id, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ObjectDisposedException or OperationCanceledException)
        {
            // The last lease is gone: nobody waits any more
        }
        catch (Exception e) // also what the platform throws beside its network errors
        {
            error = (e as TransportException)?.Reason ?? e as CogVideoException
                ?? new CogVideoException(ErrorReason.ConnectionFailed, MessageKey.ConnectionFailed, scheduler.Endpoint.BaseUri.Authority, e.Message);
        }
        loop.Post(now => OnPolled(job, reply, error, now));
    }

    private void OnPolled(TrackedJob job, ServiceReply? reply, CogVideoException? error, double now)
    {
        job.IsPolling = false;
        if (reply is null && error is null)
        {
            scheduler.Record(RequestHealth.Unknown, null, now);
            Plan(job, now); // due at once for whoever comes next
            return;
        }
        bool isTask = reply is { IsTask: true };
        Verdict verdict = reply is not null ? ErrorTable.Classify(reply).Verdict : error!.StopsRun ? Verdict.StopsRun : Verdict.Unclear;
        bool isAnswered = isTask || (reply is not null && verdict is not (Verdict.Unclear or Verdict.NotAccepted));
        CogVideoException? failure = reply is null || isTask ? error : Results.CreateError(reply, scheduler.Endpoint.BaseUri.Authority);
        scheduler.Record(isAnswered ? RequestHealth.Answered : RequestHealth.Failed, failure, now);
        if (job.IsOver) return; // somebody else has seen the end meanwhile
        double age = now - job.StartedAt;
        job.Polls++;
        job.LastFailure = null;
        job.DueAt = double.PositiveInfinity;
        if (isTask && IsEnd(job, reply!))
        {
            CogVideoResult end = Results.Create(job.Job, reply!, scheduler.Clock.UtcNow, job.IsStartKnown ? age : null);
            _jobs.MarkDuplicate(end);
            _jobs.End(job, end, now);
        }
        else if (isTask || (verdict == Verdict.NotFound && job.IsStartKnown && age < ReplicationLag))
        {
            job.Failures = 0;
            job.LastSeenAge = age;
            job.Schedule.Running(job.SampleIndex, age);
            JobTable.Verify(job, isRunning: true);
            if (reply!.Status == CogVideoStatus.Unknown && !job.HasWarned) Notify(job, options => options.SawUnknownStatus?.Invoke(reply.RawStatus));
            job.HasWarned |= reply.Status == CogVideoStatus.Unknown;
        }
        else if (verdict is Verdict.NotFound or Verdict.ItemFails or Verdict.Duplicate)
        {
            _jobs.GiveUp(job, error ?? Results.CreateError(reply!, job.Job), now);
        }
        else if (verdict == Verdict.StopsRun)
        {
            // The key, the certificate or the way is refused: every further poll would be, too. Of the slots nothing is known from here on; the
            // next row that waits for one is sent, and what becomes of it stops the run or not
            error ??= Results.CreateError(reply!, job.Job);
            foreach (TrackedJob refused in _jobs.All.ToArray()) _jobs.GiveUp(refused, error, now);
        }
        else
        {
            OnFailed(job, reply, failure!, isAnswered, now);
        }
        if (!job.IsOver) Plan(job, now);
        if (!job.Schedule.TryConsumeRevision()) return;
        // Jobs of this kind turn out to take another time than was expected
        foreach (TrackedJob other in _jobs.All.Where(other => other.IsWanted && other.Schedule == job.Schedule)) Plan(other, now);
    }

    /// <summary>A success without its link is polled again a few times before it is believed.</summary>
    private static bool IsEnd(TrackedJob job, ServiceReply reply) =>
        reply.Status == CogVideoStatus.Fail
        || (reply.Status == CogVideoStatus.Success && (reply.Urls is not null || ++job.MissingLinks >= PollsForMissingLink));

    /// <summary>The poll did not say how the job stands: asked to slow down, or an outage.</summary>
    private void OnFailed(TrackedJob job, ServiceReply? reply, CogVideoException failure, bool isAnswered, double now)
    {
        job.Failures++;
        job.FailedPolls++;
        job.LastFailure = failure;
        if (isAnswered && !ErrorTable.Classify(reply!).IsKnown && _toldCodes.Add(reply!.Code ?? ""))
        {
            CogVideoException asked = Results.CreateError(reply, job.Job);
            Notify(job, options => options.AskedToWait?.Invoke(asked));
        }
        JobTable.Verify(job, isRunning: null);
        double pause = Math.Min(reply?.RetryAfter ?? 0, isAnswered ? double.PositiveInfinity : Backoff.MaxOutagePause);
        job.DueAt = now + Math.Max(pause, Backoff.Delay(job.Failures - 1, MaxRetry, scheduler.Random));
    }

    private void Notify(TrackedJob job, Action<WaitOptions> tell)
    {
        foreach (JobWaiter waiter in job.Waiters) loop.Start(() => tell(waiter.Options));
    }

    /// <summary>The job as it is known here; one whose submission was not seen here is polled at once as soon as somebody wants to know.</summary>
    private TrackedJob Track(CogVideoItem job, double now)
    {
        if (_jobs.Find(job.Id) is { } known) return known;
        double? age = job.SubmittedAt is DateTime submitted ? Math.Max(0, (scheduler.Clock.UtcNow - submitted).TotalSeconds) : null;
        TrackedJob tracked = new(job, ScheduleFor(job.Model, job.Duration), now - (age ?? 0), age is not null) { FirstAge = age ?? 0, DueAt = now };
        _jobs.Add(tracked);
        return tracked;
    }

    /// <summary>The limiter wants to know whether its probe found a new slot or one that had become free: all other jobs are polled once.</summary>
    private void VerifyProbe(SubmissionQueue queue, TrackedJob? probe, double now)
    {
        queue.ToVerify = queue.VerifiedEnds = 0;
        foreach (TrackedJob job in _jobs.HoldersOf(queue).Where(job => job != probe))
        {
            queue.ToVerify++;
            job.IsVerifying = true;
            job.DueAt = now;
            Plan(job, now);
        }
        if (queue.ToVerify == 0) queue.Limiter.OnProbeVerified(0);
    }

    /// <summary>A job that was seen running is one thing; one of which nothing is known, because no poll was answered, is another.</summary>
    private CogVideoException CreateTimeout(TrackedJob job)
    {
        const ErrorReason reason = ErrorReason.OperationTimeout;
        CogVideoException? why = job.LastFailure ?? (job.IsPolling ? scheduler.Outage : null); // the circuit may have held back its polls
        CogVideoException error =
            why is null ? new(reason, job is { IsPolling: true, Polls: 0 } ? MessageKey.WaitTimeoutNoReply : MessageKey.WaitTimeout, job.Job)
            : job.LastFailure is null ? new(reason, MessageKey.WaitTimeoutOutage, job.Job, why)
            : new(reason, MessageKey.WaitTimeoutFailing, job.Job, job.FailedPolls, job.Polls, why);
        error.RequestId = job.Job.RequestId;
        error.Code = why?.Code;
        error.HttpStatus = why?.HttpStatus;
        return error;
    }
}
