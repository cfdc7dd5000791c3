namespace ZhipuVideo.Tests.Fuzz;

/// <summary>A million inputs are a command; see <see cref="Fuzzing"/>.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    [Fact]
    public void Twenty_thousand_inputs_bring_no_parser_out_of_its_promise() =>
        Assert.Empty(Fuzzing.Run(20_000, Environment.TickCount, output.WriteLine));
}
