using System;

namespace ZhipuVideo.Console.Host;

/// <summary>What the two output streams can show.</summary>
internal static class Terminal
{
    // Where there is no terminal whose width could be asked, tables are as wide as in a new Windows console window
    private const int DefaultWidth = 120;
    private const int DefaultHeight = 50;

    /// <summary>Whether escape sequences may go to standard output.</summary>
    public static bool ColoursOutput { get; } = !System.Console.IsOutputRedirected && WantsColour;

    /// <summary>Whether escape sequences may go to standard error.</summary>
    public static bool ColoursError { get; } = !System.Console.IsErrorRedirected && WantsColour;

    /// <summary>Columns for tables and progress.</summary>
    public static int Width => HasWindow ? System.Console.WindowWidth : DefaultWidth;

    /// <summary>Rows of the window.</summary>
    public static int Height => HasWindow ? System.Console.WindowHeight : DefaultHeight;

    // A terminal without a size exists too: serial lines and some containers
    private static bool HasWindow => !System.Console.IsOutputRedirected && System.Console.WindowWidth > 0;

    // https://no-color.org. A Windows console shows escape sequences only after a change of its mode, which is left alone here.
    private static bool WantsColour =>
        !OperatingSystem.IsWindows()
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
}
