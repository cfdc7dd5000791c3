using FsCheck.Xunit;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

public class CircuitBreakerTests
{
    private readonly CircuitBreaker _circuit = new(() => 0.5); // probes without jitter

    [Fact]
    public void Closed_LetsSixtyFourRequestsBeUnderWay()
    {
        Assert.Equal(64, EnterAll(0));
        Assert.False(_circuit.TryEnter(0, out double retryAt));
        Assert.Equal(double.PositiveInfinity, retryAt);
        _circuit.OnCancelled(1);
        Assert.True(_circuit.TryEnter(1, out _));
    }

    [Fact]
    public void Closed_FailuresNarrowWhatMayBeUnderWay_SoThatAHangingServerIsNotFed()
    {
        EnterAll(0);
        for (int i = 0; i < 10; i++)
        {
            _circuit.OnFailure(10);
            Assert.False(_circuit.TryEnter(10, out _));
        }
        Assert.False(_circuit.IsOpen);
    }

    [Fact]
    public void Closed_OpensAtTheTwentiethFailure_TenAnswersPayForOne()
    {
        Fail(19, 0);
        Assert.False(_circuit.IsOpen);
        Answer(10, 0);
        Fail(1, 0);
        Assert.False(_circuit.IsOpen);
        Fail(1, 0);
        Assert.True(_circuit.IsOpen);
    }

    [Fact]
    public void Open_LetsOneProbeEnterAfterOneTwoFourThenFiveSeconds_ThoughTheOneBeforeHangs()
    {
        Fail(20, 100);
        List<double> probes = [];
        double retryAt = 100;
        while (probes.Count < 6)
        {
            if (_circuit.TryEnter(retryAt, out double next)) probes.Add(retryAt);
            else retryAt = next;
        }
        Assert.Equal([101, 103, 107, 112, 117, 122], probes);
    }

    [Fact]
    public void Open_ProbesJitterByAFifth()
    {
        foreach ((double random, double expected) in new[] { (0.0, 0.8), (1, 1.2) })
        {
            CircuitBreaker circuit = new(() => random);
            Fail(circuit, 20, 0);
            Assert.False(circuit.TryEnter(0, out double retryAt));
            Assert.Equal(expected, retryAt, 9);
        }
    }

    [Fact]
    public void Open_AFailureChangesNothing()
    {
        EnterAll(0);
        for (int i = 0; i < 64; i++) _circuit.OnFailure(10);
        Assert.True(_circuit.IsOpen);
        Assert.False(_circuit.TryEnter(10.5, out double retryAt));
        Assert.Equal(11, retryAt);
    }

    [Fact]
    public void HalfOpen_BeginsWithTwo_EachAnswerWidensByOne_AFailureHalves()
    {
        double now = HalfOpen();
        Assert.Equal(2, EnterAll(now += 1));
        _circuit.OnSuccess(now);
        _circuit.OnSuccess(now);
        Assert.Equal(4, EnterAll(now += 1));
        _circuit.OnFailure(now);
        Assert.Equal(0, EnterAll(now += 1)); // three are under way, two may be
        _circuit.OnCancelled(now);
        _circuit.OnCancelled(now);
        Assert.Equal(1, EnterAll(now + 1));
        Assert.False(_circuit.IsOpen);
    }

    [Fact]
    public void HalfOpen_OpensAgainBelowOne_AndTheProbesGoOnAsRareAsBefore()
    {
        double now = HalfOpen();
        Fail(2, now + 1);
        Assert.True(_circuit.IsOpen);
        Assert.False(_circuit.TryEnter(now + 1, out double retryAt));
        Assert.Equal(now + 5, retryAt, 9); // the first two probes are spent: the third comes after 4 s
    }

    [Fact]
    public void HalfOpen_FailuresOfRequestsFromBeforeAreNoNews()
    {
        EnterAll(0);
        for (int i = 0; i < 20; i++) _circuit.OnFailure(0);
        Assert.True(_circuit.TryEnter(1, out _));
        _circuit.OnSuccess(1);
        for (int i = 0; i < 44; i++) _circuit.OnFailure(2);
        Assert.False(_circuit.IsOpen);
        Assert.Equal(2, EnterAll(3));
    }

    [Fact]
    public void HalfOpen_EntersAtMostAHundredASecond()
    {
        double now = HalfOpen();
        List<double> entries = [];
        while (now < 10)
        {
            if (_circuit.TryEnter(now, out double retryAt))
            {
                entries.Add(now);
                _circuit.OnSuccess(now);
            }
            else
            {
                now = Math.Max(retryAt, now + 0.005);
            }
        }
        Assert.All(entries, from => Assert.InRange(entries.Count(at => at >= from && at < from + 1), 1, 100));
        Assert.True(entries.Count > 90 * 6);
    }

    [Fact]
    public void HalfOpen_ClosesWhenWideAndNobodyHasToWait()
    {
        double now = HalfOpen();
        for (int i = 0; i < 62; i++)
        {
            now += 1;
            Assert.True(_circuit.TryEnter(now, out _));
            _circuit.OnSuccess(now);
        }
        Assert.Equal(64, EnterAtOnce(now + 2));
    }

    [Fact]
    public void HalfOpen_ClosesAfterHalfAMinuteWithoutFailure_ThoughTheQueueNeverEmpties()
    {
        double now = HalfOpen();
        for (double end = now + 29; now < end; now += 0.005)
        {
            while (_circuit.TryEnter(now, out _)) _circuit.OnSuccess(now);
        }
        int entered = EnterAtOnce(now);
        Assert.InRange(entered, 0, 3);
        Assert.Equal(64 - entered, EnterAtOnce(now + 2));
    }

    [Fact]
    public void F152_Reset_IsClosedAndFull_AndFailuresFromBeforeAreNoNews()
    {
        EnterAll(0);
        for (int i = 0; i < 20; i++) _circuit.OnFailure(0);
        Assert.True(_circuit.IsOpen);

        _circuit.Reset();
        Assert.False(_circuit.IsOpen);
        for (int i = 0; i < 44; i++) _circuit.OnFailure(1);
        Assert.Null(_circuit.FailingSince);
        Fail(19, 2);
        Assert.False(_circuit.IsOpen);
        Fail(1, 3);
        Assert.True(_circuit.IsOpen);
        Assert.False(_circuit.TryEnter(3, out double retryAt));
        Assert.Equal(4, retryAt, 9); // and the probes begin anew
    }

    [Fact]
    public void F152_FailingSince_IsTheFirstOfThreeFailuresWithoutAnAnswer()
    {
        Fail(2, 5);
        Assert.Null(_circuit.FailingSince);
        Fail(1, 7);
        Assert.Equal(5, _circuit.FailingSince);
        Answer(1, 8);
        Assert.Null(_circuit.FailingSince);
        Fail(3, 9);
        Assert.Equal(9, _circuit.FailingSince);
    }

    [Property(MaxTest = 300)]
    public void AnyHistory_KeepsItsPromises(byte[] events, int seed)
    {
        Random random = new(seed);
        CircuitBreaker circuit = new(random.NextDouble);
        int underWay = 0;
        double now = 0, probe = double.NegativeInfinity;
        foreach (byte e in events.Concat(events).Concat(events))
        {
            now += random.NextDouble();
            switch (e % 5)
            {
                case 0 when underWay > 0:
                    underWay--;
                    circuit.OnSuccess(now);
                    break;
                case 1 when underWay > 0:
                    underWay--;
                    circuit.OnFailure(now);
                    break;
                case 2 when underWay > 0:
                    underWay--;
                    circuit.OnCancelled(now);
                    break;
                default:
                    bool wasOpen = circuit.IsOpen;
                    if (circuit.TryEnter(now, out double retryAt))
                    {
                        Assert.InRange(++underWay, 1, CircuitBreaker.MaxConcurrent);
                        if (wasOpen)
                        {
                            Assert.True(now - probe >= 0.8, "two probes in one turn");
                            probe = now;
                        }
                    }
                    else
                    {
                        // Time or the end of a request helps, else it would be shut for ever
                        Assert.True(retryAt > now);
                        Assert.True(underWay > 0 || retryAt <= now + 6);
                    }
                    break;
            }
        }
    }

    private static void Fail(CircuitBreaker circuit, int count, double now)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(circuit.TryEnter(now + i * 0.011, out _));
            circuit.OnFailure(now);
        }
    }

    private void Fail(int count, double now) => Fail(_circuit, count, now);

    private void Answer(int count, double now)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(_circuit.TryEnter(now, out _));
            _circuit.OnSuccess(now);
        }
    }

    /// <summary>Enters as long as it may, over nearly a second.</summary>
    private int EnterAll(double now)
    {
        int entered = 0;
        for (double at = now; at < now + 0.9; at += 0.011) entered += EnterAtOnce(at);
        return entered;
    }

    private int EnterAtOnce(double now)
    {
        int entered = 0;
        while (_circuit.TryEnter(now, out _)) entered++;
        return entered;
    }

    /// <summary>Fails twenty times at 0, answers the probe of 1 s; returns the time.</summary>
    private double HalfOpen()
    {
        Fail(20, 0);
        Assert.True(_circuit.TryEnter(1, out _));
        _circuit.OnSuccess(1);
        Assert.False(_circuit.IsOpen);
        return 1;
    }
}
