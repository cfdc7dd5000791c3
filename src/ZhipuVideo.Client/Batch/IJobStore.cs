using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Batch;

/// <summary>
/// Where the facts of a batch are recorded. Reporting a fact twice records it once. A task that completes says that the fact is recorded as
/// safely as this store can.
/// </summary>
internal interface IJobStore
{
    /// <summary>The row is about to be sent; until an outcome follows it counts as unconfirmed.</summary>
    /// <param name="job">The row's job, with its request_id.</param>
    /// <param name="row">The journal's row; null without a journal, and where its intent is recorded already.</param>
    /// <param name="label">What messages call the row.</param>
    Task IntentAsync(CogVideoJob job, JournalEntry? row, string label);

    /// <summary>
    /// Completes when what was recorded of the row still holds, so that it may be sent: asked again before every send, because a process may have
    /// been frozen in between. Throws when it never will.
    /// </summary>
    Task AdmitAsync(CogVideoJob job, CancellationToken cancellationToken);

    /// <summary>The row was surely not accepted: nothing was charged, and it may be sent again.</summary>
    Task NotAcceptedAsync(CogVideoJob job, CogVideoException why);

    Task AcceptedAsync(CogVideoJob job);

    Task EndedAsync(CogVideoResult result);

    /// <summary>The job's video is complete under its final name: the result's SavedPath, FileLength and CoverPath.</summary>
    /// <param name="result">The result.</param>
    /// <param name="coverLength">Bytes of the cover; null when none was saved.</param>
    Task SavedAsync(CogVideoResult result, long? coverLength);
}
