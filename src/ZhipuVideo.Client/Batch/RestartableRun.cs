using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Batch;

/// <summary>
/// The rows of a run against a journal: what an earlier run has submitted is not submitted again but returned as it stands.
/// Without a journal every row is new, and the promise ends with the process.
/// </summary>
internal sealed class RestartableRun
{
    private readonly SubmissionRun _run;
    private readonly JournalRun? _journal;
    private readonly ISubmissionLog _jobs;
    private readonly BatchPlan _plan;

    /// <param name="run">Sends what is to be sent.</param>
    /// <param name="journal">What earlier runs have done; null = no journal.</param>
    /// <param name="jobs">The list that a person looks at after a stop.</param>
    /// <param name="retryFailed">Submit rows that ended in FAIL again, under a new request_id.</param>
    internal RestartableRun(SubmissionRun run, JournalRun? journal, ISubmissionLog jobs, bool retryFailed)
    {
        _run = run;
        _journal = journal;
        _jobs = jobs;
        _plan = new BatchPlan(journal, retryFailed, run.RetriesUnconfirmed);
    }

    /// <summary>What is to be done with the next row; to be asked in the order of the rows.</summary>
    internal RowPlan Plan(PreparedRequest request) => _plan.Add(request);

    /// <summary>The job of the next row, newly accepted or known from before.</summary>
    internal Task<CogVideoJob> SubmitAsync(PreparedRequest request, CancellationToken cancellationToken) => SubmitAsync(Plan(request), cancellationToken);

    /// <summary>The job of a row, newly accepted or known from before.</summary>
    internal async Task<CogVideoJob> SubmitAsync(RowPlan plan, CancellationToken cancellationToken)
    {
        PreparedRequest request = plan.Request;
        ISubmissionLog log = _journal is null ? _jobs : new BothLogs(_jobs, new JournalJobStore(_journal.Journal!, plan.Row!, request.Request.Label));
        if (plan.Known is not { } known)
        {
            // A failed row has used up the request_id that it brought
            bool hasFailed = plan.Row?.State == JournalState.Ended;
            string requestId = (hasFailed ? null : request.Request.RequestId) ?? CogVideoClient.NewRequestId();
            return await _run.SubmitAsync(request, requestId, log, cancellationToken, _plan.Pass, plan.IsResend).ConfigureAwait(false);
        }
        if (plan.Step != PlannedStep.Keep)
        {
            await _jobs.IntentAsync(known, cancellationToken).ConfigureAwait(false);
            return await _run.SettleAsync(request, known, log, cancellationToken, _plan.Pass).ConfigureAwait(false);
        }
        if (plan.Row!.EarlierTwin is { } earlier) throw SharedId.Error(earlier, known);
        if (plan.Row.State == JournalState.Accepted) _run.Adopt(known);
        await _jobs.AcceptedAsync(known).ConfigureAwait(false);
        return known;
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
