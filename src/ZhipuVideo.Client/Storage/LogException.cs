using System.IO;

namespace ZhipuVideo.Storage;

internal enum LogFault
{
    Held,

    /// <summary>It is no longer what was opened: its name leads to something else, or somebody else has written to it.</summary>
    Lost,

    NotAFile,

    DanglingLink,

    /// <summary>Locks do not hold where it is, so nobody can hold it alone.</summary>
    NoLocks,
}

/// <summary>A log that cannot be held, and the name concerned.</summary>
internal sealed class LogException(LogFault fault, string name) : IOException($"{fault}: {name}")
{
    internal LogFault Fault { get; } = fault;

    internal string Name { get; } = name;
}
