using System.Buffers.Binary;

namespace ZhipuVideo.Tests;

/// <summary>
/// An MP4 file of nothing but its index, built box by box (ISO/IEC 14496-12) in any form that a writer may choose. Nothing in it can be played.
/// </summary>
public sealed record Mp4File
{
    private const uint MovieTimescale = 1000, MediaTimescale = 90_000;

    public int Width { get; init; } = 1280;

    public int Height { get; init; } = 720;

    public double Seconds { get; init; } = 5;

    public int Fps { get; init; } = 30;

    public bool HasAudio { get; init; }

    /// <summary>1: times have 64 bits.</summary>
    public byte Version { get; init; }

    /// <summary>Whether every box gives its size in 64 bits.</summary>
    public bool IsLong { get; init; }

    /// <summary>Whether the index stands behind the pictures.</summary>
    public bool IsIndexLast { get; init; }

    /// <summary>In how many fragments the pictures come; 0: in none.</summary>
    public int Fragments { get; init; }

    /// <summary>Whether each picture of a fragment says how long it is.</summary>
    public bool HasTimes { get; init; }

    /// <summary>What is behind the index, instead of a few bytes of pictures.</summary>
    public int DataLength { get; init; } = 64;

    private uint Frames => (uint)(Seconds * Fps);

    private uint Ticks => (uint)(MediaTimescale / Fps);

    public byte[] ToBytes()
    {
        byte[] type = Box("ftyp", "isom\0\0\u0002\0isomavc1"u8.ToArray());
        byte[] data = Box("mdat", new byte[DataLength]);
        byte[] movie = MakeMovie();
        if (Fragments > 0) return [.. type, .. movie, .. Enumerable.Range(0, Fragments).SelectMany(_ => (byte[])[.. MakeFragment(), .. data])];
        return IsIndexLast ? [.. type, .. data, .. movie] : [.. type, .. movie, .. data];
    }

    /// <summary>A box with these parts in it.</summary>
    public byte[] Box(string type, params byte[][] parts)
    {
        byte[] content = [.. parts.SelectMany(part => part)];
        byte[] name = Encoding.ASCII.GetBytes(type);
        return IsLong ? [.. Numbers(1), .. name, .. Long((ulong)content.Length + 16), .. content] : [.. Numbers((uint)content.Length + 8), .. name, .. content];
    }

    public static byte[] Numbers(params uint[] values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), values[i]);
        return bytes;
    }

    private static byte[] Long(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes;
    }

    private byte[] Start => Numbers((uint)Version << 24);

    private byte[] Time(double value) => Version == 1 ? Long((ulong)value) : Numbers((uint)value);

    private byte[] MakeMovie()
    {
        double duration = Fragments > 0 ? 0 : Seconds * MovieTimescale;
        List<byte[]> boxes = [Box("mvhd", Start, Time(0), Time(0), Numbers(MovieTimescale), Time(duration), new byte[80])];
        if (HasAudio) boxes.Add(MakeTrack(1, "soun", duration));
        boxes.Add(MakeTrack(2, "vide", duration));
        if (Fragments > 0) boxes.Add(Box("mvex", Box("trex", Numbers(0, 1, 1, 0, 0, 0)), Box("trex", Numbers(0, 2, 1, Ticks, 0, 0))));
        return Box("moov", [.. boxes]);
    }

    private byte[] MakeTrack(uint id, string handler, double duration)
    {
        byte[] size = id == 2 ? Numbers((uint)Width << 16, (uint)Height << 16) : new byte[8];
        byte[] matrix = Numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
        byte[] times = Fragments > 0 ? Numbers(0, 0) : Numbers(0, 1, Frames, Ticks);
        byte[] entry = Box(id == 2 ? "avc1" : "mp4a", new byte[24], Numbers(((uint)Width << 16) | (uint)Height), new byte[50]);
        return Box(
            "trak",
            Box("tkhd", Start, Time(0), Time(0), Numbers(id, 0), Time(duration), new byte[16], matrix, size),
            Box("edts", Box("elst", Start, Numbers(1), Time(duration), Time(0), Numbers(0x10000))),
            Box(
                "mdia",
                Box("mdhd", Start, Time(0), Time(0), Numbers(MediaTimescale), Time(Fragments > 0 ? 0 : Seconds * MediaTimescale), Numbers(0)),
                Box("hdlr", Numbers(0, 0), Encoding.ASCII.GetBytes(handler), new byte[13]),
                Box("minf", Box("stbl", Box("stsd", Numbers(0, 1), entry), Box("stts", times)))));
    }

    /// <summary>An equal part of all pictures.</summary>
    private byte[] MakeFragment()
    {
        uint frames = Frames / (uint)Fragments;
        byte[] run = HasTimes
            ? Box("trun", Numbers(0x305, frames, 0, 0), [.. Enumerable.Repeat(Numbers(Ticks, 1), (int)frames).SelectMany(sample => sample)])
            : Box("trun", Numbers(1, frames, 0));
        return Box(
            "moof",
            Box("mfhd", Numbers(0, 1)),
            Box("traf", Box("tfhd", Numbers(0, 1)), Box("trun", Numbers(1, 99, 0))),
            Box("traf", Box("tfhd", Numbers(0, 2)), run));
    }
}
