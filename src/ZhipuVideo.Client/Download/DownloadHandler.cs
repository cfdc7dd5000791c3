#if !NET
using System;
#endif
using System.Net;
using System.Net.Http;
#if NET
using System.Threading;
#endif
using ZhipuVideo.Http;

namespace ZhipuVideo.Download;

/// <summary>The HTTP handler of downloads: it has no key, no cookies and no credentials, and follows no redirect by itself.</summary>
internal static class DownloadHandler
{
#if NET
    internal static HttpMessageHandler Create(DownloaderOptions options) => new SocketsHttpHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        Proxy = options.AllowHttp ? new HttpsProxy() : null,
        // Each try has a limit of its own, which grows
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        MaxConnectionsPerServer = options.ThrottleLimit,
        ActivityHeadersPropagator = null,
        // A body that is not wanted is not read to its end
        MaxResponseDrainSize = 0,
    };

    internal static void Prepare(HttpRequestMessage request, DownloaderOptions options)
    {
        // The handler has its own limit
    }
#else
    internal static HttpMessageHandler Create(DownloaderOptions options) => new HttpClientHandler
    {
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        Proxy = options.AllowHttp ? new HttpsProxy() : null,
    };

    /// <summary>.NET Framework allows two connections a host: raised for the hosts of this run only, never for the process.</summary>
    internal static void Prepare(HttpRequestMessage request, DownloaderOptions options)
    {
        ServicePoint point = ServicePointManager.FindServicePoint(request.RequestUri);
        point.ConnectionLimit = Math.Max(point.ConnectionLimit, options.ThrottleLimit);
    }
#endif
}
