using System.IO.Compression;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>What is measured in the whole process is measured alone.</summary>
[CollectionDefinition(nameof(BombTests), DisableParallelization = true)]
[Collection(nameof(BombTests))]
public sealed class BombTests : ServiceTest
{
    [Fact]
    public async Task F18_A_bomb_is_cut_at_a_mebibyte()
    {
        byte[] bomb = Compress(new byte[64 << 20]);
        using RawServer server = Serve(async connection =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n");
            await connection.SendAsync(bomb);
        });
        using CogVideoClient client = NewClient(server.Origin);
        long before = GC.GetTotalAllocatedBytes(precise: true);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => client.SubmitAsync(new VideoRequest { Prompt = "x" }));

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, error.Reason);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 24 << 20);
    }

    private static byte[] Compress(byte[] plain)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest)) gzip.Write(plain);
        return stream.ToArray();
    }
}
