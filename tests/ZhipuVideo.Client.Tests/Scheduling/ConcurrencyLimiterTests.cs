using FsCheck.Xunit;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

public class ConcurrencyLimiterTests
{
    private readonly ConcurrencyLimiter _limiter = new();
    private double _now;

    [Fact]
    public void Unknown_TheFirstGoesAlone_ThenByTheStepsOfWhatAccountsAreSold()
    {
        List<int> rounds = [];
        for (int i = 0; i < 15; i++)
        {
            int sent = SendAll(50);
            rounds.Add(sent);
            Accept(sent);
        }
        Assert.Equal([1, 2, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6], rounds);
        Assert.Null(_limiter.Limit);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    [InlineData(5, 1)]
    [InlineData(6, 5)]
    [InlineData(7, 4)]
    [InlineData(8, 3)]
    [InlineData(10, 1)]
    [InlineData(12, 4)]
    [InlineData(15, 1)]
    [InlineData(20, 1)]
    [InlineData(50, 1)]
    [InlineData(80, 8)]
    public void Unknown_LearnsALimit_ForOneToFiveRefusals_OrATenth(int slots, int refusals)
    {
        Assert.Equal(refusals, Fill(slots));
        Assert.Equal(slots, _limiter.Limit);
        Assert.Equal(0, SendAll(1));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)] // somebody else holds one, or an end was seen late
    public void Seeded_SendsAsManyAtOnceAsWereInFlight_AndGoesOnByTheSteps(int slots)
    {
        _limiter.Seed([90, 90], 5);

        Assert.Equal(5, SendAll(50));
        for (int i = 0; i < slots; i++) _limiter.OnAccepted(_now);
        for (int i = slots; i < 5; i++) _limiter.OnRejected(_now, null);
        if (SendAll(50) == 1) _limiter.OnRejected(_now, null); // the step after five is one beyond

        Assert.Equal((slots, slots, 0), (_limiter.Limit, _limiter.InFlight, SendAll(1)));
        _now += 2 * 90; // two service times, as they were before
        Assert.Equal(1, SendAll(1));
    }

    /// <summary>What an earlier run had in flight may have been all it had to send: no row waits for want of more.</summary>
    [Fact]
    public void Seeded_AWaveOfOne_IsNoLimit()
    {
        _limiter.Seed([90], 1);
        _limiter.OnRecovered();

        Assert.Equal(0, SendAll(5)); // one poll says whether it runs
        _limiter.OnRecoveryVerified(isRunning: true);

        Assert.Equal(2, SendAll(5));
        Accept(2);
        Assert.Equal(3, SendAll(5));
    }

    [Fact]
    public void Seeded_ALimitThatWasLearned_Stays()
    {
        Fill(5);

        _limiter.Seed([90], 20);

        Assert.Equal((5, 0), (_limiter.Limit, SendAll(1)));
    }

    [Fact]
    public void Unknown_ARefusalThatOvertakesItsNeighboursIsCorrectedByThem()
    {
        for (int round = 0; round < 4; round++) Accept(SendAll(8));
        Assert.Equal(5, SendAll(8));
        _limiter.OnRejected(_now, null);
        Assert.Equal(11, _limiter.Limit);
        Accept(4);
        Assert.Equal(15, _limiter.Limit);
    }

    [Theory]
    [InlineData(null, 120)] // before any end a service time is thought to be a minute
    [InlineData(5.0, 10)]
    public void F151_TasksThatNeverEndAreNoReasonNotToProbe_TwoServiceTimesAfterTheLimitWasLearned(double? serviceTime, double wait)
    {
        if (serviceTime is not null) KnowServiceTime(serviceTime.Value);
        Fill(1); // learned while somebody else had the other slots, or before the limit was raised
        Assert.Equal(_now + wait, RetryAt(), 9);
        Assert.False(_limiter.TryAcquire(_now + wait - 0.01, 8, out _));

        _now += wait;
        Assert.Equal(1, SendAll(8));
        _limiter.OnAccepted(_now);
        _limiter.OnProbeVerified(0);
        Assert.Equal(2, _limiter.Limit);
        Assert.Equal(1, SendAll(8)); // and at once the next
    }

    [Theory]
    [InlineData(null, 300)]
    [InlineData(400.0, 1200)] // of tasks that take so long anyway five minutes of silence tell nothing
    public void F20_F151_WithNothingLeftToSpend_AProbeComesAfterASilence(double? serviceTime, double silence)
    {
        if (serviceTime is not null) KnowServiceTime(serviceTime.Value);
        Assert.Equal(5, Fill(6));
        Assert.Equal(_now + silence, RetryAt(), 9);
        _now += silence;
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void F150_WhatTheLimitWasLoweredByIsAskedForAfterOneServiceTime_ThenAfterEveryTwo()
    {
        Lower();
        List<double> waits = [];
        for (int i = 0; i < 12; i++)
        {
            double at = RetryAt();
            waits.Add(at - _now);
            _now = at;
            Reject();
        }
        Assert.Equal([30, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60], waits);
        Assert.True(RetryAt() - _now > 60); // the account is thought to be ours alone
    }

    [Fact]
    public void F150_EightEndsHalveTheWait()
    {
        Lower();
        _now = RetryAt();
        Reject();
        Replace(7);
        Assert.Equal(_now + 60, RetryAt(), 9);
        Replace();
        Assert.Equal(_now + 30, RetryAt(), 9);
    }

    [Fact]
    public void F150_WhenTheOtherHasLeft_OneProbeFollowsTheOther_UntilAllIsOursAgain()
    {
        Lower();
        _now = RetryAt();
        for (int limit = 5; limit <= 8; limit++)
        {
            Accept(SendAll(8));
            Assert.True(_limiter.IsVerificationWanted);
            _limiter.OnProbeVerified(0);
            Assert.Equal(limit, _limiter.Limit);
        }
    }

    [Fact]
    public void F150_AProbeThatMayHaveGotTheSlotOfAnEndedJob_IsSentAgainAtOnce()
    {
        Lower();
        _now = RetryAt();
        Accept(SendAll(8));
        _limiter.OnCompleted(_now, null);
        _limiter.OnProbeVerified(1);
        Assert.Equal(4, _limiter.Limit);
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void F150_AsLongAsSomebodyElseIsThere_OneSubmissionAtATime()
    {
        Lower();
        for (int i = 0; i < 4; i++) _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void F150_RetryAfterOfARejectedProbeIsHeeded_UntilATaskEnds()
    {
        Lower();
        _now = RetryAt();
        Reject(600);
        Assert.Equal(_now + 600, RetryAt(), 9);
        _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void ServiceTime_IsLearnedFromTheEnds_AndOneThatTookForEverChangesLittle()
    {
        for (int i = 0; i < 7; i++) KnowServiceTime(30);
        KnowServiceTime(30_000);
        Fill(5);
        Assert.InRange(RetryAt() - _now, 60, 180);
    }

    [Fact]
    public void AnEndLetsTheNextRowStartAtOnce()
    {
        Fill(5);
        _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.Equal(5, _limiter.Limit);
    }

    [Fact]
    public void Room_ButRefused_AsksAgainAfterOneAndTwoSeconds_ThenLowersTheLimit()
    {
        Fill(5);
        _limiter.OnCompleted(_now, null);
        Reject();
        Assert.Equal(_now + 1, RetryAt());
        _now += 1;
        Reject();
        Assert.Equal(_now + 2, RetryAt());
        _now += 2;
        Reject();
        Assert.Equal(4, _limiter.Limit);
        Assert.Equal(_now + 60, RetryAt());
    }

    [Fact]
    public void Room_ButRefused_OnePostAtATime_AndTheNextEndIsWorthATry()
    {
        Fill(5);
        _limiter.OnCompleted(_now, null);
        _limiter.OnCompleted(_now, null);
        Assert.Equal(2, SendAll(8));
        _limiter.OnRejected(_now, null);
        _limiter.OnRejected(_now, null); // was under way already: counts as the same refusal
        Assert.Equal(_now + 1, RetryAt());
        _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.Equal(2, SendAll(8));
        Assert.Equal(5, _limiter.Limit);
    }

    [Fact]
    public void KnownCompletion_OverridesRetryAfterOf1302()
    {
        Fill(5);
        _limiter.OnCompleted(_now, null);
        SendAll(8);
        _limiter.OnRejected(_now, 600);
        Assert.Equal(_now + 600, RetryAt());
        _limiter.OnCompleted(_now + 3, null);
        _now += 3;
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void Pause_HoldsEverybody_WhateverEnds_ThenOneGoesAlone()
    {
        for (int round = 0; round < 4; round++) Accept(SendAll(8));
        Assert.Equal(5, SendAll(8));
        _limiter.OnThrottled(_now, 20);
        _limiter.OnThrottled(_now, 5);
        for (int dropped = 0; dropped < 3; dropped++) _limiter.OnIgnored(_now);
        _limiter.OnCompleted(_now, null);
        Assert.Equal(_now + 20, RetryAt());
        _now += 20;
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.True(SendAll(8) > 1);
    }

    [Fact]
    public void Probes_ComeAfter12And24Ends_TheLastOfFiveRejectionsIsKeptFor48_ThenOneIsSpentIn32Acceptances()
    {
        Fill(5);
        List<int> probes = [];
        for (int end = 1; end <= 260; end++)
        {
            Replace();
            if (SendAll(8) == 1)
            {
                probes.Add(end);
                _limiter.OnRejected(_now, null);
            }
        }
        Assert.Equal([12, 36, 58, 106, 154, 187, 219, 251], probes);
        Assert.Equal(5, _limiter.Limit);
    }

    [Fact]
    public void F150_WhoWasThereBeforeUs_IsAskedAfter_OnTheClockToo()
    {
        KnowServiceTime(5);
        Fill(1);
        double start = _now;
        List<double> probes = [];
        for (int i = 0; i < 3; i++)
        {
            _now = RetryAt();
            probes.Add(_now - start);
            Reject();
        }
        Assert.Equal([10, 30, 150], probes); // 2, 6 and 30 service times after the limit was learned
        Assert.Equal(_now + 300, RetryAt(), 9);
    }

    [Theory]
    [InlineData(4, 12)] // learned by two rejections
    [InlineData(8, 24)] // by three
    [InlineData(7, 48)]
    [InlineData(6, 122)]
    public void Probe_ComesTheLater_TheMoreLearningCost(int slots, int firstProbe)
    {
        Fill(slots);
        int ends = 0;
        do
        {
            Replace();
            ends++;
        }
        while (SendAll(8) == 0);
        Assert.Equal(firstProbe, ends);
    }

    [Fact]
    public void Probe_WaitsForPostsUnderWay_AndNeedsARow()
    {
        Fill(5);
        Replace(12);
        Assert.False(_limiter.TryAcquire(_now, 0, out _));
        _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8)); // the slot of the one that ended; no probe beside it
    }

    [Fact]
    public void Probe_Accepted_RaisesTheLimit_OnlyWhenNoOtherJobHadEnded()
    {
        Fill(5);
        Replace(12);
        Accept(SendAll(8));
        Assert.True(_limiter.IsVerificationWanted);
        Assert.Equal(0, SendAll(8));
        _limiter.OnCompleted(_now, null);
        _limiter.OnProbeVerified(1);
        Assert.Equal(5, _limiter.Limit);

        Accept(SendAll(8)); // it decided nothing: again
        _limiter.OnProbeVerified(0);
        Assert.Equal(6, _limiter.Limit);
        Assert.Equal(1, SendAll(8)); // and the next at once
    }

    [Fact]
    public void ASingleSlot_GrowsWithoutAPoll()
    {
        Fill(1);
        Replace(11);
        _limiter.OnCompleted(_now, null);
        Accept(SendAll(8)); // the 12th
        Accept(SendAll(8));
        Assert.Equal(2, _limiter.InFlight);
        Assert.True(_limiter.IsVerificationWanted); // at the one other
        _limiter.OnProbeVerified(0);
        Assert.Equal(2, _limiter.Limit);
    }

    [Theory]
    [InlineData(null, new double[] { 1, 2, 4, 8, 16, 30, 30, 30 })]
    [InlineData(5.0, new double[] { 1, 2, 4, 5, 5 })]
    public void NothingOfOursInFlight_AsksEverRarer_UpToHalfAMinuteOrAServiceTime_AndLearnsNoLimit(double? serviceTime, double[] waits)
    {
        if (serviceTime is { } seconds) KnowServiceTime(seconds);
        foreach (double wait in waits)
        {
            Reject();
            Assert.Equal(wait, RetryAt() - _now);
            _now = RetryAt();
        }
        Assert.Null(_limiter.Limit);
        Accept(SendAll(8));
        Assert.Equal(1, SendAll(8)); // one at a time: somebody else is there
    }

    [Fact]
    public void F150_LetInAtLast_ItProbesSoon_BecauseTheOtherWillLeave()
    {
        KnowServiceTime(5);
        SendAll(8);
        _limiter.OnRejected(_now, null);
        _now += 1;
        Assert.Equal(1, Fill(1)); // one at a time: two would be rejected, and tell no more than one
        Assert.Equal(_now + 10, RetryAt(), 9);
    }

    [Property(MaxTest = 500)]
    public void AnyHistory_KeepsItsPromises(byte[] events, int seed)
    {
        Random random = new(seed);
        ConcurrencyLimiter limiter = new();
        double now = 0;
        int sending = 0, inFlight = 0;
        foreach (byte e in events)
        {
            now += random.NextDouble() * 3;
            if (limiter.IsVerificationWanted && e % 3 == 0) limiter.OnProbeVerified(0);
            switch (e % 8)
            {
                case 0 when sending > 0:
                    sending--;
                    inFlight++;
                    limiter.OnAccepted(now);
                    break;
                case 1 when sending > 0:
                    sending--;
                    limiter.OnRejected(now, e > 128 ? e : null);
                    break;
                case 2 when sending > 0:
                    sending--;
                    limiter.OnThrottled(now, e);
                    break;
                case 3 when sending > 0:
                    sending--;
                    limiter.OnIgnored(now);
                    break;
                case 4:
                    inFlight = Math.Max(0, inFlight - 1);
                    limiter.OnCompleted(now, null);
                    break;
                default:
                    int occupied = inFlight + sending;
                    if (limiter.TryAcquire(now, 1 + e % 3, out double retryAt))
                    {
                        sending++;
                        Assert.True(limiter.Limit is null || occupied < limiter.Limit || (sending == 1 && occupied >= limiter.Limit));
                    }
                    else
                    {
                        Assert.True(retryAt > now);
                        // With nothing under way or in flight no event will come: time must help
                        Assert.True(occupied > 0 || double.IsFinite(retryAt));
                    }
                    break;
            }
            Assert.Equal(sending, limiter.Sending);
            Assert.Equal(inFlight, limiter.InFlight);
            Assert.True(limiter.Limit is null or > 0);
        }
    }

    [Fact]
    public void Recovered_CountsAsInFlight_UntilAPollSaysWhether()
    {
        _limiter.OnRecovered();
        _limiter.OnRecovered();
        Assert.Equal(0, SendAll(8));

        _limiter.OnRecoveryVerified(isRunning: false);
        Assert.Equal(0, SendAll(8));
        _limiter.OnRecoveryVerified(isRunning: true);

        Assert.Equal(1, _limiter.InFlight);
        Assert.Equal(2, SendAll(8)); // one was seen to run: the next step is three
    }

    [Fact]
    public void Adopted_ThatRunTogether_ProveThatSoManyMay()
    {
        Fill(5);
        for (int i = 0; i < 5; i++) _limiter.OnCompleted(_now, null);
        for (int i = 0; i < 7; i++) _limiter.OnRecovered();
        Assert.Equal(0, SendAll(8));

        for (int i = 0; i < 7; i++) _limiter.OnRecoveryVerified(isRunning: true);
        Assert.Equal(7, _limiter.Limit);
        Assert.Equal(0, SendAll(8));
        _limiter.OnCompleted(_now, null);
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void Recovered_AndNotYetPolled_RaiseNoLimit()
    {
        Accept(SendAll(8));
        Assert.Equal(2, SendAll(8));
        for (int i = 0; i < 30; i++) _limiter.OnRecovered();
        Accept(1);
        _limiter.OnRejected(_now, null);

        Assert.Equal(2, _limiter.Limit);
        for (int i = 0; i < 30; i++) _limiter.OnRecoveryVerified(isRunning: false);
        Assert.Equal(2, _limiter.InFlight);
        Assert.Equal(2, _limiter.Limit);
    }

    /// <summary>One task that took so long.</summary>
    private void KnowServiceTime(double seconds) => _limiter.OnCompleted(_now, seconds);

    /// <summary>Five are in flight, one ends, and its slot is gone: the limit is four.</summary>
    private void Lower()
    {
        KnowServiceTime(30);
        Fill(5);
        _limiter.OnCompleted(_now, null);
        for (int i = 0; i < 3; i++)
        {
            Reject();
            if (i < 2) _now = RetryAt();
        }
        Assert.Equal(4, _limiter.Limit);
    }

    /// <summary>Starts POSTs as long as the limiter lets them; returns how many.</summary>
    private int SendAll(int waiting)
    {
        int sent = 0;
        while (waiting > 0 && _limiter.TryAcquire(_now, waiting, out _))
        {
            sent++;
            waiting--;
        }
        return sent;
    }

    /// <summary>One that is sent is rejected.</summary>
    private void Reject(double? retryAfter = null)
    {
        Assert.Equal(1, SendAll(8));
        _limiter.OnRejected(_now, retryAfter);
    }

    private void Accept(int count)
    {
        for (int i = 0; i < count; i++) _limiter.OnAccepted(_now);
    }

    /// <summary>Submits until the account's slots are taken; returns the refusals.</summary>
    private int Fill(int slots)
    {
        int refused = 0;
        for (int sent = SendAll(100); sent > 0; sent = SendAll(100))
        {
            int accepted = Math.Min(sent, slots - _limiter.InFlight);
            Accept(accepted);
            for (int i = accepted; i < sent; i++, refused++) _limiter.OnRejected(_now, null);
        }
        return refused;
    }

    /// <summary>Jobs end, and each time the next row takes the slot.</summary>
    private void Replace(int count = 1)
    {
        for (int i = 0; i < count; i++)
        {
            _limiter.OnCompleted(_now, null);
            Assert.True(_limiter.TryAcquire(_now, 8, out _));
            _limiter.OnAccepted(_now);
        }
    }

    private double RetryAt()
    {
        Assert.False(_limiter.TryAcquire(_now, 8, out double retryAt));
        return retryAt;
    }
}
