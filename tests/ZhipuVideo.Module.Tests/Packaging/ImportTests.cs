namespace ZhipuVideo.Tests.Packaging;

/// <summary>The manifest, and importing by it.</summary>
public sealed class ImportTests
{
    private static readonly string[] Cmdlets =
    [
        "Connect-CogVideo", "Disconnect-CogVideo", "Export-CogVideoGallery", "Get-CogVideoJob", "Get-CogVideoModel", "Get-CogVideoResult", "New-CogVideo",
        "Save-CogVideo", "Wait-CogVideo",
    ];

    [Fact]
    public void The_manifest_is_one()
    {
        using Shell shell = Shell.Bare();

        PSModuleInfo module = (PSModuleInfo)shell.Run($"Test-ModuleManifest '{Repository.Manifest}'").Single.BaseObject;

        Assert.Equal("ZhipuVideo", module.Name);
        Assert.Equal(new Version(5, 1), module.PowerShellVersion);
        Assert.Equal(new Version(4, 7, 2), module.DotNetFrameworkVersion);
        Assert.Equal(["Core", "Desktop"], module.CompatiblePSEditions.Order());
        Assert.NotEqual(Guid.Empty, module.Guid);
        Assert.All([module.Author, module.Description, module.Copyright], text => Assert.False(string.IsNullOrWhiteSpace(text)));
        Assert.Equal(Cmdlets, module.ExportedCmdlets.Keys.Order());
        Assert.Empty(module.ExportedFunctions.Keys.Concat(module.ExportedAliases.Keys).Concat(module.ExportedVariables.Keys));
        Assert.NotNull(module.LicenseUri);
        Assert.NotNull(module.ProjectUri);
        Assert.Subset(module.Tags.ToHashSet(), new HashSet<string> { "PSEdition_Core", "PSEdition_Desktop", "Windows", "Linux", "MacOS" });
    }

    [Fact]
    public void Everything_that_the_manifest_names_is_there_for_both_editions()
    {
        using Shell shell = Shell.Bare();

        foreach (string edition in new[] { "Core", "Desktop" })
        {
            string text = File.ReadAllText(Repository.Manifest).Replace("$PSEdition", $"'{edition}'", StringComparison.Ordinal);
            PSObject root = shell.Run($"$manifest = {text}; $manifest.RootModule; $manifest.FormatsToProcess; $manifest.TypesToProcess").Succeeded().Output[0];
            Assert.Contains(edition == "Core" ? "net8.0" : "net472", root.ToString());
            foreach (PSObject file in shell.Run("$manifest.RootModule; $manifest.FormatsToProcess").Output.Where(f => f is not null))
                Assert.True(File.Exists(Path.Combine(Repository.Root, file.ToString())), file.ToString());
        }
    }

    [Fact]
    public void What_is_imported_is_the_build_for_this_edition_and_nothing_of_these_tests()
    {
        using Shell shell = Shell.Unconnected();

        PSObject command = shell.Run("Get-Command Connect-CogVideo").Single;

        string location = ((CmdletInfo)command.BaseObject).ImplementingType.Assembly.Location;
        Assert.Equal(Path.Combine(Repository.Module("net8.0"), "ZhipuVideo.dll"), location);
        Assert.DoesNotContain(Directory.GetFiles(AppContext.BaseDirectory, "ZhipuVideo*.dll"), f => Path.GetFileName(f) is "ZhipuVideo.dll" or "ZhipuVideo.Client.dll");
    }

    [Fact]
    public void F56_The_cmdlets_are_there_once_however_often_it_is_imported_and_gone_when_it_is_removed()
    {
        using Shell shell = Shell.Unconnected();

        shell.Run($"Import-Module '{Repository.Manifest}'; Import-Module '{Repository.Manifest}' -Force; Import-Module '{Repository.Root}/ZhipuVideo.psd1'").Succeeded();

        Assert.Single(shell.Run("Get-Module ZhipuVideo").Output);
        Assert.Equal(Cmdlets, shell.Run("Get-Command -Module ZhipuVideo").Texts("Name").Order());
        Assert.Empty(shell.Run("Remove-Module ZhipuVideo; Get-Command *-CogVideo*").Succeeded().Output);
    }

    [Fact]
    public async Task F56_Two_runspaces_may_import_it_at_once()
    {
        Shell[] shells = [.. Enumerable.Range(0, 4).Select(_ => Shell.Bare())];

        Outcome[] outcomes = await Task.WhenAll(shells.Select(s => s.Start($"Import-Module '{Repository.Manifest}'; Get-CogVideoModel cogvideox-2")));

        Assert.All(outcomes, o => Assert.Equal("cogvideox-2", o.Single.Text("Model")));
        foreach (Shell shell in shells) shell.Dispose();
    }

    [Fact]
    public void Importing_says_nothing_and_warns_of_nothing()
    {
        using Shell shell = Shell.Bare();

        Outcome outcome = shell.Run($"Import-Module '{Repository.Manifest}'").Succeeded();

        Assert.Empty(outcome.Output);
        Assert.Empty(outcome.Warnings);
        Assert.Empty(outcome.HostText);
    }

    /// <summary>In a process of its own, since this one has long loaded everything.</summary>
    [Fact]
    public async Task Importing_touches_no_JSON_and_no_network_and_writes_no_file()
    {
        const string Script = """
            $names = { [AppDomain]::CurrentDomain.GetAssemblies().ForEach({ $_.GetName().Name }) }
            $before = & $names
            Import-Module ZhipuVideo -ErrorAction Stop
            (& $names).Where({ $_ -notin $before }) -join ' '
            $before.Where({ $_ -in 'System.Text.Json', 'System.Net.Http' }) -join ' '
            """;
        using PackedModule packed = new();
        await packed.InitializeAsync();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["temp"]);
        Directory.CreateDirectory(folder["work"]);
        string[] before = Everything(packed.Feed);
        PwshSetup setup = new() { ModuleFolder = packed.Feed, Folder = folder["work"], Environment = { ["HOME"] = folder["temp"], ["TMPDIR"] = folder["temp"], ["TEMP"] = folder["temp"] } };

        PwshResult result = await PwshProcess.RunAsync(setup, "-Command", Script);

        string[] lines = result.Output.Split('\n');
        Assert.DoesNotContain(lines[0].Split(' '), name => name.StartsWith("System.Text.Json", StringComparison.Ordinal) || name.StartsWith("System.Net", StringComparison.Ordinal));
        Assert.Contains("ZhipuVideo", lines[0].Split(' '));
        Assert.Equal("", lines[1]); // else the line before would prove nothing
        Assert.Equal(before, Everything(packed.Feed));
        Assert.Empty(Directory.GetFileSystemEntries(folder["work"]));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(folder["temp"]), entry => entry.Contains("ogvideo", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task F56_It_works_beside_an_older_System_Text_Json_that_was_loaded_first()
    {
        using Emulator emulator = new();
        PwshSetup setup = new() { Environment = { ["ZHIPUAI_API_KEY"] = Shell.NewKey(), ["ZHIPUAI_BASE_URL"] = emulator.Reset().BaseUri } };

        PwshResult result = await PwshProcess.RunAsync(setup, "-Command", $$"""
            $other = [Reflection.Assembly]::LoadFile('{{Path.Combine(AppContext.BaseDirectory, "older", "System.Text.Json.dll")}}')
            $null = $other.GetType('System.Text.Json.JsonDocument').GetMethods()
            Import-Module '{{Repository.Manifest}}' -ErrorAction Stop
            (New-CogVideo '一只猫' | Wait-CogVideo).Status
            [AppDomain]::CurrentDomain.GetAssemblies().ForEach({ $_.GetName() }).Where({ $_.Name -eq 'System.Text.Json' }).ForEach({ $_.Version.Major }) | Sort-Object | Join-String -Separator ' '
            """);

        Assert.Equal(["Success", $"8 {Environment.Version.Major}"], result.Output.TrimEnd().Split('\n'));
    }

    private static string[] Everything(string folder) =>
        [.. new DirectoryInfo(folder).GetFileSystemInfos("*", SearchOption.AllDirectories).Select(f => $"{f.FullName} {f.LastWriteTimeUtc:O}").Order(StringComparer.Ordinal)];
}
