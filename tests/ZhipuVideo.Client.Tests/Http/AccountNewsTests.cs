using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>What -Verbose tells of an account: each change once, and once a minute where things stand. Time is a number here.</summary>
[Trait("Phase", "submit, wait")]
public sealed class AccountNewsTests
{
    private static readonly CogVideoException Full = new(ErrorReason.LimitExceeded, "1302");
    private static readonly CogVideoException Refused = new(ErrorReason.ConnectionFailed, "refused");

    private readonly AccountNews _news = new();

    [Fact]
    public void F170_Each_change_is_told_once_however_often_it_is_asked()
    {
        Assert.Empty(Take(0));
        Assert.Empty(Take(0.25, new SlotState("m", null, 1, 3, null))); // the first has no reply yet
        Assert.Equal(["m: the account runs 5 tasks at once, as far as is known.", "m: rows waiting for the concurrency limit: 3; tasks running: 5. The last rejection: 1302"],
            Take(1, new SlotState("m", 5, 5, 3, Full)));
        for (double now = 1.25; now < 30; now += 0.25) Assert.Empty(Take(now, new SlotState("m", 5, 5, 8, Full)));
        Assert.Equal(["m: the account runs 4 tasks at once, as far as is known."], Take(30, new SlotState("m", 4, 4, 8, Full)));
    }

    [Fact]
    public void F170_Slots_of_each_model_are_told_by_themselves_and_only_to_who_submits()
    {
        SlotState[] slots = [new("a", 5, 5, 1, null), new("b", null, 0, 2, Full)];

        Assert.Empty(_news.Take(1, new AccountState("s", null, slots), submits: false, () => ""));
        string[] told = [.. _news.Take(1, new AccountState("s", null, slots), submits: true, () => "")];

        Assert.Equal(3, told.Length);
        Assert.StartsWith("a:", told[0], StringComparison.Ordinal);
        Assert.Contains("a: rows waiting for the concurrency limit: 1;", told[1], StringComparison.Ordinal);
        Assert.Contains("b: rows waiting for the concurrency limit: 2;", told[2], StringComparison.Ordinal);
    }

    [Fact]
    public void F170_Rows_that_come_one_by_one_and_wait_one_by_one_are_one_change()
    {
        Assert.Equal(2, Take(1, new SlotState("m", 1, 1, 1, null)).Count);
        for (int i = 2; i < 50; i++) Assert.Empty(Take(i, new SlotState("m", 1, 1, i % 3 == 0 ? 1 : 0, null)));
        Assert.Single(Take(59, new SlotState("m", 1, 1, 1, null)));
    }

    [Fact]
    public void F170_A_service_that_goes_and_comes_back_is_told_twice()
    {
        Assert.Contains("refused", Assert.Single(TakeDown(2)), StringComparison.Ordinal);
        for (double now = 2.25; now < 14; now += 0.25) Assert.Empty(TakeDown(now));
        Assert.Equal(["The service at s responds again, after 12 s."], Take(14));
        Assert.Empty(Take(15));
        Assert.Single(TakeDown(16));
    }

    [Fact]
    public void F171_Where_things_stand_is_told_once_a_minute_with_counts()
    {
        List<(double At, string Text)> told = [.. Enumerable.Range(0, 4 * 200)
            .SelectMany(i => Take(i / 4.0, new SlotState("m", 5, 5, 8, null)).Select(text => (i / 4.0, text)))];

        Assert.Equal([60, 120, 180], told.Skip(2).Select(line => line.At));
        Assert.All(told.Skip(2), line => Assert.EndsWith("7 done; waiting for the concurrency limit: 8", line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void F171_Who_is_seldom_asked_is_not_told_what_was_missed()
    {
        Assert.Single(Take(500));
        Assert.Empty(Take(559));
        Assert.Equal(["After 560 s: 7 done"], Take(560));
    }

    private IReadOnlyList<string> Take(double now, params SlotState[] slots) => _news.Take(now, new AccountState("s", null, slots), submits: true, () => "7 done");

    private IReadOnlyList<string> TakeDown(double now) => _news.Take(now, new AccountState("s", Refused, []), submits: true, () => "7 done");
}
