using System;
using System.IO;
using System.Linq;
#if NET
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
#endif

namespace ZhipuVideo;

/// <summary>
/// Opens files whose paths came out of data (a cell, a result, a journal): regular files alone. A pipe would hold us for ever, a device never
/// ends, and on Windows the mere look at a share of a stranger's machine sends that machine the user's password hash.
/// </summary>
internal static partial class RegularFile
{
    private static readonly char[] Separators = ['\\', '/'];

    /// <summary>Whether a path leads off this machine: on Windows all that begins with two separators, device names included.</summary>
    internal static bool IsOnNetwork(string path) => Path.DirectorySeparatorChar == '\\' && NamesNetwork(path);

    /// <summary>The same of a path of Windows, on any system.</summary>
    internal static bool NamesNetwork(string path)
    {
        string text = path.TrimStart();
        return (text.Length > 1 && Separators.Contains(text[0]) && Separators.Contains(text[1])) || text.StartsWith(@"\??\", StringComparison.Ordinal);
    }

    /// <summary>The length of a regular file, or of the one that a link leads to; null for anything else and for nothing.</summary>
    internal static long? LengthOf(string path)
    {
#if NET
        try
        {
            if (OperatingSystem.IsLinux()) return path.Contains('\0') ? null : LengthOnLinux(CurrentFolder, path, 0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without statx
        }
#endif
        // Elsewhere what is no regular file has no length; of a link the file's own is asked
        if (IsOnNetwork(path)) return null;
        FileInfo file = new(path);
#if NET
        if (file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target) file = target;
#endif
        bool isFile = file.Exists && (file.Attributes & (FileAttributes.Directory | FileAttributes.Device)) == 0;
        return isFile && (file.Length > 0 || Path.DirectorySeparatorChar == '\\') ? file.Length : null;
    }

    /// <summary>Opens a regular file, or the one that a link leads to, for reading; null for anything else and for nothing.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal static FileStream? TryOpen(string path)
    {
        if (LengthOf(path) is null) return null; // before it is opened: to open a device may do something
#if NET
        if (OperatingSystem.IsLinux()) return TryOpenOnLinux(path);
#endif
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096);
    }

#if NET
    private const int CurrentFolder = -100;
    private const int EmptyPath = 0x1000;
    private const int ModeAndSize = 0x201;
    private const int ReadWithoutWaiting = 0x800 | 0x80000 | 0x100; // O_NONBLOCK, O_CLOEXEC, O_NOCTTY; O_RDONLY is 0
    private const int ShareWithoutWaiting = 1 | 4;
    private const int WouldBlock = 11;
    private const int KindMask = 0xF000;
    private const int KindRegular = 0x8000;

    /// <summary>Opened without waiting for who would write to a pipe, and looked at again: the name may lead elsewhere by now.</summary>
    private static FileStream? TryOpenOnLinux(string path)
    {
        SafeFileHandle handle = Open(path, ReadWithoutWaiting);
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            string message = $"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'";
            throw error is 1 or 13 ? new UnauthorizedAccessException(message) : new IOException(message);
        }
        bool isRegular = LengthOnLinux((int)handle.DangerousGetHandle(), "", EmptyPath) is not null;
        // The lock that the base library takes of whoever reads; where there are no locks (another errno) it goes on without
        bool isHeld = isRegular && Lock(handle, ShareWithoutWaiting) != 0 && Marshal.GetLastPInvokeError() == WouldBlock;
        if (isRegular && !isHeld) return new FileStream(handle, FileAccess.Read, 4096);
        handle.Dispose();
        return isHeld ? throw new IOException($"{Marshal.GetPInvokeErrorMessage(WouldBlock)}: '{path}'") : null;
    }

    private static unsafe long? LengthOnLinux(int folder, string path, int flags)
    {
        // struct statx is the same on every processor, struct stat is not: the mode stands at its 28th byte, the size at its 40th
        byte* status = stackalloc byte[256];
        bool isRegular = StatX(folder, path, flags, ModeAndSize, status) == 0 && (*(ushort*)(status + 28) & KindMask) == KindRegular;
        return isRegular ? *(long*)(status + 40) : null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatX(int folder, string path, int flags, uint mask, byte* status);
#endif
}
