using System;
using System.IO;
using System.Linq;
#if NET
using Microsoft.Win32.SafeHandles;
#endif

namespace ZhipuVideo.Files;

/// <summary>
/// Opens files whose paths came out of data (a cell, a result, a journal): regular files alone. A pipe would hold us for ever, a device never
/// ends, and on Windows merely asking for a share of a stranger's machine sends that machine the user's password hash.
/// </summary>
internal static class RegularFile
{
    private static readonly char[] Separators = ['\\', '/'];

    /// <summary>Whether a path leads off this machine: on Windows all that begins with two separators, device names included.</summary>
    internal static bool IsOnNetwork(string path) => Disk.IsWindows && NamesNetwork(path);

    /// <summary>The same of a path of Windows, on any system.</summary>
    internal static bool NamesNetwork(string path)
    {
        string text = path.TrimStart();
        return (text.Length > 1 && Separators.Contains(text[0]) && Separators.Contains(text[1])) || text.StartsWith(@"\??\", StringComparison.Ordinal);
    }

    /// <summary>
    /// Whether a path that came out of data may be touched: any on this machine, and on a network share only where a folder is that the user
    /// has named or stands in.
    /// </summary>
    internal static bool MayTouch(string path, string folder) => !IsOnNetwork(path) || IsOnSameShare(path, folder);

    /// <summary>Whether a path of Windows is on the network share that a folder is on, on any system. No share is ever that of a device name.</summary>
    internal static bool IsOnSameShare(string path, string folder) =>
        GetShare(folder) is { } share && string.Equals(GetShare(path), share, StringComparison.OrdinalIgnoreCase);

    private static string? GetShare(string path)
    {
        if (!NamesNetwork(path)) return null;
        string[] parts = path.Trim().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || parts.Take(2).Any(part => part is "?" or "??" or "." or "..") ? null : parts[0] + "/" + parts[1];
    }

    /// <summary>The length of a regular file, or of the one that a link leads to; null for anything else and for nothing.</summary>
    internal static long? GetLength(string path, bool follow = true) =>
        !path.Contains('\0') && Disk.TryFindStatus(path, follow) is { Kind: FileKind.Regular } file ? file.Length : null;

    /// <summary>Opens a regular file for reading that others may be reading, renaming or removing; null for anything else and for nothing.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="follow">Whether a link at the end of its name stands for the file that it leads to.</param>
    /// <exception cref="IOException">It cannot be opened, or somebody holds it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal static FileStream? TryOpen(string path, bool follow = true)
    {
        if (GetLength(path, follow) is null) return null; // before it is opened: to open a device may do something
        try
        {
            return Lock(Open(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, follow), isShared: true);
        }
        catch (NotAFileException)
        {
            return null; // the name leads elsewhere by now
        }
    }

    /// <summary>
    /// Opens a regular file that exists, without waiting for who would write to a pipe of that name. On Windows the sharing keeps others
    /// out; elsewhere <see cref="Lock"/> does, and no lock is taken here that would stand in the way of others or of our own.
    /// </summary>
    /// <exception cref="NotAFileException">It is not a regular file, or a link when none is followed.</exception>
    internal static FileStream Open(string path, FileAccess access, FileShare share, bool follow)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            SafeFileHandle handle = Disk.Open(path, access != FileAccess.Read, follow);
            if (Disk.TryGetStatus(handle) is not { Kind: not FileKind.Regular }) return new FileStream(handle, access, 0);
            handle.Dispose();
            throw new NotAFileException(path);
        }
#endif
        FileStream file = new(path, FileMode.Open, access, share, 1);
        if (Disk.IsOnDisk(file.SafeFileHandle)) return file;
        file.Dispose();
        throw new NotAFileException(path);
    }

    /// <summary>
    /// The open file with a lock as the base library takes it, which is closed when somebody else's stands against that. On Windows its
    /// sharing has done so.
    /// </summary>
    /// <exception cref="IOException">Somebody else holds it.</exception>
    internal static FileStream Lock(FileStream file, bool isShared)
    {
#if NET
        // Null: there are no locks here, which whoever needs them must find out by trying
        if (!OperatingSystem.IsWindows() && FileLock.TryTake(file.SafeFileHandle, isShared) == false)
        {
            file.Dispose();
            throw new IOException($"{FileLock.HeldMessage}: '{file.Name}'");
        }
#endif
        return file;
    }
}

/// <summary>What has a name is not a regular file: a folder, a pipe, a device, a link that is not followed or leads in a circle.</summary>
internal sealed class NotAFileException(string path) : IOException(path)
{
    internal string Path { get; } = path;
}
