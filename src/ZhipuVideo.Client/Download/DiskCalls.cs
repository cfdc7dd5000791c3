using System.IO;
using System.Runtime.InteropServices;

namespace ZhipuVideo.Download;

/// <summary>
/// The calls on which it depends whether a file can be trusted. A test puts its own in their place: a disk without room at the last
/// moment, locks that keep nobody out.
/// </summary>
internal class DiskCalls
{
    internal static readonly DiskCalls Real = new();

    /// <summary>Opens a part file for this run alone, with room for <paramref name="size"/> bytes where this is known.</summary>
    internal virtual FileStream OpenPart(string path, FileMode mode, long? size)
    {
        // Elsewhere than on Windows, None is a lock that others see; on Windows, Delete is what lets us rename an open file and nobody
        // else open it
        FileShare share = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? FileShare.Delete : FileShare.None;
#if NET
        return new FileStream(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
            PreallocationSize = size ?? 0,
        });
#else
        return new FileStream(path, mode, FileAccess.ReadWrite, share, 1);
#endif
    }

    /// <inheritdoc cref="Disk.TryRename"/>
    internal virtual bool TryRename(string from, string to) => Disk.TryRename(from, to);

    /// <inheritdoc cref="Disk.Replace"/>
    internal virtual void Replace(string from, string to) => Disk.Replace(from, to);
}
