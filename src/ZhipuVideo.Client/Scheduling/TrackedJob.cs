using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>A job in flight, or one that is waited for. Touched by the account's loop only.</summary>
internal sealed class TrackedJob
{
    private int _sampleIndex = -1;

    internal TrackedJob(CogVideoItem job, PollingSchedule schedule, double startedAt, bool isStartKnown)
    {
        Job = job;
        Schedule = schedule;
        StartedAt = startedAt;
        IsStartKnown = isStartKnown;
    }

    internal CogVideoItem Job { get; }

    internal PollingSchedule Schedule { get; }

    /// <summary>Its place in the schedule, from when its end first matters: of a job that is not polled nothing can be learned.</summary>
    internal int SampleIndex => _sampleIndex < 0 ? _sampleIndex = Schedule.Begin() : _sampleIndex;

    /// <summary>When it was submitted, on the account's clock; when first seen if that is not known.</summary>
    internal double StartedAt { get; }

    internal bool IsStartKnown { get; }

    /// <summary>Its age when it was first seen here; 0 = it was submitted here.</summary>
    internal double FirstAge { get; init; }

    internal List<JobWaiter> Waiters { get; } = new(1);

    /// <summary>The slots it holds one of; null when it holds none that is known here.</summary>
    internal SubmissionQueue? Queue { get; set; }

    /// <summary>It was submitted by an earlier process, or its acceptance was not seen: the first poll says whether it holds a slot.</summary>
    internal bool IsRecovered { get; set; }

    /// <summary>The limiter asked for one poll of it, to verify a probe.</summary>
    internal bool IsVerifying { get; set; }

    /// <summary>Whether anybody needs to know how it stands.</summary>
    internal bool IsWanted => Waiters.Count > 0 || IsVerifying || Queue is { IsFull: true };

    /// <summary>It has ended, or nobody will know here how.</summary>
    internal bool IsOver { get; set; }

    /// <summary>A poll is under way, or waits for the circuit.</summary>
    internal bool IsPolling { get; set; }

    /// <summary>When the next poll is due.</summary>
    internal double DueAt { get; set; } = double.PositiveInfinity;

    /// <summary>When it next needs attention: a poll is due, or a waiter's time is up. Set by the <see cref="JobTable"/>.</summary>
    internal double WakeAt { get; set; } = double.PositiveInfinity;

    /// <summary>The order in which jobs were first seen: of those that wake at one moment, the older comes first.</summary>
    internal long Number { get; set; }

    /// <summary>Age at which it was last seen running; 0 before the first poll.</summary>
    internal double LastSeenAge { get; set; }

    /// <summary>Seconds between polls that the user has set; 0 = by what was learned.</summary>
    internal double Interval { get; set; }

    /// <summary>Polls in a row that did not say how it stands.</summary>
    internal int Failures { get; set; }

    /// <summary>Polls that had an outcome since somebody wants to know.</summary>
    internal int Polls { get; set; }

    /// <summary>How many of those did not say how it stands.</summary>
    internal int FailedPolls { get; set; }

    /// <summary>Why the latest poll did not say how it stands; null when it did.</summary>
    internal CogVideoException? LastFailure { get; set; }

    /// <summary>Successes without a link that were seen.</summary>
    internal int MissingLinks { get; set; }

    /// <summary>Its unknown status was told.</summary>
    internal bool HasWarned { get; set; }

    internal double Deadline
    {
        get
        {
            double deadline = double.PositiveInfinity;
            foreach (JobWaiter waiter in Waiters) deadline = System.Math.Min(deadline, waiter.Deadline);
            return deadline;
        }
    }

    /// <summary>Leaves the schedule, which must not take a job that is not polled for one that runs and runs.</summary>
    internal void LeaveSchedule()
    {
        if (_sampleIndex >= 0) Schedule.Remove(_sampleIndex);
        _sampleIndex = -1;
    }

    /// <summary>No waiters: what was seen so far no longer counts, and whoever asks again has missed what happened meanwhile.</summary>
    internal void Reset()
    {
        LeaveSchedule();
        Interval = 0;
        Failures = Polls = FailedPolls = 0;
        LastFailure = null;
        DueAt = double.NegativeInfinity;
    }
}
