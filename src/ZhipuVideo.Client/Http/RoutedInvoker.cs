using System;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Http;

/// <summary>Sends through a handler, and knows which proxy that goes through: when nothing answers, it is mostly the proxy that is wrong.</summary>
internal sealed class RoutedInvoker(HttpMessageHandler handler) : HttpMessageInvoker(handler)
{
    internal const int MaxRedirects = 10;

    private readonly HttpMessageHandler _handler = handler;

    /// <summary>Whether a reply says that what was asked for is elsewhere, and where.</summary>
    internal static bool IsRedirect(HttpResponseMessage reply) =>
        (int)reply.StatusCode is 301 or 302 or 303 or 307 or 308 && reply.Headers.Location is not null;

    /// <summary>
    /// Sends a request, and another for each redirect up to <see cref="MaxRedirects"/>; the one after those is the reply. What a request
    /// carries and where a redirect may lead is the caller's to decide.
    /// </summary>
    /// <param name="address">Where the first request goes.</param>
    /// <param name="create">Makes the request to an address.</param>
    /// <param name="follow">Where a redirect leads from an address; throws when it must not be followed.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task<HttpResponseMessage> SendAsync(
        Uri address, Func<Uri, HttpRequestMessage> create, Func<Uri, HttpResponseMessage, Uri> follow, CancellationToken cancellationToken)
    {
        for (int redirects = 0; ; redirects++)
        {
            using HttpRequestMessage request = create(address);
            HttpResponseMessage reply = await SendAsync(request, cancellationToken).ConfigureAwait(false);
            request.Content = null; // the caller's, for another request
            if (redirects == MaxRedirects || !IsRedirect(reply)) return reply;
            using (reply) address = follow(address, reply);
        }
    }

    /// <summary>The way to an address.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="host">What it is called.</param>
    internal Route RouteTo(Uri address, string host)
    {
        Uri? proxy = null;
        try
        {
            if (Proxy is { } settings && !settings.IsBypassed(address)) proxy = settings.GetProxy(address);
        }
        catch (Exception e) when (NetworkErrors.Is(e))
        {
            // A script of the system's settings has failed: then nobody can say
        }
        return new Route(host, proxy is null || proxy == address ? null : proxy.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped));
    }

    private IWebProxy? Proxy => _handler switch
    {
#if NETFRAMEWORK
        HttpClientHandler { UseProxy: true } h => h.Proxy ?? WebRequest.DefaultWebProxy,
#else
        SocketsHttpHandler { UseProxy: true } h => h.Proxy ?? HttpClient.DefaultProxy,
#endif
        _ => null,
    };
}

/// <summary>A host, and the proxy on the way to it; put into words when it is read, in the reader's language.</summary>
/// <param name="host">The host.</param>
/// <param name="proxy">The proxy's scheme, host and port, never its password; null = none.</param>
internal sealed class Route(string host, string? proxy)
{
    /// <inheritdoc/>
    public override string ToString() => proxy is null ? host : Messages.Format(MessageKey.HostThroughProxy, host, proxy);
}
