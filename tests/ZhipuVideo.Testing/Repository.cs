namespace ZhipuVideo.Tests;

/// <summary>Where the build has left things.</summary>
public static class Repository
{
    private static readonly DirectoryInfo Framework = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The root, which is the module once built.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Framework.FullName, "..", "..", "..", "..", ".."));

    /// <summary>Debug or Release, as these tests are.</summary>
    public static string Configuration { get; } = Framework.Parent!.Name;

    /// <summary>The full path of one of its files.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    /// <summary>The module's manifest.</summary>
    public static string Manifest { get; } = Path.Combine(Root, "ZhipuVideo.psd1");

    /// <summary>The module's build for an edition of PowerShell.</summary>
    public static string Module(string target) => Path.Combine(Root, "bin", target);

    /// <summary>A program of this repository, in the configuration of these tests.</summary>
    public static string Program(string project) => Assembly(Path.Combine(Root, "src", project));

    /// <summary>What a project in a folder was built into, in the configuration of these tests.</summary>
    public static string Assembly(string folder) =>
        Path.Combine(folder, "bin", Configuration, Framework.Name, Path.GetFileName(folder) + ".dll");
}
