using System.Threading;
using ZhipuVideo.Batch;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;

namespace ZhipuVideo;

/// <summary>What is to be done with a row.</summary>
public enum PlannedStep
{
    /// <summary>It is submitted: it is new, was not accepted before, or has failed and is to be tried again.</summary>
    Submit,

    /// <summary>It may have been accepted: it is looked up and, where the service does not know it, sent once more under its request_id.</summary>
    Resend,

    /// <summary>It may have been accepted: it is looked up, and not sent.</summary>
    LookUp,

    /// <summary>Its job is known.</summary>
    Keep,
}

/// <summary>What is to be done with one row, and what is known of it, before anything is sent; see <see cref="VideoBatch.Plan"/>.</summary>
public sealed class RowPlan
{
    private int _isTaken;

    internal RowPlan(PreparedRequest prepared, PlannedStep step) => (Prepared, Step) = (prepared, step);

    /// <summary>The row's request.</summary>
    public VideoRequest Request => Prepared.Request;

    /// <summary>What is to be done.</summary>
    public PlannedStep Step { get; }

    /// <summary>Its job as the journal has it; null where it is submitted.</summary>
    public CogVideoJob? Known { get; internal init; }

    /// <summary>Whether it may be sent, and so be charged.</summary>
    public bool IsSent => Step is PlannedStep.Submit or PlannedStep.Resend;

    internal PreparedRequest Prepared { get; }

    /// <summary>The pass that has claimed the row; null = it stands alone.</summary>
    internal RowPlanner? Planner { get; init; }

    /// <summary>What the journal knows; null without one.</summary>
    internal JournalEntry? Row { get; init; }

    /// <summary>The caller says that an earlier process has sent it under the request_id it brings.</summary>
    internal bool IsResend { get; init; }

    /// <summary>Whether it is submitted for the first time: a second time would be a second task.</summary>
    internal bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;
}
