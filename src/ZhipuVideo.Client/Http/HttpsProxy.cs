using System;
using System.Net;
#if !NETFRAMEWORK
using System.Net.Http;
#endif

namespace ZhipuVideo.Http;

/// <summary>
/// The proxy of this machine's settings, for https alone: through plain http it could read, and answer, what is not meant for it. What the
/// settings name and except is asked only when something goes out over https.
/// </summary>
internal sealed class HttpsProxy : IWebProxy
{
    public ICredentials? Credentials
    {
        get => Settings?.Credentials;
        set => throw new NotSupportedException();
    }

#if NETFRAMEWORK
    private static IWebProxy? Settings => WebRequest.DefaultWebProxy;
#else
    private static IWebProxy? Settings => HttpClient.DefaultProxy;
#endif

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : Settings!.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.Scheme != Uri.UriSchemeHttps || Settings is null || Settings.IsBypassed(host);
}
