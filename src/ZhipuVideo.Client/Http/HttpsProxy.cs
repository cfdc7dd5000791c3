using System;
using System.Net;
#if !NETFRAMEWORK
using System.Net.Http;
#endif

namespace ZhipuVideo.Http;

/// <summary>The proxy of this machine's settings, for https alone: through plain http it could read, and answer, what is not meant for it.</summary>
internal sealed class HttpsProxy : IWebProxy
{
#if NETFRAMEWORK
    private readonly IWebProxy? _settings = WebRequest.DefaultWebProxy;
#else
    private readonly IWebProxy? _settings = HttpClient.DefaultProxy;
#endif

    public ICredentials? Credentials
    {
        get => _settings?.Credentials;
        set => throw new NotSupportedException();
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : _settings!.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.Scheme != Uri.UriSchemeHttps || _settings is null || _settings.IsBypassed(host);
}
