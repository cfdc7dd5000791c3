using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Batch;

/// <summary>Whether a journal's rows are this account's, where its tags do not say so: a key that was rotated, or somebody else's.</summary>
internal static class JournalAccount
{
    /// <summary>
    /// Asks the service for one of the journal's tasks, when there is something to ask, and adds the key to the journal when it is found.
    /// Throws <see cref="ErrorReason.InvalidInput"/> when the account does not know the task, and whatever keeps it from being asked.
    /// </summary>
    internal static async Task VerifyAsync(Journal journal, JournalOwner owner, CogVideoClient client, CancellationToken cancellationToken)
    {
        if (journal.FindIdToVerify(owner) is not { } id) return;
        try
        {
            await client.GetResultAsync(new CogVideoJob { Id = id }, cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException e) when (e.Reason == ErrorReason.NotFound)
        {
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.JournalOtherAccount, journal.Path, id);
        }
        await journal.AddKeyAsync(owner).ConfigureAwait(false);
    }
}
