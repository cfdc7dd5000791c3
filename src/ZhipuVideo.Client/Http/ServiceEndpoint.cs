using System;
using System.Text;

namespace ZhipuVideo;

/// <summary>Where the service is and with which account: the only place a key is sent to.</summary>
public sealed class ServiceEndpoint
{
    /// <summary>The service's own address (its reference page).</summary>
    public const string DefaultBaseUri = "https://open.bigmodel.cn/api/paas/v4";

    private const string DefaultPath = "/api/paas/v4";

    /// <summary>An endpoint; throws <see cref="ErrorReason.InvalidBaseUri"/> for an address that must not get a key.</summary>
    public ServiceEndpoint(ApiKey key, string? baseUri = null)
    {
        Key = key ?? throw new ArgumentNullException(nameof(key));
        BaseUri = Normalize(baseUri, key);
        Submissions = new Uri(BaseUri.AbsoluteUri + "/videos/generations");
    }

    /// <summary>The base, without a slash at the end.</summary>
    public Uri BaseUri { get; }

    internal ApiKey Key { get; }

    internal Uri Submissions { get; }

    /// <summary>Whether plain http is spoken: only to this machine.</summary>
    internal bool IsPlainHttp => BaseUri.Scheme == Uri.UriSchemeHttp;

    /// <summary>Whether both are the same account at the same address.</summary>
    internal bool IsSame(ServiceEndpoint other) => BaseUri.AbsoluteUri == other.BaseUri.AbsoluteUri && Key.IsSame(other.Key);

    /// <summary>
    /// The address of a task's state. An id of dots would be a step up in the path: with a space behind it, it is an id that does not exist. The
    /// same goes for half a surrogate pair, which .NET Framework refuses to escape: it becomes U+FFFD, as in .NET.
    /// </summary>
    internal Uri GetResultAddress(string id)
    {
        string written = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(id is "." or ".." ? id + " " : id));
        return new Uri(BaseUri.AbsoluteUri + "/async-result/" + Uri.EscapeDataString(written));
    }

    private static Uri Normalize(string? text, ApiKey key)
    {
        string trimmed = string.IsNullOrWhiteSpace(text) ? DefaultBaseUri : text!.Trim();
        if (!Address.TryParse(trimmed, out Uri uri)
            || uri.UserInfo.Length > 0
            || uri.Query.Length > 0
            || uri.Fragment.Length > 0
            || uri.Host.Length == 0
            || !(uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            // Whatever stands before an @ may be a password, also in what is not an address at all
            string shown = trimmed.LastIndexOf('@') is >= 0 and int at ? "***" + trimmed.Substring(at) : trimmed;
            throw new CogVideoException(ErrorReason.InvalidBaseUri, MessageKey.BaseUriRefused, key.Mask(shown), DefaultBaseUri);
        }
        string path = uri.AbsolutePath.TrimEnd('/');
        return new UriBuilder(uri) { Path = path.Length == 0 ? DefaultPath : path }.Uri;
    }
}
