using System;
using System.IO;
using System.Linq;
#if NET
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
#endif

namespace ZhipuVideo.Files;

/// <summary>
/// Opens files whose paths came out of data (a cell, a result, a journal): regular files alone. A pipe would hold us for ever, a device never
/// ends, and on Windows the mere look at a share of a stranger's machine sends that machine the user's password hash.
/// </summary>
internal static partial class RegularFile
{
    private static readonly char[] Separators = ['\\', '/'];

    /// <summary>Whether a path leads off this machine: on Windows all that begins with two separators, device names included.</summary>
    internal static bool IsOnNetwork(string path) => NativeFile.IsWindows && NamesNetwork(path);

    /// <summary>The same of a path of Windows, on any system.</summary>
    internal static bool NamesNetwork(string path)
    {
        string text = path.TrimStart();
        return (text.Length > 1 && Separators.Contains(text[0]) && Separators.Contains(text[1])) || text.StartsWith(@"\??\", StringComparison.Ordinal);
    }

    /// <summary>
    /// Whether a path that came out of data may be looked at: any on this machine, and on a network share only where a folder is that the user
    /// has named or stands in.
    /// </summary>
    internal static bool MayTouch(string path, string folder) => !IsOnNetwork(path) || IsOnShareOf(path, folder);

    /// <summary>Whether a path of Windows is on the network share that a folder is on, on any system. No share is ever that of a device name.</summary>
    internal static bool IsOnShareOf(string path, string folder) =>
        ShareOf(folder) is { } share && string.Equals(ShareOf(path), share, StringComparison.OrdinalIgnoreCase);

    private static string? ShareOf(string path)
    {
        if (!NamesNetwork(path)) return null;
        string[] parts = path.Trim().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || parts.Take(2).Any(part => part is "?" or "??" or "." or "..") ? null : parts[0] + "/" + parts[1];
    }

    /// <summary>The length of a regular file, or of the one that a link leads to; null for anything else and for nothing.</summary>
    internal static long? LengthOf(string path)
    {
        try
        {
            return !path.Contains('\0') && NativeFile.TryStat(path) is { Kind: FileKind.Regular } file ? file.Length : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // links in a circle, a folder that may not be entered
        }
    }

    /// <summary>Opens a regular file, or the one that a link leads to, for reading; null for anything else and for nothing.</summary>
    /// <exception cref="IOException">It cannot be opened, or somebody holds it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal static FileStream? TryOpen(string path)
    {
        if (LengthOf(path) is null) return null; // before it is opened: to open a device may do something
#if NET
        if (!OperatingSystem.IsWindows())
        {
            // Without waiting for who would write to a pipe, and looked at again: the name may lead elsewhere by now
            SafeFileHandle handle = NativeFile.OpenOnUnix(path, write: false, follow: true);
            bool isRegular = NativeFile.Stat(handle).Kind == FileKind.Regular;
            // The lock that the base library takes of whoever reads; where there are no locks (another errno) it goes on without
            bool isHeld = isRegular && Lock(handle, ShareWithoutWaiting) != 0 && Marshal.GetLastPInvokeError() == WouldBlock;
            if (isRegular && !isHeld) return new FileStream(handle, FileAccess.Read, 4096);
            handle.Dispose();
            return isHeld ? throw new IOException($"{Marshal.GetPInvokeErrorMessage(WouldBlock)}: '{path}'") : null;
        }
#endif
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096);
    }

#if NET
    private const int ShareWithoutWaiting = 1 | 4;

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);
#endif
}
