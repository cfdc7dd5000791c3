using System.IO.Compression;

namespace ZhipuVideo.Tests.Packaging;

/// <summary>The module as the target <c>Package</c> packs it, from what has been built.</summary>
public sealed class PackedModule : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();

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
    internal static Task<string> PackAsync(string folder) => DotnetAsync(
        "msbuild", Repository.PathOf("src/ZhipuVideo.Package"), "-t:Package", "-p:NoBuild=true", $"-p:Configuration={Repository.Configuration}",
        $"-p:PackageFolder={folder}/");

    /// <summary>Runs dotnet to its end, which must be a good one.</summary>
    /// <returns>Its output.</returns>
    internal static async Task<string> DotnetAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await Child.RunAsync("dotnet", [.. arguments, "-nologo", "-v:q", "-nodeReuse:false"]);
        Assert.True(exitCode == 0, output + error);
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

    public Task InitializeAsync() => PackAsync(_folder.FullName);

    public void Dispose() => _folder.Dispose();

    Task IAsyncLifetime.DisposeAsync() => Task.CompletedTask;
}
