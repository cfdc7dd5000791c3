using System;
using System.Linq;

namespace ZhipuVideo.Http;

/// <summary>
/// The variables that name a proxy, and which of them the platform does not understand and says so to nobody: it passes them over, or with a
/// password in them takes them for an http proxy. It knows http, https, socks4, socks4a and socks5, and asks the names in this order.
/// </summary>
internal static class ProxyVariables
{
    private static readonly string[] Names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    private static readonly string[] Schemes = ["http", "https", "socks4", "socks4a", "socks5"];

    /// <summary>The first variable that is not understood, unless another one is; else null.</summary>
    /// <param name="read">Reads a variable.</param>
    internal static string? FindIgnored(Func<string, string?> read)
    {
#if NETFRAMEWORK
        return null; // it knows the system's settings alone
#else
        string[] set = [.. Names.Where(name => !string.IsNullOrEmpty(read(name)))];
        return set.Any(name => IsTaken(read(name)!)) ? null : set.FirstOrDefault();
#endif
    }

    private static bool IsTaken(string value)
    {
        int end = value.IndexOf("://", StringComparison.Ordinal);
        if (end >= 0 && !Schemes.Contains(value.Substring(0, end), StringComparer.OrdinalIgnoreCase)) return false;
        return Uri.TryCreate("http://" + (end < 0 ? value : value.Substring(end + 3)), UriKind.Absolute, out Uri? address) && address.Host.Length > 0;
    }
}
