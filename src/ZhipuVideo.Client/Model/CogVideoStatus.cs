using System;

namespace ZhipuVideo;

/// <summary>
/// The states of a task. They are strings, not an enum: an enum comes back from <c>Export-Clixml</c> and <c>ConvertTo-Json</c>
/// as a number, and filters such as <c>Where-Object Status -eq Success</c> would then find nothing.
/// </summary>
public static class CogVideoStatus
{
    /// <summary>The service works on it.</summary>
    public const string Processing = "Processing";

    /// <summary>The video is there.</summary>
    public const string Success = "Success";

    /// <summary>The service gave up on it.</summary>
    public const string Fail = "Fail";

    /// <summary>The submission may or may not have been accepted; it is never sent again by itself.</summary>
    public const string Unconfirmed = "Unconfirmed";

    /// <summary>The service refused the submission in its own words: there is no task. A later run may submit the row again.</summary>
    public const string Rejected = "Rejected";

    /// <summary>Not looked up yet, or a state that this version does not know.</summary>
    public const string Unknown = "Unknown";

    /// <summary>All of them.</summary>
    public static string[] All => [Processing, Success, Fail, Unconfirmed, Rejected, Unknown];

    /// <summary>Whether nothing further will happen to the task.</summary>
    internal static bool IsEnd(string? status) => Is(status, Success) || IsFailure(status);

    /// <summary>Whether there will be no video.</summary>
    internal static bool IsFailure(string? status) => Is(status, Fail) || Is(status, Rejected);

    /// <summary>One of <see cref="All"/>, as it is spelled there: in files that people edit it may be spelled otherwise.</summary>
    internal static string Canonical(string? status) => Array.Find(All, known => Is(status, known)) ?? Unknown;

    internal static bool Is(string? status, string expected) => string.Equals(status, expected, StringComparison.OrdinalIgnoreCase);
}
