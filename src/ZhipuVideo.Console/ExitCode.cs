namespace ZhipuVideo.Console;

/// <summary>What the process ends with, unless the script itself says <c>exit N</c>.</summary>
internal static class ExitCode
{
    /// <summary>The script ran to its end; non-terminating errors may have been shown.</summary>
    public const int Success = 0;

    /// <summary>An error ended a statement or the script, and nothing caught it.</summary>
    public const int Failure = 1;

    /// <summary>The command line was not understood (EX_USAGE of sysexits.h, as in pwsh).</summary>
    public const int Usage = 64;

    /// <summary>Stopped from outside: Ctrl+C, SIGTERM or a closed terminal (128 + SIGINT, as shells report it).</summary>
    public const int Stopped = 130;
}
