using System;
using System.Collections.Generic;

namespace ZhipuVideo.Emulator.Contract;

/// <summary>Words in a prompt that make the emulator answer as the service does when something is wrong with a job.</summary>
public static class Markers
{
    /// <summary>A prompt with one of these is refused at once as sensitive content: code 1301 with a <c>contentFilter</c>.</summary>
    public static IReadOnlyList<string> Sensitive { get; } = ["[sensitive]", "【敏感】"];

    /// <summary>A prompt with one of these is accepted and its task ends in FAIL.</summary>
    public static IReadOnlyList<string> Fail { get; } = ["[fail]", "【失败】"];

    /// <summary>A prompt with one of these is accepted and its task stays in PROCESSING for ever.</summary>
    public static IReadOnlyList<string> Stall { get; } = ["[stall]", "【卡住】"];

    internal static bool Marks(IReadOnlyList<string> markers, string? prompt)
    {
        if (prompt is null) return false;
        foreach (string marker in markers)
            if (prompt.Contains(marker, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
