namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>-JournalPath: the same line run again pays, asks and downloads nothing twice, and the journal is free as soon as a run has ended.</summary>
[Trait("Phase", "process")]
public sealed class JournalTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Line =
        "'one', 'two', 'three' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } } | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos";

    [Fact]
    public void The_same_line_again_sends_nothing_and_emits_the_same_files()
    {
        Outcome first = Shell.Run(Line).Succeeded();
        int requests = Emulator.Requests.Count;

        Outcome second = Shell.Run(Line).Succeeded();

        Assert.Equal(first.Texts("FullName").Order(), second.Texts("FullName").Order());
        Assert.Equal(first.Texts("JobId").Order(), second.Texts("JobId").Order());
        Assert.Equal(requests, Emulator.Requests.Count);
        Assert.Empty(second.Warnings);
    }

    [Fact]
    public void Another_session_goes_on_where_one_was_stopped()
    {
        using Shell second = OpenSecond();
        Shell.Run("'one', 'two' | New-CogVideo -JournalPath $folder/run.jsonl -Name { $_ }").Succeeded();

        second.Run(Line).Succeeded();

        Assert.Equal(["one", "three", "two"], Emulator.Submissions.Select(s => s.Prompt).Order());
        Assert.Equal(3, Directory.GetFiles(Folder["videos"]).Length);
    }

    [Fact]
    public async Task F51_F52_The_journal_is_free_after_the_end_an_error_and_a_stop()
    {
        Shell.Run(Line).Succeeded();
        AssertFree();

        Emulator.Fault("create:status,status=401,code=1000");
        Assert.Equal("CogVideo.AuthenticationFailed", Shell.Run("New-CogVideo other -JournalPath $folder/run.jsonl").Error.Id());
        AssertFree();
        Emulator.ClearFaults();

        await StopAsync("New-CogVideo 'slow [stall]' -JournalPath $folder/run.jsonl | Wait-CogVideo", e => e.Tasks.Count == 4);
        AssertFree();
    }

    [Fact]
    public async Task F51_A_submission_under_way_at_a_stop_is_found_again_and_not_paid_twice()
    {
        Emulator.Fault("create:hang");
        await StopAsync("New-CogVideo 'a cat' -JournalPath $folder/run.jsonl", e => e.Tasks.Count == 1);
        Emulator.ClearFaults();

        PSObject listed = Shell.Run("Get-CogVideoJob $folder/run.jsonl").Single;
        Assert.Equal(("Unconfirmed", Emulator.Tasks[0].RequestId), (listed.Text("Status"), listed.Text("RequestId")));
        Assert.Equal(Emulator.Tasks[0].Id, Shell.Run("New-CogVideo 'a cat' -JournalPath $folder/run.jsonl").Single.Text("Id"));
        Assert.Single(Emulator.Tasks);
    }

    [Fact]
    public void F52_A_second_writer_is_refused_before_anything_is_paid_and_readers_still_read()
    {
        Shell.Run("New-CogVideo 'a cat' -JournalPath $folder/run.jsonl").Succeeded();
        using FileStream held = new(Folder["run.jsonl.lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Shell.Run("New-CogVideo 'a dog' -JournalPath $folder/run.jsonl").Ends("JournalLocked");
        Assert.Single(Emulator.Submissions);
        Assert.Equal("a cat", Shell.Run("Get-CogVideoJob -JournalPath $folder/run.jsonl").Single.Text("Prompt"));
    }

    [Fact]
    [Trait("Phase", "submit")]
    public void F01_F163_A_row_that_found_nobody_is_neither_unconfirmed_nor_rejected_and_sent_by_the_next_run()
    {
        ErrorRecord error = Shell.Run($"New-CogVideo 'a cat' -JournalPath $folder/run.jsonl -BaseUri {SafetyNet.Nowhere}").Fails("ConnectionFailed");
        Assert.Equal(("Unknown", "a cat", error.Target("RequestId")), (error.Target("Status"), error.Target("Prompt"), error.Of("RequestId")));
        Assert.DoesNotContain("\"accepted\"", File.ReadAllText(Folder["run.jsonl"]));

        Shell.Run("New-CogVideo 'a cat' -JournalPath $folder/run.jsonl").Succeeded();
        Assert.Single(Emulator.Tasks);
    }

    [Fact]
    public void F46_Brackets_in_a_journals_name_are_no_pattern()
    {
        Shell.Run("New-CogVideo 'a cat' -JournalPath \"$folder/run [1]*.jsonl\"").Succeeded();

        Assert.Equal("a cat", Shell.Run("Get-CogVideoJob -JournalPath \"$folder/run [1]*.jsonl\"").Single.Text("Prompt"));
        Assert.True(File.Exists(Folder["run [1]*.jsonl"]));
    }

    [Theory]
    [InlineData(null)] // another process holds it
    [InlineData("no journal\nat all\n")]
    [InlineData("{\"journal\":\"ZhipuVideo\",\"schema\":99}\n")]
    [Trait("Phase", "wait, download")]
    public void F52_F53_A_journal_that_cannot_be_used_costs_a_warning_and_neither_result_nor_file(string? text)
    {
        Shell.Run("$jobs = 'one', 'two' | New-CogVideo -JournalPath $folder/run.jsonl -Name { $_ }").Succeeded();
        if (text is not null) File.WriteAllText(Folder["run.jsonl"], text);
        byte[] before = File.ReadAllBytes(Folder["run.jsonl"]);
        using FileStream? held = text is null ? new(Folder["run.jsonl.lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None) : null;

        Outcome outcome = Shell.Run("$jobs | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded();

        Assert.Equal(["one.mp4", "two.mp4"], outcome.Texts("Name").Order());
        Assert.Equal(2, outcome.Warnings.Count); // of Wait and of Save
        Assert.All(outcome.Warnings, warning => Assert.Contains(Folder["run.jsonl"], warning));
        Assert.Equal(before, File.ReadAllBytes(Folder["run.jsonl"]));
    }

    [Fact]
    public void What_failed_is_submitted_again_only_with_RetryFailed()
    {
        const string row = "New-CogVideo 'x [fail]' -JournalPath $folder/run.jsonl";
        Shell.Run($"{row} | Wait-CogVideo").Succeeded();

        Assert.Equal("Fail", Shell.Run($"{row} | Wait-CogVideo").Single.Text("Status"));
        Assert.Single(Emulator.Tasks);

        Shell.Run($"{row} -RetryFailed").Succeeded();
        Assert.Equal(2, Emulator.Tasks.Count);
    }

    /// <summary>A process that is being started, by another test too, has this one's handles until its own program runs: a lock may outlive its holder so long.</summary>
    private void AssertFree()
    {
        bool IsFree()
        {
            try
            {
                new FileStream(Folder["run.jsonl.lock"], FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
        Assert.True(SpinWait.SpinUntil(IsFree, TimeSpan.FromSeconds(5)), "The journal's lock is still held.");
    }
}
