#if NET
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

/// <summary>
/// Locks of Linux and macOS, which belong to an open file and end with it. Each is ours (true), somebody else's (false), or of a kind that
/// does not work where the file is (null).
/// </summary>
internal static unsafe class FileLock
{
    private const int Again = 11;
    private const int AgainOnMac = 35;
    private const int Denied = 13;
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int SetOpenFileLock = 37;
    private const short WriteLock = 1;
    private const long FarByte = 1L << 62;

    // Asked for by name in the whole program, so that what was put before the C library (for the sake of a mount, say) is asked too
    private static readonly delegate* unmanaged<int, int, ByteLock*, int> ControlLock =
        (delegate* unmanaged<int, int, ByteLock*, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "fcntl");

    private static readonly delegate* unmanaged<int, int, int> WholeLock =
        (delegate* unmanaged<int, int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "flock");

    /// <summary>What the system says when somebody else has the lock.</summary>
    internal static string HeldMessage => Marshal.GetPInvokeErrorMessage(System.OperatingSystem.IsLinux() ? Again : AgainOnMac);

    /// <summary>The lock that the base library takes: exclusive for FileShare.None, shared with others that read.</summary>
    internal static bool? TryTake(SafeFileHandle file, bool isShared) =>
        Take(file, descriptor => WholeLock(descriptor, (isShared ? Shared : Exclusive) | DoNotWait));

    /// <summary>
    /// A lock that keeps no reader out and holds through hard links and within one process: a byte far beyond the end, held by an open file
    /// description (Linux only).
    /// </summary>
    internal static bool? TryTakeFarByte(SafeFileHandle file) => Take(file, static descriptor =>
    {
        ByteLock farByte = new() { Type = WriteLock, Start = FarByte, Length = 1 };
        return ControlLock(descriptor, SetOpenFileLock, &farByte);
    });

    private static bool? Take(SafeFileHandle file, System.Func<int, int> take)
    {
        bool isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            Marshal.SetLastSystemError(0);
            if (take((int)file.DangerousGetHandle()) == 0) return true;
            return Marshal.GetLastSystemError() is Again or AgainOnMac or Denied ? false : null;
        }
        finally
        {
            if (isHeld) file.DangerousRelease();
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ByteLock
    {
        internal short Type;
        private readonly short _whence;
        internal long Start;
        internal long Length;
        private readonly int _process;
    }
}
#endif
