using System;
using System.Diagnostics.CodeAnalysis;

namespace ZhipuVideo.Http;

/// <summary>
/// The account's secret. It is never part of a text: <see cref="ToString"/> says nothing of it, and only the transport reads it.
/// </summary>
public sealed class ApiKey
{
    private const int LongestKey = 4096;

    private readonly string _value;
    private readonly KeyMask _mask;

    private ApiKey(string value)
    {
        _value = value;
        _mask = new KeyMask(value);
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
    internal bool IsWellFormed => _value.Split('.').Length is 2 or 3 && _value[0] != '.' && _value[_value.Length - 1] != '.';

    /// <summary>The header's value, for the transport; keys of other uses are derived from it.</summary>
    internal string Authorization { get; }

    /// <summary>A text of others without this key or a part of it, however it is written there: a refusal may repeat what it refuses.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    internal string? Mask(string? text) => text is null ? null : _mask.Apply(text);

    /// <summary>Whether both are the same key.</summary>
    internal bool IsSame(ApiKey other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <summary>Always the same text.</summary>
    public override string ToString() => "(API key)";
}
