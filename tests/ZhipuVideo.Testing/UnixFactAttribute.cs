using Xunit;

namespace ZhipuVideo.Tests;

/// <summary>A test of what Windows has not: pipes in folders, permission bits.</summary>
public sealed class UnixFactAttribute : FactAttribute
{
    public UnixFactAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such files" : null!;
}

/// <inheritdoc cref="UnixFactAttribute"/>
public sealed class UnixTheoryAttribute : TheoryAttribute
{
    public UnixTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no such files" : null!;
}

/// <summary>A test in which a second user takes part: only root can act as one.</summary>
public sealed class SecondUserTheoryAttribute : TheoryAttribute
{
    public SecondUserTheoryAttribute() =>
        Skip = OperatingSystem.IsLinux() && Environment.UserName == "root" && Child.Exists("setpriv") ? null! : "only root can act as another user (setpriv)";
}

/// <summary>The system's own tools.</summary>
public static class Tool
{
    /// <summary>Runs one to its good end and returns what it says.</summary>
    public static string Run(string name, params string[] arguments)
    {
        using Process tool = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = tool.StandardOutput.ReadToEnd();
        string error = tool.StandardError.ReadToEnd();
        tool.WaitForExit();
        return tool.ExitCode == 0 ? output : throw new InvalidOperationException($"{name}: {error}");
    }

    /// <summary>Runs one as a user who owns nothing.</summary>
    public static string RunAsNobody(string name, params string[] arguments) =>
        Run("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", name, .. arguments]);
}
