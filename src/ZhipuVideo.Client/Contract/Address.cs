using System;

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
}
