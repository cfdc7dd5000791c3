using System;
#if !NET
using System.ComponentModel;
#endif
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

/// <summary>What the base library does not say about disks.</summary>
internal static partial class Disk
{
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

    /// <summary>Opens a file for reading that somebody else may be reading, renaming or removing; as <see cref="OpenRegular"/>.</summary>
    internal static FileStream OpenToRead(string path) => OpenRegular(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>
    /// Opens a regular file that exists. A link at the end of its path is not followed, and a pipe that somebody has put there is refused:
    /// opened the usual way, it would keep us waiting for its other end.
    /// </summary>
    /// <exception cref="IOException">There is no such file, it is not a regular one, or somebody holds it.</exception>
    internal static FileStream OpenRegular(string path, FileAccess access, FileShare share)
    {
        if (StatusOf(path) is { } status && status.Kind != FileKind.Regular)
        {
            throw new IOException(path);
        }

#if NET
        if (!OperatingSystem.IsWindows())
        {
            SafeFileHandle handle = NativeFile.OpenOnUnix(path, access != FileAccess.Read, follow: false);
            if (StatusOf(handle) is { } opened && opened.Kind != FileKind.Regular)
            {
                handle.Dispose();
                throw new IOException(path);
            }

            return Locked(new FileStream(handle, access, 0), isShared: share != FileShare.None);
        }
#endif
        return new FileStream(path, FileMode.Open, access, share, 1);
    }

    /// <summary>
    /// The open file with a lock as the base library takes it, which is closed when somebody else's stands against that. On Windows its
    /// sharing has done so.
    /// </summary>
    /// <exception cref="IOException">Somebody else holds it.</exception>
    internal static FileStream Locked(FileStream file, bool isShared)
    {
#if NET
        if (!OperatingSystem.IsWindows() && FileLock(file.SafeFileHandle, (isShared ? ShareLock : OwnLock) | DoNotWait) != 0
            && Marshal.GetLastPInvokeError() == (OperatingSystem.IsLinux() ? 11 : 35))
        {
            // Any other number: there are no locks here, which whoever needs them must find out by trying
            file.Dispose();
            throw new IOException(file.Name);
        }
#endif
        return file;
    }

    /// <summary>What the system says of the file of this name, of a link itself; null when there is none or the system does not say.</summary>
    internal static FileStatus? StatusOf(string path) => Ask(() => NativeFile.TryStat(path, follow: false));

    /// <summary>What the system says of an open file; null when it does not say.</summary>
    internal static FileStatus? StatusOf(SafeFileHandle file) => Ask(() => NativeFile.Stat(file));

    /// <summary>What the system says of the folder that a file of this path is in; null when there is none or the system does not say.</summary>
    internal static FileStatus? FolderOf(string path) => Ask(() => NativeFile.TryStat(Path.GetDirectoryName(path)!));

    /// <summary>
    /// Whether nobody but this user may create, rename and remove files in a folder. The folders above it are not looked at: whoever can
    /// rename one of them can put another folder in this one's place, which shows when a file gets its name. On Windows every folder
    /// counts as private: there only administrators may plant links, and nobody can exchange a file that is open.
    /// </summary>
    internal static bool IsPrivate(string folder)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            const uint writableByOthers = 0b_010_010;
            return Ask(() => NativeFile.TryStat(folder)) is { } status
                && status.Owner == NativeFile.User && (status.Mode & writableByOthers) == 0;
        }
#endif
        return true;
    }

    /// <summary>Where an open file is now, whoever has moved it; null when the system does not say.</summary>
    internal static string? PathOf(SafeFileHandle file)
    {
#if NET
        if (OperatingSystem.IsLinux())
        {
            try
            {
                return new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget;
            }
            catch (Exception e) when (IsFailure(e))
            {
                return null;
            }
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
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(noRoom), noRoom);
        }
#endif
    }

    private static FileStatus? Ask(Func<FileStatus?> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (IsFailure(e) || e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// The bytes that this user may still write to the folder's disk; null when the system does not say (network shares).
    /// </summary>
    internal static long? FreeBytes(string folder)
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

    /// <summary>Whether the path itself is a link, wherever it leads.</summary>
    internal static bool IsLink(string path)
    {
        // Of the file info, unlike File.Exists, a link that leads nowhere is seen too
        var file = new FileInfo(path);
        return (int)file.Attributes != -1 && file.Attributes.HasFlag(FileAttributes.ReparsePoint);
    }

    /// <summary>
    /// Gives a file its final name if nothing else has it, in one step, also when another process tries the same.
    /// </summary>
    /// <returns>False when the name is taken.</returns>
    internal static bool TryRename(string from, string to)
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

    /// <summary>Gives a file its final name, in place of whatever file has it.</summary>
    internal static void Replace(string from, string to)
    {
#if NET
        File.Move(from, to, overwrite: true);
#else
        // File.Replace opens the file, which we hold; this renames it as it is
        if (!MoveFile(from, to, ReplaceExisting))
        {
            throw new IOException(new Win32Exception().Message, Marshal.GetHRForLastWin32Error());
        }
#endif
    }

    /// <summary>Whether anything has this name: a file, a folder, or a link that leads nowhere.</summary>
    internal static bool Exists(string path) => File.Exists(path) || Directory.Exists(path) || IsLink(path);

    /// <summary>
    /// Asks the system to write a stretch of a file to the disk now, without waiting for it; does nothing where there is no such call.
    /// </summary>
    internal static void StartWriting(SafeFileHandle file, long offset, long count)
    {
#if NET
        if (OperatingSystem.IsLinux())
        {
            _ = SyncRange(file, offset, count, StartOnly);
        }
#endif
    }

#if NET
    private const int FileExists = 17;
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;
    private const uint StartOnly = 2;
    private const int KeepLength = 1;
    private const int ShareLock = 1;
    private const int OwnLock = 2;
    private const int DoNotWait = 4;

    private static bool IsWindows => OperatingSystem.IsWindows();

    private static int RenameNoReplace(string from, string to)
    {
        try
        {
            return Rename(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncRange(SafeFileHandle file, long offset, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FileLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long count);
#else
    private const uint ReplaceExisting = 1;

    private static bool IsWindows => true;

    [DllImport("kernel32.dll", EntryPoint = "MoveFileExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFile(string from, string to, uint flags);
#endif
}
