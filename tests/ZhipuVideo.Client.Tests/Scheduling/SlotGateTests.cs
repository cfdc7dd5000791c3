using System;
using System.Collections.Generic;
using FsCheck.Xunit;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Client.Tests.Scheduling;

public class SlotGateTests
{
    private readonly SlotGate _gate = new();
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
        Assert.Null(_gate.Limit);
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
        Assert.Equal(slots, _gate.Limit);
        Assert.Equal(0, SendAll(1));
    }

    [Fact]
    public void Unknown_ARefusalThatOvertakesItsNeighboursIsCorrectedByThem()
    {
        for (int round = 0; round < 4; round++) Accept(SendAll(8));
        Assert.Equal(5, SendAll(8));
        _gate.Refused(_now, null);
        Assert.Equal(11, _gate.Limit);
        Accept(4);
        Assert.Equal(15, _gate.Limit);
    }

    [Fact]
    public void F20_TasksThatNeverEndDoNotHoldUpTheRowsForEver()
    {
        Fill(1); // learned while somebody else had the other slots
        Assert.False(_gate.TryStart(_now, 8, out double retryAt));
        Assert.Equal(_now + 300, retryAt, 9);
        Assert.False(_gate.TryStart(retryAt - 0.01, 8, out _));

        _now = retryAt;
        Assert.Equal(1, SendAll(8));
        _gate.Accepted(_now);
        _gate.Looked(_now, 0);
        Assert.Equal(2, _gate.Limit);
        Assert.Equal(1, SendAll(8)); // and at once the next
    }

    [Fact]
    public void AnEndLetsTheNextRowStartAtOnce()
    {
        Fill(5);
        _gate.Ended(_now);
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.Equal(5, _gate.Limit);
    }

    [Fact]
    public void Room_ButRefused_AsksAgainAfterOneAndTwoSeconds_ThenLowersTheLimit()
    {
        Fill(5);
        _gate.Ended(_now);
        Assert.Equal(1, SendAll(8));
        _gate.Refused(_now, null);
        Assert.Equal(_now + 1, RetryAt());
        _now += 1;
        Assert.Equal(1, SendAll(8));
        _gate.Refused(_now, null);
        Assert.Equal(_now + 2, RetryAt());
        _now += 2;
        Assert.Equal(1, SendAll(8));
        _gate.Refused(_now, null);
        Assert.Equal(4, _gate.Limit);
        Assert.Equal(_now + 300, RetryAt());
    }

    [Fact]
    public void Room_ButRefused_OnePostAtATime_AndTheNextEndIsWorthATry()
    {
        Fill(5);
        _gate.Ended(_now);
        _gate.Ended(_now);
        Assert.Equal(2, SendAll(8));
        _gate.Refused(_now, null);
        _gate.Refused(_now, null); // was under way already: counts as the same refusal
        Assert.Equal(_now + 1, RetryAt());
        _gate.Ended(_now);
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.Equal(2, SendAll(8));
        Assert.Equal(5, _gate.Limit);
    }

    [Fact]
    public void KnownCompletion_OverridesRetryAfterOf1302()
    {
        Fill(5);
        _gate.Ended(_now);
        SendAll(8);
        _gate.Refused(_now, 600);
        Assert.Equal(_now + 600, RetryAt());
        _gate.Ended(_now + 3);
        _now += 3;
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void Pause_HoldsEverybody_WhateverEnds_ThenOneGoesAlone()
    {
        for (int round = 0; round < 4; round++) Accept(SendAll(8));
        Assert.Equal(5, SendAll(8));
        _gate.Paused(_now, 20);
        _gate.Paused(_now, 5);
        for (int dropped = 0; dropped < 3; dropped++) _gate.Dropped(_now);
        _gate.Ended(_now);
        Assert.Equal(_now + 20, RetryAt());
        _now += 20;
        Assert.Equal(1, SendAll(8));
        Accept(1);
        Assert.True(SendAll(8) > 1);
    }

    [Fact]
    public void Probes_ComeAfter12_24_ThenEvery32Ends_WhileRefused()
    {
        Fill(5);
        List<int> probes = [];
        for (int end = 1; end <= 140; end++)
        {
            Replace();
            if (SendAll(8) == 1)
            {
                probes.Add(end);
                _gate.Refused(_now, null);
            }
        }

        Assert.Equal([12, 36, 68, 100, 132], probes);
        Assert.Equal(5, _gate.Limit);
    }

    [Theory]
    [InlineData(4, 12)] // learned by two refusals
    [InlineData(8, 42)] // by three
    [InlineData(7, 72)]
    [InlineData(6, 102)]
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
        Assert.False(_gate.TryStart(_now, 0, out _));
        _gate.Ended(_now);
        Assert.Equal(1, SendAll(8)); // the slot of the one that ended; no probe beside it
    }

    [Fact]
    public void Probe_Accepted_RaisesTheLimit_OnlyWhenNoOtherJobHadEnded()
    {
        Fill(5);
        Replace(12);
        Accept(SendAll(8));
        Assert.True(_gate.LookWanted);
        Assert.Equal(0, SendAll(8));
        _gate.Ended(_now);
        _gate.Looked(_now, 1);
        Assert.Equal(5, _gate.Limit);
        Assert.Equal(0, SendAll(8));

        Replace(12);
        Accept(SendAll(8));
        _gate.Looked(_now, 0);
        Assert.Equal(6, _gate.Limit);
        Assert.Equal(1, SendAll(8)); // probes again at once
    }

    [Fact]
    public void ASingleSlot_GrowsWithoutALook()
    {
        Fill(1);
        Replace(11);
        _gate.Ended(_now);
        Accept(SendAll(8)); // the 12th
        Accept(SendAll(8));
        Assert.Equal(2, _gate.InFlight);
        Assert.True(_gate.LookWanted); // at the one other
        _gate.Looked(_now, 0);
        Assert.Equal(2, _gate.Limit);
    }

    [Fact]
    public void NothingOfOursInFlight_AsksEver_Rarer_UpToHalfAMinute_AndLearnsNoLimit()
    {
        List<double> waits = [];
        for (int i = 0; i < 8; i++)
        {
            Assert.Equal(1, SendAll(8));
            _gate.Refused(_now, null);
            waits.Add(RetryAt() - _now);
            _now = RetryAt();
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30, 30], waits);
        Assert.Null(_gate.Limit);
        Accept(SendAll(8));
        Assert.Equal(2, SendAll(8));
    }

    [Fact]
    public void Contended_ProbesSoon_BecauseTheOtherWillLeave()
    {
        SendAll(8);
        _gate.Refused(_now, null);
        _now += 1;
        Fill(1);
        List<int> probes = [];
        for (int end = 1; end <= 80; end++)
        {
            Replace();
            if (SendAll(8) == 1)
            {
                probes.Add(end);
                _gate.Refused(_now, null);
            }
        }

        Assert.Equal([2, 6, 14, 22, 30, 38, 54], probes);
    }

    [Property(MaxTest = 500)]
    public void AnyHistory_KeepsItsPromises(byte[] events, int seed)
    {
        Random random = new(seed);
        SlotGate gate = new();
        double now = 0;
        int sending = 0, inFlight = 0;
        foreach (byte e in events)
        {
            now += random.NextDouble() * 3;
            if (gate.LookWanted && e % 3 == 0)
            {
                gate.Looked(now, 0);
            }

            switch (e % 8)
            {
                case 0 when sending > 0:
                    sending--;
                    inFlight++;
                    gate.Accepted(now);
                    break;
                case 1 when sending > 0:
                    sending--;
                    gate.Refused(now, e > 128 ? e : null);
                    break;
                case 2 when sending > 0:
                    sending--;
                    gate.Paused(now, e);
                    break;
                case 3 when sending > 0:
                    sending--;
                    gate.Dropped(now);
                    break;
                case 4:
                    inFlight = Math.Max(0, inFlight - 1);
                    gate.Ended(now);
                    break;
                default:
                    int occupied = inFlight + sending;
                    if (gate.TryStart(now, 1 + e % 3, out double retryAt))
                    {
                        sending++;
                        Assert.True(gate.Limit is null || occupied < gate.Limit || (sending == 1 && occupied >= gate.Limit));
                    }
                    else
                    {
                        Assert.True(retryAt > now);
                        // With nothing under way or in flight no event will come: time must help
                        Assert.True(occupied > 0 || double.IsFinite(retryAt));
                    }

                    break;
            }

            Assert.Equal(sending, gate.Sending);
            Assert.Equal(inFlight, gate.InFlight);
            Assert.True(gate.Limit is null or > 0);
        }
    }

    [Fact]
    public void Adopted_CountsAsInFlight_UntilALookSaysWhether()
    {
        _gate.Adopted();
        _gate.Adopted();
        Assert.Equal(0, SendAll(8));

        _gate.Settled(isRunning: false);
        Assert.Equal(0, SendAll(8));
        _gate.Settled(isRunning: true);

        Assert.Equal(1, _gate.InFlight);
        Assert.Equal(2, SendAll(8)); // one was seen to run: the next step is three
    }

    [Fact]
    public void Adopted_ThatRunTogether_ProveThatSoManyMay()
    {
        Fill(5);
        for (int i = 0; i < 5; i++) _gate.Ended(_now);
        for (int i = 0; i < 7; i++) _gate.Adopted();
        Assert.Equal(0, SendAll(8));

        for (int i = 0; i < 7; i++) _gate.Settled(isRunning: true);

        Assert.Equal(7, _gate.Limit);
        Assert.Equal(0, SendAll(8));
        _gate.Ended(_now);
        Assert.Equal(1, SendAll(8));
    }

    [Fact]
    public void Adopted_AndNotYetLookedAt_RaiseNoLimit()
    {
        Accept(SendAll(8));
        Assert.Equal(2, SendAll(8));
        for (int i = 0; i < 30; i++) _gate.Adopted();
        Accept(1);
        _gate.Refused(_now, null);

        Assert.Equal(2, _gate.Limit);
        for (int i = 0; i < 30; i++) _gate.Settled(isRunning: false);
        Assert.Equal(2, _gate.InFlight);
        Assert.Equal(2, _gate.Limit);
    }

    /// <summary>Starts POSTs as long as the gate lets them; returns how many.</summary>
    private int SendAll(int waiting)
    {
        int sent = 0;
        while (waiting > 0 && _gate.TryStart(_now, waiting, out _))
        {
            sent++;
            waiting--;
        }

        return sent;
    }

    private void Accept(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _gate.Accepted(_now);
        }
    }

    /// <summary>Submits until the account's slots are taken; returns the refusals.</summary>
    private int Fill(int slots)
    {
        int refused = 0;
        for (int sent = SendAll(100); sent > 0; sent = SendAll(100))
        {
            int accepted = Math.Min(sent, slots - _gate.InFlight);
            Accept(accepted);
            for (int i = accepted; i < sent; i++, refused++)
            {
                _gate.Refused(_now, null);
            }
        }

        return refused;
    }

    /// <summary>Jobs end, and each time the next row takes the slot.</summary>
    private void Replace(int count = 1)
    {
        for (int i = 0; i < count; i++)
        {
            _gate.Ended(_now);
            Assert.True(_gate.TryStart(_now, 8, out _));
            _gate.Accepted(_now);
        }
    }

    private double RetryAt()
    {
        Assert.False(_gate.TryStart(_now, 8, out double retryAt));
        return retryAt;
    }
}
