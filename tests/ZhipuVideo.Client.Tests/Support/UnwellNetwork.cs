using System.Net;
using System.Net.Sockets;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>
/// A network that fails to connect so many times, then connects: simulated at the narrowest seam, the socket's own connect, because names
/// that do not resolve and missing routes are the machine's.
/// </summary>
internal sealed class UnwellNetwork(SocketError error, int failures)
{
    private int _tries;

    /// <summary>How many tries fail.</summary>
    internal int Failures { get; set; } = failures;

    /// <summary>How many connections were tried.</summary>
    internal int Tries => Volatile.Read(ref _tries);

    internal HttpMessageHandler CreateHandler() => new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            if (Interlocked.Increment(ref _tries) <= Failures) throw new SocketException((int)error);
            Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, context.DnsEndPoint.Port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };
}
