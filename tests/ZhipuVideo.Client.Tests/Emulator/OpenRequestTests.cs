using Microsoft.AspNetCore.Http;
using ZhipuVideo.Emulator;
using ZhipuVideo.Emulator.Http;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>
/// The counts of open requests, by which tests of a throttle go: who has the last byte of a reply may ask again at once, and must not
/// count as two.
/// </summary>
public sealed class OpenRequestTests
{
    [Fact]
    public async Task Request_is_over_before_its_last_byte_leaves()
    {
        EmulatorState state = new EmulatorState(new EmulatorOptions());
        ReceivedRequest request = new ReceivedRequest
        {
            Phase = RequestPhase.Poll,
            Origin = Origin.Api,
            Method = "GET",
            Path = "/",
            Headers = new Dictionary<string, string>(),
        };
        Network network = new Network(request);
        DefaultHttpContext context = new DefaultHttpContext { Response = { Body = network } };
        state.Begin(request);
        await new ReplySender(state, TimeProvider.System).SendAsync(context, request, new Reply(200, [new byte[3], new byte[2]], 5));
        Assert.Equal([(3, false), (2, true)], network.Writes);
    }

    /// <summary>Remembers how much was written and whether the request counted as over by then.</summary>
    private sealed class Network(ReceivedRequest request) : MemoryStream
    {
        public List<(int Length, bool Over)> Writes { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Writes.Add((buffer.Length, request.Finished));
            return ValueTask.CompletedTask;
        }
    }
}
