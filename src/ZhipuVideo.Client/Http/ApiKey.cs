using System;
using System.Linq;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace ZhipuVideo.Http;

/// <summary>
/// The account's secret. It is never part of a text: <see cref="ToString"/> says nothing of it, and only the transport reads it.
/// </summary>
public sealed class ApiKey
{
    private const int LongestKey = 4096;
    private const int ShortestMasked = 6;

    private readonly string _value;
    private readonly string[] _masked;

    private ApiKey(string value)
    {
        _value = value;
        _masked = value.Split('.').Prepend(value).Where(part => part.Length >= ShortestMasked).ToArray();
    }

    /// <summary>
    /// A key as it was copied: spaces at the ends are dropped. Throws <see cref="ErrorReason.InvalidApiKey"/> for what no header may carry
    /// (control or non-ASCII characters), an empty key, or one of more than 4,096 characters.
    /// </summary>
    public static ApiKey Parse(string? text)
    {
        string value = (text ?? "").Trim(' ');
        if (value.Length == 0) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyEmpty);
        if (value.Length > LongestKey) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyTooLong, LongestKey);
        if (value.Any(c => c is <= ' ' or > '~')) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyCharacters);
        return new ApiKey(value);
    }

    /// <summary>Whether it looks like a key (<c>id.secret</c>, one dot) or a signed token (two dots).</summary>
    internal bool IsWellFormed => _value.Count(c => c == '.') is 1 or 2 && _value[0] != '.' && _value[_value.Length - 1] != '.';

    /// <summary>The header's value as text, from which keys of other uses are derived.</summary>
    internal string Authorization => "Bearer " + _value;

    /// <summary>The header's value; for the transport alone. Not parsed: what fails to parse would be shown in the failure's message.</summary>
    internal AuthenticationHeaderValue CreateHeader() => new("Bearer", _value);

    /// <summary>A text of the service without this key or a part of it: a refusal may repeat what it refuses.</summary>
    internal string Mask(string text) => _masked.Aggregate(text, static (masked, part) => masked.Replace(part, "***"));

    /// <summary>A hash that tells two accounts apart and says nothing of the key.</summary>
    internal string ComputeFingerprint()
    {
        using SHA256 sha = SHA256.Create();
        return BitConverter.ToString(sha.ComputeHash(Encoding.UTF8.GetBytes("ZhipuVideo " + _value)), 0, 16);
    }

    /// <summary>Always the same text.</summary>
    public override string ToString() => "(API key)";
}
