namespace ZhipuVideo.Tests.KillLoop;

public sealed class KillLoopTests(ITestOutputHelper output)
{
    /// <summary>A thousand are a command; see <see cref="KillLoop"/>.</summary>
    [Fact]
    public Task F49_Thirty_kills_lose_nothing_and_pay_nothing_twice() =>
        KillLoop.RunAsync(kills: 30, seed: Environment.TickCount, workers: 2, output.WriteLine);
}
