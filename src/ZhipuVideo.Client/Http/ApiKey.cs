using System;
using System.Diagnostics.CodeAnalysis;
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
    private readonly string[] _parts;

    private ApiKey(string value)
    {
        _value = value;
        _parts = value.Split('.');
        Array.Sort(_parts, static (one, other) => other.Length - one.Length); // of two, one may begin with the other
        Authorization = "Bearer " + value;
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
        foreach (char c in value)
        {
            if (c is <= ' ' or > '~') throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyCharacters);
        }
        return new ApiKey(value);
    }

    /// <summary>Whether it looks like a key (<c>id.secret</c>, one dot) or a signed token (two dots).</summary>
    internal bool IsWellFormed => _parts.Length is 2 or 3 && _value[0] != '.' && _value[_value.Length - 1] != '.';

    /// <summary>The header's value, for the transport; keys of other uses are derived from it.</summary>
    internal string Authorization { get; }

    /// <summary>
    /// A text of the service without this key or a part of it, in capitals or not (an address has none): a refusal may repeat what it refuses.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    internal string? Mask(string? text)
    {
        if (text is null) return null;
        string masked = Without(_value, text);
        foreach (string part in _parts) masked = Without(part, masked);
        return masked;
    }

    /// <summary>Whether both are the same key.</summary>
    internal bool IsSame(ApiKey other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <summary>Always the same text.</summary>
    public override string ToString() => "(API key)";

    private static string Without(string part, string text)
    {
        if (part.Length < ShortestMasked) return text;
        StringBuilder? masked = null;
        int from = 0;
        for (int at; (at = text.IndexOf(part, from, StringComparison.OrdinalIgnoreCase)) >= 0; from = at + part.Length)
            (masked ??= new StringBuilder()).Append(text, from, at - from).Append("***");
        return masked is null ? text : masked.Append(text, from, text.Length - from).ToString();
    }
}
