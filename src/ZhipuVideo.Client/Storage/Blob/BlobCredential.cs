using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Storage.Blob;

/// <summary>What opens a container. It is never part of a text.</summary>
internal abstract class BlobCredential
{
    /// <summary>The same for the same secret, and no character of it.</summary>
    internal abstract string Identity { get; }

    /// <summary>Puts it on a request.</summary>
    /// <param name="request">The request, complete but for this.</param>
    /// <param name="address">What it is for.</param>
    /// <param name="wasRefused">The last try was refused: what can be renewed is renewed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal abstract Task AuthorizeAsync(HttpRequestMessage request, BlobAddress address, bool wasRefused, CancellationToken cancellationToken);

    /// <summary>A SAS, an account key, or a connection string that holds one of them; null when the text is none of these.</summary>
    internal static BlobCredential? Parse(string text)
    {
        text = text.Trim().TrimStart('?');
        if (ParseSettings(text) is { Count: > 0 } settings)
        {
            string? inner = Get(settings, "SharedAccessSignature") ?? Get(settings, "AccountKey");
            return inner is null ? null : Parse(inner);
        }
        if (text.Any(static c => c is <= ' ' or > '~')) return null;
        if (text.Split('&').Any(static part => part.StartsWith("sig=", StringComparison.OrdinalIgnoreCase))) return new SasCredential(text);
        try
        {
            return Convert.FromBase64String(text) is { Length: >= 32 } key ? new KeyCredential(key) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The parts of a connection string; none when the text is not one.</summary>
    internal static Dictionary<string, string> ParseSettings(string text) => text.Split(';')
        .Select(static part => part.Split(['='], 2))
        .Where(static pair => pair.Length == 2 && pair[0].Trim() is "AccountName" or "AccountKey" or "BlobEndpoint" or "SharedAccessSignature" or "EndpointSuffix")
        .GroupBy(static pair => pair[0].Trim(), static pair => pair[1].Trim())
        .ToDictionary(static pair => pair.Key, static pair => pair.First(), StringComparer.Ordinal);

    internal static string? Get(Dictionary<string, string> settings, string name) => settings.TryGetValue(name, out string? value) ? value : null;

    private protected static string Hash(byte[] secret)
    {
        using HMACSHA256 hash = new(secret);
        return Convert.ToBase64String(hash.ComputeHash(Encoding.ASCII.GetBytes("ZhipuVideo storage")));
    }
}

/// <summary>A shared access signature: the query of every request.</summary>
internal sealed class SasCredential(string sas) : BlobCredential
{
    internal override string Identity { get; } = Hash(Encoding.ASCII.GetBytes(sas));

    internal override Task AuthorizeAsync(HttpRequestMessage request, BlobAddress address, bool wasRefused, CancellationToken cancellationToken)
    {
        string uri = request.RequestUri!.AbsoluteUri;
        request.RequestUri = new Uri(uri + (uri.Contains("?") ? "&" : "?") + sas);
        return Task.CompletedTask;
    }
}

/// <summary>An account's key: signs every request (learn.microsoft.com, "Authorize with Shared Key").</summary>
internal sealed class KeyCredential(byte[] key) : BlobCredential
{
    internal override string Identity { get; } = Hash(key);

    internal override Task AuthorizeAsync(HttpRequestMessage request, BlobAddress address, bool wasRefused, CancellationToken cancellationToken)
    {
        string Header(string name) => request.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : "";
        long length = request.Content?.Headers.ContentLength ?? 0;
        string?[] lines =
        [
            request.Method.Method, "", "", length == 0 ? "" : length.ToString(CultureInfo.InvariantCulture),
            request.Content?.Headers.ContentMD5 is { } md5 ? Convert.ToBase64String(md5) : "", "", "", "",
            Header("If-Match"), Header("If-None-Match"), "", "",
            .. request.Headers.Where(static header => header.Key.StartsWith("x-ms-", StringComparison.Ordinal))
                .OrderBy(static header => header.Key, StringComparer.Ordinal).Select(static header => header.Key + ":" + header.Value.First()),
            "/" + address.Account + request.RequestUri!.AbsolutePath,
            .. request.RequestUri.Query.TrimStart('?').Split(['&'], StringSplitOptions.RemoveEmptyEntries).Select(static part => part.Split(['='], 2))
                .OrderBy(static pair => pair[0], StringComparer.Ordinal).Select(static pair => pair[0] + ":" + Uri.UnescapeDataString(pair[1])),
        ];
        using HMACSHA256 hash = new(key);
        string signature = Convert.ToBase64String(hash.ComputeHash(Encoding.UTF8.GetBytes(string.Join("\n", lines))));
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {address.Account}:{signature}");
        return Task.CompletedTask;
    }
}

/// <summary>
/// The identity that Azure gives a machine or a job: a token from the machine's own endpoint, which may be near its end when it comes, and
/// so is renewed minutes before (learn.microsoft.com, "How to use managed identities for App Service").
/// </summary>
/// <param name="endpoint">IDENTITY_ENDPOINT; of this machine.</param>
/// <param name="header">IDENTITY_HEADER.</param>
/// <param name="clientId">AZURE_CLIENT_ID: which identity; null = the system's.</param>
/// <param name="clock">The clock.</param>
internal sealed class IdentityCredential(Uri endpoint, string header, string? clientId, Clock clock) : BlobCredential, IDisposable
{
    private const double RenewBefore = 300;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _sync = new(1);
    private string? _token;
    private DateTime _renewAt;

    internal override string Identity => "identity " + clientId;

    internal override async Task AuthorizeAsync(HttpRequestMessage request, BlobAddress address, bool wasRefused, CancellationToken cancellationToken)
    {
        await _sync.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_token is null || wasRefused || clock.UtcNow >= _renewAt) await RenewAsync(cancellationToken).ConfigureAwait(false);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _token);
        }
        finally
        {
            _sync.Release();
        }
    }

    public void Dispose() => _sync.Dispose();

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        using HttpMessageInvoker http = new(HttpHandlers.CreateForService(isPlainHttp: endpoint.Scheme == Uri.UriSchemeHttp));
        string query = "resource=" + Uri.EscapeDataString("https://storage.azure.com/") + (clientId is null ? "" : "&client_id=" + Uri.EscapeDataString(clientId));
        using HttpRequestMessage request = new(HttpMethod.Get, new UriBuilder(endpoint) { Query = query }.Uri);
        request.Headers.TryAddWithoutValidation("X-IDENTITY-HEADER", header);
        request.Headers.TryAddWithoutValidation("Metadata", "true");
        using CallTimeout limit = new(clock.Time, Timeout, cancellationToken);
        using HttpResponseMessage reply = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
        if (!reply.IsSuccessStatusCode) throw new BlobException((int)reply.StatusCode, "IdentityEndpoint");
        Read(await ReadTextAsync(reply).ConfigureAwait(false));
    }

    private static Task<string> ReadTextAsync(HttpResponseMessage reply) => reply.Content.ReadAsStringAsync();

    private void Read(string text)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            _token = json.RootElement.GetProperty("access_token").GetString();
            string expires = json.RootElement.GetProperty("expires_on").ToString();
            DateTime end = long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime
                : DateTime.Parse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
            _renewAt = end.AddSeconds(-RenewBefore);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            throw new BlobException(502, "IdentityEndpoint");
        }
    }
}
