using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Batch;

/// <summary>Where the submission of one row of a journal is recorded.</summary>
/// <param name="journal">The journal.</param>
/// <param name="row">The row.</param>
/// <param name="label">How it is called in messages; null = by its name or request_id.</param>
internal sealed class JournalJobStore(Journal journal, JournalEntry row, string? label = null) : ISubmissionLog
{
    public Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return journal.IntentAsync(row, job, label ?? job.Name ?? job.RequestId!);
    }

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why) =>
        journal.NotAcceptedAsync(job.RequestId!, why.Reason.ToString(), why.Code, why.Message);

    public Task AcceptedAsync(CogVideoJob job) => journal.AcceptedAsync(job);
}
