using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace ZhipuVideo.Tests.Packaging;

/// <summary>The module as the target <c>Package</c> packs it, from what has been built.</summary>
public sealed class PackedModule : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PackedModule() => Pack(_folder.FullName);

    /// <summary>The folder that holds the packages, which is a feed as it is.</summary>
    public string Feed => _folder.FullName;

    /// <summary>The gallery-ready folder, named by the version.</summary>
    public string Module => Directory.GetDirectories(_folder["ZhipuVideo"]).Single();

    /// <summary>The package for a gallery.</summary>
    public string Nupkg => Directory.GetFiles(Feed, "*.nupkg").Single();

    /// <summary>The archive for Azure Automation.</summary>
    public string Zip => Directory.GetFiles(Feed, "*.zip").Single();

    /// <summary>Packs into a folder.</summary>
    /// <returns>What was said; empty when all is well.</returns>
    internal static string Pack(string folder, params string[] properties)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Dotnet([
            "msbuild", Repository.PathOf("src/ZhipuVideo.Package"), "-t:Package", "-p:NoBuild=true", $"-p:Configuration={configuration}",
            $"-p:PackageFolder={folder}/", .. properties]);
    }

    /// <summary>Runs dotnet to its end, which must be a good one.</summary>
    /// <returns>Its output.</returns>
    internal static string Dotnet(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [.. arguments, "-nologo", "-v:q", "-nodeReuse:false"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    /// <summary>The files of an archive, by path.</summary>
    internal static Dictionary<string, byte[]> Read(string archive)
    {
        using ZipArchive zip = ZipFile.OpenRead(archive);
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using MemoryStream content = new();
            using Stream stream = entry.Open();
            stream.CopyTo(content);
            return content.ToArray();
        });
    }

    public void Dispose() => _folder.Dispose();
}
