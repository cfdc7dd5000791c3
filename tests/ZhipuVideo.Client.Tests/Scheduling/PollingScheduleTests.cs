using FsCheck.Xunit;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

public class PollingScheduleTests
{
    private const int NotObserved = -1;
    private const double Cost = PollingSchedule.WaitingCost;

    [Fact]
    public void Cold_PollsFirstWhereAJobOfAMinuteIsLikelyToEnd() => Assert.InRange(Steady().NextPoll(NotObserved, 0, 0, Cost), 20, 40);

    [Fact]
    public void Spacing_IsTheRootOfTwiceTheCostOverTheHazard()
    {
        // At the median of a log-normal the hazard is 0.798 / (sigma T)
        PollingSchedule schedule = new(() => 0.5, 300, 0.35);
        double expected = Math.Sqrt(2 * Cost / (0.798 / (0.35 * 300)));
        Assert.InRange(schedule.NextPoll(NotObserved, 300, 300, Cost) - 300, 0.9 * expected, 1.02 * expected);
    }

    [Fact]
    public void WhileSlotsBind_PollsAreCloser()
    {
        PollingSchedule schedule = new(() => 0.5, 300, 0.35);
        double waiting = schedule.NextPoll(NotObserved, 300, 300, PollingSchedule.WaitingCost) - 300;
        Assert.InRange(schedule.NextPoll(NotObserved, 300, 300, PollingSchedule.SlotCost) - 300, 6, 0.8 * waiting);
    }

    [Fact]
    public void Seeded_ExpectsWhatTheRunBeforeHasSeen_AndSendsNoEarlyProbes()
    {
        PollingSchedule schedule = Steady();
        schedule.Seed([.. Enumerable.Repeat(300.0, 20), 280, 320]);
        int[] indices = [.. Enumerable.Range(0, 5).Select(_ => schedule.Begin())];

        Assert.InRange(schedule.ExpectedSeconds, 270, 320);
        Assert.All(indices, index => Assert.InRange(schedule.NextPoll(index, 0, 0, Cost), 150, 300));

        foreach (int index in indices) schedule.Ended(index, 9, 10); // times have changed
        Assert.InRange(schedule.NextPoll(schedule.Begin(), 0, 0, Cost), 0, 15);
    }

    [Fact]
    public void Seeded_AScheduleThatHasSeenJobs_StaysAsItIs()
    {
        PollingSchedule schedule = Steady();
        schedule.Ended(schedule.Begin(), 9, 10);
        double expected = schedule.ExpectedSeconds;

        schedule.Seed([.. Enumerable.Repeat(300.0, 48)]);

        Assert.Equal(expected, schedule.ExpectedSeconds);
    }

    [Fact]
    public void Jitter_IsATenth()
    {
        double middle = Steady().NextPoll(NotObserved, 0, 0, Cost);
        Assert.Equal(0.9 * middle, new PollingSchedule(() => 0).NextPoll(NotObserved, 0, 0, Cost), 6);
        Assert.Equal(1.1 * middle, new PollingSchedule(() => 1).NextPoll(NotObserved, 0, 0, Cost), 6);
    }

    [Fact]
    public void Tail_IsPolledEveryHalfMinute_ButNothingIsCappedBeforeTheMedian()
    {
        PollingSchedule schedule = new(() => 0.5, 600, 0.35);
        Assert.True(schedule.NextPoll(NotObserved, 0, 0, Cost) > 200);
        Assert.Equal(50_030, schedule.NextPoll(NotObserved, 50_000, 50_000, Cost), 6);
    }

    [Fact]
    public void EarlyProbes_TheThreeOldestArePolledEarly_UntilThreeHaveEnded()
    {
        PollingSchedule schedule = Steady();
        int[] indices = Enumerable.Range(0, 5).Select(_ => schedule.Begin()).ToArray();
        Assert.All(indices.Take(3), index => Assert.Equal(0.2, schedule.NextPoll(index, 0, 0, Cost), 6));
        Assert.All(indices.Skip(3), index => Assert.True(schedule.NextPoll(index, 0, 0, Cost) > 20));
        Assert.Equal(0.3, schedule.NextPoll(indices[0], 0.2, 0.2, Cost), 6);
        Assert.Equal(1.5, schedule.NextPoll(indices[0], 1, 1, Cost), 6);

        schedule.Ended(indices[0], 50, 55);
        Assert.Equal(0.2, schedule.NextPoll(indices[3], 0, 0, Cost), 6);
        schedule.Ended(indices[1], 50, 55);
        schedule.Ended(indices[2], 50, 55);
        Assert.All(indices.Skip(3), index => Assert.True(schedule.NextPoll(index, 0, 0, Cost) > 20));
    }

    [Theory]
    [Each(0.2, 6, 600, 20_000)]
    public void Learns_WhatTheEndsShow(double median)
    {
        PollingSchedule schedule = Steady();
        Feed(schedule, median, 20);
        Assert.InRange(schedule.ExpectedSeconds, 0.8 * median, 1.3 * median);
    }

    [Fact]
    public void Learns_FromTheJobsThatStillRun_WhenAllBeganAtOnce()
    {
        PollingSchedule schedule = Steady();
        int[] indices = Enumerable.Range(0, 48).Select(_ => schedule.Begin()).ToArray();
        foreach (int index in indices.Take(3)) schedule.Ended(index, 90, 100);
        foreach (int index in indices.Skip(3)) schedule.Running(index, 100);
        Assert.True(schedule.ExpectedSeconds > 130); // the three that ended were the quickest of 48
    }

    [Fact]
    public void Learns_NothingFromAFewStuckJobs()
    {
        PollingSchedule schedule = Steady();
        Feed(schedule, 90, 40);
        double expected = schedule.ExpectedSeconds;
        for (int i = 0; i < 4; i++) schedule.Running(schedule.Begin(), 3000);
        Feed(schedule, 90, 1);
        Assert.InRange(schedule.ExpectedSeconds, 0.9 * expected, 1.15 * expected);
    }

    [Fact]
    public void Learns_NothingFromForgottenJobs()
    {
        PollingSchedule schedule = Steady(), other = Steady();
        for (int i = 0; i < 8; i++)
        {
            int index = schedule.Begin();
            schedule.Running(index, 1000);
            schedule.Remove(index);
        }
        Feed(schedule, 90, 10);
        Feed(other, 90, 10);
        Assert.Equal(other.ExpectedSeconds, schedule.ExpectedSeconds, 3);
    }

    [Fact]
    public void Forgets_ByOrderOfSubmission()
    {
        PollingSchedule schedule = Steady();
        int first = schedule.Begin();
        Feed(schedule, 60, 60);
        double expected = schedule.ExpectedSeconds;
        schedule.Ended(first, 500, 510);
        Assert.Equal(expected, schedule.ExpectedSeconds);

        Feed(schedule, 600, 60);
        Assert.InRange(schedule.ExpectedSeconds, 500, 750);
    }

    [Fact]
    public void Revision_IsTakenOnceWhenTimesHaveChanged_AndOnlyThen()
    {
        PollingSchedule schedule = Steady();
        Assert.False(schedule.TryConsumeRevision());
        Feed(schedule, 60, 48);
        _ = schedule.TryConsumeRevision();
        Feed(schedule, 60, 48);
        Assert.False(schedule.TryConsumeRevision());
        Feed(schedule, 6, 48);
        Assert.True(schedule.TryConsumeRevision());
        Assert.False(schedule.TryConsumeRevision());
    }

    [Fact]
    public void Crowd_OfAHundredThousand_TeachesAsMuchAsFifty()
    {
        PollingSchedule schedule = Steady();
        int[] indices = Enumerable.Range(0, 100_000).Select(_ => schedule.Begin()).ToArray();
        Random random = new(1);
        foreach (int index in indices.Where(_ => random.Next(2) == 0)) schedule.Running(index, 5);
        int revisions = 0;
        foreach (int index in indices)
        {
            schedule.Ended(index, 5, 6);
            revisions += schedule.TryConsumeRevision() ? 1 : 0;
        }
        Assert.InRange(schedule.ExpectedSeconds, 5, 6.5);
        Assert.InRange(revisions, 1, 20); // each plans a hundred thousand polls anew
    }

    [Property(MaxTest = 300)]
    public void AnyHistory_KeepsItsPromises(int seed)
    {
        Random random = new(seed);
        PollingSchedule schedule = new(random.NextDouble);
        double typical = Age(random);
        int[] indices = Enumerable.Range(0, 120).Select(_ => schedule.Begin()).ToArray();
        foreach (int index in indices.OrderBy(_ => random.Next()))
        {
            double age = random.Next(3) == 0 ? Age(random) : typical * (0.5 + random.NextDouble());
            switch (random.Next(4))
            {
                case 0:
                    schedule.Remove(index);
                    break;
                case 1:
                    schedule.Running(index, age);
                    break;
                default:
                    schedule.Ended(index, age * random.NextDouble(), age);
                    break;
            }
            double last = random.Next(4) == 0 ? 0 : Age(random), now = random.Next(2) == 0 ? last : last + Age(random);
            double cost = random.Next(2) == 0 ? PollingSchedule.WaitingCost : PollingSchedule.SlotCost;
            double next = schedule.NextPoll(NotObserved, last, now, cost);
            Assert.True(double.IsFinite(next) && next > now);
            Assert.True(next - last >= Math.Max(0.2, 0.02 * schedule.ExpectedSeconds) * (1 - 1e-9));
            Assert.True(schedule.NextPoll(indices[random.Next(indices.Length)], last, now, cost) > now);
            Assert.True(double.IsFinite(schedule.ExpectedSeconds) && schedule.ExpectedSeconds > 0);
        }
    }

    private static PollingSchedule Steady() => new(() => 0.5);

    /// <summary>From a millisecond to eleven days.</summary>
    private static double Age(Random random) => Math.Pow(10, 9 * random.NextDouble() - 3);

    /// <summary>Jobs spread around the median by a third, seen ended within a twentieth.</summary>
    private static void Feed(PollingSchedule schedule, double median, int count)
    {
        for (int i = 0; i < count; i++)
        {
            double time = median * (0.7 + 0.6 * ((i * 7 % count) + 0.5) / count);
            schedule.Ended(schedule.Begin(), time * 0.97, time * 1.02);
        }
    }
}
