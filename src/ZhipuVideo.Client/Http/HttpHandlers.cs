using System;
using System.Net.Http;
#if NETFRAMEWORK
using System.Security.Authentication;
#endif
using System.Threading;

namespace ZhipuVideo.Http;

/// <summary>
/// The one place in which HTTP handlers are made: no cookies, no credentials, no redirects and no decompression of their own. Plain http,
/// where it is spoken at all, goes past any proxy of this machine's settings (<see cref="HttpsProxy"/>).
/// </summary>
internal static class HttpHandlers
{
    private const int MaxServiceConnections = 64;

    /// <summary>For calls of the service, whose replies are small.</summary>
    internal static HttpMessageHandler CreateForService(bool isPlainHttp) =>
        Create(isPlainHttp, MaxServiceConnections, TimeSpan.FromSeconds(15), maxDrain: 64 * 1024);

    /// <summary>For files: each try has a limit of its own, which grows, and a body that is not wanted is not read to its end.</summary>
    internal static HttpMessageHandler CreateForDownloads(bool isPlainHttp, int maxConnections) =>
        Create(isPlainHttp, maxConnections, Timeout.InfiniteTimeSpan, maxDrain: 0);

#if NETFRAMEWORK
    // What the process allows may be older than TLS 1.2, and two connections a host; behind a proxy a limit of the address would not count
    private static HttpClientHandler Create(bool isPlainHttp, int maxConnections, TimeSpan connectTimeout, int maxDrain) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        Proxy = isPlainHttp ? new HttpsProxy() : null,
        SslProtocols = SslProtocols.Tls12,
        MaxConnectionsPerServer = maxConnections,
    };
#else
    private static SocketsHttpHandler Create(bool isPlainHttp, int maxConnections, TimeSpan connectTimeout, int maxDrain) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        Proxy = isPlainHttp ? new HttpsProxy() : null,
        ConnectTimeout = connectTimeout,
        MaxConnectionsPerServer = maxConnections,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20), // before a server's usual 60 s: a stale one costs a submission its certainty
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        MaxResponseDrainSize = maxDrain,
        ActivityHeadersPropagator = null,
    };
#endif
}
