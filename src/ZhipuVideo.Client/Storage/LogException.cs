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

    /// <summary>There is no container of its name.</summary>
    NoContainer,

    /// <summary>It takes no more; begun anew it does.</summary>
    Full,

    /// <summary>The storage refuses what was asked of it.</summary>
    Denied,

    /// <summary>The storage does not answer, or is not well.</summary>
    Unavailable,
}

/// <summary>A log that cannot be held, and the name concerned.</summary>
/// <param name="fault">Why.</param>
/// <param name="name">The name.</param>
/// <param name="detail">The storage's words.</param>
internal sealed class LogException(LogFault fault, string name, string detail = "") : IOException($"{fault}: {name}")
{
    internal LogFault Fault { get; } = fault;

    internal string Name { get; } = name;

    internal string Detail { get; } = detail;
}
