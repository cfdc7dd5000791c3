namespace ZhipuVideo.Tests.Console;

/// <summary>What a run of the console left; line ends are those of Unix.</summary>
internal sealed record ConsoleResult(int ExitCode, string Output, string Error);
