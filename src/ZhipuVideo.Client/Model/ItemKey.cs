using System;
using System.Text;

namespace ZhipuVideo;

/// <summary>What a name names: the same text may be a request id here and a task id there.</summary>
internal enum KeyKind
{
    Row = 1,
    RequestId,
    Id,
    FileName,
}

/// <summary>
/// A 64-bit hash (FNV-1a) of a name, never zero: what is remembered of each of a hundred thousand rows for as long as a run lasts. That two
/// of n names share one is as likely as n² / 2^65: one in four billion for them.
/// </summary>
internal static class ItemKey
{
    private const ulong Basis = 14695981039346656037, Prime = 1099511628211;

    internal static ulong Create(string text, KeyKind kind)
    {
        ulong key = Basis + (ulong)kind;
        foreach (char c in text)
        {
            if (c >= 0x80) return Create(Encoding.UTF8.GetBytes(text), kind);
            key = unchecked((key ^ c) * Prime);
        }
        return NotZero(key);
    }

    internal static ulong Create(ReadOnlySpan<byte> utf8, KeyKind kind)
    {
        ulong key = Basis + (ulong)kind;
        foreach (byte b in utf8) key = unchecked((key ^ b) * Prime);
        return NotZero(key);
    }

    private static ulong NotZero(ulong key) => key == 0 ? 1 : key;
}
