using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace ZhipuVideo.Emulator.Files;

/// <summary>
/// A playable MP4 of any wanted size, made while it is sent: a clip, then one <c>free</c> box, which players skip.
/// The box begins with the file's name and goes on with bytes that differ from file to file and from place to place, so that a byte
/// of another file, or of another place, never looks right.
/// </summary>
internal sealed class VideoFile
{
    /// <summary>A prime, so that the pattern lines up with no block size.</summary>
    private const int PatternLength = 1048573;

    private static readonly byte[] Pattern = MakePattern();

    private readonly byte[] _head;
    private readonly int _shift;

    /// <param name="name">The file's name; equal names and sizes give equal bytes.</param>
    /// <param name="size">The wanted size in bytes; the clip's own where that is more.</param>
    /// <param name="clip">What is played.</param>
    public VideoFile(string name, long size, byte[] clip)
    {
        byte[] label = Encoding.UTF8.GetBytes(name);
        // A box whose size does not fit in 32 bits says 1 there and gives the size in 64 bits behind its type.
        long box = Math.Max(size - clip.Length, 8 + label.Length);
        bool large = box > uint.MaxValue;
        int headLength = large ? 16 : 8;
        _head = new byte[clip.Length + headLength + label.Length];
        clip.CopyTo(_head, 0);
        Span<byte> free = _head.AsSpan(clip.Length);
        BinaryPrimitives.WriteUInt32BigEndian(free, large ? 1 : (uint)box);
        "free"u8.CopyTo(free[4..]);
        if (large) BinaryPrimitives.WriteInt64BigEndian(free[8..], box);
        label.CopyTo(free[headLength..]);
        Length = clip.Length + box;
        foreach (byte one in label) _shift = ((_shift * 31) + one) % PatternLength;
    }

    public static byte[] Cover { get; } = Clip.ReadResource("cover.png");

    public long Length { get; }

    /// <summary>The bytes from one place to another, in pieces that are not copied.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Read(long start, long count)
    {
        if (start < _head.Length && count > 0)
        {
            ReadOnlyMemory<byte> piece = _head.AsMemory((int)start, (int)Math.Min(count, _head.Length - start));
            yield return piece;
            start += piece.Length;
            count -= piece.Length;
        }
        while (count > 0)
        {
            int from = (int)((start + _shift) % PatternLength);
            ReadOnlyMemory<byte> piece = Pattern.AsMemory(from, (int)Math.Min(Math.Min(count, PatternLength - from), 128 * 1024));
            yield return piece;
            start += piece.Length;
            count -= piece.Length;
        }
    }

    private static byte[] MakePattern()
    {
        byte[] pattern = new byte[PatternLength];
        new Random(1).NextBytes(pattern);
        return pattern;
    }
}
