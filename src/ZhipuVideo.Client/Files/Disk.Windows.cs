using System;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ZhipuVideo.Files;

internal partial class Disk
{
    internal static bool IsWindows =>
#if NET
        OperatingSystem.IsWindows();
#else
        true;
#endif

    /// <summary>Whether an open file is one of a disk: not a pipe, not a device.</summary>
    internal static bool IsOnDisk(SafeFileHandle file) =>
#if !NET
        Path.DirectorySeparatorChar == '/' ||
#endif
        GetFileType(file) == DiskType;

    private static FileStatus? FindStatusOnWindows(string path, bool follow)
    {
        using SafeFileHandle handle = OpenAttributes(path, follow);
        return handle.IsInvalid ? null : TryGetStatusOnWindows(handle);
    }

#if !NET
    // Tests run this build there; it has none of Windows' calls. Of a file info, unlike File.Exists, a link that leads nowhere is seen too
    private static FileStatus? FindStatusOnMono(string path)
    {
        FileInfo file = new FileInfo(path);
        bool isLink = (int)file.Attributes != -1 && file.Attributes.HasFlag(FileAttributes.ReparsePoint);
        return isLink ? new FileStatus(0, 0, 0, FileKind.Link, 0, 0)
            : file.Exists ? new FileStatus(0, (uint)path.GetHashCode(), file.Length, FileKind.Regular, 0, 0)
            : null;
    }
#endif

    private static FileStatus GetStatusOnWindows(SafeFileHandle handle) =>
        TryGetStatusOnWindows(handle) ?? throw CreateError(Marshal.GetLastWin32Error());

    /// <summary>What the system said. Its number comes in first: to find the words is another call, after which it may be another's.</summary>
    internal static IOException CreateError(int number) => new(new Win32Exception(number).Message, unchecked((int)0x80070000) | number);

    private static string ResolveOnWindows(string path)
    {
        using SafeFileHandle handle = OpenAttributes(path, follow: true);
        if (handle.IsInvalid) return path;
        char[] name = new char[MaxName];
        int length = GetFinalPathNameByHandle(handle, name, MaxName, 0);
        return length is <= 0 or >= MaxName ? path : Plain(new string(name, 0, length));
    }

    private static SafeFileHandle OpenAttributes(string path, bool follow) => CreateFile(
        Extended(path), ReadAttributes, ShareAll, IntPtr.Zero, OpenExisting, BackupSemantics | (follow ? 0 : OpenReparsePoint), IntPtr.Zero);

#if !NET
    internal static uint CurrentUser => 0;

    private static void MoveReplacing(string from, string to)
    {
        if (!MoveFile(from, to, ReplaceExisting)) throw CreateError(Marshal.GetLastWin32Error());
    }

    [DllImport("kernel32.dll", EntryPoint = "MoveFileExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool MoveFile(string from, string to, uint flags);

    private const uint ReplaceExisting = 1;
#endif

    private const uint ReadAttributes = 0x80;
    private const uint ShareAll = 7;
    private const uint OpenExisting = 3;
    private const uint BackupSemantics = 0x02000000;
    private const uint OpenReparsePoint = 0x00200000;
    private const uint DirectoryAttribute = 0x10;
    private const uint ReparseAttribute = 0x400;
    private const uint NameSurrogate = 0x20000000;
    private const int AttributeTagClass = 9;
    private const int AttributeTagSize = 8;
    private const int DiskType = 1;
    private const int MaxName = 32768;
    private const int MaxPlainName = 248;

    private static FileStatus? TryGetStatusOnWindows(SafeFileHandle handle)
    {
        if (!IsOnDisk(handle) || !GetFileInformationByHandle(handle, out FileInformation file)) return null;
        uint tag = 0;
        if ((file.Attributes & ReparseAttribute) != 0 && GetFileInformationByHandleEx(handle, AttributeTagClass, out AttributeTag found, AttributeTagSize)) tag = found.Tag;
        return new FileStatus(
            file.Volume, ((ulong)file.IndexHigh << 32) | file.IndexLow, ((long)file.SizeHigh << 32) | file.SizeLow, GetKind(file.Attributes, tag), 0, 0);
    }

    /// <summary>
    /// What a file is by its attributes and the tag of its reparse point, 0 = none. Many files have one that are no links: deduplicated ones, and
    /// those whose content lies in a cloud or on another tier. A tag whose bit 29 is set stands for another name: symbolic links, mount points
    /// (learn.microsoft.com, "Reparse Point Tags").
    /// </summary>
    internal static FileKind GetKind(uint attributes, uint tag) =>
        (attributes & DirectoryAttribute) != 0 ? FileKind.Other : (tag & NameSurrogate) != 0 ? FileKind.Link : FileKind.Regular;

    private static string Extended(string path) =>
        path.Length < MaxPlainName || path.StartsWith(@"\\", StringComparison.Ordinal) ? path : @"\\?\" + path;

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

    [DllImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool GetFileInformationByHandleEx(SafeFileHandle file, int kind, out AttributeTag information, int size);

    [DllImport("kernel32.dll", EntryPoint = "GetFinalPathNameByHandleW", CharSet = CharSet.Unicode, SetLastError = true)]
    private static extern int GetFinalPathNameByHandle(SafeFileHandle file, char[] name, int length, uint flags);

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

    /// <summary>Windows' FILE_ATTRIBUTE_TAG_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AttributeTag
    {
        private readonly uint _attributes;
        internal uint Tag;
    }
}
