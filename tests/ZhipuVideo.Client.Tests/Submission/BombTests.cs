namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>What is measured in the whole process is measured alone.</summary>
[CollectionDefinition(nameof(BombTests), DisableParallelization = true)]
[Collection(nameof(BombTests))]
public sealed class BombTests : ServiceTest
{
    [Fact]
    public async Task F18_A_bomb_is_cut_at_a_mebibyte()
    {
        using RawServer server = Serve(SendBombAsync);
        using CogVideoClient client = NewClient(server.Origin);
        Assert.InRange(Bomb.Length, 1, 1 << 20); // made before anything is measured
        long before = GC.GetTotalAllocatedBytes(precise: true);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => client.SubmitAsync(new VideoRequest { Prompt = "x" }));

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, error.Reason);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 24 << 20);
    }
}
