using System.IO.Compression;
using System.Xml.Linq;

namespace ZhipuVideo.Tests.Packaging;

/// <summary>What the target Package makes: a folder, a package for galleries, an archive for Azure Automation.</summary>
public sealed class PackageTests(PackedModule packed) : IClassFixture<PackedModule>
{
    [Fact]
    public void The_folder_holds_the_module_and_nothing_else()
    {
        string[] expected =
        [
            "LICENSE", "ZhipuVideo.psd1", "bin/ZhipuVideo.format.ps1xml", "bin/net472/NOTICE.txt", "bin/net472/THIRD-PARTY-NOTICES.TXT",
            .. new[] { "en-US", "zh" }.SelectMany(language => new[] { "ZhipuVideo.dll-Help.xml", "about_ZhipuVideo.help.txt", "about_ZhipuVideo_Azure.help.txt", "about_ZhipuVideo_Errors.help.txt", "about_ZhipuVideo_Journal.help.txt" }.Select(file => $"{language}/{file}")),
            .. Directory.GetFiles(Repository.PathOf("bin"), "*.dll", SearchOption.AllDirectories).Select(file => Relative(Repository.Root, file)),
        ];

        Assert.Equal(expected.Order(StringComparer.Ordinal), Files().Keys);
        Assert.Equal("0.1.0", Path.GetFileName(packed.Module));
    }

    [Fact]
    public void The_package_holds_the_folders_files_and_what_NuGet_adds()
    {
        Dictionary<string, byte[]> content = PackedModule.Read(packed.Nupkg);
        foreach ((string file, byte[] bytes) in Files()) Assert.True(content.Remove(file, out byte[]? own) && own.AsSpan().SequenceEqual(bytes), file);

        Assert.Equal(
            ["ZhipuVideo.nuspec", "[Content_Types].xml", "_rels/.rels", "package/services/metadata/core-properties/nuget.psmdcp"],
            content.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("ZhipuVideo.0.1.0.nupkg", Path.GetFileName(packed.Nupkg));
    }

    [Fact]
    public void The_package_says_what_the_manifest_says_and_what_galleries_search_by()
    {
        XElement metadata = XElement.Load(new MemoryStream(PackedModule.Read(packed.Nupkg)["ZhipuVideo.nuspec"])).Elements().Single();
        Dictionary<string, string> said = metadata.Elements().ToDictionary(e => e.Name.LocalName, e => e.Value);
        using Shell shell = Shell.Bare();
        shell.Run($"$manifest = Test-ModuleManifest '{packed.Module}/ZhipuVideo.psd1'").Succeeded();
        string Manifest(string property) => shell.Run($"$manifest.{property}").Single.ToString();

        Assert.Equal("ZhipuVideo", said["id"]);
        Assert.Equal(Manifest("Version"), said["version"]);
        Assert.Equal(Manifest("Author"), said["authors"]);
        Assert.Equal(Manifest("Description"), said["description"]);
        Assert.Equal(Manifest("Copyright"), said["copyright"]);
        Assert.Equal(Manifest("ReleaseNotes"), said["releaseNotes"]);
        Assert.Equal(Manifest("LicenseUri"), said["licenseUrl"]);
        Assert.Equal(Manifest("ProjectUri"), said["projectUrl"]);
        string[] tags = said["tags"].Split(' ');
        Assert.Equal(tags.Distinct(), tags);
        IEnumerable<string> commands = shell.Run("$manifest.ExportedCmdlets.Keys").Output.SelectMany(name => new[] { $"PSCmdlet_{name}", $"PSCommand_{name}" });
        string[] expected = ["PSModule", "PSEdition_Desktop", "PSEdition_Core", "Windows", "Linux", "MacOS", "PSIncludes_Cmdlet", .. commands];
        Assert.Empty(expected.Except(tags));
        Assert.True(said["tags"].Length < 4000, "The gallery takes no more than 4000 characters of tags.");
    }

    [Fact]
    public void The_archive_for_Azure_Automation_is_one_folder_named_like_it()
    {
        Dictionary<string, byte[]> content = PackedModule.Read(packed.Zip);

        Assert.Equal("ZhipuVideo.zip", Path.GetFileName(packed.Zip));
        Assert.Equal(Files().Select(f => ("ZhipuVideo/" + f.Key, Convert.ToHexString(f.Value))), content.Select(c => (c.Key, Convert.ToHexString(c.Value))));
    }

    [Fact]
    public async Task The_same_files_make_the_same_bytes()
    {
        using TemporaryFolder again = new();
        Assert.Equal("", await PackedModule.PackAsync(again.FullName));

        Assert.Equal(File.ReadAllBytes(packed.Nupkg), File.ReadAllBytes(again[Path.GetFileName(packed.Nupkg)]));
        Assert.Equal(File.ReadAllBytes(packed.Zip), File.ReadAllBytes(again[Path.GetFileName(packed.Zip)]));
    }

    /// <summary>NuGet's own client gets it from the folder; gallery clients then leave out what NuGet has added.</summary>
    [Fact]
    public async Task Installed_from_a_folder_as_feed_into_an_empty_module_path_it_is_imported_by_its_name()
    {
        using TemporaryFolder folder = new();
        string project = folder.Write("Install.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <RestoreSources>{packed.Feed}</RestoreSources>
                <RestorePackagesPath>{folder["packages"]}</RestorePackagesPath>
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
              </PropertyGroup>
              <ItemGroup>
                <PackageDownload Include="ZhipuVideo" Version="[{Path.GetFileName(packed.Module)}]" />
              </ItemGroup>
            </Project>
            """);
        await PackedModule.DotnetAsync("msbuild", project, "-t:Restore");
        string target = Path.Combine(folder["Modules"], "ZhipuVideo", Path.GetFileName(packed.Module));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Directory.Move(Path.Combine(folder["packages"], "zhipuvideo", Path.GetFileName(packed.Module)), target);

        await ImportsByName(folder["Modules"], target);
    }

    [Fact]
    public async Task The_archive_unpacked_into_an_empty_module_path_is_imported_by_its_name()
    {
        using TemporaryFolder folder = new();
        ZipFile.ExtractToDirectory(packed.Zip, folder.FullName);

        await ImportsByName(folder.FullName, folder["ZhipuVideo"]);
    }

    [Theory]
    [InlineData("ModuleVersion          = '0.1.0'", "ModuleVersion          = '0.2.0'", "0.2.0")]
    [InlineData("VariablesToExport      = @()", "", "VariablesToExport is missing.")]
    [InlineData("AliasesToExport        = @()", "AliasesToExport        = '*'", "AliasesToExport holds a wildcard.")]
    [InlineData("'Connect-CogVideo', 'Disconnect-CogVideo'", "'*-CogVideo'", "CmdletsToExport holds a wildcard.")]
    [InlineData("LicenseUri   = 'https:", "LicenseUri   = 'http:", "LicenseUri is no https address.")]
    [InlineData("ProjectUri   =", "IconUri      =", "ProjectUri is no https address.")]
    [InlineData("ReleaseNotes =", "NoNotes      =", "There are no ReleaseNotes.")]
    [InlineData("'PSEdition_Core', ", "", "The tag PSEdition_Core is missing.")]
    [InlineData("'text-to-video'", "'text to video'", "The tag 'text to video' has a space")]
    [InlineData("'bin/ZhipuVideo.format.ps1xml'", "'bin/Missing.format.ps1xml'", "Missing.format.ps1xml")]
    public async Task A_manifest_that_a_gallery_would_refuse_fails_the_build(string good, string bad, string expected)
    {
        using TemporaryFolder folder = new();
        foreach ((string file, byte[] content) in Files()) folder.Write($"0.1.0/{file}", content);
        string manifest = folder["0.1.0/ZhipuVideo.psd1"];
        string text = File.ReadAllText(manifest);
        Assert.Contains(good, text, StringComparison.Ordinal);
        File.WriteAllText(manifest, text.Replace(good, bad, StringComparison.Ordinal));

        (int exitCode, string output, _) = await Child.RunAsync("dotnet", Repository.Program("ZhipuVideo.Package"), folder["0.1.0"], folder.FullName);

        Assert.Equal(1, exitCode);
        Assert.Contains("ZhipuVideo.psd1: error PACKAGE: ", output, StringComparison.Ordinal);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.FullName));
    }

    /// <summary>The package's own files; module and help are loaded by a process that has nothing else.</summary>
    private static async Task ImportsByName(string modulePath, string module)
    {
        PwshSetup setup = new() { ModuleFolder = modulePath, Environment = { ["ZHIPUAI_API_KEY"] = "", ["ZAI_API_KEY"] = "" } };

        PwshResult result = await PwshProcess.RunAsync(setup, "-Command", """
            Import-Module ZhipuVideo -ErrorAction Stop
            (Get-Command New-CogVideo).DLL
            (Get-Module ZhipuVideo).ExportedCmdlets.Count
            (Get-Help Wait-CogVideo).Synopsis.Length -gt 10
            Get-CogVideoModel cogvideox-flash | Format-Table
            [cultureinfo]::CurrentUICulture = 'zh-CN'
            New-CogVideo 猫
            """);

        Assert.StartsWith($"{module}/bin/net8.0/ZhipuVideo.dll\n9\nTrue\n", result.Output.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Contains("Billing", result.Output, StringComparison.Ordinal);
        Assert.Contains("未找到 API Key", result.Error, StringComparison.Ordinal);
    }

    private SortedDictionary<string, byte[]> Files() => new(
        Directory.GetFiles(packed.Module, "*", SearchOption.AllDirectories).ToDictionary(file => Relative(packed.Module, file), File.ReadAllBytes),
        StringComparer.Ordinal);

    private static string Relative(string folder, string file) => Path.GetRelativePath(folder, file).Replace('\\', '/');
}
