using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Submission;

/// <summary>
/// The rows of a run against a journal: what an earlier run has submitted is not submitted again but returned as it stands.
/// Without a journal every row is new, and the promise ends with the process.
/// </summary>
internal sealed class RestartableRun
{
    private readonly SubmissionRun _run;
    private readonly JournalRun? _journal;
    private readonly ISubmissionLog _jobs;
    private readonly bool _retryFailed;

    /// <param name="run">Sends what is to be sent.</param>
    /// <param name="journal">What earlier runs have done; null = no journal.</param>
    /// <param name="jobs">The list that a person looks at after a stop.</param>
    /// <param name="retryFailed">Submit rows that ended in FAIL again, under a new request_id.</param>
    internal RestartableRun(SubmissionRun run, JournalRun? journal, ISubmissionLog jobs, bool retryFailed)
    {
        _run = run;
        _journal = journal;
        _jobs = jobs;
        _retryFailed = retryFailed;
    }

    /// <summary>The job of one row, newly accepted or known from before.</summary>
    internal Task<CogVideoJob> SubmitAsync(PreparedRequest request, CancellationToken cancellationToken)
    {
        string requestId = request.Request.RequestId ?? CogVideoClient.NewRequestId();
        return _journal is null
            ? _run.SubmitAsync(request, requestId, _jobs, cancellationToken)
            : SubmitAsync(request, requestId, _journal, cancellationToken);
    }

    private async Task<CogVideoJob> SubmitAsync(PreparedRequest request, string requestId, JournalRun journal, CancellationToken cancellationToken)
    {
        JournalEntry row = journal.Claim(request.ComputeHash());
        CogVideoJob known = JobOf(row, request.Request);
        ISubmissionLog log = new BothLogs(_jobs, journal.LogOf(row));
        switch (row.State)
        {
            case JournalState.New or JournalState.NotAccepted:
                return await _run.SubmitAsync(request, requestId, log, cancellationToken).ConfigureAwait(false);
            case JournalState.Intent:
                await _jobs.IntentAsync(known, cancellationToken).ConfigureAwait(false);
                return await _run.SettleAsync(request, known, log, cancellationToken).ConfigureAwait(false);
            case JournalState.Ended when _retryFailed && CogVideoStatus.Is(known.Status, CogVideoStatus.Fail):
                return await _run.SubmitAsync(request, CogVideoClient.NewRequestId(), log, cancellationToken).ConfigureAwait(false);
            default:
                if (row.EarlierTwin is { } earlier) throw SharedId.Error(earlier, known);
                if (row.State == JournalState.Accepted) _run.Adopt(known);
                await _jobs.AcceptedAsync(known).ConfigureAwait(false);
                return known;
        }
    }

    /// <summary>The job of a row. Where the line of its intent is lost, the row itself says what was asked for: equal hashes, equal requests.</summary>
    private static CogVideoJob JobOf(JournalEntry row, VideoRequest request)
    {
        if (row.Job.Model is not null || row.State == JournalState.New) return row.Job;
        CogVideoJob job = request.ToJob(row.RequestId);
        job.Id = row.Job.Id;
        job.Status = row.Job.Status;
        job.SubmittedAt = row.Job.SubmittedAt;
        job.JournalPath = row.Job.JournalPath;
        return job;
    }

    /// <summary>The journal before anything is sent; the list first of an outcome, because it survives a failing disk.</summary>
    private sealed class BothLogs(ISubmissionLog memory, ISubmissionLog disk) : ISubmissionLog
    {
        public async Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken)
        {
            await disk.IntentAsync(job, cancellationToken).ConfigureAwait(false);
            await memory.IntentAsync(job, cancellationToken).ConfigureAwait(false);
        }

        public async Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
        {
            await memory.NotAcceptedAsync(job, why).ConfigureAwait(false);
            await disk.NotAcceptedAsync(job, why).ConfigureAwait(false);
        }

        public async Task AcceptedAsync(CogVideoJob job)
        {
            await memory.AcceptedAsync(job).ConfigureAwait(false);
            await disk.AcceptedAsync(job).ConfigureAwait(false);
        }
    }
}
