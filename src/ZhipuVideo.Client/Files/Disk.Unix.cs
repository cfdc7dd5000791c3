#if NET
using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

internal unsafe partial class Disk
{
    private const int NotThere = 2;
    private const int Denied = 13;
    private const int NotAFolder = 20;
    private const int NoReaders = 6;
    private const int TooManyLinks = 40;
    private const int TooManyLinksOnMac = 62;

    /// <summary>
    /// Opens a file that exists. A link as the last part of its name is an error with <paramref name="follow"/> false, a pipe does not keep us
    /// waiting, and unlike with the base library no lock is taken that would stand in the way of others or of our own.
    /// </summary>
    internal static SafeFileHandle Open(string path, bool write, bool follow)
    {
        int descriptor = OpenDescriptor(path, (write ? ReadWrite | AppendFlag : 0) | NonBlocking | CloseOnExec | (follow ? 0 : NoFollow));
        if (descriptor < 0) throw Failure(path, Marshal.GetLastPInvokeError());
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>The user in whose name the process acts; on Windows 0.</summary>
    internal static uint CurrentUser => OperatingSystem.IsWindows() ? 0 : GetEffectiveUser();

    private static FileStatus? FindStatusOnUnix(string path, bool follow)
    {
        int error = Stat(CurrentFolder, path, follow ? 0 : NoFollowAt, out FileStatus status);
        return error == 0 ? status : error is NotThere or NotAFolder ? null : throw Failure(path, error);
    }

    private static FileStatus GetStatusOnUnix(SafeFileHandle file)
    {
        int error = Stat(file, "", EmptyPath, out FileStatus status);
        return error == 0 ? status : throw Failure("", error);
    }

    private static string ResolveOnUnix(string path)
    {
        IntPtr name = RealPath(path, IntPtr.Zero);
        if (name == IntPtr.Zero) throw Failure(path, Marshal.GetLastPInvokeError());
        try
        {
            return Marshal.PtrToStringUTF8(name)!;
        }
        finally
        {
            Free(name);
        }
    }

    private static int RenameNoReplace(string from, string to)
    {
        try
        {
            return Rename(WorkingFolder, from, WorkingFolder, to, NoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return -1;
        }
    }

    private static Exception Failure(string path, int error) => error switch
    {
        NotThere => Directory.Exists(Path.GetDirectoryName(path)) ? new FileNotFoundException(null, path) : new DirectoryNotFoundException(),
        NotAFolder => new DirectoryNotFoundException(),
        Denied => new UnauthorizedAccessException(Marshal.GetPInvokeErrorMessage(error)),
        TooManyLinks or TooManyLinksOnMac or NoReaders => new NotAFileException(path),
        _ => new IOException(Marshal.GetPInvokeErrorMessage(error), error),
    };

    /// <summary>Linux: statx, because its answer looks the same on every machine and in every C library. The number of the call does not.</summary>
    private static int Stat(SafeFileHandle folder, string path, int flags, out FileStatus status)
    {
        if (IsMac) return StatOnMac(folder, path, flags, out status);
        status = default;
        nint call = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 332,
            Architecture.Arm => 397,
            _ => 291,
        };
        LinuxStatus linux;
        if (Call(call, folder, path, flags, BasicStatus, &linux) != 0) return Marshal.GetLastPInvokeError();
        status = new FileStatus(
            ((ulong)linux.DeviceMajor << 32) | linux.DeviceMinor, linux.Number, (long)linux.Length, GetKind(linux.Mode), linux.Owner, linux.Mode & PermissionBits);
        return 0;
    }

    private static int StatOnMac(SafeFileHandle folder, string path, int flags, out FileStatus status)
    {
        status = default;
        MacStatus mac;
        bool isIntel = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        int follow = flags == NoFollowAt ? NoFollowAtOnMac : 0;
        int result = (flags, isIntel) switch
        {
            (EmptyPath, true) => MacFileStatusOnIntel(folder, &mac),
            (EmptyPath, false) => MacFileStatus(folder, &mac),
            (_, true) => MacPathStatusOnIntel(WorkingFolderOnMac, path, &mac, follow),
            _ => MacPathStatus(WorkingFolderOnMac, path, &mac, follow),
        };
        if (result != 0) return Marshal.GetLastPInvokeError();
        status = new FileStatus((uint)mac.Device, mac.Number, mac.Length, GetKind(mac.Mode), mac.Owner, mac.Mode & PermissionBits);
        return 0;
    }

    private static FileKind GetKind(uint mode) => (mode & KindBits) switch
    {
        RegularKind => FileKind.Regular,
        LinkKind => FileKind.Link,
        _ => FileKind.Other,
    };

    private const uint KindBits = 0xF000;
    private const uint RegularKind = 0x8000;
    private const uint LinkKind = 0xA000;
    private const uint PermissionBits = 0xFFF;

    private const int WorkingFolder = -100;
    private const int WorkingFolderOnMac = -2;
    private const int NoFollowAt = 0x100;
    private const int NoFollowAtOnMac = 0x20;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatus = 0x7FF;
    private const int ReadWrite = 2;
    private const int FileExists = 17;
    private const uint NoReplace = 1;
    private const uint StartOnly = 2;
    private const int KeepLength = 1;

    private static readonly SafeFileHandle CurrentFolder = new(new IntPtr(WorkingFolder), ownsHandle: false);
    private static readonly bool IsMac = OperatingSystem.IsMacOS();
    private static readonly int AppendFlag = IsMac ? 0x8 : 0x400;
    private static readonly int NonBlocking = IsMac ? 0x4 : 0x800;
    private static readonly int CloseOnExec = IsMac ? 0x1000000 : 0x80000;
    private static readonly int NoFollow =
        IsMac ? 0x100 : RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncRange(SafeFileHandle file, long offset, long count, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long count);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Call(nint number, SafeFileHandle folder, string path, int flags, uint mask, LinuxStatus* status);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr RealPath(string path, IntPtr buffer);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(IntPtr memory);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();

    [LibraryImport("libc", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int MacFileStatusOnIntel(SafeFileHandle file, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "fstat", SetLastError = true)]
    private static partial int MacFileStatus(SafeFileHandle file, MacStatus* status);

    [LibraryImport("libc", EntryPoint = "fstatat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MacPathStatusOnIntel(int folder, string path, MacStatus* status, int flags);

    [LibraryImport("libc", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MacPathStatus(int folder, string path, MacStatus* status, int flags);

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LinuxStatus
    {
        [FieldOffset(20)] internal uint Owner;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Number;
        [FieldOffset(40)] internal ulong Length;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;
    }

    [StructLayout(LayoutKind.Explicit, Size = 144)]
    private struct MacStatus
    {
        [FieldOffset(0)] internal int Device;
        [FieldOffset(4)] internal ushort Mode;
        [FieldOffset(8)] internal ulong Number;
        [FieldOffset(16)] internal uint Owner;
        [FieldOffset(96)] internal long Length;
    }
}
#endif
