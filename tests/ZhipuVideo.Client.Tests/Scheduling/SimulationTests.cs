using ZhipuVideo.Benchmarks.Simulation;

namespace ZhipuVideo.Client.Tests.Scheduling;

/// <summary>The figures that `simulate` prints, with fewer seeds and some room for chance.</summary>
public class SimulationTests
{
    [Theory]
    [InlineData(30, 0.95)]
    [InlineData(90, 0.96)]
    [InlineData(300, 0.97)]
    public void Polling_KnownDistribution_IsNearTheBestThatIsPossible(double median, double eta) => Assert.True(PollingSimulation.Known(median, 0.35, 3).Eta > eta);

    [Fact]
    public void Polling_AJobOfNinetySeconds_TakesTenPollsAndThreeSecondsOfLag()
    {
        PollingFigures figures = PollingSimulation.Known(90, 0.35, 3);
        Assert.InRange(figures.Polls, 9, 10);
        Assert.InRange(figures.Lag, 2.5, 3);
    }

    [Theory]
    [Each(1, 5, 10, 30)]
    public void Polling_NoFixedIntervalComesNear(double interval) => Assert.True(PollingSimulation.Fixed(new ServiceTimes(90, 0.35), interval, 10_000, 0).Eta < 0.6);

    [Theory]
    [InlineData(6, 0.83)]
    [InlineData(60, 0.92)]
    [InlineData(90, 0.92)]
    [InlineData(600, 0.93)]
    public void Polling_Cold_TwentyEndsAreEnough(double median, double eta) => Assert.True(PollingSimulation.Cold(new ServiceTimes(median, 0.35), 6).Eta > eta);

    [Theory]
    [InlineData(0.2, 5, 1.2, 0.35)]
    [InlineData(0.2, 200, 1.2, 0.35)]
    [InlineData(600, 5, 28, 9)]
    [InlineData(600, 200, 35, 10)]
    public void Polling_APriorThatIsWrongByAFactorOfAHundred_IsOvercome(double median, int slots, double polls, double lag)
    {
        PollingFigures figures = PollingSimulation.Online(new ServiceTimes(median, 0.35), slots, 4);
        Assert.InRange(figures.Polls, 1, polls);
        Assert.InRange(figures.Lag, 0, lag);
    }

    [Fact]
    public void Polling_StuckJobs_SpoilNothing_AndAreNotHammered()
    {
        (PollingFigures ended, double stuckPolls) = PollingSimulation.Stuck(new ServiceTimes(90, 0.35), 4);
        Assert.True(ended.Eta > 0.88);
        Assert.InRange(stuckPolls, 100, 180);
    }

    [Fact]
    public void Polling_TwoKindsInOneClass_GainFromCorrectedHazards()
    {
        ServiceTimes times = new((0.5, 20, 0.15), (0.5, 90, 0.15));
        Assert.True(PollingSimulation.Cold(times, 6, ends: 100).Eta > 0.6); // 0.45 without the correction
    }

    [Theory]
    [InlineData(90, 0.987, 35)]
    [InlineData(30, 0.983, 28)]
    [InlineData(5, 0.963, 14)]
    [InlineData(1, 0.885, 5)]
    public void Slots_FiveUnknown_AreKeptBusy(double median, double ratio, double polls)
    {
        SlotFigures figures = SlotSimulation.Mean(new ServiceTimes(median, 0.35), 100, 5, 5);
        Assert.True(figures.Ratio > ratio);
        Assert.InRange(figures.Polls, 1, polls);
    }

    [Theory]
    [Each(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 20, 50, 64)]
    public void Slots_FewPostsAreRefused(int slots)
    {
        SlotFigures figures = SlotSimulation.Mean(new ServiceTimes(90, 0.35), Math.Max(100, 2 * slots), slots, 5, 0.1);
        Assert.InRange(figures.Refused, 0, 0.05);
        Assert.True(figures.Refused - figures.Probes - figures.Learning < 0.01);
    }

    [Theory]
    [InlineData(5, 10, 0.92, 0.06)]
    [InlineData(10, 5, 0.97, 0.11)]
    [InlineData(5, 2, 0.97, 0.11)]
    public void Slots_ThatChange_AreFollowed(int before, int after, double ratio, double refused)
    {
        SlotFigures figures = SlotSimulation.Mean(new ServiceTimes(90, 0.35), 200, before, 5, 0.1, 600, after);
        Assert.True(figures.Ratio > ratio);
        Assert.InRange(figures.Refused, 0, refused);
    }

    [Fact]
    public void Slots_SharedByTwoClients_StayInUse()
    {
        SharedFigures figures = SlotSimulation.MeanShared(new ServiceTimes(90, 0.35), 100, 5, 0, 0.1, 5);
        Assert.True(figures.Ratio > 0.87);
        Assert.True(figures.SmallerShare > 0.25);
    }

    /// <summary>What a real shell did with ends alone: one slot of five until 63 s.</summary>
    [Fact]
    public void F150_FourOfFiveSlotsHeldFor25SecondsByAnother_AreUsedAgainWithinTwoServiceTimes()
    {
        ContentionFigures figures = SlotSimulation.MeanContended(new ServiceTimes(5, 0.01), 5, 4, 0, 25, 0.02, 10);
        Assert.InRange(figures.Worst, 0, 2);
        Assert.InRange(figures.Refused, 0, 1);
    }

    [Theory]
    [Each(1, 2, 3, 4, 5)]
    public void F150_SlotsThatAnotherTookFromUs_AreUsedAgainAboutTwoServiceTimesAfterHeLeft(int taken)
    {
        foreach (double stay in new[] { 0.5, 2, 5, 20 })
        {
            ContentionFigures figures = SlotSimulation.MeanContended(new ServiceTimes(90, 0.35), 5, taken, 900, stay * 90, 0.1, 4);
            Assert.InRange(figures.Back, 0, 1.7);
            Assert.InRange(figures.Worst, 0, 2.5);
            if (stay > 2 && taken < 5) Assert.InRange(figures.Refused, 0, 2); // the first to lower the limit, then one in two
        }
    }

    [Fact]
    public void Slots_ForAll_TwoHundredRowsAreSubmittedNearlyAsFastAsEightCan() => Assert.InRange(SlotSimulation.Mean(new ServiceTimes(90, 0.35), 200, 1000, 1, 0.1).Submitted, 2.5, 1.3 * 2.5);

    [Theory]
    [InlineData(0, 1.05)]
    [InlineData(10, 1.09)]
    public void Outage_CostsFewRequests_AndIsOverSoonAfterItsEnd(double timeout, double requests)
    {
        OutageFigures worst = Figures.Worst(OutageSimulation.Runs(1000, 60, timeout, circuit: true, 5));
        Assert.InRange(worst.RequestsPerJob, 1, requests);
        Assert.InRange(worst.FirstAnswer, 0, 7);
        Assert.InRange(worst.Backlog, 0, 20);
        Assert.InRange(worst.PeakRate, 1, 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3600)]
    public void Restarted_AWarmStart_WastesLessThanAColdOne(double pause)
    {
        RestartFigures cold = SlotSimulation.MeanRestarted(new(5, 0.35), 200, 60, 5, pause, isWarm: false, 0.1, 50);
        RestartFigures warm = SlotSimulation.MeanRestarted(new(5, 0.35), 200, 60, 5, pause, isWarm: true, 0.1, 50);
        Assert.True(warm.Early < cold.Early && warm.Idle < cold.Idle && warm.Refused <= cold.Refused, $"{warm}, cold {cold}");
    }
}
