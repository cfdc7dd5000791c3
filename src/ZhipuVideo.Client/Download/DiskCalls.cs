using System.IO;
using System.Runtime.InteropServices;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// The calls on which it depends whether a file can be trusted. A test puts its own in their place: a disk without room at the last
/// moment, locks that keep nobody out.
/// </summary>
internal class DiskCalls
{
    internal static readonly DiskCalls Real = new();

    // On Windows, Delete is what lets us rename an open file and nobody else open it; elsewhere the lock says who has it
    private static FileShare Share => RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? FileShare.Delete : FileShare.None;

    /// <summary>Makes a part file, for this run alone. Whatever has its name already, a link too, is an error.</summary>
    internal virtual FileStream CreatePart(string path) =>
        Disk.Locked(new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, Share, 1), isShared: false);

    /// <summary>Opens a part file that a run has left, for this run alone; as <see cref="Disk.OpenRegular"/>.</summary>
    internal virtual FileStream OpenPart(string path, FileAccess access) => Disk.OpenRegular(path, access, Share);

    /// <inheritdoc cref="Disk.TryRename"/>
    internal virtual bool TryRename(string from, string to) => Disk.TryRename(from, to);

    /// <inheritdoc cref="Disk.Replace"/>
    internal virtual void Replace(string from, string to) => Disk.Replace(from, to);
}
