using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace ZhipuVideo.Emulator.Files;

/// <summary>
/// A playable MP4 of any wanted size, made while it is sent: the clip of the assembly, then one <c>free</c> box, which players skip.
/// The box begins with the file's name and goes on with bytes that differ from file to file and from place to place, so that a byte
/// of another file, or of another place, never looks right.
/// </summary>
/// <remarks>
/// The clip and the cover were drawn by ffmpeg from formulas of our own, one second of 24 pictures, 320x180, H.264 baseline:
/// <code>
/// ffmpeg -f lavfi -i "nullsrc=size=320x180:rate=24:duration=1,geq=lum='128+64*sin(X/24+N/4)+48*cos(Y/16-N/6)':
///   cb='128+80*sin((X+Y)/60+N/8)':cr='128+80*cos((X-Y)/60-N/8)',format=yuv420p" -c:v libx264 -profile:v baseline -level 3.0
///   -preset veryslow -crf 30 -bf 0 -threads 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart clip.mp4
/// ffmpeg -i clip.mp4 -frames:v 1 -vf "scale=160:90,split[a][b];[a]palettegen=max_colors=32[p];[b][p]paletteuse=dither=none"
///   -map_metadata -1 -fflags +bitexact cover.png
/// </code>
/// </remarks>
internal sealed class VideoFile
{
    /// <summary>A prime, so that the pattern lines up with no block size.</summary>
    private const int PatternLength = 1048573;

    private static readonly byte[] Clip = Resource("clip.mp4");
    private static readonly byte[] Pattern = MakePattern();

    private readonly byte[] _head;
    private readonly int _shift;

    /// <param name="name">The file's name; equal names and sizes give equal bytes.</param>
    /// <param name="size">The wanted size in bytes; the clip's own where that is more.</param>
    public VideoFile(string name, long size)
    {
        byte[] label = Encoding.UTF8.GetBytes(name);
        // A box whose size does not fit in 32 bits says 1 there and gives the size in 64 bits behind its type.
        long box = Math.Max(size - Clip.Length, 8 + label.Length);
        bool large = box > uint.MaxValue;
        int headLength = large ? 16 : 8;
        _head = new byte[Clip.Length + headLength + label.Length];
        Clip.CopyTo(_head, 0);
        Span<byte> free = _head.AsSpan(Clip.Length);
        BinaryPrimitives.WriteUInt32BigEndian(free, large ? 1 : (uint)box);
        "free"u8.CopyTo(free[4..]);
        if (large) BinaryPrimitives.WriteInt64BigEndian(free[8..], box);
        label.CopyTo(free[headLength..]);
        Length = Clip.Length + box;
        foreach (byte one in label) _shift = ((_shift * 31) + one) % PatternLength;
    }

    public static byte[] Cover { get; } = Resource("cover.png");

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

    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(VideoFile).Assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
