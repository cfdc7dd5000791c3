using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class WarmStartTests : JournalTest
{
    private const string Opened = """{"journal":"ZhipuVideo","schema":1,"pid":1,"host":"h"}""";

    [Fact]
    public void Only_what_was_accepted_and_ended_within_one_opening_tells_how_long_tasks_take_and_how_many_run_together()
    {
        IReadOnlyList<WarmStart> known = Read(
            Opened, Accepted("a"), Accepted("b"), Accepted("seen too late"), Ended("a", 40), Ended("b", 60.5),
            Opened, Ended("seen too late", 5000), Accepted("c"), Ended("c", 50), Accepted("left running"));

        WarmStart flash = Assert.Single(known);
        Assert.Equal(("cogvideox-flash", 2), (flash.Model, flash.MaxInFlight));
        Assert.Equal([new(null, 40), new(null, 60.5), new(null, 50)], flash.ServiceTimes);
    }

    [Fact]
    public void Each_model_has_its_own_and_each_time_the_duration_that_was_asked_for()
    {
        IReadOnlyList<WarmStart> known = Read(
            Opened, Accepted("a", "cogvideox-2", 5), Accepted("b", "cogvideox-3", 10), Accepted("c", "cogvideox-3", 5), Accepted("d", "cogvideox-3"),
            Ended("b", 90), Ended("c", 45), Ended("d", 50), Ended("a", 30));

        Assert.Equal([("cogvideox-3", 3), ("cogvideox-2", 1)], known.Select(model => (model.Model, model.MaxInFlight)));
        Assert.Equal([new(10, 90), new(5, 45), new(null, 50)], known[0].ServiceTimes);
        Assert.Equal([new(5, 30)], known[1].ServiceTimes);
    }

    [Fact]
    public void A_failed_task_held_a_slot_and_its_time_says_nothing()
    {
        IReadOnlyList<WarmStart> known = Read(Opened, Accepted("a"), Accepted("b"), Ended("a", 2, CogVideoStatus.Fail), Ended("b", 40));

        Assert.Equal(2, Assert.Single(known).MaxInFlight);
        Assert.Equal([new(null, 40)], known[0].ServiceTimes);
    }

    [Fact]
    public void A_line_that_is_there_twice_counts_once_and_times_that_cannot_be_are_none()
    {
        IReadOnlyList<WarmStart> known = Read(
            Opened, Accepted("a"), Accepted("a"), Ended("a", 40), Accepted("a"), Ended("a", 40), Accepted("b"), Ended("b", -1), Accepted("c"), Ended("c", 0));

        Assert.Equal(1, Assert.Single(known).MaxInFlight);
        Assert.Equal([new(null, 40)], known[0].ServiceTimes);
    }

    [Fact]
    public async Task What_this_process_writes_is_not_read_back()
    {
        using OpenJournal open = Rig.Begin();
        await open.AdvanceAsync("a", JournalState.Ended);

        Assert.Empty(open.Journal.ReadWarmStart());
    }

    private IReadOnlyList<WarmStart> Read(params string[] lines)
    {
        File.WriteAllLines(Rig.FilePath, lines);
        using JournalLease lease = Rig.Open();
        Assert.Empty(lease.Journal.UnreadableLines);
        return lease.Journal.ReadWarmStart();
    }

    /// <summary>The lines of an intent and its acceptance.</summary>
    private static string Accepted(string row, string model = "cogvideox-flash", int? duration = null) =>
        $$"""
        {"record":"intent","requestId":"{{row}}","hash":"{{row}}","occurrence":1,"model":"{{model}}"{{(duration is null ? "" : $",\"duration\":{duration}")}}}
        {"record":"accepted","id":"task {{row}}","requestId":"{{row}}","hash":"{{row}}","occurrence":1}
        """;

    private static string Ended(string row, double seconds, string status = CogVideoStatus.Success) => FormattableString.Invariant(
        $"{{\"record\":\"ended\",\"id\":\"task {row}\",\"status\":\"{status}\",\"elapsedSec\":{seconds}}}");
}
