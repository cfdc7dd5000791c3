#if NET
using System;
#endif
using System.IO;
#if NET
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
#endif
using System.Security.AccessControl;
using System.Security.Principal;

namespace ZhipuVideo.Journaling;

/// <summary>Opens the files of a journal for one process and one user, and makes their creation last.</summary>
internal static class JournalFile
{
    // Windows gives an HRESULT, other systems the errno
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int HandleDiskFull = unchecked((int)0x80070027);
    private const int DiskFull = unchecked((int)0x80070070);
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;

    /// <summary>
    /// Opens or creates a file that only its owner may read: mode 0600, or on Windows an access list with the current user alone.
    /// The mode of a file that exists is its owner's choice and stays. Writes go straight to the system, as one flush follows each.
    /// </summary>
    internal static FileStream Open(string path, FileShare share)
    {
#if NET
        if (OperatingSystem.IsWindows()) return OpenOnWindows(path, share);
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
#else
        return OpenOnWindows(path, share);
#endif
    }

    /// <summary>Opens a file for reading that somebody else may be writing.</summary>
    internal static FileStream OpenToRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);

    /// <summary>Whether opening failed because another handle holds the file.</summary>
    internal static bool IsTaken(IOException e) => e.HResult is SharingViolation or LockViolation or LinuxWouldBlock or MacWouldBlock;

    /// <summary>Whether writing failed for want of space or quota.</summary>
    internal static bool IsFull(IOException e) => e.HResult is DiskFull or HandleDiskFull or NoSpace or LinuxQuota or MacQuota;

    /// <summary>
    /// Makes the entry of a new file survive a power cut. Windows does it with the file's own flush; elsewhere the directory must be
    /// flushed, for which .NET has no call. A file system that cannot is no reason to stop.
    /// </summary>
    internal static void FlushDirectory(string path)
    {
#if NET
        if (OperatingSystem.IsWindows()) return;
        int directory = NativeMethods.Open(path, 0);
        if (directory < 0) return;
        _ = NativeMethods.Flush(directory);
        _ = NativeMethods.Close(directory);
#endif
    }

#if NET
    [SupportedOSPlatform("windows")]
#endif
    private static FileStream OpenOnWindows(string path, FileShare share)
    {
        if (File.Exists(path)) return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, share, 1);
        FileSecurity security = new();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        using WindowsIdentity user = WindowsIdentity.GetCurrent();
        security.AddAccessRule(new FileSystemAccessRule(user.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        const FileSystemRights Rights = FileSystemRights.ReadData | FileSystemRights.WriteData | FileSystemRights.AppendData;
#if NET
        return new FileInfo(path).Create(FileMode.OpenOrCreate, Rights, share, 1, FileOptions.None, security);
#else
        return new FileStream(path, FileMode.OpenOrCreate, Rights, share, 1, FileOptions.None, security);
#endif
    }

#if NET
    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Flush(int descriptor);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Close(int descriptor);
    }
#endif
}
