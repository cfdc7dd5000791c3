namespace ZhipuVideo.Tests.Relay;

/// <summary>
/// Bad wires between the built module and the service, in each phase: what a customer is told, what was paid, and what lies on the disk.
/// </summary>
public sealed class RelayTests(Emulator emulator) : CmdletTest(emulator)
{
    private const int FileSize = 400_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    /// <summary>Phase, toxic, its measure, the connections that it strikes, and how many of the two tasks are accepted.</summary>
    public static TheoryData<string, Toxic, int, int, int> Unclear => new()
    {
        { "create", Toxic.Timeout, 0, int.MaxValue, 0 }, // swallowed: the service never saw them
        { "create", Toxic.Reset, 0, int.MaxValue, 2 },
        { "create", Toxic.Limit, 60, int.MaxValue, 2 },
    };

    /// <summary>Phase, toxic, its measure and the connections that it strikes.</summary>
    public static TheoryData<string, Toxic, int, int> Survived => new()
    {
        { "create", Toxic.Latency, 0, int.MaxValue },
        { "create", Toxic.Down, 0, int.MaxValue },
        { "create", Toxic.Bandwidth, 2000, int.MaxValue },
        { "create", Toxic.SlowClose, 0, int.MaxValue },
        { "create", Toxic.Slicer, 7, int.MaxValue },
        { "poll", Toxic.Latency, 0, int.MaxValue },
        { "poll", Toxic.Down, 0, int.MaxValue },
        { "poll", Toxic.Bandwidth, 2000, int.MaxValue },
        { "poll", Toxic.SlowClose, 0, int.MaxValue },
        { "poll", Toxic.Timeout, 0, 3 },
        { "poll", Toxic.Reset, 60, 3 },
        { "poll", Toxic.Slicer, 7, int.MaxValue },
        { "poll", Toxic.Limit, 60, 3 },
        { "download", Toxic.Latency, 0, int.MaxValue },
        { "download", Toxic.Down, 0, int.MaxValue },
        { "download", Toxic.Bandwidth, 200_000, int.MaxValue },
        { "download", Toxic.SlowClose, 0, int.MaxValue },
        { "download", Toxic.Timeout, 0, 3 },
        { "download", Toxic.Reset, 150_000, 4 },
        { "download", Toxic.Slicer, 700, int.MaxValue },
        { "download", Toxic.Limit, 150_000, int.MaxValue },
    };

    [Theory]
    [MemberData(nameof(Survived))]
    public async Task A_bad_wire_is_waited_out_and_both_videos_are_whole(string phase, Toxic toxic, int bytes, int connections)
    {
        using TcpRelay relay = Spread(phase, toxic, bytes, connections);

        Outcome outcome = (await RunAsync()).Succeeded();

        Assert.True(relay.Struck > 0);
        Assert.Equal(2, Emulator.Tasks.Count);
        Assert.Equal(["one.mp4", "two.mp4"], outcome.Texts("Name").Order());
        AssertNothingLost();
        await AssertWholeAsync(outcome);
    }

    [Theory]
    [MemberData(nameof(Unclear))]
    public async Task A_submission_whose_reply_is_lost_is_unconfirmed_and_never_sent_again(
        string phase, Toxic toxic, int bytes, int connections, int accepted)
    {
        using TcpRelay relay = Spread(phase, toxic, bytes, connections);

        Outcome outcome = await RunAsync();

        Assert.Empty(outcome.Output);
        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.SubmissionUnconfirmed"], outcome.ErrorIds);
        Assert.Equal(["one", "two"], outcome.Errors.Select(e => e.Target("Name")).Order());
        Assert.Equal(accepted, Emulator.Tasks.Count);
        Assert.Equal(accepted, Emulator.Submissions.Count);
        AssertNothingLost();

        // Over a good wire the same line goes on, and nothing is paid twice
        Shell["create"] = Emulator.BaseUri;
        Outcome again = (await RunAsync(parameters: "-RetryUnconfirmed")).Succeeded();
        Assert.Equal(2, again.Output.Count);
        Assert.Equal(2, Emulator.Tasks.Count);
        await AssertWholeAsync(again);
    }

    private TcpRelay Spread(string phase, Toxic toxic, int bytes, int connections)
    {
        Emulator.Set(new { file_size = FileSize });
        Shell["create"] = Shell["poll"] = Emulator.BaseUri;
        Shell["files"] = Shell["download"] = Emulator.FilesUri.Authority;
        TcpRelay relay = new(phase == "download" ? Emulator.FilesUri : new Uri(Emulator.BaseUri), toxic, bytes, connections);
        Shell[phase] = phase == "download" ? relay.Uri.Authority : relay.Uri.AbsoluteUri;
        return relay;
    }

    // The links are the service's: those of the last phase are led over the relay by hand
    private Task<Outcome> RunAsync(string parameters = "") => Shell.Start($$"""
        [pscustomobject]@{ Prompt = 'first'; Name = 'one' }, [pscustomobject]@{ Prompt = 'second'; Name = 'two' } |
            New-CogVideo -BaseUri $create -JournalPath $folder/run.jsonl {{parameters}} -Verbose -Debug -WarningAction Continue |
            Wait-CogVideo -BaseUri $poll -TimeoutSec 60 -Verbose -Debug -WarningAction Continue |
            ForEach-Object { [pscustomobject]@{ Id = $_.Id; Name = $_.Name; Url = $_.Url.Replace($files, $download) } } |
            Save-CogVideo $folder/videos -Verbose -Debug -WarningAction Continue
        """).WaitAsync(Deadline);

    /// <summary>I2 and I7: what was accepted is in the journal and in the list, and no part of a video is left.</summary>
    private void AssertNothingLost()
    {
        IEnumerable<string?> accepted = Emulator.Tasks.Select(t => t.RequestId);
        Assert.Empty(accepted.Except(Shell.Run("Get-CogVideoJob").Texts("RequestId")));
        Assert.Empty(accepted.Except(Shell.Run("Get-CogVideoJob -JournalPath $folder/run.jsonl").Texts("RequestId")));
        Assert.Empty(Directory.GetFiles(Folder.FullName, "*.part", SearchOption.AllDirectories));
    }

    private async Task AssertWholeAsync(Outcome outcome)
    {
        using HttpClient direct = new();
        foreach (PSObject file in outcome.Output)
        {
            string link = PSObject.AsPSObject(file.Get("Result")!).Text("Url")!.Replace((string)Shell["download"]!, Emulator.FilesUri.Authority, StringComparison.Ordinal);
            byte[] expected = await direct.GetByteArrayAsync(new Uri(link));
            Assert.Equal(FileSize, expected.Length);
            byte[] saved = await File.ReadAllBytesAsync(file.Text("FullName")!);
            Assert.True(expected.SequenceEqual(saved), "other bytes");
        }
    }
}
