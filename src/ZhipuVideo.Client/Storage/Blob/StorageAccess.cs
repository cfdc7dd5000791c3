using System;
using System.Collections.Generic;
using System.Linq;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo;

/// <summary>
/// The blob containers that somebody has named in this session, and what opens each. Nothing is ever sent to another container, whatever a
/// job, a journal or a row says: a credential would go with it. Thread-safe.
/// </summary>
public sealed class StorageAccess
{
    /// <summary>Where an identity's token may go: it opens every account that the identity may use.</summary>
    private static readonly string[] Clouds = [".blob.core.windows.net", ".blob.core.chinacloudapi.cn", ".blob.core.usgovcloudapi.net"];

    private readonly Dictionary<string, BlobCredential> _containers = new(StringComparer.Ordinal);
    private readonly Func<string, string?> _read;
    private readonly Clock _clock;
    private readonly Func<double> _random;
    private BlobCredential? _default;

    /// <summary>Nothing is named yet. Credentials that no address brings are read from this process's environment.</summary>
    public StorageAccess()
        : this(Environment.GetEnvironmentVariable, TimeProvider.System, new LockedRandom().Next)
    {
    }

    /// <param name="read">Reads an environment variable.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">At least 0, less than 1; several threads ask for it.</param>
    internal StorageAccess(Func<string, string?> read, TimeProvider time, Func<double> random) => (_read, _clock, _random) = (read, new Clock(time), random);

    /// <summary>
    /// Names a container. What opens it is, in this order: a SAS in the address's query; the credential; the environment variables of the Azure
    /// CLI for the account that they name (AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_KEY with AZURE_STORAGE_ACCOUNT, AZURE_STORAGE_CONNECTION_STRING);
    /// the managed identity (IDENTITY_ENDPOINT), for Azure's own hosts only; what opened it before.
    /// </summary>
    /// <param name="address">A container, or a blob or folder in it: https, or http of this machine.</param>
    /// <param name="credential">A SAS, an account key or a connection string; null = none.</param>
    /// <returns>The address without its query: what may be shown and kept.</returns>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.DestinationUnusable"/> for what is not such an address,
    /// <see cref="ErrorReason.StorageDenied"/> when nothing opens it or the credential cannot be one.</exception>
    public string Add(string address, string? credential = null)
    {
        BlobAddress blob = BlobAddress.Parse(address ?? throw new ArgumentNullException(nameof(address)), out string? sas);
        BlobCredential? given = sas is not null ? Parse(sas) : credential is not null ? Parse(credential) : null;
        lock (_containers)
        {
            bool isKnown = _containers.TryGetValue(blob.Container, out BlobCredential? known);
            _containers[blob.Container] = given ?? _default ?? (isKnown ? known : FromEnvironment(blob) ?? FromIdentity(blob))
                ?? throw new CogVideoException(ErrorReason.StorageDenied, MessageKey.BlobNoCredential, blob) { AdviceKey = MessageKey.AdviceBlobNoCredential };
        }
        return blob.ToString();
    }

    /// <summary>Opens every container that is named from now on with this, unless its address brings a SAS; null = the rules of <see cref="Add"/>.</summary>
    /// <param name="credential">A SAS, an account key or a connection string.</param>
    public void SetDefault(string? credential)
    {
        BlobCredential? parsed = credential is null ? null : Parse(credential);
        lock (_containers) _default = parsed;
    }

    /// <summary>Opens the containers that were named before with this: what opened them may have expired.</summary>
    /// <param name="credential">A SAS, an account key or a connection string.</param>
    public void Renew(string credential)
    {
        BlobCredential parsed = Parse(credential);
        lock (_containers)
        {
            foreach (string container in _containers.Keys.ToArray()) _containers[container] = parsed;
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_containers)
        {
            _containers.Clear();
            _default = null;
        }
    }

    /// <summary>Whether somebody has named the address's container.</summary>
    internal bool Knows(string address)
    {
        lock (_containers) return BlobAddress.Is(address) && _containers.ContainsKey(BlobAddress.Parse(address).Container);
    }

    /// <summary>The same for the same blob and the same credential.</summary>
    internal string Identify(BlobAddress blob) => blob + "\n" + Find(blob).Identity;

    /// <summary>Calls the container of a blob; the caller's to dispose of.</summary>
    internal BlobClient CreateClient(BlobAddress blob) => new(HttpHandlers.CreateForService(blob.Uri.Scheme == Uri.UriSchemeHttp), _clock, _random, Find(blob));

    private BlobCredential Find(BlobAddress blob)
    {
        lock (_containers)
        {
            return _containers.TryGetValue(blob.Container, out BlobCredential? credential)
                ? credential
                : throw new LogException(LogFault.Denied, blob.ToString(), Messages.Format(MessageKey.BlobNotNamed));
        }
    }

    private static BlobCredential Parse(string text) =>
        BlobCredential.Parse(text) ?? throw new CogVideoException(ErrorReason.StorageDenied, MessageKey.BlobCredentialInvalid);

    private BlobCredential? FromEnvironment(BlobAddress blob)
    {
        if (_read("AZURE_STORAGE_CONNECTION_STRING") is { Length: > 0 } connection)
        {
            Dictionary<string, string> settings = BlobCredential.ParseSettings(connection);
            string endpoint = BlobCredential.Get(settings, "BlobEndpoint")
                ?? $"https://{BlobCredential.Get(settings, "AccountName")}.blob.{BlobCredential.Get(settings, "EndpointSuffix") ?? "core.windows.net"}";
            if (blob.Container.StartsWith(endpoint.TrimEnd('/') + "/", StringComparison.OrdinalIgnoreCase)) return Parse(connection);
        }
        if (!string.Equals(_read("AZURE_STORAGE_ACCOUNT"), blob.Account, StringComparison.Ordinal) || !IsCloud(blob)) return null;
        string? secret = new[] { _read("AZURE_STORAGE_SAS_TOKEN"), _read("AZURE_STORAGE_KEY") }.FirstOrDefault(static value => !string.IsNullOrEmpty(value));
        return secret is null ? null : Parse(secret);
    }

    private IdentityCredential? FromIdentity(BlobAddress blob) =>
        IsCloud(blob) && _read("IDENTITY_HEADER") is { Length: > 0 } header && Address.TryParse(_read("IDENTITY_ENDPOINT") ?? "", out Uri endpoint) && endpoint.IsLoopback
            ? new IdentityCredential(endpoint, header, _read("AZURE_CLIENT_ID") is { Length: > 0 } client ? client : null, _clock)
            : null;

    private static bool IsCloud(BlobAddress blob) =>
        blob.Uri.Scheme == Uri.UriSchemeHttps && Clouds.Any(cloud => blob.Uri.Host.EndsWith(cloud, StringComparison.OrdinalIgnoreCase));
}
