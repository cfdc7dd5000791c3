using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;

namespace ZhipuVideo.Journaling;

/// <summary>
/// An id or a hash as its bytes, where hexadecimal digits are two to a byte: they are held by the hundred thousand, and a string takes two to
/// four times as much. Nothing is lost: two are equal when their texts are.
/// </summary>
internal readonly struct PackedText : IEquatable<PackedText>
{
    private const string Digits = "0123456789abcdef";

    private readonly byte[]? _bytes; // behind the first, which tells whether they are digits

    internal PackedText(string text) => _bytes = TryPackDigits(text) ?? [0, .. Encoding.UTF8.GetBytes(text)];

    /// <summary>Whether there is no text at all.</summary>
    internal bool IsNull => _bytes is null;

    public bool Equals(PackedText other) => _bytes.AsSpan().SequenceEqual(other._bytes);

    public override bool Equals(object? obj) => obj is PackedText other && Equals(other);

    public override int GetHashCode()
    {
        uint hash = 2166136261; // FNV-1a, four bytes at a time
        ReadOnlySpan<byte> bytes = _bytes;
        foreach (uint part in MemoryMarshal.Cast<byte, uint>(bytes)) hash = (hash ^ part) * 16777619;
        foreach (byte rest in bytes.Slice(bytes.Length & ~3)) hash = (hash ^ rest) * 16777619;
        return (int)(hash ^ (hash >> 15));
    }

    private static byte[]? TryPackDigits(string text)
    {
        if (text.Length % 2 != 0) return null;
        byte[] bytes = new byte[1 + (text.Length / 2)];
        bytes[0] = 1;
        for (int i = 0; i < text.Length; i += 2)
        {
            int pair = (ToValue(text[i]) << 4) | ToValue(text[i + 1]);
            if (pair < 0) return null;
            bytes[1 + (i / 2)] = (byte)pair;
        }
        return bytes;

        static int ToValue(char c) => c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'f' ? c - 'a' + 10 : -1;
    }

    public override string ToString() =>
        _bytes is null ? ""
        : _bytes[0] == 0 ? Encoding.UTF8.GetString(_bytes, 1, _bytes.Length - 1)
        : string.Concat(_bytes.Skip(1).SelectMany(static b => (char[])[Digits[b >> 4], Digits[b & 15]]));
}
