using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace ZhipuVideo.Tests.KillLoop;

/// <summary>src/Examples/Runbook.ps1 in the real engine, with a stand-in for the one command that only Automation has.</summary>
public sealed class RunbookTests : IDisposable
{
    private const string Automation = """
        param([string] $Runbook, [string] $Folder, [string] $BaseUri, [string] $Key, [string] $Storage, [string] $Sas)
        function Get-AutomationPSCredential([string] $Name) {
            if ($Name -ne 'ZhipuAI') { return }
            $password = [securestring]::new()
            foreach ($character in $Key.ToCharArray()) { $password.AppendChar($character) }
            [pscredential]::new('whoever', $password)
        }
        function Get-AutomationVariable([string] $Name) { if ($Name -eq 'VideoSas') { $Sas } }
        $place = if ($Storage) { @{ Storage = $Storage; SasVariable = 'VideoSas' } } else { @{ Folder = $Folder } }
        & $Runbook @place -BaseUri $BaseUri -RetryUnconfirmed $true
        """;

    private const double NeverEnds = 36_000;

    private static readonly string[] Names = ["one", "two", "three", "four", "five", "six"];

    private readonly TemporaryFolder _folder = new();
    private readonly string _script;
    private readonly string _journal;
    private readonly string _videos;

    public RunbookTests()
    {
        _script = _folder.Write("automation.ps1", Automation);
        _folder.Write("prompts.csv", "Prompt,Name\n" + string.Concat(Names.Select(name => $"一只猫 {name},{name}\n")));
        _journal = Path.Combine(_folder.FullName, "run.jsonl");
        _videos = Path.Combine(_folder.FullName, "videos");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task F49_The_runbook_survives_two_kills()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Settings = new EmulatorSettings { ServiceTime = NeverEnds, Latency = 20, Concurrency = 2, FileSize = 300_000 },
        });
        // What is accepted ends only when a round is over, so that no run is done before it is killed, however late the kill comes.
        foreach (KillPoint point in (KillPoint[])[KillPoint.Accepted, KillPoint.FinalName])
        {
            Observation seen = new(_journal, _videos, emulator.State);
            long before = seen.Count(point);
            using PwshProcess job = Start(emulator);
            while (!job.HasExited && seen.Count(point) == before) Thread.Sleep(1);
            job.Kill();
            PwshResult killed = await job.EndAsync();
            Assert.True(killed.ExitCode != 0, $"It was over before it was killed: {killed.Output}{killed.Error}");
            foreach (VideoTask task in emulator.State.Tasks) emulator.State.End(task.Id);
        }

        emulator.State.Settings.ServiceTime = 0.2;
        using PwshProcess last = Start(emulator);
        PwshResult result = await last.EndAsync();

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Names.Order(), emulator.State.Tasks.Select(task => task.Prompt!.Split(' ')[1]).Order());
        Assert.Equal(Names.Select(name => name + ".mp4").Order(), Directory.GetFiles(_videos).Select(Path.GetFileName).Order());
        Assert.All(JournalText.ReadStates(_journal).Values, state => Assert.Equal("saved", state));
        Assert.DoesNotContain(".mp4", result.Output, StringComparison.Ordinal); // a sum, and no line for each row
        Assert.Matches(@"(?s)Saved *: 6.*Success *: 6", result.Output);
        Assert.DoesNotContain("offlineDemoKey", result.Output + result.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// In a cloud sandbox: the job is evicted three times, each successor takes over when the dead one's lease has ended, and of two at once one
    /// ends at once and well. Nothing but the CSV's copy was on the disk.
    /// </summary>
    [AzuriteFact]
    [Trait("Phase", "process")]
    public async Task F243_The_runbook_in_a_container_survives_evictions_and_a_twin()
    {
        Azurite azurite = await Azurite.GetAsync();
        BlobContainerClient container = await azurite.CreateContainerAsync();
        await container.UploadBlobAsync("prompts.csv", new BinaryData(File.ReadAllText(Path.Combine(_folder.FullName, "prompts.csv"))));
        string sas = azurite.Sign(
            container, BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Add | BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write);
        string[] storage = ["-Storage", $"{azurite.Endpoint}/{container.Name}", "-Sas", sas];
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Settings = new EmulatorSettings { ServiceTime = NeverEnds, Latency = 20, Concurrency = 2, FileSize = 300_000 },
        });
        for (int eviction = 1; eviction <= 3; eviction++)
        {
            using PwshProcess job = Start(emulator, storage);
            while (!job.HasExited && emulator.State.Tasks.Count < 2 * eviction) Thread.Sleep(1);
            job.Kill();
            PwshResult killed = await job.EndAsync();
            Assert.True(killed.ExitCode != 0, $"It was over before it was killed: {killed.Output}{killed.Error}");
            foreach (VideoTask task in emulator.State.Tasks) emulator.State.End(task.Id);
            if (eviction < 3) await container.GetAppendBlobClient("run.jsonl").GetBlobLeaseClient().BreakAsync(TimeSpan.Zero); // the last waits for its end
        }

        emulator.State.Settings.ServiceTime = 0.2;
        using PwshProcess last = Start(emulator, storage);
        PwshResult result = await last.EndAsync();

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(Names.Order(), emulator.State.Tasks.Select(task => task.Prompt!.Split(' ')[1]).Order());
        Assert.Matches(@"(?s)Saved *: 6.*Success *: 6", result.Output);
        foreach (string name in Names) Assert.True(await container.GetBlobClient($"videos/{name}.mp4").ExistsAsync(), name);
        Assert.Equal(["automation.ps1", "prompts.csv"], Directory.GetFileSystemEntries(_folder.FullName).Select(Path.GetFileName).Order());
        Assert.DoesNotContain(sas, result.Output + result.Error, StringComparison.Ordinal);

        BlobLeaseClient twin = container.GetAppendBlobClient("run.jsonl").GetBlobLeaseClient();
        await twin.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);
        using PwshProcess second = Start(emulator, storage);
        PwshResult completed = await second.EndAsync();
        Assert.True(completed.ExitCode == 0, completed.Error);
        Assert.Contains("Another job has the journal", completed.Output, StringComparison.Ordinal);
        Assert.Equal(Names.Length, emulator.State.Tasks.Count);
    }

    private PwshProcess Start(EmulatorServer emulator, params string[] arguments) => PwshProcess.Start(
        new PwshSetup { Import = true, Folder = _folder.FullName },
        [_script, "-Runbook", Repository.PathOf("src/Examples/Runbook.ps1"), "-Folder", _folder.FullName, "-BaseUri", emulator.BaseUri.AbsoluteUri, "-Key", EmulatorOptions.DemoKey, .. arguments]);
}
