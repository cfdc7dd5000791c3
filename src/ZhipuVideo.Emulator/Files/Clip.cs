using System;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace ZhipuVideo.Emulator.Files;

/// <summary>
/// What a video is to look like. Its file is a short clip of that size, of which the index plays the same samples over and over: however long
/// it is, it stays small.
/// </summary>
/// <remarks>
/// The clips, one for each size that a model takes and one where none was asked for (320x180), were drawn by ffmpeg from formulas of our own, H.264 without
/// reordering, one group of pictures in one chunk; so was the tone.
/// <code>
/// ffmpeg -f lavfi -i "nullsrc=size=320x180:rate=24:duration=1,geq=lum='128+64*sin(X/24+N/4)+48*cos(Y/16-N/6)':
///   cb='128+80*sin((X+Y)/60+N/8)':cr='128+80*cos((X-Y)/60-N/8)',format=yuv420p" -c:v libx264 -profile:v baseline -level 3.0
///   -preset veryslow -crf 30 -bf 0 -threads 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart 320x180.mp4
/// ffmpeg -f lavfi -i "nullsrc=size=WxH:rate=12:duration=1,geq=
///   lum='if(lt(hypot(X-W*(.5+.3*cos(PI*N/6)),Y-H*(.5+.3*sin(PI*N/6))),W/12),200,70+70*gt(Y,H*.6))':cb='150-40*gt(Y,H*.6)':cr='120',format=yuv420p"
///   -c:v libx264 -profile:v main -preset veryslow -crf 40 -bf 0 -g 12 -threads 1 -x264-params aq-mode=0:psy=0
///   -map_metadata -1 -fflags +bitexact -flags:v +bitexact -movflags +faststart WxH.mp4
/// ffmpeg -f lavfi -i "sine=frequency=330:duration=1:sample_rate=44100,volume=0.3" -c:a aac -b:a 24k -ac 1
///   -map_metadata -1 -fflags +bitexact -flags:a +bitexact tone.m4a
/// ffmpeg -i 320x180.mp4 -frames:v 1 -vf "scale=160:90,split[a][b];[a]palettegen=max_colors=32[p];[b][p]paletteuse=dither=none"
///   -map_metadata -1 -fflags +bitexact cover.png
/// </code>
/// </remarks>
/// <param name="Size">Width x height; null, or one of which there is no clip, for a small one.</param>
/// <param name="Duration">Seconds.</param>
/// <param name="Fps">Frames a second.</param>
/// <param name="HasAudio">Whether there is sound.</param>
internal sealed record Clip(string? Size, int Duration, int Fps, bool HasAudio)
{
    private const string DefaultSize = "320x180";
    private const int MovieTimescale = 1000;
    private const int TicksOfFrame = 1000;
    private const int AudioRate = 44100;
    private const int TicksOfAudioSample = 1024;

    private static readonly ConcurrentDictionary<Clip, byte[]> Made = new();
    private static readonly Lazy<Source> Tone = new(() => Source.Read("tone.m4a", first: 1)); // before it the encoder gets under way
    private static readonly string[] Names = typeof(Clip).Assembly.GetManifestResourceNames();

    /// <summary>The whole file: <c>ftyp</c>, <c>moov</c>, <c>mdat</c>.</summary>
    public byte[] ToFile() => Made.GetOrAdd(this, static clip => clip.Make());

    public static byte[] ReadResource(string name)
    {
        using Stream stream = typeof(Clip).Assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private byte[] Make()
    {
        string name = $"{Size}.mp4";
        Source pictures = Source.Read(Names.Contains(name) ? name : $"{DefaultSize}.mp4");
        List<Loop> tracks = [new(pictures, Duration * Fps, Fps * TicksOfFrame, TicksOfFrame, IsSound: false)];
        if (HasAudio) tracks.Add(new Loop(Tone.Value, Duration * AudioRate / TicksOfAudioSample, AudioRate, TicksOfAudioSample, IsSound: true));
        byte[] type = Box("ftyp", Encoding.ASCII.GetBytes("isom"), Numbers(512), Encoding.ASCII.GetBytes("isomiso2avc1mp41"));
        // The index names the places of what comes behind it: it is made once to learn how long it is
        int length = MakeMovie(tracks, 0).Length;
        return [.. type, .. MakeMovie(tracks, type.Length + length + 8), .. Box("mdat", [.. tracks.Select(track => track.Source.Data)])];
    }

    private byte[] MakeMovie(IReadOnlyList<Loop> tracks, int place)
    {
        List<byte[]> boxes = [Box("mvhd", Numbers(0, 0, 0, MovieTimescale, Duration * MovieTimescale, 0x10000, 0x1000000, 0, 0), Matrix, new byte[24], Numbers(tracks.Count + 1))];
        foreach (Loop track in tracks)
        {
            boxes.Add(track.MakeTrack(boxes.Count, Duration * MovieTimescale, place));
            place += track.Source.Data.Length;
        }
        return Box("moov", [.. boxes]);
    }

    private static byte[] Matrix => Numbers(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

    private static byte[] Box(string type, params byte[][] content)
    {
        byte[] bytes = [.. Numbers(8 + content.Sum(part => part.Length)), .. Encoding.ASCII.GetBytes(type), .. content.SelectMany(part => part)];
        return bytes;
    }

    private static byte[] Numbers(params IEnumerable<int> values)
    {
        MemoryStream bytes = new();
        Span<byte> four = stackalloc byte[4];
        foreach (int value in values)
        {
            BinaryPrimitives.WriteInt32BigEndian(four, value);
            bytes.Write(four);
        }
        return bytes.ToArray();
    }

    /// <summary>A track that plays the samples of a source over and over.</summary>
    private sealed record Loop(Source Source, int Count, int Timescale, int Ticks, bool IsSound)
    {
        public byte[] MakeTrack(int id, int movieDuration, int place)
        {
            int width = IsSound ? 0 : BinaryPrimitives.ReadInt16BigEndian(Source.Description.AsSpan(48));
            int height = IsSound ? 0 : BinaryPrimitives.ReadInt16BigEndian(Source.Description.AsSpan(50));
            return Box(
                "trak",
                Box("tkhd", Numbers(3, 0, 0, id, 0, movieDuration, 0, 0, 0, IsSound ? 0x1000000 : 0), Matrix, Numbers(width << 16, height << 16)),
                Box(
                    "mdia",
                    Box("mdhd", Numbers(0, 0, 0, Timescale, Count * Ticks, 0x55C40000)),
                    Box("hdlr", Numbers(0, 0), Encoding.ASCII.GetBytes(IsSound ? "soun" : "vide"), new byte[13]),
                    Box(
                        "minf",
                        IsSound ? Box("smhd", Numbers(0, 0)) : Box("vmhd", Numbers(1, 0, 0)),
                        Box("dinf", Box("dref", Numbers(0, 1), Box("url ", Numbers(1)))),
                        MakeTable(place))));
        }

        private byte[] MakeTable(int place)
        {
            int each = Source.Sizes.Length;
            int whole = Count / each;
            int rest = Count % each;
            int[] runs = rest == 0 ? [1, each, 1] : [1, each, 1, whole + 1, rest, 1];
            int chunks = whole + (rest == 0 ? 0 : 1);
            List<byte[]> boxes =
            [
                Source.Description,
                Box("stts", Numbers(0, 1, Count, Ticks)),
                Box("stsc", Numbers([0, runs.Length / 3, .. runs])),
                Box("stsz", Numbers([0, 0, Count, .. Enumerable.Range(0, Count).Select(sample => Source.Sizes[sample % each])])),
                Box("stco", Numbers([0, chunks, .. Enumerable.Repeat(place, chunks)])),
            ];
            // Each round begins with a picture that needs no other
            if (!IsSound) boxes.Add(Box("stss", Numbers([0, chunks, .. Enumerable.Range(0, chunks).Select(chunk => (chunk * each) + 1)])));
            return Box("stbl", [.. boxes]);
        }
    }

    /// <summary>The samples of a clip of the assembly, all in one chunk.</summary>
    /// <param name="Description">Its <c>stsd</c> box.</param>
    /// <param name="Sizes">Bytes of each sample.</param>
    /// <param name="Data">All samples.</param>
    private sealed record Source(byte[] Description, int[] Sizes, byte[] Data)
    {
        /// <param name="name">The resource.</param>
        /// <param name="first">The first sample that is taken.</param>
        public static Source Read(string name, int first = 0)
        {
            byte[] file = ReadResource(name);
            Range table = Find(file, Range.All, "moov", "trak", "mdia", "minf", "stbl");
            byte[] sizes = file[Find(file, table, "stsz")];
            int[] all = [.. Enumerable.Range(0, Number(sizes, 8)).Select(sample => Number(sizes, 12 + (sample * 4)))];
            int start = Number(file[Find(file, table, "stco")], 8) + all.Take(first).Sum();
            Range description = Find(file, table, "stsd");
            return new Source(file[(description.Start.Value - 8)..description.End], all[first..], file[start..(start + all.Skip(first).Sum())]);
        }

        private static int Number(byte[] bytes, int at) => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));

        /// <summary>What is in a box in a box.</summary>
        private static Range Find(byte[] file, Range within, params IEnumerable<string> path)
        {
            foreach (string type in path)
            {
                (int at, int length) = within.GetOffsetAndLength(file.Length);
                int end = at + length;
                while (at < end && !file.AsSpan(at + 4, 4).SequenceEqual(Encoding.ASCII.GetBytes(type))) at += Number(file, at);
                within = (at + 8)..(at + Number(file, at));
            }
            return within;
        }
    }
}
