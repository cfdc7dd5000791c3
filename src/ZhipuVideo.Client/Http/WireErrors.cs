using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
#if !NETFRAMEWORK
using System.Net.Http;
#endif
using System.Security.Authentication;
#if !NETFRAMEWORK
using System.Text.RegularExpressions;
#endif

namespace ZhipuVideo.Http;

/// <summary>What the platform's exceptions mean, which differ between .NET and .NET Framework.</summary>
internal static class WireErrors
{
    /// <summary>Whether the certificate is not trusted, or no common protocol was found.</summary>
    internal static bool IsTls(Exception error) => Causes(error).Any(e =>
        e is AuthenticationException
        || e is WebException { Status: WebExceptionStatus.TrustFailure or WebExceptionStatus.SecureChannelFailure });

    /// <summary>Whether the proxy asks for credentials.</summary>
    internal static bool IsProxyRefusal(Exception error) => Causes(error).Any(e => e switch
    {
#if !NETFRAMEWORK
        HttpRequestException { StatusCode: HttpStatusCode.ProxyAuthenticationRequired } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } h => LastNumber(h.Message) == "407",
#endif
        WebException { Response: HttpWebResponse { StatusCode: HttpStatusCode.ProxyAuthenticationRequired } } => true,
        _ => false,
    });

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

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException) yield return error;
    }
}
