using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Linq;
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

    /// <summary>Finds the account behind an Authorization header.</summary>
    /// <param name="authorization">The header; null when there is none.</param>
    /// <param name="account">The id half of the key; empty when it is refused.</param>
    /// <returns>Null, or 401 with 1000 (no such key), 1001 (no header), 1002 (malformed) or 1003 (expired).</returns>
    public ServiceError? Check(string? authorization, out string account)
    {
        account = string.Empty;
        if (string.IsNullOrWhiteSpace(authorization)) return ServiceError.NoAuthorization;
        const string scheme = "Bearer ";
        // "Bearer" is what every SDK sends; the bare token of early documentation is taken as well
        if (authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) authorization = authorization[scheme.Length..];
        string token = authorization.Trim();
        string[] parts = token.Split('.');
        string id;
        ServiceError? error = parts.Length == 3 ? CheckJwt(parts, out id) : CheckKey(token, out id);
        if (error is null) account = id;
        return error;
    }

    private ServiceError? CheckKey(string key, out string id)
    {
        if (!Split(key, out id, out string secret)) return ServiceError.MalformedToken;
        return Known(id, known => Same(known, secret)) ? null : ServiceError.WrongKey;
    }

    private ServiceError? CheckJwt(string[] parts, out string id)
    {
        id = string.Empty;
        long expires;
        try
        {
            using JsonDocument header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            if (header.RootElement.GetProperty("alg").GetString() != "HS256") return ServiceError.MalformedToken;
            id = payload.RootElement.GetProperty("api_key").GetString() ?? string.Empty;
            expires = payload.RootElement.GetProperty("exp").GetInt64();
            payload.RootElement.GetProperty("timestamp").GetInt64();
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return ServiceError.MalformedToken;
        }
        if (!Known(id, secret => Signed(parts, secret))) return ServiceError.WrongKey;
        return expires <= _time.GetUtcNow().ToUnixTimeMilliseconds() ? ServiceError.ExpiredToken : null;
    }

    /// <summary>Whether an id's secret is right. Of an unknown id it cannot be told: any will do where any key does.</summary>
    private bool Known(string id, Func<string, bool> isRight) => _secrets.TryGetValue(id, out string? secret) ? isRight(secret) : _anyKey;

    private static bool Signed(string[] parts, string secret) =>
        Same(Signature($"{parts[0]}.{parts[1]}", secret), parts[2]);

    private static string Signature(string text, string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static bool Split(string key, out string id, out string secret)
    {
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        id = dot < 0 ? key : key[..dot];
        secret = dot < 0 ? string.Empty : key[(dot + 1)..];
        return id.Length > 0 && secret.Length > 0 && !secret.Contains('.', StringComparison.Ordinal) && !key.Any(char.IsWhiteSpace);
    }
}
