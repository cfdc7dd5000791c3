using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ZhipuVideo.Emulator.Contract;

namespace ZhipuVideo.Emulator.Accounts;

/// <summary>
/// Tells whose key a request carries. Both ways of the service are known: the key itself as the bearer token, and a JWT of three
/// minutes, signed with the secret half of the key (HS256, <c>sign_type: SIGN</c>, <c>exp</c> in MILLISECONDS).
/// </summary>
internal sealed class KeyCheck
{
    private readonly Dictionary<string, string> _secrets = [];
    private readonly bool _anyKey;
    private readonly TimeProvider _time;

    /// <param name="keys">The keys that exist, each <c>id.secret</c>; when empty, any well-formed key does.</param>
    /// <param name="time">Tells when a token has expired.</param>
    public KeyCheck(ICollection<string> keys, TimeProvider time)
    {
        _time = time;
        _anyKey = keys.Count == 0;
        foreach (string key in _anyKey ? [EmulatorOptions.DemoKey] : keys)
        {
            if (!Split(key, out string id, out string secret))
                throw new ArgumentException("An API key is two parts with exactly one dot between them: id.secret.", nameof(keys));
            _secrets[id] = secret;
        }
    }

    /// <summary>The account behind an Authorization header.</summary>
    /// <returns>The id half of the key.</returns>
    /// <exception cref="RefusedException">401 with 1000 (no such key), 1001 (no header), 1002 (malformed), 1003 (expired).</exception>
    public string AccountOf(string? authorization)
    {
        if (string.IsNullOrWhiteSpace(authorization)) throw new RefusedException(ServiceError.NoAuthorization);
        const string scheme = "Bearer ";
        // "Bearer" is what every SDK sends; the bare token of early documentation is taken as well.
        string token = authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) ? authorization[scheme.Length..] : authorization;
        string[] parts = token.Trim().Split('.');
        return parts.Length == 3 ? AccountOfJwt(parts) : AccountOfKey(token.Trim());
    }

    private string AccountOfKey(string key)
    {
        if (!Split(key, out string id, out string secret)) throw new RefusedException(ServiceError.MalformedToken);
        if (_secrets.TryGetValue(id, out string? known) ? !Same(known, secret) : !_anyKey)
            throw new RefusedException(ServiceError.WrongKey);
        return id;
    }

    private string AccountOfJwt(string[] parts)
    {
        string id;
        long expires;
        try
        {
            using JsonDocument header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            if (header.RootElement.GetProperty("alg").GetString() != "HS256") throw new RefusedException(ServiceError.MalformedToken);
            id = payload.RootElement.GetProperty("api_key").GetString() ?? throw new RefusedException(ServiceError.MalformedToken);
            expires = payload.RootElement.GetProperty("exp").GetInt64();
            payload.RootElement.GetProperty("timestamp").GetInt64();
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RefusedException(ServiceError.MalformedToken);
        }
        if (_secrets.TryGetValue(id, out string? secret) ? !Signed(parts, secret) : !_anyKey)
            throw new RefusedException(ServiceError.WrongKey);
        if (expires <= _time.GetUtcNow().ToUnixTimeMilliseconds()) throw new RefusedException(ServiceError.ExpiredToken);
        return id;
    }

    private static bool Signed(string[] parts, string secret) =>
        Same(Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"))), parts[2]);

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static bool Split(string key, out string id, out string secret)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        id = dot < 0 ? key : key[..dot];
        secret = dot < 0 ? string.Empty : key[(dot + 1)..];
        return id.Length > 0 && secret.Length > 0 && !secret.Contains('.', StringComparison.Ordinal) && !key.Contains(' ', StringComparison.Ordinal);
    }
}
