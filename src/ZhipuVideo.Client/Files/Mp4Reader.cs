using System;
using System.Buffers.Binary;
using System.IO;

namespace ZhipuVideo.Files;

/// <summary>
/// Reads what an MP4 file (ISO/IEC 14496-12) says of its video: <c>moov</c> (8.2) at either end, and in fragments (8.8) every <c>moof</c>.
/// <para>
/// A file may say anything. No box is read but through one small window, whatever its size; a box ends before the one around it does; the
/// window moves only so often, and what cannot be counted by then stays unknown.
/// </para>
/// </summary>
internal sealed class Mp4Reader
{
    private const int WindowLength = 8 * 1024;

    /// <summary>
    /// How often the window moves: 32 MiB in all, some milliseconds. A video in one piece needs ten, one in fragments two for each.
    /// </summary>
    private const int MaxMoves = 4096;

    private readonly Stream _file;
    private readonly long _length;
    private readonly byte[] _window = new byte[WindowLength];
    private long _windowStart;
    private int _windowFilled;
    private int _moves;

    private uint _movieTimescale;
    private Track? _video;
    private bool _hasAudio;
    private bool _isMovieRead; // to its end: a track that was not come to is not one that is not there
    private double _fragmentSamples;
    private double _fragmentTicks;

    private Mp4Reader(Stream file) => (_file, _length) = (file, file.Length);

    /// <summary>What the file says of its video. Never throws for what it says, only for a file that cannot be read.</summary>
    internal static VideoFacts Read(Stream file) => new Mp4Reader(file).Read();

    private VideoFacts Read()
    {
        bool hasMovie = false;
        for (long at = 0; TryReadBox(ref at, _length, out Box box);)
        {
            if (box.Is("moov"u8) && !hasMovie)
            {
                hasMovie = true;
                ReadMovie(box);
                _isMovieRead = CanRead;
            }
            else if (box.Is("moof"u8) && _video is not null)
            {
                ReadFragment(box);
            }
        }

        return hasMovie ? Summarize() : VideoFacts.None;
    }

    private VideoFacts Summarize()
    {
        // What was counted in part says nothing of the whole
        bool isCounted = _moves < MaxMoves;
        bool? hasAudio = _hasAudio || _isMovieRead ? _hasAudio : null;
        if (_video is not { } video) return new VideoFacts(HasAudio: hasAudio);
        double samples = video.Samples + _fragmentSamples;
        double media = (video.SampleTicks + _fragmentTicks) / video.Timescale;
        double shown = _fragmentSamples > 0 || video.EditTicks == 0 ? media : video.EditTicks / _movieTimescale;
        return new VideoFacts(
            ToPixels(video.IsTurned ? video.Height : video.Width),
            ToPixels(video.IsTurned ? video.Width : video.Height),
            isCounted ? Round(shown) : null,
            isCounted && samples > 0 ? Round(samples / media) : null,
            hasAudio);
    }

    private static int? ToPixels(int value) => value > 0 ? value : null;

    /// <summary>Null also for what divides by zero, and for more than a century.</summary>
    private static double? Round(double value) => value is > 0 and < 4e9 ? Math.Round(value, 3) : null;

    private void ReadMovie(Box movie)
    {
        for (long at = movie.Start; TryReadBox(ref at, movie.End, out Box box);)
        {
            if (box.Is("mvhd"u8)) _movieTimescale = ReadTimescale(box);
            else if (box.Is("trak"u8)) ReadTrack(box);
        }

        // Behind the tracks or before them
        for (long at = movie.Start; _video is not null && TryReadBox(ref at, movie.End, out Box box);)
            if (box.Is("mvex"u8)) ReadDefaults(box, _video);
    }

    private void ReadTrack(Box trak)
    {
        Track track = new();
        for (long at = trak.Start; TryReadBox(ref at, trak.End, out Box box);)
        {
            if (box.Is("tkhd"u8)) ReadTrackHeader(box, track);
            else if (box.Is("edts"u8)) ReadEdits(box, track);
            else if (box.Is("mdia"u8)) ReadMedia(box, track);
        }

        if (track.Handler == Box.GetType("soun"u8)) _hasAudio = true;
        else if (track.Handler == Box.GetType("vide"u8)) _video ??= track;
    }

    /// <summary>The picture's size and its turn (8.3.2): the matrix is a, b, u, c, d, v, x, y, w; a quarter turn has b and c in place of a and d.</summary>
    private void ReadTrackHeader(Box box, Track track)
    {
        const int Matrix = 36;
        bool isLong = ReadByte(box.Start) == 1;
        track.Id = ReadUInt32(box.Start + (isLong ? 20 : 12), box.End);
        long matrix = box.Start + (isLong ? 52 : 40);
        double Size(int place) => Math.Abs((double)(int)ReadUInt32(matrix + (place * 4), box.End));
        track.IsTurned = Size(0) + Size(4) < Size(1) + Size(3);
        if (track.Width > 0) return; // its own is known
        track.Width = (int)(ReadUInt32(matrix + Matrix, box.End) >> 16);
        track.Height = (int)(ReadUInt32(matrix + Matrix + 4, box.End) >> 16);
    }

    /// <summary>For how long pictures are shown (8.6.6), in the movie's time; an edit without media (-1) is a pause.</summary>
    private void ReadEdits(Box edts, Track track)
    {
        for (long at = edts.Start; TryReadBox(ref at, edts.End, out Box box);)
        {
            if (!box.Is("elst"u8)) continue;
            bool isLong = ReadByte(box.Start) == 1;
            int entry = isLong ? 20 : 12;
            long count = ReadUInt32(box.Start + 4, box.End);
            for (long place = box.Start + 8; count-- > 0 && place + entry <= box.End && CanRead; place += entry)
            {
                bool isPause = isLong ? ReadUInt64(place + 8, box.End) == ulong.MaxValue : ReadUInt32(place + 4, box.End) == uint.MaxValue;
                if (!isPause) track.EditTicks += isLong ? ReadUInt64(place, box.End) : ReadUInt32(place, box.End);
            }
        }
    }

    private void ReadMedia(Box mdia, Track track)
    {
        for (long at = mdia.Start; TryReadBox(ref at, mdia.End, out Box box);)
        {
            if (box.Is("mdhd"u8)) track.Timescale = ReadTimescale(box);
            else if (box.Is("hdlr"u8)) track.Handler = ReadUInt32(box.Start + 8, box.End);
            else if (box.Is("minf"u8)) ReadSampleTable(box, track);
        }
    }

    private void ReadSampleTable(Box minf, Track track)
    {
        for (long outer = minf.Start; TryReadBox(ref outer, minf.End, out Box stbl);)
        {
            if (!stbl.Is("stbl"u8)) continue;
            for (long at = stbl.Start; TryReadBox(ref at, stbl.End, out Box box);)
            {
                if (box.Is("stsd"u8)) ReadSampleEntry(box, track);
                else if (box.Is("stts"u8)) ReadSampleTimes(box, track);
            }
        }
    }

    /// <summary>The coded size (12.1.3), which is the picture's own; that of the track header is how large it wants to be shown.</summary>
    private void ReadSampleEntry(Box stsd, Track track)
    {
        uint size = ReadUInt32(stsd.Start + 40, stsd.End);
        if (size >> 16 != 0 && (ushort)size != 0) (track.Width, track.Height) = ((int)(size >> 16), (ushort)size);
    }

    /// <summary>How many samples there are and how long each is (8.6.1.2).</summary>
    private void ReadSampleTimes(Box stts, Track track)
    {
        long count = ReadUInt32(stts.Start + 4, stts.End);
        for (long place = stts.Start + 8; count-- > 0 && place + 8 <= stts.End && CanRead; place += 8)
        {
            double samples = ReadUInt32(place, stts.End);
            track.Samples += samples;
            track.SampleTicks += samples * ReadUInt32(place + 4, stts.End);
        }
    }

    /// <summary>How long a sample of a fragment is that says nothing else (8.8.3).</summary>
    private void ReadDefaults(Box mvex, Track track)
    {
        for (long at = mvex.Start; TryReadBox(ref at, mvex.End, out Box box);)
            if (box.Is("trex"u8) && ReadUInt32(box.Start + 4, box.End) == track.Id) track.DefaultTicks = ReadUInt32(box.Start + 12, box.End);
    }

    private void ReadFragment(Box moof)
    {
        for (long outer = moof.Start; TryReadBox(ref outer, moof.End, out Box traf);)
        {
            if (!traf.Is("traf"u8)) continue;
            uint? ticks = null; // of another track, or of none yet
            for (long at = traf.Start; TryReadBox(ref at, traf.End, out Box box);)
            {
                if (box.Is("tfhd"u8)) ticks = ReadFragmentHeader(box);
                else if (box.Is("trun"u8) && ticks is uint each) ReadRun(box, each);
            }
        }
    }

    /// <summary>How long a sample of the fragment is that says nothing else (8.8.7); null when it is not the video's.</summary>
    private uint? ReadFragmentHeader(Box tfhd)
    {
        const uint HasBaseOffset = 1, HasDescription = 2, HasDuration = 8;
        uint flags = ReadUInt32(tfhd.Start, tfhd.End);
        if (ReadUInt32(tfhd.Start + 4, tfhd.End) != _video!.Id) return null;
        long place = tfhd.Start + 8 + ((flags & HasBaseOffset) != 0 ? 8 : 0) + ((flags & HasDescription) != 0 ? 4 : 0);
        return (flags & HasDuration) != 0 ? ReadUInt32(place, tfhd.End) : _video.DefaultTicks;
    }

    /// <summary>The samples of a fragment (8.8.8).</summary>
    private void ReadRun(Box trun, uint ticks)
    {
        const uint HasOffset = 1, HasFirstFlags = 4, HasDuration = 0x100;
        uint flags = ReadUInt32(trun.Start, trun.End);
        long count = ReadUInt32(trun.Start + 4, trun.End);
        if ((flags & HasDuration) == 0)
        {
            _fragmentSamples += count;
            _fragmentTicks += (double)count * ticks;
            return;
        }

        int entry = 0;
        for (uint field = HasDuration; field <= 0x800; field <<= 1) entry += (flags & field) != 0 ? 4 : 0;
        long place = trun.Start + 8 + ((flags & HasOffset) != 0 ? 4 : 0) + ((flags & HasFirstFlags) != 0 ? 4 : 0);
        for (; count-- > 0 && place + entry <= trun.End && CanRead; place += entry)
        {
            _fragmentSamples++;
            _fragmentTicks += ReadUInt32(place, trun.End);
        }
    }

    private uint ReadTimescale(Box box) => ReadUInt32(box.Start + (ReadByte(box.Start) == 1 ? 20 : 12), box.End);

    private bool CanRead => _moves < MaxMoves;

    /// <summary>
    /// Takes the next box before the end of the one around it; false when there is none, or it would end behind that. A size (4.2) of 1 stands
    /// for one of 64 bits behind the type, of 0 for all that is left.
    /// </summary>
    private bool TryReadBox(ref long at, long end, out Box box)
    {
        box = default;
        ReadOnlySpan<byte> header = Read(at, 16, end);
        if (header.Length < 8) return false;
        ulong size = BinaryPrimitives.ReadUInt32BigEndian(header);
        bool isLong = size == 1;
        if (isLong && header.Length < 16) return false;
        if (isLong) size = BinaryPrimitives.ReadUInt64BigEndian(header.Slice(8));
        if (size == 0) size = (ulong)(end - at);
        int length = isLong ? 16 : 8;
        if (size < (ulong)length || size > (ulong)(end - at)) return false;
        box = new Box(Box.GetType(header.Slice(4)), at + length, at + (long)size);
        at = box.End;
        return true;
    }

    private byte ReadByte(long at) => Read(at, 1, _length) is { Length: 1 } bytes ? bytes[0] : (byte)0;

    /// <summary>A number; 0 where its box has ended.</summary>
    private uint ReadUInt32(long at, long end) => Read(at, 4, end) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    private ulong ReadUInt64(long at, long end) => Read(at, 8, end) is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    /// <summary>Some bytes; fewer before the end of what they stand in, of the file, and of what is read of one file.</summary>
    private ReadOnlySpan<byte> Read(long at, int count, long end)
    {
        count = (int)Math.Min(count, Math.Min(end, _length) - at);
        if (count <= 0) return default;
        if (at < _windowStart || at + count > _windowStart + _windowFilled)
        {
            if (!CanRead) return default;
            _moves++;
            _file.Position = _windowStart = at;
            _windowFilled = _file.Fill(_window, WindowLength);
        }

        int from = (int)(at - _windowStart);
        return _window.AsSpan(from, Math.Max(0, Math.Min(count, _windowFilled - from)));
    }

    /// <summary>Where what is in a box begins and ends.</summary>
    private readonly struct Box(uint type, long start, long end)
    {
        internal long Start => start;

        internal long End => end;

        internal bool Is(ReadOnlySpan<byte> name) => type == GetType(name);

        internal static uint GetType(ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt32BigEndian(name);
    }

    private sealed class Track
    {
        internal uint Id { get; set; }

        internal uint Handler { get; set; }

        internal int Width { get; set; }

        internal int Height { get; set; }

        internal bool IsTurned { get; set; }

        /// <summary>Ticks of the media's time in a second.</summary>
        internal uint Timescale { get; set; }

        internal double Samples { get; set; }

        internal double SampleTicks { get; set; }

        /// <summary>For how long it is shown, in the movie's time; 0 where nothing says so.</summary>
        internal double EditTicks { get; set; }

        internal uint DefaultTicks { get; set; }
    }
}
