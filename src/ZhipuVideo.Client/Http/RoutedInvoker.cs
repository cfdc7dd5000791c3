using System;
using System.Net;
using System.Net.Http;

namespace ZhipuVideo.Http;

/// <summary>Sends through a handler, and knows which proxy that goes through: when nothing answers, it is mostly the proxy that is wrong.</summary>
internal sealed class RoutedInvoker(HttpMessageHandler handler) : HttpMessageInvoker(handler)
{
    private readonly HttpMessageHandler _handler = handler;

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
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or UriFormatException)
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
