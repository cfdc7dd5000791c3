using System;
using System.Threading;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Batch;

/// <summary>
/// One pass over rows: says of each, in their order and before anything is sent, what is to be done with it. What an earlier run has submitted
/// is not submitted again; without a journal every row is new.
/// </summary>
internal sealed class RowPlanner : IDisposable
{
    private static long _lastPass;

    private readonly JournalRun? _journal;
    private readonly VideoBatchOptions _options;
    private readonly RequestIds? _ids;

    /// <param name="journal">What earlier runs have done; null = no journal.</param>
    /// <param name="options">Whether failed and unconfirmed rows are tried again.</param>
    /// <param name="ids">The request_ids that the rows themselves may use once; null = whoever submits them sees to that.</param>
    internal RowPlanner(JournalRun? journal, VideoBatchOptions options, RequestIds? ids = null)
    {
        if (options.RetryFailed && options.JournalPath is null) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.RetryWithoutJournal);
        (_journal, _options, _ids) = (journal, options, ids);
    }

    internal long Pass { get; } = Interlocked.Increment(ref _lastPass);

    /// <summary>A pass that only says what would be done. The journal is read, also while another process writes it; nothing is locked or written.</summary>
    /// <param name="options">The journal's path, and whether failed and unconfirmed rows would be tried again.</param>
    /// <exception cref="CogVideoException">The journal cannot be read.</exception>
    internal static RowPlanner Peek(VideoBatchOptions options) => new(
        options.JournalPath is { } path ? Journal.Peek(path, line => options.Report?.Invoke(line, null), options.LogStore) : null,
        options,
        new RequestIds()); // of this pass alone: nothing is taken from the rows that are sent later

    /// <summary>What is to be done with the next row. Throws <see cref="ErrorReason.JournalUnreadable"/> when the journal cannot say.</summary>
    internal RowPlan Add(VideoRequest request)
    {
        // Nobody remembers under which request_id it was sent: a new one would be a new task
        if (_options.RetryUnconfirmed && _options.JournalPath is null && request.RequestId is null)
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.RetryWithoutRequestId, request.Label);
        PreparedRequest prepared = new(request);
        if (request.RequestId is { } given) _ids?.Claim(given, prepared.ComputeIdentity(), Pass, request.Label);
        JournalEntry? row = _journal?.Claim(prepared.ComputeHash());
        PlannedStep step = row?.State switch
        {
            null or JournalState.New or JournalState.NotAccepted => PlannedStep.Submit,
            JournalState.Ended when _options.RetryFailed && CogVideoStatus.Is(row.Job.Status, CogVideoStatus.Fail) => PlannedStep.Submit,
            JournalState.Intent => _options.RetryUnconfirmed ? PlannedStep.Resend : PlannedStep.LookUp,
            _ => PlannedStep.Keep,
        };
        return new RowPlan(prepared, step)
        {
            Planner = this,
            Row = row,
            Known = step == PlannedStep.Submit ? null : CreateJob(row!, request),
            IsResend = row is null && _options.RetryUnconfirmed && request.RequestId is not null, // without a journal only the caller can know
        };
    }

    /// <summary>How many billed requests earlier runs have sent.</summary>
    internal int CountBilled() => _journal?.CountBilled() ?? 0;

    public void Dispose() => _journal?.Dispose();

    /// <summary>The job of a row. Where the line of its intent is lost, the row itself says what was asked for: equal hashes, equal requests.</summary>
    private static CogVideoJob CreateJob(JournalEntry row, VideoRequest request)
    {
        if (row.Job.Model is not null) return row.Job;
        CogVideoJob job = request.ToJob(row.RequestId);
        (job.Id, job.Status, job.SubmittedAt, job.JournalPath) = (row.Job.Id, row.Job.Status, row.Job.SubmittedAt, row.Job.JournalPath);
        return job;
    }
}
