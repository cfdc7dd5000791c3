using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>The one progress bar of a pipeline: what it counts, and how seldom it comes.</summary>
public sealed class ProgressTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string WholeLine =
        "'done', 'broken [fail]', '【敏感】', 'late [stall]' | New-CogVideo -ErrorAction Ignore | Wait-CogVideo -ErrorAction Ignore | "
        + "Save-CogVideo $folder -ErrorAction Ignore";

    [Fact]
    public async Task One_record_counts_all_cmdlets_of_the_pipeline_and_is_taken_off_at_the_end()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = await RunForAsync(TimeSpan.FromSeconds(2.5));
        double seconds = clock.Elapsed.TotalSeconds;

        Assert.NotEmpty(outcome.Progress);
        Assert.Single(outcome.Bars);
        Assert.All(outcome.Progress, p => Assert.Equal(-1, p.ParentActivityId));
        ProgressRecord last = outcome.Progress.Last(p => p.RecordType == ProgressRecordType.Processing);
        Assert.StartsWith("3 submitted, 1 running, 1 succeeded, 1 failed, 1 rejected; ", last.StatusDescription, StringComparison.Ordinal);
        Assert.StartsWith("1 saved, ", last.CurrentOperation, StringComparison.Ordinal);
        Assert.Equal(75, last.PercentComplete); // one of four rows is still running
        ProgressRecord end = outcome.Progress[^1];
        Assert.Equal(ProgressRecordType.Completed, end.RecordType);
        Assert.StartsWith("Rows: 4; accepted: 3; billed: 0; failed: 1; unconfirmed: 0; saved: 2 (", end.StatusDescription, StringComparison.Ordinal);
        Assert.StartsWith("2 saved, ", end.CurrentOperation, StringComparison.Ordinal);
        // None in the first second, four in each further one, and the one that takes it off
        Assert.InRange(outcome.Progress.Count, 2, (4 * (seconds - 1)) + 2);
    }

    [Fact]
    public void What_is_over_within_a_second_shows_nothing()
    {
        Stopwatch clock = Stopwatch.StartNew();
        Outcome outcome = Shell.Run("'a cat' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();
        double seconds = clock.Elapsed.TotalSeconds;

        Assert.InRange(outcome.Progress.Count, 0, seconds < 1 ? 0 : (4 * (seconds - 1)) + 2);
    }

    [Theory]
    [Each("New-CogVideo", "New-CogVideo | Wait-CogVideo", "New-CogVideo | Wait-CogVideo | Save-CogVideo $folder",
        "New-CogVideo | Where-Object Prompt -ne 'none' | Wait-CogVideo",
        "ForEach-Object { $_ | New-CogVideo } | Wait-CogVideo | Save-CogVideo $folder")]
    public void F154_While_rows_still_come_percent_and_time_left_are_unknown_then_no_more_than_the_truth(string line)
    {
        const int Rows = 24;
        Emulator.Set(new { concurrency = 4 });

        Outcome outcome = Shell.Run($$"""1..{{Rows}} | ForEach-Object { Start-Sleep -Milliseconds 100; "row $_" } | {{line}}""").Succeeded();

        ProgressRecord[] shown = [.. outcome.Progress.Where(p => p.RecordType == ProgressRecordType.Processing)];
        Assert.NotEmpty(shown);
        foreach (ProgressRecord p in shown)
        {
            Assert.DoesNotMatch("(^| )0 ", p.StatusDescription);
            Assert.InRange(p.StatusDescription.Length, 1, 58); // what a screen of 80 columns has room for beside name and time
            int submitted = CountIn(p, "submitted"), through = line.Contains("Wait", StringComparison.Ordinal) ? CountIn(p, "succeeded") : submitted;
            if (submitted < Rows - 8) Assert.Equal((-1, -1), (p.PercentComplete, p.SecondsRemaining)); // New holds eight
            Assert.InRange(p.PercentComplete, -1, 100 * through / Rows);
        }
        Assert.Equal(100, outcome.Progress[^1].PercentComplete);
    }

    [Fact]
    public void F154_Jobs_that_are_waited_for_again_are_counted_against_all_that_were_piped_in()
    {
        Shell.Run("$jobs = 'a', 'b', 'c', 'd', 'e [stall]', 'f [stall]' | New-CogVideo").Succeeded();

        Outcome outcome = Shell.Run("$jobs | Wait-CogVideo -TimeoutSec 3");

        Assert.Equal(4, outcome.Output.Count);
        Assert.All(
            outcome.Progress.Where(p => p.RecordType == ProgressRecordType.Processing),
            p => Assert.Equal(100 * CountIn(p, "succeeded") / 6, p.PercentComplete));
        Assert.Equal(100, outcome.Progress[^1].PercentComplete); // the two others were given up
    }

    [Fact]
    public void F153_A_service_that_has_not_answered_for_some_seconds_is_told_once()
    {
        Emulator.Fault("poll:html,status=503");

        Outcome outcome = Shell.Run("'a cat' | New-CogVideo | Wait-CogVideo -TimeoutSec 9");

        outcome.Fails("OperationTimeout");
        Assert.Single(outcome.Warnings, warning => warning.Contains(new Uri(Emulator.BaseUri).Authority, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("New-CogVideo -Verbose | Wait-CogVideo", 1)]
    [InlineData("ForEach-Object { $_ | New-CogVideo -Verbose:$false }", 0)]
    [InlineData("New-CogVideo | Wait-CogVideo", 0)]
    [InlineData("New-CogVideo -Verbose | Wait-CogVideo -Verbose | Save-CogVideo $folder -Verbose", 1)]
    public void F170_Waiting_for_a_slot_is_told_once_and_not_at_every_try(string line, int times)
    {
        Emulator.Set(new { concurrency = 2 });

        Outcome outcome = Shell.Run($"1..12 | ForEach-Object {{ \"row $_\" }} | {line}").Succeeded();

        Assert.Equal(times, outcome.Verbose.Count(v => v.Contains("the account runs 2 tasks at once", StringComparison.Ordinal)));
        Assert.Equal(times, outcome.Verbose.Count(v => v.StartsWith("cogvideox-flash: rows waiting for the concurrency limit: ", StringComparison.Ordinal)));
        Assert.DoesNotContain(outcome.Verbose, v => v.StartsWith("After ", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F170_A_service_that_fails_and_comes_back_is_told_with_its_words()
    {
        Emulator.Fault("poll:html,status=503,count=4");

        Outcome outcome = Shell.Run("$VerbosePreference = 'Continue'; 'a cat' | New-CogVideo | Wait-CogVideo").Succeeded();

        string origin = new Uri(Emulator.BaseUri).Authority;
        string[] told = [.. outcome.Verbose.Where(v => v.StartsWith("The service at " + origin, StringComparison.Ordinal))];
        Assert.Equal(2, told.Length);
        Assert.Contains("HTTP 503", told[0], StringComparison.Ordinal);
        Assert.Contains("responds again", told[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProgressPreference_silences_it()
    {
        Shell.Run("$ProgressPreference = 'SilentlyContinue'");
        Assert.Empty((await RunForAsync(TimeSpan.FromSeconds(1.5))).Progress);
    }

    private static int CountIn(ProgressRecord record, string what)
    {
        Match match = Regex.Match(record.StatusDescription, $"([0-9]+) {what}");
        return match.Success ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Runs the line until all but one job have ended, so much longer, and then to its end.</summary>
    private async Task<Outcome> RunForAsync(TimeSpan time)
    {
        Task<Outcome> running = Shell.Start(WholeLine);
        Emulator.WaitFor(e => e.Tasks.Count == 3 && e.Downloads.Count > 0);
        await Task.Delay(time); // the cmdlets show by the machine's clock
        Emulator.End(Emulator.Tasks.Single(t => t.Prompt!.Contains("stall", StringComparison.Ordinal)).Id);
        return await running;
    }
}
