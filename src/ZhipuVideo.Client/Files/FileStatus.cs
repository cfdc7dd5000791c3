using System;

namespace ZhipuVideo.Files;

/// <summary>What the system says of a file: which one it is, whatever its names, and what it is like.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Number">The file's number in it.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Owner">The user's number; on Windows 0.</param>
/// <param name="Mode">The permission bits; on Windows 0.</param>
internal readonly record struct FileStatus(ulong Device, ulong Number, long Length, FileKind Kind, uint Owner, uint Mode)
{
    private const uint WritableByOthers = 0b_010_010; // -----w--w-

    internal string Identity => FormattableString.Invariant($"{Device:x}:{Number:x}");

    /// <summary>Whether it is this user's and nobody else may write to it; on Windows always.</summary>
    internal bool IsPrivate => Owner == Disk.CurrentUser && (Mode & WritableByOthers) == 0;

    /// <summary>Of a file system without a number, as some shares are and Wine says of a file that was renamed, the file's number alone decides.</summary>
    internal bool IsSameFile(in FileStatus other) => (Device == other.Device || Device == 0 || other.Device == 0) && Number == other.Number;
}

internal enum FileKind
{
    Regular,

    Link,

    Other,
}
