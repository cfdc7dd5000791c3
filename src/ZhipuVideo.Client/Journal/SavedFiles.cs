using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Journaling;

/// <summary>Whether what a journal says was saved is still there.</summary>
internal static class SavedFiles
{
    /// <summary>Whether the video, and with <paramref name="withCover"/> its cover, is where it was saved with its recorded length.</summary>
    /// <param name="entry">The row.</param>
    /// <param name="folder">A folder of the user's choice: on Windows no network share but its own is looked at.</param>
    /// <param name="storage">The containers that may be asked.</param>
    /// <param name="withCover">Whether the cover counts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<bool> IsWholeAsync(
        JournalEntry entry, string folder, StorageAccess? storage, bool withCover, CancellationToken cancellationToken) =>
        entry.File is { Result: { FileLength: long video } saved } line
        && await GetLengthAsync(saved.SavedPath, folder, storage, cancellationToken).ConfigureAwait(false) == video
        && (!withCover || (line.CoverLength is { } cover && await GetLengthAsync(saved.CoverPath, folder, storage, cancellationToken).ConfigureAwait(false) == cover));

    /// <summary>Bytes of a file or a blob; null when it is not there or must not be asked for.</summary>
    internal static async Task<long?> GetLengthAsync(string? path, string folder, StorageAccess? storage, CancellationToken cancellationToken) =>
        path is null ? null
        : BlobAddress.Is(path) ? await BlobFolder.GetLengthAsync(storage, path, cancellationToken).ConfigureAwait(false)
        : RegularFile.MayTouch(path, folder) ? RegularFile.GetLength(path)
        : null;
}
