using System;
#if !NET
using System.ComponentModel;
#endif
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Download;

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

    /// <summary>Opens a file for reading that somebody else may be writing, renaming or removing.</summary>
    internal static FileStream OpenToRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);

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

    /// <summary>Makes a rename last through a power cut, where the system has a way; best effort where it has none.</summary>
    internal static void SyncFolder(string folder)
    {
#if NET
        if (!OperatingSystem.IsWindows())
        {
            int descriptor = Open(folder, 0);
            if (descriptor >= 0)
            {
                _ = Sync(descriptor);
                _ = Close(descriptor);
            }
        }
#endif
    }

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

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncRange(SafeFileHandle file, long offset, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
#else
    private const uint ReplaceExisting = 1;

    private static bool IsWindows => true;

    [DllImport("kernel32.dll", EntryPoint = "MoveFileExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFile(string from, string to, uint flags);
#endif
}
