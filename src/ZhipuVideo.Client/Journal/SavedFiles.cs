using System.IO;

namespace ZhipuVideo.Journaling;

/// <summary>Whether what a journal says was saved is still there.</summary>
internal static class SavedFiles
{
    /// <summary>Whether the video, and with <paramref name="withCover"/> its cover, is on disk with its recorded length.</summary>
    internal static bool IsWhole(JournalEntry entry, bool withCover = false) =>
        IsThere(entry.SavedPath, entry.SavedLength) && (!withCover || IsThere(entry.CoverPath, entry.CoverLength));

    private static bool IsThere(string? path, long? length) => path is not null && new FileInfo(path) is { Exists: true } file && file.Length == length;
}
