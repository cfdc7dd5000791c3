using System;
using System.IO;

namespace ZhipuVideo.Tests.Examples;

/// <summary>Where the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The repository's root: the folder of the manifest.</summary>
    public static string Root { get; } = Find();

    /// <summary>The full path of one of its files.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ZhipuVideo.psd1")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("No folder above the tests holds ZhipuVideo.psd1.");
        return folder;
    }
}
