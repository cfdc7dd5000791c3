using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;

namespace ZhipuVideo.Tests.BlobStorage;

/// <summary>The cmdlets with journal and videos in a container of Azurite.</summary>
[Trait("Phase", "process")]
public sealed class StorageTests(Emulator emulator) : CmdletTest(emulator), IAsyncLifetime
{
    private const string Rows = "'one', 'two', 'three' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } }";

    private const string Line = Rows + " | New-CogVideo -JournalPath \"$store/run.jsonl$sas\" | Wait-CogVideo | Save-CogVideo \"$store/videos$sas\"";

    private Azurite _azurite = null!;
    private BlobContainerClient _container = null!;
    private string _sas = "";

    public async Task InitializeAsync()
    {
        if (Azurite.Missing is not null) return;
        _azurite = await Azurite.GetAsync();
        _container = await _azurite.CreateContainerAsync();
        _sas = _azurite.Sign(_container, BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Add | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write);
        Shell["store"] = $"{_azurite.Endpoint}/{_container.Name}";
        Shell["sas"] = "?" + _sas;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [AzuriteFact]
    public async Task A_batch_in_a_container_is_whole_and_run_again_nothing_is_paid_or_sent_twice()
    {
        Outcome outcome = Shell.Run(Line).Succeeded();

        Assert.Equal(["one.mp4", "three.mp4", "two.mp4"], outcome.Texts("Name").Order());
        PSObject blob = outcome.Output.Single(o => o.Text("Name") == "one.mp4");
        Assert.Equal("ZhipuVideo.CogVideoBlob", blob.TypeNames[0]);
        Assert.Equal(($"{Shell["store"]}/videos/one.mp4", "one", "one"), (blob.Text("FullName"), blob.Text("Label"), blob.Text("Prompt")));
        Assert.Equal(["run.jsonl", "videos/one.mp4", "videos/three.mp4", "videos/two.mp4"], await NamesAsync());
        using HttpClient http = new();
        foreach (PSObject saved in outcome.Output)
        {
            string link = PSObject.AsPSObject(saved.Get("Result")!).Text("Url")!;
            byte[] there = (await _container.GetBlobClient("videos/" + saved.Text("Name")).DownloadContentAsync()).Value.Content.ToArray();
            byte[] expected = await http.GetByteArrayAsync(new Uri(link));
            Assert.True(expected.SequenceEqual(there), "other bytes");
        }
        int downloads = Emulator.Downloads.Count;

        Outcome again = Shell.Run(Line).Succeeded();

        Assert.Equal(3, again.Output.Count);
        Assert.Equal(3, Emulator.Tasks.Count);
        Assert.Equal(downloads, Emulator.Downloads.Count);
        Assert.Equal(["Success", "Success", "Success"], Shell.Run("Get-CogVideoJob -JournalPath \"$store/run.jsonl\"").Succeeded().Texts("Status"));
    }

    [AzuriteTheory]
    [InlineData("New-CogVideo x -JournalPath \"$($store)x/run.jsonl\" -StorageCredential $key2", "CogVideo.DestinationUnusable")]
    [InlineData("New-CogVideo x | Save-CogVideo \"$($store)x\" -StorageCredential $key2", "CogVideo.DestinationUnusable")]
    [InlineData("New-CogVideo x | Save-CogVideo \"$store/videos?$readOnly\"", "CogVideo.StorageDenied")]
    [InlineData("New-CogVideo x -JournalPath \"$store/run.jsonl?$readOnly\"", "CogVideo.StorageDenied")]
    [InlineData("New-CogVideo x -JournalPath \"$store/run.jsonl\"", "CogVideo.StorageDenied")] // nothing opens it
    [InlineData("New-CogVideo x -JournalPath \"$store/run.jsonl\" -StorageCredential nonsense", "CogVideo.StorageDenied")]
    [InlineData("New-CogVideo x -JournalPath 'https://127.0.0.1:1/a/b/run.jsonl' -StorageCredential $key2", "CogVideo.StorageUnavailable")]
    [InlineData("New-CogVideo x | Export-CogVideoGallery \"$($store)x/page.html\" -StorageCredential $key2", "CogVideo.DestinationUnusable")]
    [Trait("Phase", "submit")]
    public void F242_A_place_that_cannot_be_written_is_refused_before_anything_is_paid(string script, string id)
    {
        Shell["key2"] = _azurite.Key;
        Shell["readOnly"] = _azurite.Sign(_container, BlobContainerSasPermissions.Read);

        Outcome outcome = Shell.Run(script);

        Assert.Equal(id, outcome.Terminating?.Id());
        Assert.Empty(Emulator.Submissions);
    }

    [AzuriteFact]
    public void F62_No_storage_credential_is_in_anything_that_is_seen()
    {
        Shell["key2"] = _azurite.Key;
        string[] scripts =
        [
            Line + " -PassThru -Verbose",
            "$DebugPreference = 'Continue'; $null = Connect-CogVideo -StorageCredential $key2 -BaseUri " + Emulator.BaseUri + " -SkipCheck",
            Line.Replace("$sas", "", StringComparison.Ordinal) + " -Force -IncludeCover -Verbose",
            "Get-CogVideoJob -JournalPath \"$store/run.jsonl$sas\" | Format-List * | Out-String",
            "Get-CogVideoJob -JournalPath \"$store/run.jsonl$sas\" | Export-CogVideoGallery \"$store/page.html$sas\" -PassThru -Force",
            "Get-CogVideoJob -JournalPath \"$store/nothing.jsonl$sas\"",
            "New-CogVideo x -JournalPath \"$store/run.jsonl$sas\" -WhatIf",
            "New-CogVideo x -JournalPath \"$($store)x/run.jsonl$sas\"",
            "'x' | Save-CogVideo \"$($store)x/run.jsonl$sas\"",
            "$Error; $Error.Exception; $Error.TargetObject",
        ];
        string signature = Uri.UnescapeDataString(_sas.Split('&').Single(part => part.StartsWith("sig=", StringComparison.Ordinal))[4..]);
        string[] forms = [_azurite.Key, signature, Uri.EscapeDataString(signature), Uri.EscapeDataString(_azurite.Key)];

        foreach (string script in scripts) Shell.Run(script);

        Assert.All(Shell.Outcomes, outcome => Assert.Empty(Secrets.Find(outcome, forms)));
        Assert.Empty(Secrets.FindFiles(Folder.FullName, forms));
        Assert.All(Emulator.Requests, request => Assert.All(forms, form => Assert.DoesNotContain(form, $"{request.Path} {request.Body}", StringComparison.Ordinal)));
    }

    /// <summary>A job from elsewhere carries the address of its journal: the container was not named here, and so nothing is sent there.</summary>
    [AzuriteFact]
    public void F239_A_job_from_elsewhere_opens_no_container()
    {
        Shell.Run("New-CogVideo one -JournalPath \"$store/run.jsonl$sas\" | Export-Clixml $folder/job.clixml").Succeeded();
        using Shell other = new(Emulator);
        other.Connect(Emulator, Shell.Key);
        other["folder"] = Folder.FullName;

        Outcome outcome = other.Run("Import-Clixml $folder/job.clixml | Wait-CogVideo").Succeeded();

        Assert.Equal("Success", outcome.Single.Text("Status"));
        Assert.Contains("/run.jsonl", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Equal("Processing", Shell.Run("Get-CogVideoJob -JournalPath \"$store/run.jsonl\"").Single.Text("Status"));
    }

    [AzuriteFact]
    public async Task A_gallery_in_the_container_links_its_videos_relative_to_itself()
    {
        Shell.Run(Line + " | Export-CogVideoGallery \"$store/page.html$sas\"").Succeeded();

        BlobDownloadResult page = await _container.GetBlobClient("page.html").DownloadContentAsync();
        Assert.Equal("text/html; charset=utf-8", page.Details.ContentType);
        Assert.Contains("videos/one.mp4", page.Content.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_azurite.Endpoint, page.Content.ToString(), StringComparison.Ordinal);
        Assert.Equal("CogVideo.DestinationUnusable", Shell.Run("Get-CogVideoJob -JournalPath \"$store/run.jsonl\" | Export-CogVideoGallery \"$store/page.html\"").Terminating?.Id());
    }

    private async Task<string[]> NamesAsync()
    {
        List<string> names = [];
        await foreach (BlobItem blob in _container.GetBlobsAsync()) names.Add(blob.Name);
        return [.. names.Order(StringComparer.Ordinal)];
    }
}
