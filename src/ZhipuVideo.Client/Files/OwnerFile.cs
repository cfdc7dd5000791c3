#if NET
using System;
#endif
using System.IO;
#if NET
using System.Runtime.Versioning;
#endif
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

/// <summary>Files that only their owner may read, and that one process writes.</summary>
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
        catch (IOException) when (NativeFile.TryStat(path, follow: false) is not null)
        {
            return false;
        }
    }

    /// <summary>
    /// Opens a file that exists for writing. On Windows the sharing keeps other writers out; elsewhere whoever opens it locks it.
    /// Throws <see cref="LogException"/> for what is not a regular file, and on Windows for a file that somebody else holds.
    /// </summary>
    internal static SafeFileHandle OpenToWrite(string path, FileShare share)
    {
#if NET
        if (!OperatingSystem.IsWindows()) return Regular(NativeFile.OpenOnUnix(path, write: true, follow: false), path);
#endif
        return Regular(NativeFile.OpenOnWindows(path, share), path);
    }

    /// <summary>Opens a file to be read, whoever may be writing, renaming or removing it.</summary>
    internal static FileStream OpenToRead(string path)
    {
#if NET
        if (!OperatingSystem.IsWindows())
            return new FileStream(Regular(NativeFile.OpenOnUnix(path, write: false, follow: true), path), FileAccess.Read, 1);
#endif
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        Regular(stream.SafeFileHandle, path);
        return stream;
    }

    private static SafeFileHandle Regular(SafeFileHandle file, string path)
    {
        try
        {
            if (NativeFile.Stat(file).Kind == FileKind.Regular) return file;
        }
        catch (IOException) when (NativeFile.IsWindows)
        {
            // A pipe or a device there
        }
        file.Dispose();
        throw new LogException(LogFault.NotAFile, path);
    }

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
