using System;
using System.IO;
using System.Net;
#if !NETFRAMEWORK
using System.Net.Http;
#endif
using System.Security.Authentication;
#if !NETFRAMEWORK
using System.Text.RegularExpressions;
#endif

namespace ZhipuVideo.Http;

/// <summary>Why the network failed; of several causes the one that says most, which is the highest.</summary>
internal enum NetworkFault
{
    /// <summary>The connection broke on the way, or nobody can say.</summary>
    Broken,

    /// <summary>The server was never reached: refused, DNS, no route.</summary>
    NotReached,

    /// <summary>The certificate is not trusted, or no common protocol was found.</summary>
    Tls,

    /// <summary>The proxy asks for credentials.</summary>
    ProxyRefused,
}

/// <summary>What the platform's exceptions mean, which differ between .NET and .NET Framework.</summary>
internal static class NetworkErrors
{
    /// <summary>
    /// Whether it was the network that failed, or what came over it. Platforms throw more than they say (.NET Framework a NotSupportedException
    /// for a proxy of a scheme that it does not know, settings that cannot be read, what was disposed of meanwhile), so it is everything but our
    /// own errors and a call that was given up.
    /// </summary>
    internal static bool Is(Exception error) => error is not (CogVideoException or TransportException or OperationCanceledException or OutOfMemoryException);

    internal static NetworkFault Classify(Exception error)
    {
        NetworkFault fault = NetworkFault.Broken;
        for (Exception? cause = error; cause is not null; cause = cause.InnerException) fault = (NetworkFault)Math.Max((int)fault, (int)ClassifyCause(cause));
        return fault;
    }

    /// <summary>The platform's words for the cause, without the password of a proxy.</summary>
    internal static string Describe(Exception error) => Masked(error.GetBaseException().Message);

    private static NetworkFault ClassifyCause(Exception cause) => cause switch
    {
        AuthenticationException => NetworkFault.Tls,
#if !NETFRAMEWORK
        HttpRequestException { StatusCode: HttpStatusCode.ProxyAuthenticationRequired } => NetworkFault.ProxyRefused,
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } h =>
            LastNumber(h.Message) == "407" ? NetworkFault.ProxyRefused : NetworkFault.NotReached,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError } => NetworkFault.NotReached,
#endif
        WebException { Response: HttpWebResponse { StatusCode: HttpStatusCode.ProxyAuthenticationRequired } } => NetworkFault.ProxyRefused,
        WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure } => NetworkFault.Tls,
        WebException
        {
            Status: WebExceptionStatus.NameResolutionFailure or WebExceptionStatus.ProxyNameResolutionFailure or WebExceptionStatus.ConnectFailure
        } => NetworkFault.NotReached,
        _ => NetworkFault.Broken,
    };

#if !NETFRAMEWORK
    /// <summary>The platform says the status of a tunnel in words only, and last: the proxy's address comes before it.</summary>
    private static string LastNumber(string message) => Regex.Match(message, "[0-9]+", RegexOptions.RightToLeft).Value;
#endif

    /// <summary>The platform's words may name a proxy with its password.</summary>
    internal static string Masked(string message)
    {
        int at = message.IndexOf('@');
        int scheme = at < 0 ? -1 : message.LastIndexOf("://", at, StringComparison.Ordinal);
        return scheme < 0 ? message : message.Substring(0, scheme + 3) + "***" + message.Substring(at);
    }

    /// <summary>Whether a body ended before its announced end; .NET Framework says nothing of it.</summary>
    internal static bool IsEarlyEnd(IOException error) =>
#if NETFRAMEWORK
        false;
#else
        error is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded };
#endif
}
