using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

/// <summary>
/// What the base library does not say of files and does not do with them: which file a name leads to, opening without following a link or
/// waiting for a pipe's other end, and locks that leave readers alone.
/// </summary>
internal static partial class NativeFile
{
    internal static bool IsWindows =>
#if NET
        OperatingSystem.IsWindows();
#else
        true;
#endif

    /// <summary>What a name stands for; null when there is nothing of that name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="follow">Whether a link stands for what it leads to.</param>
    internal static FileStatus? TryStat(string path, bool follow = true)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return TryStatOnUnix(path, follow);
#else
        if (Path.DirectorySeparatorChar == '/') return TryStatOnMono(path);
#endif
        using SafeFileHandle handle = CreateFile(
            Extended(path), ReadAttributes, ShareAll, IntPtr.Zero, OpenExisting, BackupSemantics | (follow ? 0 : OpenReparsePoint), IntPtr.Zero);
        return handle.IsInvalid ? null : StatOnWindows(handle, isLinkItself: !follow);
    }

#if !NET
    // Tests run this build there; it has none of Windows' calls
    private static FileStatus? TryStatOnMono(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new FileStatus(0, (uint)path.GetHashCode(), file.Length, FileKind.Regular, 0, 0) : null;
    }
#endif

    /// <summary>What an open file is.</summary>
    internal static FileStatus Stat(SafeFileHandle handle)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return StatOnUnix(handle);
#endif
        return StatOnWindows(handle, isLinkItself: false) ?? throw new IOException(new Win32Exception().Message);
    }

    /// <summary>The name of a file that exists, without a link in it.</summary>
    internal static string Resolve(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return ResolveOnUnix(path);
#endif
        using SafeFileHandle handle = CreateFile(Extended(path), ReadAttributes, ShareAll, IntPtr.Zero, OpenExisting, BackupSemantics, IntPtr.Zero);
        if (handle.IsInvalid) return path;
        char[] name = new char[LongestName];
        int length = GetFinalPathNameByHandle(handle, name, LongestName, 0);
        return length is <= 0 or >= LongestName ? path : Plain(new string(name, 0, length));
    }

    /// <summary>Opens a file that exists for reading and writing. Throws <see cref="LogFault.Held"/> when another handle does not share it.</summary>
    internal static SafeFileHandle OpenOnWindows(string path, FileShare share)
    {
        SafeFileHandle handle = CreateFile(Extended(path), GenericReadWrite, (uint)share, IntPtr.Zero, OpenExisting, 0, IntPtr.Zero);
        if (!handle.IsInvalid) return handle;
        int error = Marshal.GetLastWin32Error();
        throw error switch
        {
            FileMissing => new FileNotFoundException(null, path),
            FolderMissing => new DirectoryNotFoundException(),
            AccessDenied => new UnauthorizedAccessException(new Win32Exception(error).Message),
            SharingViolation or LockViolation => new LogException(LogFault.Held, path),
            _ => new IOException(new Win32Exception(error).Message, unchecked((int)0x80070000) | error),
        };
    }

    /// <summary>Makes the name of a file that is new or was renamed last through a power cut, where the system has a way; best effort where it has none.</summary>
    internal static void SyncFolder(string folder)
    {
#if NET
        if (OperatingSystem.IsWindows()) return;
        try
        {
            using SafeFileHandle handle = OpenOnUnix(folder, write: false, follow: true);
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
#endif
    }

    private const int FileMissing = 2;
    private const int FolderMissing = 3;
    private const int AccessDenied = 5;
    private const int SharingViolation = 32;
    private const int LockViolation = 33;
    private const uint GenericReadWrite = 0xC0000000;
    private const uint ReadAttributes = 0x80;
    private const uint ShareAll = 7;
    private const uint OpenExisting = 3;
    private const uint BackupSemantics = 0x02000000;
    private const uint OpenReparsePoint = 0x00200000;
    private const uint DirectoryAttribute = 0x10;
    private const uint ReparseAttribute = 0x400;
    private const int DiskType = 1;
    private const int LongestName = 32768;
    private const int LongestPlainName = 248;

    /// <summary>Where links are followed, what else has a reparse point (deduplicated files, files in a cloud) is a file like others.</summary>
    private static FileStatus? StatOnWindows(SafeFileHandle handle, bool isLinkItself)
    {
        if (GetFileType(handle) != DiskType || !GetFileInformationByHandle(handle, out FileInformation file)) return null;
        FileKind kind = (file.Attributes & DirectoryAttribute) != 0 ? FileKind.Other
            : isLinkItself && (file.Attributes & ReparseAttribute) != 0 ? FileKind.Link
            : FileKind.Regular;
        return new FileStatus(file.Volume, ((ulong)file.IndexHigh << 32) | file.IndexLow, ((long)file.SizeHigh << 32) | file.SizeLow, kind, 0, 0);
    }

    private static string Extended(string path) =>
        path.Length < LongestPlainName || path.StartsWith(@"\\", StringComparison.Ordinal) ? path : @"\\?\" + path;

    private static string Plain(string path) =>
        path.StartsWith(@"\\?\UNC\", StringComparison.Ordinal) ? @"\\" + path.Substring(8)
        : path.StartsWith(@"\\?\", StringComparison.Ordinal) ? path.Substring(4)
        : path;

    [DllImport("kernel32.dll", EntryPoint = "CreateFileW", CharSet = CharSet.Unicode, SetLastError = true)]
    private static extern SafeFileHandle CreateFile(
        string name, uint access, uint share, IntPtr security, uint creation, uint flags, IntPtr template);

    [DllImport("kernel32.dll", SetLastError = true)]
    private static extern int GetFileType(SafeFileHandle file);

    [DllImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetFileInformationByHandle(SafeFileHandle file, out FileInformation information);

    [DllImport("kernel32.dll", EntryPoint = "GetFinalPathNameByHandleW", CharSet = CharSet.Unicode, SetLastError = true)]
    private static extern int GetFinalPathNameByHandle(SafeFileHandle file, char[] name, int length, uint flags);

    /// <summary>Windows' BY_HANDLE_FILE_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct FileInformation
    {
        internal uint Attributes;
        private readonly long _created;
        private readonly long _accessed;
        private readonly long _written;
        internal uint Volume;
        internal uint SizeHigh;
        internal uint SizeLow;
        private readonly uint _links;
        internal uint IndexHigh;
        internal uint IndexLow;
    }
}
