using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;

namespace ZhipuVideo;

/// <summary>
/// The account's secret. It is never part of a text: <see cref="ToString"/> says nothing of it, and only the transport reads it.
/// </summary>
public sealed class ApiKey
{
    private const int MaxKey = 4096;

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
    /// (control or non-ASCII characters), an empty key, one of more than 4,096 characters, and one that was copied with its quotes or with
    /// the name before it.
    /// </summary>
    public static ApiKey Parse(string? text)
    {
        string value = (text ?? "").Trim(' ');
        if (value.Length == 0) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyEmpty);
        if (value.Length > MaxKey) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyTooLong, MaxKey);
        if (IsQuote(value[0]) || IsQuote(value[value.Length - 1])) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyQuoted);
        if (HasName(value)) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyNamed);
        if (value.Any(static c => c is <= ' ' or > '~')) throw new CogVideoException(ErrorReason.InvalidApiKey, MessageKey.ApiKeyCharacters);
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

    private static bool IsQuote(char c) => c is '"' or '\'' or '`' or '\u2018' or '\u2019' or '\u201C' or '\u201D' or '\u300C' or '\u300D';

    /// <summary>Whether a line of a settings file or a header was copied: <c>NAME=key</c>, <c>$env:NAME = key</c>, <c>Bearer key</c>.</summary>
    private static bool HasName(string value)
    {
        int at = value.IndexOf('=');
        string name = at < 0 ? "" : value.Substring(0, at).TrimEnd();
        name = name.Substring(name.LastIndexOfAny([' ', ':']) + 1);
        bool isName = name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(static c => char.IsLetterOrDigit(c) || c is '_' or '-');
        return isName || value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || value.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase);
    }
}
