namespace ZhipuVideo.Tests.Simulation;

/// <summary>Ten thousand seeds are a command; see <see cref="Simulation"/>.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_hundred_lives_of_a_batch_break_no_invariant_and_go_the_same_way_twice()
    {
        string first = await OwnProcess.RunAsync(output, "simulate", "200", "1");
        string second = await OwnProcess.RunAsync(output, "simulate", "200", "1");

        Assert.Equal(Digest(first), Digest(second));
    }

    private static string Digest(string printed) => printed.Split('\n').Single(line => line.StartsWith("digest", StringComparison.Ordinal));
}
