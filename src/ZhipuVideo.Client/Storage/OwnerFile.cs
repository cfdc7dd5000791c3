#if NET
using System;
#endif
using System.IO;
#if NET
using System.Runtime.Versioning;
#endif
using System.Security.AccessControl;
using System.Security.Principal;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

internal static class OwnerFile
{
    /// <summary>
    /// Makes an empty file of mode 0600, or on Windows with an access list of the current user alone; false when there is one of that name.
    /// The mode of a file that exists is its owner's choice and stays.
    /// </summary>
    internal static bool TryCreate(string path)
    {
        try
        {
#if NET
            if (!OperatingSystem.IsWindows())
            {
                new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }).Dispose();
                return true;
            }
#endif
            CreateOnWindows(path);
            return true;
        }
        catch (IOException) when (Disk.FindStatus(path, follow: false) is not null)
        {
            return false;
        }
    }

    /// <summary>Opens a file that exists for writing. On Windows the sharing keeps other writers out; elsewhere whoever opens it locks it.</summary>
    /// <exception cref="LogException">On Windows somebody else holds it.</exception>
    /// <exception cref="NotAFileException">It is not a regular file, or a link.</exception>
    internal static FileStream OpenToWrite(string path, FileShare share)
    {
        try
        {
            return RegularFile.Open(path, FileAccess.ReadWrite, share, follow: false);
        }
        catch (IOException e) when (Disk.IsHeld(e))
        {
            throw new LogException(LogFault.Held, path);
        }
    }

    /// <summary>Opens a file to be read, whoever may be writing, renaming or removing it.</summary>
    /// <exception cref="NotAFileException">It is not a regular file.</exception>
    internal static FileStream OpenToRead(string path) =>
        RegularFile.Open(path, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, follow: true);

#if NET
    [SupportedOSPlatform("windows")]
#endif
    private static void CreateOnWindows(string path)
    {
        FileSecurity security = new();
        security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
        using WindowsIdentity user = WindowsIdentity.GetCurrent();
        security.AddAccessRule(new FileSystemAccessRule(user.User!, FileSystemRights.FullControl, AccessControlType.Allow));
        const FileSystemRights Rights = FileSystemRights.ReadData | FileSystemRights.WriteData | FileSystemRights.AppendData;
#if NET
        new FileInfo(path).Create(FileMode.CreateNew, Rights, FileShare.Read, 1, FileOptions.None, security).Dispose();
#else
        new FileStream(path, FileMode.CreateNew, Rights, FileShare.Read, 1, FileOptions.None, security).Dispose();
#endif
    }
}
