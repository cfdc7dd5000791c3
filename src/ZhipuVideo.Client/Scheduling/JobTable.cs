using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// The jobs that are in flight or waited for: who waits for each and until when, which slot it holds, when it next needs attention.
/// Touched by the account's loop only.
/// </summary>
internal sealed class JobTable(EndCache ends)
{
    private readonly Dictionary<string, TrackedJob> _jobs = new(StringComparer.Ordinal);
    private readonly SortedSet<TrackedJob> _waking = new(Comparer<TrackedJob>.Create(static (one, other) =>
        one.WakeAt.CompareTo(other.WakeAt) is var order and not 0 ? order : one.Number.CompareTo(other.Number)));
    private long _added;

    internal IEnumerable<TrackedJob> All => _jobs.Values;

    /// <summary>The job that needs attention first; null when none does.</summary>
    internal TrackedJob? Next => _waking.Min;

    internal TrackedJob? Find(string id) => _jobs.TryGetValue(id, out TrackedJob? job) ? job : null;

    internal void Add(TrackedJob job)
    {
        job.Number = _added++;
        _jobs.Add(job.Job.Id, job);
    }

    /// <summary>The jobs that hold slots of a model. Asked for seldom: a table of them would cost every job more than it saves.</summary>
    internal IEnumerable<TrackedJob> HoldersOf(SubmissionQueue queue) => _jobs.Values.Where(job => job.Queue == queue);

    /// <summary>Says anew when the job needs attention.</summary>
    internal void SetWake(TrackedJob job)
    {
        double deadline = job.Deadline;
        Wake(job, job.IsPolling || !job.IsWanted ? deadline : Math.Min(deadline, job.DueAt));
    }

    /// <summary>No waiters: stops polling, and drops the job unless it holds a slot.</summary>
    internal void StopPolling(TrackedJob job)
    {
        Wake(job, double.PositiveInfinity);
        job.Reset();
        if (job.Queue is null && !job.IsPolling && !job.IsOver) Remove(job);
    }

    /// <summary>Tells the waiters whose time is up, and lets them go.</summary>
    internal static void GiveUpLate(TrackedJob job, double now, Func<CogVideoException> createError)
    {
        if (job.Deadline > now) return;
        foreach (JobWaiter waiter in job.Waiters.Where(waiter => waiter.Deadline <= now)) waiter.GiveUp(createError());
        job.Waiters.RemoveAll(waiter => waiter.Deadline <= now);
    }

    /// <summary>The job has ended: its waiters are told, its slot is free.</summary>
    internal void End(TrackedJob job, CogVideoResult result, double now)
    {
        double age = now - job.StartedAt;
        // Of a job that had ended before it was seen here nobody knows how long it took
        if (job.IsStartKnown && job.LastSeenAge >= job.FirstAge) job.Schedule.Ended(job.SampleIndex, job.LastSeenAge, age);
        else job.LeaveSchedule();
        bool isTimeKnown = job.IsStartKnown && job.LastSeenAge >= age / 3; // it was polled for most of the time
        LeaveSlot(job, now, isTimeKnown ? age : null);
        foreach (JobWaiter waiter in job.Waiters) waiter.End(result);
        Remove(job);
        ends.Add(result);
    }

    /// <summary>Nobody will know here how the job ends.</summary>
    internal void GiveUp(TrackedJob job, CogVideoException error, double now)
    {
        LeaveSlot(job, now, null);
        job.LeaveSchedule();
        foreach (JobWaiter waiter in job.Waiters) waiter.GiveUp(error);
        Remove(job);
        ends.GiveUp(job.Job.Id);
    }

    /// <summary>A recovered job turns out to hold a slot, or to hold none.</summary>
    internal static void VerifyRecovered(TrackedJob job, bool isRunning)
    {
        if (!job.IsRecovered) return;
        job.IsRecovered = false;
        job.Queue!.Limiter.OnRecoveryVerified(isRunning);
    }

    /// <summary>Tells the limiter when the last of the polls it asked for is done.</summary>
    internal static void VerifyProbe(TrackedJob job, bool hasEnded)
    {
        if (!job.IsVerifying || job.Queue is not { } queue) return;
        job.IsVerifying = false;
        if (hasEnded) queue.VerifiedEnds++;
        if (--queue.ToVerify == 0) queue.Limiter.OnProbeVerified(queue.VerifiedEnds);
    }

    private static void LeaveSlot(TrackedJob job, double now, double? serviceTime)
    {
        if (job.Queue is not { } queue) return;
        if (job.IsRecovered) VerifyRecovered(job, isRunning: false);
        else queue.Limiter.OnCompleted(now, serviceTime);
        VerifyProbe(job, hasEnded: true);
        job.Queue = null;
    }

    private void Remove(TrackedJob job)
    {
        job.IsOver = true;
        job.Waiters.Clear();
        Wake(job, double.PositiveInfinity);
        _jobs.Remove(job.Job.Id);
    }

    private void Wake(TrackedJob job, double at)
    {
        if (job.WakeAt == at) return;
        if (!double.IsPositiveInfinity(job.WakeAt)) _waking.Remove(job);
        job.WakeAt = at;
        if (!double.IsPositiveInfinity(at)) _waking.Add(job);
    }
}
