using System;

namespace ZhipuVideo.Scheduling;

/// <summary>Somebody who wants to know how a job ends. Called on a background thread, at most once per job.</summary>
internal interface IJobWatcher
{
    /// <summary>It ended: Success or Fail.</summary>
    void Ended(CogVideoResult result);

    /// <summary>It will not be known here: deadline, unknown id, refused key. The job goes on at the service.</summary>
    void GaveUp(CogVideoException error);

    /// <summary>The service reports a state that this version does not know; polling goes on.</summary>
    void SawUnknownStatus(string? status);

    /// <summary>The service asks to wait, with a code that this version does not know; looking goes on. Told once for all jobs.</summary>
    void AskedToWait(CogVideoException why);
}

/// <summary>A job in flight as the scheduler sees it; small, because there may be a hundred thousand. Guarded by the account's lock.</summary>
internal sealed class TrackedJob
{
    private int _ticket = -1;

    internal TrackedJob(CogVideoItem job, PollingSchedule schedule, double startedAt, bool isStartKnown)
    {
        Job = job;
        Schedule = schedule;
        StartedAt = startedAt;
        IsStartKnown = isStartKnown;
    }

    internal CogVideoItem Job { get; }

    internal PollingSchedule Schedule { get; }

    /// <summary>Its place in the schedule, from when it is first wanted: of a job that nobody looks at nothing can be learned.</summary>
    internal int Ticket => _ticket < 0 ? _ticket = Schedule.Begin() : _ticket;

    /// <summary>Leaves the schedule, which must not take a job that nobody looks at for one that runs and runs.</summary>
    internal void LeaveSchedule()
    {
        if (_ticket >= 0) Schedule.Forget(_ticket);
        _ticket = -1;
    }

    /// <summary>When it was submitted, on the account's clock; when first seen if that is not known.</summary>
    internal double StartedAt { get; }

    internal bool IsStartKnown { get; }

    /// <summary>Age at the last look; 0 before the first.</summary>
    internal double LastLook { get; set; }

    /// <summary>When the next look is due.</summary>
    internal double DueAt { get; set; } = double.PositiveInfinity;

    internal int HeapIndex { get; set; } = -1;

    /// <summary>Taken from the schedule: under way, or waiting for the circuit.</summary>
    internal bool IsLooking { get; set; }

    /// <summary>The slots it holds one of; null when it holds none that is known here.</summary>
    internal SubmissionQueue? Lane { get; set; }

    /// <summary>It counts as holding a slot only until the first look says whether it does.</summary>
    internal bool IsAdopted { get; set; }

    /// <summary>The limiter asked for one look at it.</summary>
    internal bool IsGateLook { get; set; }

    /// <summary>Seconds between looks that the user has set; 0 = by what was learned.</summary>
    internal float Interval { get; set; }

    /// <summary>Polls in a row that did not say how it stands.</summary>
    internal byte Failures { get; set; }

    /// <summary>Polls that had an outcome since somebody wants to know.</summary>
    internal int Polls { get; set; }

    /// <summary>How many of those did not say how it stands.</summary>
    internal int FailedPolls { get; set; }

    /// <summary>Why the latest poll did not say how it stands; null when it did.</summary>
    internal CogVideoException? LastFailure { get; set; }

    /// <summary>Successes without a link that were seen.</summary>
    internal byte Missing { get; set; }

    /// <summary>It has ended, or nobody will know here how.</summary>
    internal bool IsOver { get; set; }

    internal bool HasWarned { get; set; }

    /// <summary>The watchers and their deadlines: mostly one. An array once set is not changed, so that it can be told outside the lock.</summary>
    internal (IJobWatcher Watcher, double Deadline)[] Watchers { get; set; } = [];

    internal double Deadline
    {
        get
        {
            double deadline = double.PositiveInfinity;
            foreach ((_, double at) in Watchers) deadline = Math.Min(deadline, at);
            return deadline;
        }
    }

    internal double WakeAt { get; set; } = double.PositiveInfinity;

    /// <summary>Whether anybody needs to know how it stands.</summary>
    internal bool IsWanted => Watchers.Length > 0 || IsGateLook || Lane is { IsFull: true };
}
