using System;
using System.Globalization;
#if NET
using System.Text;
#endif

namespace ZhipuVideo;

/// <summary>Reads addresses that others have written.</summary>
internal static class Address
{
    /// <summary>
    /// As <see cref="Uri.TryCreate(string, UriKind, out Uri)"/>, and the address is one whose parts can be asked for: .NET finds out about a
    /// host of nothing but marks of direction only when it is asked for it, or not even then, and throws <see cref="IndexOutOfRangeException"/>.
    /// </summary>
    /// <param name="text">The address.</param>
    /// <param name="uri">The address, when it is one.</param>
    /// <param name="from">What it is relative to; null: it must be absolute.</param>
    internal static bool TryParse(string text, out Uri uri, Uri? from = null)
    {
        try
        {
            bool isAddress = from is null ? Uri.TryCreate(text, UriKind.Absolute, out Uri? parsed) : Uri.TryCreate(from, text, out parsed);
            uri = parsed!;
            return isAddress && uri.Host is not null;
        }
        catch (IndexOutOfRangeException)
        {
            uri = null!;
            return false;
        }
    }

    /// <summary>
    /// As <see cref="TryParse"/>, and path and query of a web address go out byte for byte as they were written: they may be signed, and
    /// .NET tidies them up (<c>%7E</c>, <c>/../</c>, <c>/./</c>). Only what HTTP cannot carry is escaped: blanks, controls and what is not
    /// ASCII. .NET Framework has no way to leave them alone.
    /// </summary>
    internal static bool TryParseLink(string text, out Uri uri, Uri? from = null)
    {
        string link = text.Trim();
        if (from is not null && link.StartsWith("//", StringComparison.Ordinal)) link = from.Scheme + ":" + link;
        else if (from is not null && link.StartsWith("/", StringComparison.Ordinal)) link = Origin(from) + link;
        // Of any other relative link the platform makes an absolute one; that its base was not tidied up must not hinder it
        if (!TryParse(link, out uri, from is null ? null : new Uri(from.AbsoluteUri))) return false;
#if NET
        int start = link.IndexOf("://", StringComparison.Ordinal) + 3;
        if (start < 3 || !link.StartsWith(uri.Scheme, StringComparison.OrdinalIgnoreCase) || uri.Scheme is not ("http" or "https")) return true;
        int path = link.IndexOfAny(['/', '\\', '?', '#'], start);
        int fragment = link.IndexOf('#', start);
        string rest = path < 0 ? "" : link[path..(fragment < 0 ? link.Length : fragment)];
        string target = Escaped(rest.StartsWith('/') ? rest : "/" + rest.TrimStart('\\'));
        return Uri.TryCreate(Origin(uri) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out uri!);
#else
        return true;
#endif
    }

    /// <summary>The same address over https; a port of plain http's own becomes that of https.</summary>
    internal static Uri WithHttps(Uri uri)
    {
        string port = uri.IsDefaultPort ? "" : ":" + uri.Port.ToString(CultureInfo.InvariantCulture);
        return TryParseLink($"https://{uri.Host}{port}{uri.PathAndQuery}", out Uri secure) ? secure : uri;
    }

    private static string Origin(Uri uri) => $"{uri.Scheme}://{uri.Authority}";

#if NET
    private static string Escaped(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > 0x20 and < 0x7F) escaped.Append((char)b);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return escaped.ToString();
    }
#endif
}
