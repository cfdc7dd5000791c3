using System;
using System.IO;

namespace ZhipuVideo.Console;

/// <summary>Finds the module that was built with this program.</summary>
internal static class ModuleManifest
{
    private const string FileName = "ZhipuVideo.psd1";

    /// <summary>The full path of the manifest: the nearest one in a folder above the program, which is the repository's root.</summary>
    /// <exception cref="FileNotFoundException">No folder above holds one.</exception>
    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, FileName);
            if (File.Exists(path))
                return path;
        }

        throw new FileNotFoundException($"{FileName} was found neither in '{AppContext.BaseDirectory}' nor in a folder above it.");
    }
}
