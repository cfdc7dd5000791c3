using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>
/// How bytes are compared before they count as the same: a download goes on where the last 64 KiB of what is there are the server's, and
/// two files of one length are the same when their first and their last 64 KiB are.
/// </summary>
internal static class ContentMatch
{
    /// <summary>How many bytes are compared at once, at most.</summary>
    internal const int SampleLength = 64 * 1024;

    internal static IEnumerable<(long Offset, int Count)> Samples(long length)
    {
        int count = (int)Math.Min(SampleLength, length);
        yield return (0, count);
        if (length > count) yield return (length - count, count);
    }

    /// <summary>Whether a part file holds these bytes at an offset, at most <see cref="SampleLength"/> of them.</summary>
    internal static bool Holds(this IPartFile part, long offset, byte[] bytes, int count)
    {
        byte[] found = ArrayPool<byte>.Shared.Rent(SampleLength);
        try
        {
            return part.Read(offset, found, count) == count && found.AsSpan(0, count).SequenceEqual(bytes.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(found);
        }
    }

    internal static bool IsSame(this IPartFile part, Stream other)
    {
        if (other.Length != part.Length) return false;
        byte[] bytes = new byte[SampleLength];
        return Samples(part.Length).All(sample =>
        {
            other.Position = sample.Offset;
            return other.Fill(bytes, sample.Count) == sample.Count && part.Holds(sample.Offset, bytes, sample.Count);
        });
    }
}
