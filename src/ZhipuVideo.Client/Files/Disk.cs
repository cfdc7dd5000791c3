using System;
using System.IO;
#if NET
using System.Runtime.InteropServices;
#endif
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

/// <summary>
/// What the base library does not say of files and does not do with them. On the virtual calls it depends whether a downloaded file can be
/// trusted: a test puts its own in their place, a disk without room at the last moment, locks that keep nobody out.
/// </summary>
internal partial class Disk
{
    internal static readonly Disk Real = new();

    // On Windows, Delete is what lets us rename an open file and nobody else open it; elsewhere the lock says who has it
    private static FileShare Alone => IsWindows ? FileShare.Delete : FileShare.None;

    /// <summary>Makes a file, for this run alone. Whatever has its name already, a link too, is an error.</summary>
    internal virtual FileStream CreateAlone(string path) =>
        RegularFile.Lock(new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, Alone, 1), isShared: false);

    /// <summary>Opens a file that exists, for this run alone, without following a link at the end of its path.</summary>
    /// <exception cref="IOException">There is no such file, it is not a regular one, or somebody holds it.</exception>
    internal virtual FileStream OpenAlone(string path, FileAccess access) =>
        RegularFile.Lock(RegularFile.Open(path, access, Alone, follow: false), isShared: false);

    /// <summary>Gives a file its final name if nothing else has it, in one step, also when another process tries the same.</summary>
    /// <returns>False when the name is taken.</returns>
    internal virtual bool TryRename(string from, string to)
    {
#if NET
        if (OperatingSystem.IsLinux())
        {
            switch (RenameNoReplace(from, to))
            {
                case 0:
                    return true;
                case FileExists:
                    return false;
            }
        }
#endif
        try
        {
            // Windows refuses a taken name in one step; elsewhere this is link and unlink, which does too
            File.Move(from, to);
            return true;
        }
        catch (IOException) when (Exists(to))
        {
            return false;
        }
    }

    internal virtual void Replace(string from, string to) =>
#if NET
        File.Move(from, to, overwrite: true);
#else
        MoveReplacing(from, to); // File.Replace opens the file, which we hold
#endif

    /// <summary>
    /// Whether the system refused a file. .NET tells a length beyond what the file system or the user's limit allows (EFBIG: FAT32's four
    /// gigabytes, <c>ulimit -f</c>) as an argument out of range, not as an I/O error.
    /// </summary>
    internal static bool IsFailure(Exception cause) => cause is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>Whether a write failed because there is no room: the disk, the quota or the largest file of the file system.</summary>
    internal static bool IsFull(Exception cause) => cause is ArgumentOutOfRangeException || (cause is IOException && (uint)cause.HResult switch
    {
        // Windows: HRESULTs of ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_FILE_TOO_LARGE, ERROR_DISK_QUOTA_EXCEEDED
        0x80070027 or 0x80070070 or 0x800700DF or 0x8007050F => true,
        // Elsewhere: the bare numbers of EFBIG, ENOSPC, and EDQUOT on Linux and macOS
        27 or 28 or 122 or 69 => !IsWindows,
        _ => false,
    });

    /// <summary>Whether Windows refused to open a file because another handle does not share it (ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION).</summary>
    internal static bool IsHeld(IOException cause) => (uint)cause.HResult is 0x80070020 or 0x80070021;

    /// <summary>What a name stands for; null when there is nothing of that name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="follow">Whether a link stands for what it leads to.</param>
    internal static FileStatus? FindStatus(string path, bool follow = true)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return FindStatusOnUnix(path, follow);
#else
        if (Path.DirectorySeparatorChar == '/') return FindStatusOnMono(path);
#endif
        return FindStatusOnWindows(path, follow);
    }

    internal static FileStatus GetStatus(SafeFileHandle file)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return GetStatusOnUnix(file);
#endif
        return GetStatusOnWindows(file);
    }

    internal static FileStatus? TryFindStatus(string path, bool follow = true) => Try(() => FindStatus(path, follow));

    internal static FileStatus? TryGetStatus(SafeFileHandle file) => Try(() => GetStatus(file));

    /// <summary>The name of a file that exists, without a link in it.</summary>
    internal static string Resolve(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return ResolveOnUnix(path);
#endif
        return ResolveOnWindows(path);
    }

    /// <summary>Whether the path itself is a link, wherever it leads, or nowhere.</summary>
    internal static bool IsLink(string path) => TryFindStatus(path, follow: false) is { Kind: FileKind.Link };

    internal static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || IsLink(path);

    /// <summary>
    /// Whether nobody but this user may create, rename and remove files in a folder. The folders above it are not checked: whoever can
    /// rename one of them can put another folder in this one's place, which shows when a file gets its name. On Windows every folder
    /// counts as private: there only administrators may plant links, and nobody can exchange a file that is open.
    /// </summary>
    internal static bool IsPrivate(string folder) => IsWindows || TryFindStatus(folder) is { IsPrivate: true };

    /// <summary>The bytes that this user may still write to the folder's disk; null when the system does not say (network shares).</summary>
    internal static long? GetFreeBytes(string folder)
    {
        try
        {
            // Windows knows drives only by their root; the others take any path of the file system meant
            return new DriveInfo(IsWindows ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where an open file is now, whoever has moved it; null when the system does not say.</summary>
    internal static string? GetPath(SafeFileHandle file)
    {
#if NET
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget : null;
        }
        catch (Exception e) when (IsFailure(e))
        {
        }
#endif
        return null;
    }

    /// <summary>
    /// Keeps room on the disk for a stretch of a file, without a change of its length; what is not used is given back when the length is
    /// set. Does nothing where there is no such call.
    /// </summary>
    /// <exception cref="IOException">The disk has no room.</exception>
    internal static void Reserve(SafeFileHandle file, long offset, long count)
    {
#if NET
        const int noRoom = 28;
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess && Allocate(file, KeepLength, offset, count) != 0
            && Marshal.GetLastPInvokeError() == noRoom)
            throw new IOException(Marshal.GetPInvokeErrorMessage(noRoom), noRoom);
#endif
    }

    /// <summary>Asks the system to write a stretch of a file to the disk now, without waiting; does nothing where there is no such call.</summary>
    internal static void StartWriteback(SafeFileHandle file, long offset, long count)
    {
#if NET
        if (OperatingSystem.IsLinux()) _ = SyncRange(file, offset, count, StartOnly);
#endif
    }

    /// <summary>Makes the name of a file that is new or was renamed last through a power cut, where the system has a way; best effort where it has none.</summary>
    internal static void SyncFolder(string folder)
    {
#if NET
        if (OperatingSystem.IsWindows()) return;
        try
        {
            using SafeFileHandle handle = Open(folder, write: false, follow: true);
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (IsFailure(e))
        {
        }
#endif
    }

    private static FileStatus? Try(Func<FileStatus?> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (IsFailure(e) || e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }
}
