using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace ZhipuVideo.Scheduling;

/// <summary>Somebody who waits for the end of a job.</summary>
/// <param name="options">How often, and who is told of what is strange.</param>
/// <param name="deadline">When it gives up, in seconds of the account's clock.</param>
internal sealed class JobWaiter(WaitOptions options, double deadline)
    : TaskCompletionSource<CogVideoResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    internal WaitOptions Options => options;

    internal double Deadline => deadline;
}

/// <summary>A job in flight, or one that is waited for. Touched by the account's loop only.</summary>
/// <param name="job">The job.</param>
/// <param name="schedule">That of its kind.</param>
/// <param name="startedAt">When it was submitted, on the account's clock; when first seen if that is not known.</param>
/// <param name="isStartKnown">Which of the two.</param>
internal sealed class TrackedJob(CogVideoItem job, PollingSchedule schedule, double startedAt, bool isStartKnown)
{
    private int _sampleIndex = -1;

    internal CogVideoItem Job => job;

    internal PollingSchedule Schedule => schedule;

    internal double StartedAt => startedAt;

    internal bool IsStartKnown => isStartKnown;

    /// <summary>Its place in the schedule, from when its end first matters: of a job that is not polled nothing can be learned.</summary>
    internal int SampleIndex => _sampleIndex < 0 ? _sampleIndex = schedule.Begin() : _sampleIndex;

    /// <summary>Whether anybody needs to know how it stands.</summary>
    internal bool IsWanted => !IsOver && (Waiters.Count > 0 || IsVerifying || Queue is { IsFull: true });

    internal List<JobWaiter> Waiters { get; } = new(1);
    internal TaskCompletionSource<CogVideoResult>? Ended { get; set; } // told the end, for those who poll nothing; null = nobody asked
    internal SubmissionQueue? Queue { get; set; } // the slots it holds one of; null = it holds none that is known here
    internal bool IsRecovered { get; set; } // its acceptance was not seen by this process: the first poll says whether it holds a slot
    internal bool IsVerifying { get; set; } // the limiter asked for one poll of it, to verify a probe
    internal bool IsOver { get; set; } // it has ended, or nobody will know here how
    internal bool IsPolling { get; set; } // a poll is under way, or waits for the circuit
    internal double DueAt { get; set; } = double.PositiveInfinity; // when the next poll is due; infinity = it is still to be planned
    internal double WakeAt { get; set; } = double.PositiveInfinity; // when it next needs attention; set by the table
    internal double FirstAge { get; init; } // its age when it was first seen here; 0 = it was submitted here
    internal double LastSeenAge { get; set; } // at which it was last seen running; 0 before the first poll
    internal int Polls { get; set; } // that had an outcome since somebody wants to know
    internal int FailedPolls { get; set; } // how many of those did not say how it stands
    internal int Failures { get; set; } // such polls in a row
    internal CogVideoException? LastFailure { get; set; } // why the latest poll did not say how it stands; null when it did
    internal int MissingLinks { get; set; } // successes without a link that were seen
    internal bool HasWarned { get; set; } // its unknown status was told

    internal double Deadline => Waiters.Count == 0 ? double.PositiveInfinity : Waiters.Min(static waiter => waiter.Deadline);

    /// <summary>Seconds between polls that those who wait have set, the latest of them; 0 = by what was learned.</summary>
    internal double Interval => Waiters.FindLast(static waiter => waiter.Options.IntervalSeconds > 0)?.Options.IntervalSeconds ?? 0;

    /// <summary>Leaves the schedule, which must not take a job that is not polled for one that runs and runs.</summary>
    internal void LeaveSchedule()
    {
        if (_sampleIndex >= 0) schedule.Remove(_sampleIndex);
        _sampleIndex = -1;
    }

    /// <summary>Nobody wants to know: what was seen so far no longer counts, and whoever asks again has missed what happened meanwhile.</summary>
    internal void Reset()
    {
        LeaveSchedule();
        Failures = Polls = FailedPolls = 0;
        LastFailure = null;
        DueAt = double.NegativeInfinity;
    }
}
