using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Batch;

/// <summary>Records in the journal before anything is sent, and in memory first of an outcome, because memory survives a failing disk.</summary>
internal sealed class CompositeJobStore(MemoryJobStore memory, IJobStore journal) : IJobStore
{
    public async Task IntentAsync(CogVideoJob job, JournalEntry? row, string label, CancellationToken cancellationToken)
    {
        await journal.IntentAsync(job, row, label, cancellationToken).ConfigureAwait(false);
        await memory.IntentAsync(job, row, label, cancellationToken).ConfigureAwait(false);
    }

    public async Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
    {
        await memory.NotAcceptedAsync(job, why).ConfigureAwait(false);
        await journal.NotAcceptedAsync(job, why).ConfigureAwait(false);
    }

    public async Task AcceptedAsync(CogVideoJob job)
    {
        await memory.AcceptedAsync(job).ConfigureAwait(false);
        await journal.AcceptedAsync(job).ConfigureAwait(false);
    }

    public async Task EndedAsync(CogVideoResult result)
    {
        await memory.EndedAsync(result).ConfigureAwait(false);
        await journal.EndedAsync(result).ConfigureAwait(false);
    }

    public async Task SavedAsync(CogVideoResult result, long? coverLength)
    {
        await memory.SavedAsync(result, coverLength).ConfigureAwait(false);
        await journal.SavedAsync(result, coverLength).ConfigureAwait(false);
    }
}
