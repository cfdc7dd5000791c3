using System;
using System.Diagnostics;
using System.Linq;
using System.Management.Automation;
using System.Threading.Tasks;

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
        Assert.StartsWith("3 submitted, 1 running, 1 done, 1 failed, 1 refused; ", last.StatusDescription, StringComparison.Ordinal);
        Assert.StartsWith("1 saved, ", last.CurrentOperation, StringComparison.Ordinal);
        Assert.InRange(last.PercentComplete, 60, 70);
        Assert.True(last.SecondsRemaining >= 0);
        ProgressRecord end = outcome.Progress[^1];
        Assert.Equal(ProgressRecordType.Completed, end.RecordType);
        Assert.StartsWith("3 submitted, 0 running, 2 done, 1 failed, 1 refused; ", end.StatusDescription, StringComparison.Ordinal);
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

    [Fact]
    public async Task ProgressPreference_silences_it()
    {
        Shell.Run("$ProgressPreference = 'SilentlyContinue'");
        Assert.Empty((await RunForAsync(TimeSpan.FromSeconds(1.5))).Progress);
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
