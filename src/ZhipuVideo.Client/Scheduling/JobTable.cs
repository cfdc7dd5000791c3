using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// The jobs that are in flight or waited for, by their ids and by when they next need attention; and the ends that were seen: the latest with
/// their results, those before by their ids, so that an id which the service gives twice is noticed. Touched by the account's loop only.
/// </summary>
internal sealed class JobTable
{
    private const int MaxResults = 256, MaxIds = 4096;

    private readonly Dictionary<string, TrackedJob> _jobs = new(StringComparer.Ordinal);
    private readonly SortedSet<TrackedJob> _waking = new(Comparer<TrackedJob>.Create(static (one, other) =>
        one.WakeAt.CompareTo(other.WakeAt) is var wake and not 0 ? wake
        : one.StartedAt.CompareTo(other.StartedAt) is var start and not 0 ? start // of those that wake at one moment, the older comes first
        : string.CompareOrdinal(one.Job.Id, other.Job.Id)));
    private readonly Dictionary<string, CogVideoResult?> _ends = new(StringComparer.Ordinal);
    private readonly Queue<string> _withResult = new();
    private readonly Queue<string> _withoutResult = new();
    private readonly Dictionary<string, CogVideoException> _duplicates = new(StringComparer.Ordinal);

    internal IEnumerable<TrackedJob> All => _jobs.Values;

    internal TrackedJob? Next => _waking.Min;

    internal TrackedJob? Find(string id) => _jobs.TryGetValue(id, out TrackedJob? job) ? job : null;

    internal CogVideoResult? FindEnd(string id) => _ends.TryGetValue(id, out CogVideoResult? result) ? result : null;

    internal bool HasEnded(string id) => _ends.ContainsKey(id);

    internal void Add(TrackedJob job) => _jobs.Add(job.Job.Id, job);

    /// <summary>The jobs that hold slots of a model. Asked for seldom: a table of them would cost every job more than it saves.</summary>
    internal IEnumerable<TrackedJob> HoldersOf(SubmissionQueue queue) => _jobs.Values.Where(job => job.Queue == queue);

    internal void SetWake(TrackedJob job)
    {
        double at = job.IsOver ? double.PositiveInfinity : job.Deadline;
        if (job is { IsWanted: true, IsPolling: false }) at = Math.Min(at, job.DueAt);
        if (job.WakeAt == at) return;
        if (!double.IsPositiveInfinity(job.WakeAt)) _waking.Remove(job);
        job.WakeAt = at;
        if (!double.IsPositiveInfinity(at)) _waking.Add(job);
    }

    /// <summary>Nobody wants to know: stops polling, and drops the job unless it holds a slot or somebody is to be told its end.</summary>
    internal void StopPolling(TrackedJob job)
    {
        job.Reset();
        if (job is { Queue: null, Ended: null, IsPolling: false, IsOver: false }) Remove(job);
        else SetWake(job);
    }

    internal void End(TrackedJob job, CogVideoResult result, double now)
    {
        double age = now - job.StartedAt;
        // Of a job that had ended before it was seen here nobody knows how long it took
        if (job.IsStartKnown && job.LastSeenAge >= job.FirstAge) job.Schedule.Ended(job.SampleIndex, job.LastSeenAge, age);
        else job.LeaveSchedule();
        bool isTimeKnown = job.IsStartKnown && job.LastSeenAge >= age / 3; // it was polled for most of the time
        LeaveSlot(job, now, isTimeKnown ? age : null);
        foreach (JobWaiter waiter in job.Waiters) waiter.TrySetResult(result);
        job.Ended?.SetResult(result);
        Remove(job);
        if (_ends.ContainsKey(result.Id)) return;
        _ends.Add(result.Id, result);
        _withResult.Enqueue(result.Id);
        if (_withResult.Count <= MaxResults) return;
        string older = _withResult.Dequeue();
        _ends[older] = null;
        _withoutResult.Enqueue(older);
        if (_withoutResult.Count > MaxIds) _ends.Remove(_withoutResult.Dequeue());
    }

    internal void GiveUp(TrackedJob job, CogVideoException error, double now)
    {
        LeaveSlot(job, now, null);
        job.LeaveSchedule();
        foreach (JobWaiter waiter in job.Waiters) waiter.TrySetException(error);
        job.Ended?.SetCanceled();
        Remove(job);
    }

    /// <summary>
    /// A poll is done that the limiter waits for: the first of a recovered job, which says whether it holds a slot, or one of those that verify a
    /// probe.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="isRunning">Whether it runs; null = the poll did not say.</param>
    internal static void Verify(TrackedJob job, bool? isRunning)
    {
        if (job.Queue is not { } queue) return;
        if (job.IsRecovered && isRunning is { } runs)
        {
            job.IsRecovered = false;
            queue.Limiter.OnRecoveryVerified(runs);
        }
        if (!job.IsVerifying) return;
        job.IsVerifying = false;
        if (isRunning == false) queue.VerifiedEnds++;
        if (--queue.ToVerify == 0) queue.Limiter.OnProbeVerified(queue.VerifiedEnds);
    }

    /// <summary>The service has given a job the id of another one, or of one that has ended.</summary>
    /// <returns>The error of both.</returns>
    internal CogVideoException AddDuplicate(CogVideoJob second) =>
        _duplicates[second.Id] = DuplicateId.CreateError(Find(second.Id)?.Job ?? FindEnd(second.Id), second);

    /// <summary>Says of a success whose id two jobs were given that it may be the other's.</summary>
    internal void MarkDuplicate(CogVideoResult result)
    {
        if (result is not { Status: CogVideoStatus.Success, ErrorCode: null }) return;
        if (!_duplicates.TryGetValue(result.Id, out CogVideoException? error)) return;
        result.ErrorCode = DuplicateId.Code;
        result.Explanation = error;
    }

    private static void LeaveSlot(TrackedJob job, double now, double? serviceTime)
    {
        if (job is { IsRecovered: false, Queue: { } queue }) queue.Limiter.OnCompleted(now, serviceTime);
        Verify(job, isRunning: false);
        job.Queue = null;
    }

    private void Remove(TrackedJob job)
    {
        job.IsOver = true;
        job.Waiters.Clear();
        SetWake(job);
        _jobs.Remove(job.Job.Id);
    }
}
