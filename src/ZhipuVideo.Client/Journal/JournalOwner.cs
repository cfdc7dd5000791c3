using System;
using System.Security.Cryptography;
using System.Text;

namespace ZhipuVideo.Journaling;

/// <summary>
/// Whose rows a journal has: the service's address and the account that pays. The account shows only as a hash under its own key, from
/// which nobody learns a character of the key.
/// </summary>
internal sealed class JournalOwner
{
    /// <summary>The address of every service of this machine: an emulator has another port each time.</summary>
    internal const string Loopback = "loopback";

    private const int TagBytes = 16;

    internal JournalOwner(ServiceEndpoint endpoint)
    {
        Uri uri = endpoint.BaseUri;
        Address = uri.IsLoopback
            ? Loopback
            : new UriBuilder(uri) { Host = uri.IdnHost.TrimEnd('.').ToLowerInvariant() }.Uri.AbsoluteUri;
        using HMACSHA256 hash = new(Encoding.UTF8.GetBytes(endpoint.Key.Authorization));
        KeyTag = Convert.ToBase64String(hash.ComputeHash(Encoding.ASCII.GetBytes("ZhipuVideo journal owner")), 0, TagBytes);
    }

    internal string Address { get; }

    internal string KeyTag { get; }
}
