using ZhipuVideo.Files;

namespace ZhipuVideo.Journaling;

/// <summary>Whether what a journal says was saved is still there.</summary>
internal static class SavedFiles
{
    /// <summary>Whether the video, and with <paramref name="withCover"/> its cover, is on disk with its recorded length.</summary>
    /// <param name="entry">The row.</param>
    /// <param name="folder">A folder of the user's choice: on Windows no network share but its own is looked at.</param>
    /// <param name="withCover">Whether the cover counts.</param>
    internal static bool IsWhole(JournalEntry entry, string folder, bool withCover = false) =>
        entry.File is { Result: { } saved } line && IsThere(saved.SavedPath, saved.FileLength, folder)
        && (!withCover || IsThere(saved.CoverPath, line.CoverLength, folder));

    private static bool IsThere(string? path, long? length, string folder) =>
        path is not null && RegularFile.MayTouch(path, folder) && RegularFile.GetLength(path) is long found && found == length;
}
