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
/// its own. Touched by the account's loop only, but for the polls themselves.
/// </summary>
internal sealed class PollLoop(AccountScheduler scheduler, EventLoop loop, JobTable jobs, EndCache ends)
{
    /// <summary>For so long after a submission "there is no such task" may only mean that the service has not caught up.</summary>
    private const double ReplicationLag = 30;

    private const double MaxRetry = 30;
    private const int PollsForMissingLink = 4;

    private readonly Dictionary<string, PollingSchedule> _schedules = [];
    private readonly Dictionary<string, IReadOnlyList<double>> _seeds = new(StringComparer.Ordinal);
    private readonly Queue<TrackedJob> _due = new(); // wait for the circuit
    private readonly HashSet<string> _toldCodes = new(StringComparer.Ordinal);

    /// <summary>Seconds a job of this kind is expected to take.</summary>
    internal double ExpectedSeconds(CogVideoItem job) => ScheduleFor(job).ExpectedSeconds;

    /// <summary>Somebody waits for the end of a job.</summary>
    internal void Add(JobWaiter waiter, double now)
    {
        if (waiter.Task.IsCompleted) return; // cancelled meanwhile
        if (ends.Find(waiter.Job.Id) is { } end)
        {
            waiter.End(end);
            return;
        }
        TrackedJob job = jobs.Find(waiter.Job.Id) ?? Track(waiter.Job, now);
        if (waiter.Options.IntervalSeconds > 0) job.Interval = waiter.Options.IntervalSeconds;
        job.Waiters.Add(waiter);
        if (job.IsPolling) jobs.SetWake(job);
        else if (job.DueAt <= now) MakeDue(job);
        else Schedule(job, now);
    }

    /// <summary>A waiter has lost interest; the job stays known while it holds a slot.</summary>
    internal void Withdraw(JobWaiter waiter)
    {
        if (jobs.Find(waiter.Job.Id) is not { } job || !job.Waiters.Remove(waiter)) return;
        if (job.IsWanted) jobs.SetWake(job);
        else jobs.StopPolling(job);
    }

    /// <summary>A job of ours was accepted, and the limiter has counted it.</summary>
    /// <returns>What is wrong when its id is another job's; else null.</returns>
    internal CogVideoException? OnAccepted(CogVideoJob job, SubmissionQueue queue, double now)
    {
        CogVideoException? duplicate = null;
        TrackedJob? known = jobs.Find(job.Id);
        if (known is not null || ends.Contains(job.Id))
        {
            queue.Limiter.OnCompleted(now, null); // two jobs, one id: only one end will ever be seen
            duplicate = ends.AddDuplicate(known?.Job, job);
        }
        else
        {
            known = new(job, ScheduleFor(job), now, isStartKnown: true) { Queue = queue };
            jobs.Add(known);
            if (known.IsWanted) Schedule(known, now);
        }
        if (queue.Limiter.IsVerificationWanted) VerifyProbe(queue, known);
        return duplicate;
    }

    /// <summary>A job that this process did not submit, or whose acceptance it did not see, may hold a slot: it is polled as soon as rows wait.</summary>
    internal void OnRecovered(CogVideoJob job, SubmissionQueue queue, double now)
    {
        if (ends.Contains(job.Id)) return;
        TrackedJob tracked = jobs.Find(job.Id) ?? Track(job, now);
        if (tracked.Queue is not null) return;
        queue.Limiter.OnRecovered();
        tracked.IsRecovered = true;
        tracked.Queue = queue;
        if (tracked is { IsWanted: true, IsPolling: false }) MakeDue(tracked);
    }

    /// <summary>Rows begin to wait for the slots of these jobs: they are polled from now on.</summary>
    internal void OnQueueFull(SubmissionQueue queue, double now)
    {
        foreach (TrackedJob job in jobs.HoldersOf(queue))
        {
            if (job.IsPolling) continue;
            if (job.DueAt <= now) MakeDue(job);
            else if (job.Interval == 0) Schedule(job, now);
        }
    }

    /// <summary>What another poll (Get, Save, an unconfirmed submission) has seen; an end is an end for everybody.</summary>
    /// <returns>Whether the job is known here.</returns>
    internal bool Observe(CogVideoResult result, double now)
    {
        TrackedJob? job = jobs.Find(result.Id);
        if (job is not null) End(job, result, now);
        else ends.Announce(result);
        return job is not null;
    }

    /// <summary>Starts the schedules of a model's jobs with the service times of an earlier run, oldest first; never one that has seen jobs.</summary>
    internal void Seed(string model, IReadOnlyList<double> serviceTimes) => _seeds[model] = serviceTimes;

    /// <summary>Starts the polls that are due, as far as the circuit lets them, and gives up those who wait too long.</summary>
    /// <returns>When time alone makes the next one due.</returns>
    internal double StartDue(double now, bool mayEnter)
    {
        while (jobs.Next is { } job && job.WakeAt <= now)
        {
            JobTable.GiveUpLate(job, now, () => CreateTimeout(job));
            if (job is { IsPolling: false, IsWanted: false }) jobs.StopPolling(job);
            else if (!job.IsPolling && job.DueAt <= now) MakeDue(job);
            else jobs.SetWake(job);
        }
        double retryAt = double.PositiveInfinity;
        while (mayEnter && _due.Count > 0)
        {
            TrackedJob job = _due.Peek();
            if (job.IsWanted && !scheduler.TryEnter(now, out retryAt)) break;
            retryAt = double.PositiveInfinity;
            _due.Dequeue();
            if (job.IsWanted)
            {
                loop.Start(() => _ = PollAsync(job));
                continue;
            }
            job.IsPolling = false;
            jobs.StopPolling(job);
        }
        return Math.Min(retryAt, jobs.Next?.WakeAt ?? double.PositiveInfinity);
    }

    private async Task PollAsync(TrackedJob job)
    {
        ServiceReply? reply = null;
        CogVideoException? error = null;
        try
        {
            reply = await scheduler.Transport.PollAsync(job.Job.Id, CancellationToken.None).ConfigureAwait(false);
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
            // The last lease is gone: nobody waits any more
        }
        catch (Exception e) // what the platform throws beside its network errors
        {
            error = new CogVideoException(ErrorReason.ConnectionFailed, MessageKey.ConnectionFailed, scheduler.Endpoint.BaseUri.Authority, e.Message);
        }
        loop.Post(now =>
        {
            HandleResult(job, reply, error, now);
            // Who waited may have left meanwhile: a job that nobody polls teaches nothing
            if (job is { IsOver: false, IsWanted: false }) jobs.StopPolling(job);
        });
    }

    private void HandleResult(TrackedJob job, ServiceReply? reply, CogVideoException? error, double now)
    {
        job.IsPolling = false;
        if (reply is null && error is null)
        {
            scheduler.Record(RequestHealth.Unknown, null, now);
            jobs.SetWake(job);
            return;
        }
        bool isTask = reply is { IsTask: true };
        Verdict verdict = reply is not null ? ErrorTable.Classify(reply).Verdict : error!.StopsRun ? Verdict.StopsRun : Verdict.Unclear;
        error ??= isTask ? null : Results.CreateError(reply!, job.Job);
        bool isAnswered = isTask || (reply is not null && verdict is not (Verdict.Unclear or Verdict.NotAccepted));
        CogVideoException? failure = error is null || reply is null ? error : Results.CreateError(reply, scheduler.Endpoint.BaseUri.Authority);
        scheduler.Record(isAnswered ? RequestHealth.Answered : RequestHealth.Failed, failure, now);
        if (job.IsOver) return; // somebody else has seen the end meanwhile
        double age = now - job.StartedAt;
        job.Polls++;
        job.LastFailure = null;
        if (isTask)
        {
            if (IsEnd(job, reply!)) End(job, CreateResult(job, reply!, age), now);
            else HandleRunning(job, reply!, now);
            return;
        }
        switch (verdict)
        {
            case Verdict.NotFound when job.IsStartKnown && age < ReplicationLag:
                HandleRunning(job, reply!, now);
                break;
            case Verdict.NotFound or Verdict.ItemFails or Verdict.Duplicate:
                jobs.GiveUp(job, error!, now);
                break;
            case Verdict.StopsRun:
                // The key, the certificate or the way is refused: every further poll would be, too. Of the slots nothing is known from here
                // on; the next row that waits for one is sent, and what becomes of it stops the run or not
                foreach (TrackedJob refused in jobs.All.ToArray()) jobs.GiveUp(refused, error!, now);
                break;
            default:
                HandleFailure(job, reply, error!, failure!, isAnswered, now);
                break;
        }
    }

    /// <summary>A success without its link is polled again a few times before it is believed.</summary>
    private static bool IsEnd(TrackedJob job, ServiceReply reply) => reply.Status switch
    {
        CogVideoStatus.Fail => true,
        CogVideoStatus.Success => reply.Urls is not null || ++job.MissingLinks >= PollsForMissingLink,
        _ => false,
    };

    private CogVideoResult CreateResult(TrackedJob job, ServiceReply reply, double age)
    {
        CogVideoResult result = Results.Create(job.Job, reply, scheduler.Clock.UtcNow, job.IsStartKnown ? age : null);
        ends.MarkDuplicate(result);
        return result;
    }

    private void HandleRunning(TrackedJob job, ServiceReply reply, double now)
    {
        job.Failures = 0;
        if (reply.Status == CogVideoStatus.Unknown && !job.HasWarned)
        {
            job.HasWarned = true;
            Notify(job, options => options.SawUnknownStatus?.Invoke(reply.RawStatus));
        }
        job.LastSeenAge = now - job.StartedAt;
        job.Schedule.Running(job.SampleIndex, job.LastSeenAge);
        JobTable.VerifyRecovered(job, isRunning: true);
        JobTable.VerifyProbe(job, hasEnded: false);
        Schedule(job, now);
        Reschedule(job.Schedule, now);
    }

    /// <summary>The poll did not say how the job stands: asked to slow down, or an outage.</summary>
    private void HandleFailure(TrackedJob job, ServiceReply? reply, CogVideoException error, CogVideoException failure, bool isAnswered, double now)
    {
        job.Failures++;
        job.FailedPolls++;
        job.LastFailure = failure;
        if (isAnswered && !ErrorTable.Classify(reply!).IsKnown && _toldCodes.Add(reply!.Code ?? ""))
            Notify(job, options => options.AskedToWait?.Invoke(error));
        JobTable.VerifyProbe(job, hasEnded: false);
        double pause = Math.Min(reply?.RetryAfter ?? 0, isAnswered ? double.PositiveInfinity : Backoff.MaxOutagePause);
        job.DueAt = now + Math.Max(pause, Backoff.Delay(job.Failures - 1, MaxRetry, scheduler.Random));
        jobs.SetWake(job);
    }

    private void Notify(TrackedJob job, Action<WaitOptions> tell)
    {
        foreach (JobWaiter waiter in job.Waiters)
        {
            loop.Start(() =>
            {
                try
                {
                    tell(waiter.Options);
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    // A caller's own failure is no reason to end its process
                }
            });
        }
    }

    private void End(TrackedJob job, CogVideoResult result, double now)
    {
        jobs.End(job, result, now);
        Reschedule(job.Schedule, now);
    }

    private PollingSchedule ScheduleFor(CogVideoItem job)
    {
        string kind = $"{job.Model} {job.Duration}"; // a tuple as key would be compiled anew in every process, at the first job
        if (_schedules.TryGetValue(kind, out PollingSchedule? schedule)) return schedule;
        _schedules[kind] = schedule = new PollingSchedule(scheduler.Random);
        if (_seeds.TryGetValue(job.Model ?? "", out IReadOnlyList<double>? seconds)) schedule.Seed(seconds);
        return schedule;
    }

    /// <summary>Sets the next poll by what the schedule has learned.</summary>
    private void Schedule(TrackedJob job, double now)
    {
        double age = now - job.StartedAt;
        double cost = job.Queue is { IsFull: true } ? PollingSchedule.SlotCost : PollingSchedule.WaitingCost;
        job.DueAt = job.Interval > 0 ? now + job.Interval : job.StartedAt + job.Schedule.NextPoll(job.SampleIndex, job.LastSeenAge, age, cost);
        jobs.SetWake(job);
    }

    /// <summary>Sets the polls of a class again when its jobs turn out to take another time than was expected.</summary>
    private void Reschedule(PollingSchedule schedule, double now)
    {
        if (!schedule.TryConsumeRevision()) return;
        foreach (TrackedJob job in jobs.All)
        {
            if (job.Schedule == schedule && job is { IsWanted: true, IsPolling: false, Failures: 0, Interval: 0 }) Schedule(job, now);
        }
    }

    /// <summary>It is to be polled as soon as the circuit lets it.</summary>
    private void MakeDue(TrackedJob job)
    {
        job.IsPolling = true;
        _due.Enqueue(job);
        jobs.SetWake(job);
    }

    /// <summary>A job whose submission was not seen here: its first poll is due at once.</summary>
    private TrackedJob Track(CogVideoItem job, double now)
    {
        double? age = job.SubmittedAt is DateTime submitted ? Math.Max(0, (scheduler.Clock.UtcNow - submitted).TotalSeconds) : null;
        TrackedJob tracked = new(job, ScheduleFor(job), now - (age ?? 0), age is not null) { FirstAge = age ?? 0, DueAt = now };
        jobs.Add(tracked);
        return tracked;
    }

    /// <summary>The limiter wants to know whether its probe found a new slot or one that had become free: all other jobs are polled once.</summary>
    private void VerifyProbe(SubmissionQueue queue, TrackedJob? probe)
    {
        queue.ToVerify = queue.VerifiedEnds = 0;
        foreach (TrackedJob job in jobs.HoldersOf(queue).Where(job => job != probe))
        {
            queue.ToVerify++;
            job.IsVerifying = true;
            if (!job.IsPolling) MakeDue(job);
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
