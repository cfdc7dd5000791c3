namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Ctrl+C, a downstream that has had enough, a closed runspace: in each phase the run ends, and nothing that may cost money is forgotten.</summary>
[Trait("Phase", "submit")]
public sealed class StopTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string WholeLine = "$rows | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder";

    [Fact]
    public async Task F51_While_a_submission_is_under_way_it_is_unconfirmed()
    {
        Emulator.Fault("create:hang,prompt=second");
        Shell["rows"] = new[] { "first", "second" };

        await StopAsync(WholeLine, e => e.Tasks.Count == 2);

        Outcome jobs = Shell.Run("Get-CogVideoJob").Succeeded();
        Assert.Equal(["first", "second"], jobs.Texts("Prompt"));
        Assert.Equal("Processing", jobs.Output[0].Text("Status"));
        Assert.Equal("Unconfirmed", jobs.Output[1].Text("Status"));
        Assert.Equal(Emulator.Tasks[1].RequestId, jobs.Output[1].Text("RequestId"));
        Assert.Equal(2, Emulator.Submissions.Count);

        // What is left pipes on
        Emulator.ClearFaults();
        Assert.Equal(2, Shell.Run("Get-CogVideoJob | Wait-CogVideo | Save-CogVideo $folder").Succeeded().Output.Count);
        Assert.Equal(2, Emulator.Tasks.Count);
    }

    [Fact]
    public async Task F51_While_rows_are_bound_nothing_is_sent()
    {
        using SemaphoreSlim bound = new(0);
        Shell["bound"] = bound;

        await StopAsync("1..1000000000 | ForEach-Object { [void]$bound.Release(); '' } | New-CogVideo -ErrorAction Ignore", _ => bound.CurrentCount > 0);

        Assert.Empty(Emulator.Submissions);
        Assert.Empty(Shell.Run("Get-CogVideoJob").Succeeded().Output);
    }

    [Fact]
    public async Task F51_While_connecting_nothing_was_sent_and_nothing_is_unconfirmed()
    {
        using RawServer silent = new((_, connection) => connection.HoldAsync());
        Shell["key"] = Shell.NewKey();
        Shell["address"] = silent.Origin.Replace("http:", "https:", StringComparison.Ordinal);

        // The client's code for TLS is loaded, and its greeting waits for an answer
        await StopAsync("'a cat' | New-CogVideo -ApiKey $key -BaseUri $address -JournalPath \"$folder/run.jsonl\"", _ => silent.IsSpokenTo);

        Assert.Empty(Shell.Run("Get-CogVideoJob -Status Unconfirmed").Succeeded().Output);
        Assert.Empty(Shell.Run("Get-CogVideoJob -JournalPath \"$folder/run.jsonl\" -Status Unconfirmed").Succeeded().Output);
        Emulator.WaitFor(_ => silent.OpenConnections == 0); // no socket was left open
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F51_While_nothing_is_due()
    {
        using SemaphoreSlim accepted = new(0);
        Shell["accepted"] = accepted;

        await StopAsync(
            "'a cat [stall]' | New-CogVideo | ForEach-Object { [void]$accepted.Release(); $_ } | Wait-CogVideo -PollIntervalSec 3600",
            _ => accepted.CurrentCount > 0);

        Assert.Empty(Emulator.Looks);
        Assert.Equal("Processing", Shell.Run("Get-CogVideoJob").Single.Text("Status"));
    }

    [Fact]
    public async Task F51_While_rows_wait_for_a_slot_nothing_of_them_was_paid()
    {
        Emulator.Set(new { concurrency = 1 });
        Shell["rows"] = new[] { "first [stall]", "second", "third" };

        await StopAsync("$rows | New-CogVideo -ThrottleLimit 1 | Wait-CogVideo | Save-CogVideo $folder", e => e.Submissions.Any(s => s.Code == "1302"));

        Assert.Equal("first [stall]", Assert.Single(Emulator.Tasks).Prompt);
        AssertAllListed();
        // The server has said 1302, but perhaps nobody has heard it yet: then that row is unconfirmed. A row that only waits is not listed
        Outcome jobs = Shell.Run("Get-CogVideoJob").Succeeded();
        Assert.Empty(jobs.Texts("RequestId").Except(Emulator.Submissions.Select(s => s.Field("request_id"))));
        Assert.DoesNotContain("third", jobs.Texts("Prompt"));
    }

    [Fact]
    [Trait("Phase", "wait")]
    public async Task F51_While_waiting_the_jobs_are_listed()
    {
        await StopAsync(
            "1..5 | ForEach-Object { \"row $_ [stall]\" } | New-CogVideo | Wait-CogVideo -PollIntervalSec 1 | Save-CogVideo $folder",
            e => e.Looks.Select(l => l.TaskId).Distinct().Count() == 5);

        Outcome jobs = Shell.Run("Get-CogVideoJob -Status processing").Succeeded();
        Assert.Equal(Emulator.Tasks.Select(t => t.Id).Order(), jobs.Texts("Id").Order());
    }

    [Fact]
    [Trait("Phase", "download")]
    public async Task F51_While_downloading_the_final_name_is_never_there()
    {
        Emulator.Set(new { file_size = 3_000_000, service_time = 0 });
        Emulator.Fault("download:slow,bytes=200000");
        Shell["rows"] = new[] { "a cat" };

        await StopAsync(WholeLine, e => e.Downloads.Any(d => d.BytesSent > 0) || Folder.Files.Any(f => new FileInfo(f).Length > 0));

        Assert.All(Folder.Files, f => Assert.EndsWith(".part", f));
        Emulator.ClearFaults();
        Shell.Run("Get-CogVideoJob | Wait-CogVideo | Save-CogVideo $folder").Succeeded();
        Assert.Equal(3_000_000, new FileInfo(Assert.Single(Folder.Files)).Length);
    }

    [Theory]
    [Each("Connect-CogVideo -ApiKey $key -BaseUri $address", "'1', '2' | Get-CogVideoResult", "'1', '2' | Wait-CogVideo",
        "Save-CogVideo $folder -Id 1")]
    [Trait("Phase", "wait")]
    public Task F51_While_a_look_is_under_way(string script)
    {
        Emulator.Fault("poll:hang");
        (Shell["key"], Shell["address"]) = (Shell.NewKey(), Emulator.BaseUri);
        return StopAsync(script, e => e.Looks.Count > 0);
    }

    [Theory]
    [Each("throw 'enough'", "break")]
    public void F51_A_downstream_that_has_had_enough_stops_all_work(string enough)
    {
        Outcome outcome = Shell.Run($$"""
            $seen = 0
            do {
                try { 1..40 | ForEach-Object { "row $_" } | New-CogVideo -ThrottleLimit 1 | ForEach-Object { $seen++; if ($seen -eq 2) { {{enough}} } } }
                catch { "$_" }
            } while ($false)
            """).Succeeded();

        Assert.Equal(enough == "break" ? [] : ["enough"], outcome.Output.Select(o => o.ToString()));
        Assert.Equal(2, Convert.ToInt32(Shell["seen"], null));
        int submitted = Emulator.Submissions.Count;
        Assert.InRange(submitted, 2, 4);
        AssertAllListed();
        Assert.Equal(submitted, Emulator.Submissions.Count);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F51_A_downstream_of_Wait_that_has_had_enough_stops_the_polling()
    {
        Outcome outcome = Shell.Run("""
            do { 'one', 'two [stall]' | New-CogVideo | Wait-CogVideo | ForEach-Object { $_; break } } while ($false)
            """).Succeeded();

        Assert.Equal("one", outcome.Single.Text("Prompt"));
        Assert.Equal(["Success", "Processing"], Shell.Run("Get-CogVideoJob").Texts("Status").OrderDescending());
    }

    [Fact]
    public void F51_A_terminating_error_downstream_leaves_every_accepted_job_listed()
    {
        Outcome outcome = Shell.Run("function Stop-Here { process { throw 'broken' } }; 1..5 | ForEach-Object { \"row $_\" } | New-CogVideo | Stop-Here");

        Assert.Equal("broken", outcome.Terminating!.ToString());
        AssertAllListed();
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F51_A_runspace_that_is_closed_ends_its_work()
    {
        Shell second = new(Emulator);
        Task<Outcome> running = second.Start("1..3 | ForEach-Object { \"row $_ [stall]\" } | New-CogVideo | Wait-CogVideo");
        Emulator.WaitFor(e => e.Tasks.Count == 3 && e.Looks.Count > 0);

        second.Dispose();

        Assert.True((await running).IsStopped);
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F51_After_a_stop_the_shell_goes_on()
    {
        Shell["rows"] = new[] { "one [stall]" };
        await StopAsync(WholeLine, e => e.Looks.Count > 0);

        Assert.Single(Shell.Run("'two' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded().Output);
    }

    /// <summary>What was accepted is listed; what else is listed was on its way and is unconfirmed.</summary>
    private void AssertAllListed()
    {
        Outcome jobs = Shell.Run("Get-CogVideoJob").Succeeded();
        string[] accepted = [.. Emulator.Tasks.Select(t => t.RequestId)];
        Assert.Empty(accepted.Except(jobs.Texts("RequestId")));
        Assert.Empty(jobs.Output.Where(j => j.Text("Status") != "Unconfirmed").Select(j => j.Text("RequestId")).Except(accepted));
    }
}
