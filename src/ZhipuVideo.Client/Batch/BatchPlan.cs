using System.Threading;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Batch;

/// <summary>What is to be done with a row.</summary>
internal enum PlannedStep
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

/// <summary>What is to be done with one row, and what is known of it.</summary>
/// <param name="Request">The row's request.</param>
/// <param name="Step">What is to be done.</param>
/// <param name="Row">What the journal knows; null without one.</param>
/// <param name="Known">Its job as the journal has it; null where it is submitted.</param>
/// <param name="IsResend">The caller says that an earlier process has sent it under the request_id it brings.</param>
internal sealed record RowPlan(PreparedRequest Request, PlannedStep Step, JournalEntry? Row, CogVideoJob? Known, bool IsResend = false)
{
    /// <summary>Whether it may be sent, and so be paid for.</summary>
    internal bool IsSent => Step is PlannedStep.Submit or PlannedStep.Resend;
}

/// <summary>
/// One pass over rows: says of each, in their order and before anything is sent, what is to be done with it. What an earlier run has submitted
/// is not submitted again; without a journal every row is new.
/// </summary>
internal sealed class BatchPlan
{
    private static long _lastPass;

    private readonly JournalRun? _journal;
    private readonly bool _retryFailed;
    private readonly bool _retryUnconfirmed;

    /// <param name="journal">What earlier runs have done; null = no journal.</param>
    /// <param name="retryFailed">Submit rows that ended in FAIL again, under a new request_id.</param>
    /// <param name="retryUnconfirmed">Send rows whose outcome is unknown once more, under the same request_id.</param>
    internal BatchPlan(JournalRun? journal, bool retryFailed, bool retryUnconfirmed)
    {
        _journal = journal;
        _retryFailed = retryFailed;
        _retryUnconfirmed = retryUnconfirmed;
    }

    /// <summary>Its number in this process.</summary>
    internal long Pass { get; } = Interlocked.Increment(ref _lastPass);

    /// <summary>What is to be done with the next row. Throws <see cref="ErrorReason.JournalUnreadable"/> when the journal cannot say.</summary>
    internal RowPlan Add(PreparedRequest request)
    {
        // Without a journal only the caller can know under which request_id a row was sent before
        if (_journal is null) return new RowPlan(request, PlannedStep.Submit, null, null, IsResend: _retryUnconfirmed && request.Request.RequestId is not null);
        JournalEntry row = _journal.Claim(request.ComputeHash());
        bool isSubmitted = row.State is JournalState.New or JournalState.NotAccepted
            || (row.State == JournalState.Ended && _retryFailed && CogVideoStatus.Is(row.Job.Status, CogVideoStatus.Fail));
        if (isSubmitted) return new RowPlan(request, PlannedStep.Submit, row, null);
        PlannedStep step = row.State != JournalState.Intent ? PlannedStep.Keep : _retryUnconfirmed ? PlannedStep.Resend : PlannedStep.LookUp;
        return new RowPlan(request, step, row, JobOf(row, request.Request));
    }

    /// <summary>The job of a row. Where the line of its intent is lost, the row itself says what was asked for: equal hashes, equal requests.</summary>
    private static CogVideoJob JobOf(JournalEntry row, VideoRequest request)
    {
        if (row.Job.Model is not null) return row.Job;
        CogVideoJob job = request.ToJob(row.RequestId);
        job.Id = row.Job.Id;
        job.Status = row.Job.Status;
        job.SubmittedAt = row.Job.SubmittedAt;
        job.JournalPath = row.Job.JournalPath;
        return job;
    }
}
