#if NET
using System;
#endif
using System.IO;
#if NET
using System.Runtime.Versioning;
#endif
using System.Security.AccessControl;
using System.Security.Principal;

namespace ZhipuVideo.Journaling;

/// <summary>Opens the files of a journal for one process and one user.</summary>
internal static class JournalFile
{
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

    /// <summary>Whether opening failed because another handle holds the file: Windows' HRESULTs, the errno of Linux and of macOS.</summary>
    internal static bool IsTaken(IOException e) => (uint)e.HResult is 0x80070020 or 0x80070021 or 11 or 35;

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
}
