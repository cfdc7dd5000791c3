namespace ZhipuVideo.Tests.Model;

/// <summary>Ten thousand sequences are a command; see <see cref="ModelCheck"/>.</summary>
public sealed class ModelTests(ITestOutputHelper output)
{
    [Fact]
    public Task Three_hundred_sequences_of_commands_do_what_the_model_says() => OwnProcess.RunAsync(output, "model", "300");
}
