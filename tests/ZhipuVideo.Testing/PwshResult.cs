namespace ZhipuVideo.Tests;

/// <summary>What a run of a program left; line ends are those of Unix.</summary>
public sealed record PwshResult(int ExitCode, string Output, string Error);
