using System.Reflection;

namespace ZhipuVideo.Tests;

/// <summary>The real PowerShell that the tests bring along, and its test framework.</summary>
public static class Pwsh
{
    /// <summary>The program, which <c>dotnet</c> runs.</summary>
    public static string Program { get; } = Path.Combine(Metadata("PowerShell"), OperatingSystem.IsWindows() ? "win" : "unix", "pwsh.dll");

    /// <summary>The folder of all NuGet packages, in which it is.</summary>
    public static string Packages { get; } = Metadata("Packages");

    /// <summary>The manifest of Pester.</summary>
    public static string Pester { get; } = Metadata("Pester");

    /// <summary>The session that the console starts with, which imports the module.</summary>
    internal static string Session { get; } = Path.Combine(Metadata("Root"), "src", "ZhipuVideo.Console", "Session.pssc");

    /// <summary>The manifest of the built module.</summary>
    internal static string Module { get; } = Path.Combine(Metadata("Root"), "ZhipuVideo.psd1");

    private static string Metadata(string key) =>
        typeof(Pwsh).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
