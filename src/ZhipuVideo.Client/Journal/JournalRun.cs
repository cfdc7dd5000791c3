using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Journaling;

/// <summary>
/// One pass over the rows, from the first: which of several equal rows is which is counted anew in every run.
/// A journal takes one run at a time, else two of them would both find a row new and both send it.
/// </summary>
internal sealed class JournalRun : IDisposable
{
    private readonly Journal _journal;
    private readonly Dictionary<ulong, int> _occurrences = [];

    internal JournalRun(Journal journal) => _journal = journal;

    /// <summary>
    /// The next row with this hash. Its state is <see cref="JournalState.New"/> when the journal does not know it.
    /// Throws <see cref="ErrorReason.JournalUnreadable"/> when it may be the row of a line that cannot be read.
    /// </summary>
    internal JournalEntry Claim(string hash)
    {
        ulong key = ItemKey.Create(hash, KeyKind.Row);
        int occurrence;
        lock (_occurrences)
        {
            _occurrences.TryGetValue(key, out occurrence);
            _occurrences[key] = ++occurrence;
        }
        return _journal.LoadRow(hash, occurrence);
    }

    /// <summary>Records that a claimed row is about to be sent under the job's request id; on disk when the task completes.</summary>
    internal Task IntentAsync(JournalEntry row, CogVideoJob job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _journal.IntentAsync(row, job);
    }

    /// <summary>Where the submission of a claimed row is recorded.</summary>
    internal ISubmissionLog LogOf(JournalEntry row) => new RowLog(this, row);

    /// <summary>Lets the next run begin.</summary>
    public void Dispose() => _journal.EndRun(this);

    private sealed class RowLog(JournalRun run, JournalEntry row) : ISubmissionLog
    {
        public Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken) => run.IntentAsync(row, job, cancellationToken);

        public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why) =>
            run._journal.NotAcceptedAsync(job.RequestId!, why.Reason.ToString(), why.Code, why.Message);

        public Task AcceptedAsync(CogVideoJob job) => run._journal.AcceptedAsync(job);
    }
}
