using System.Net;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>
/// A proxy with a password in its address, as people have it in their environment: answers each CONNECT as it is told, then passes bytes.
/// </summary>
internal sealed class ProxyServer : IDisposable
{
    internal const string Password = "pr0xy@Secret";

    private readonly RawServer _server;
    private int _connects;

    /// <param name="target">Where all tunnels lead to.</param>
    /// <param name="refusal">The status of a refusal.</param>
    /// <param name="refusals">How many CONNECTs are refused.</param>
    internal ProxyServer(RawServer target, int refusal, int refusals)
    {
        _server = new RawServer((request, connection) => AnswerAsync(target, refusal, refusals, request, connection));
        Address = _server.Origin;
    }

    private async Task AnswerAsync(RawServer target, int refusal, int refusals, RawRequest request, RawConnection connection)
    {
        if (request.Method != "CONNECT") throw new InvalidOperationException(request.Head);
        if (Interlocked.Increment(ref _connects) > refusals)
        {
            await connection.SendAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            await connection.TunnelAsync(new Uri(target.Origin).Port);
            return;
        }
        string ask = refusal == 407 ? "Proxy-Authenticate: Basic realm=\"p\"\r\n" : "";
        await connection.AnswerAsync(refusal, "<html>no</html>", ask + "Connection: close\r\n", "text/html");
        connection.Cut();
    }

    /// <summary>Its address, without the password.</summary>
    internal string Address { get; }

    /// <summary>How many tunnels were asked for.</summary>
    internal int Connects => Volatile.Read(ref _connects);

    /// <summary>Makes a transport go through it.</summary>
    internal HttpMessageHandler Through(SocketsHttpHandler handler)
    {
        // A number in the address is no status
        string address = Address.Replace("//", $"//user407:{Uri.EscapeDataString(Password)}@", StringComparison.Ordinal);
        handler.Proxy = new WebProxy(new Uri(address));
        return handler;
    }

    public void Dispose() => _server.Dispose();
}
