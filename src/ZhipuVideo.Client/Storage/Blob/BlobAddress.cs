using System;
using System.Linq;

namespace ZhipuVideo.Storage.Blob;

/// <summary>
/// A container, or a blob in it, by its address without the query: the account stands in the host, or for this machine and IP addresses
/// first in the path (learn.microsoft.com, "Naming and Referencing Containers, Blobs, and Metadata").
/// </summary>
internal sealed record BlobAddress
{
    private BlobAddress(string account, string container, string name) => (Account, Container, Name) = (account, container, name);

    /// <summary>The account's name.</summary>
    internal string Account { get; }

    /// <summary>The container's address, without a slash at its end.</summary>
    internal string Container { get; }

    /// <summary>The blob's name, as it is and not escaped; empty = the container itself.</summary>
    internal string Name { get; }

    internal Uri Uri => new(ToString());

    /// <summary>Whether a place is an address, and not a path.</summary>
    internal static bool Is(string? place) =>
        place is not null && (place.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || place.StartsWith("http://", StringComparison.OrdinalIgnoreCase));

    /// <summary>An address and the signature in its query (SAS; null = none).</summary>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DestinationUnusable"/>: it does not lead to a container, or is plain http to
    /// another machine.</exception>
    internal static BlobAddress Parse(string text, out string? sas)
    {
        int query = text.IndexOf('?');
        string shown = query < 0 ? text : text.Substring(0, query);
        bool isAddress = ZhipuVideo.Address.TryParse(shown, out Uri uri) && Is(shown) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
            && (uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback);
        string[] parts = isAddress ? [.. uri.AbsolutePath.Split(['/'], StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)] : [];
        bool inPath = isAddress && (uri.HostNameType != UriHostNameType.Dns || uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase));
        int first = inPath ? 1 : 0;
        if (parts.Length <= first)
            throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.BlobAddressInvalid, shown.LastIndexOf('@') is >= 0 and int at ? "***" + shown.Substring(at) : shown);
        sas = query < 0 ? null : text.Substring(query + 1);
        string root = uri.GetLeftPart(UriPartial.Authority) + "/" + (inPath ? parts[0] + "/" : "");
        return new BlobAddress(inPath ? parts[0] : uri.Host.Split('.')[0], root + parts[first], string.Join("/", parts.Skip(first + 1)));
    }

    internal static BlobAddress Parse(string text) => Parse(text, out _);

    /// <summary>A blob beside this one, or in it as in a folder.</summary>
    internal BlobAddress With(string name) => new(Account, Container, name);

    internal BlobAddress Append(string name) => With(Name.Length == 0 ? name : Name + "/" + name);

    /// <summary>The address, escaped, and never with a query.</summary>
    public override string ToString() => Name.Length == 0 ? Container : Container + "/" + string.Join("/", Name.Split('/').Select(Uri.EscapeDataString));
}
