using System.Buffers.Binary;
using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Facts;

/// <summary>Files in every form that the format allows, and in many that it does not.</summary>
public sealed class Mp4ReaderTests
{
    private static readonly VideoFacts Expected = new(1280, 720, 5, 30, true);

    public static TheoryData<string, Mp4File> Forms => new()
    {
        { "plain", new Mp4File() },
        { "the index last", new Mp4File { IsIndexLast = true } },
        { "times of 64 bits", new Mp4File { Version = 1 } },
        { "sizes of 64 bits", new Mp4File { IsLong = true } },
        { "all of 64 bits, the index last", new Mp4File { Version = 1, IsLong = true, IsIndexLast = true } },
        { "fragments", new Mp4File { Fragments = 5 } },
        { "fragments with times", new Mp4File { Fragments = 5, HasTimes = true } },
        { "fragments, all of 64 bits", new Mp4File { Fragments = 150, HasTimes = true, IsLong = true, Version = 1 } },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void F181_Every_form_says_the_same(string form, Mp4File file)
    {
        Assert.Equal((form, Expected), (form, Read((file with { HasAudio = true }).ToBytes())));
        Assert.Equal((form, Expected with { HasAudio = false }), (form, Read(file.ToBytes())));
    }

    /// <summary>Each beginning of a file, and each with one byte of another kind: something is said or nothing, and never an error.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void F182_No_file_that_is_cut_or_bent_breaks_the_reader(string form, Mp4File file)
    {
        byte[] bytes = (file with { HasAudio = true, Fragments = Math.Min(file.Fragments, 2) }).ToBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            AssertPlausible(form, Read(bytes[..i]));
            byte before = bytes[i];
            foreach (byte other in (ReadOnlySpan<byte>)[0, 1, 0x7F, 0x80, 0xFF])
            {
                bytes[i] = other;
                AssertPlausible(form, Read(bytes));
            }
            bytes[i] = before;
        }
    }

    [Fact]
    public void F182_What_a_file_does_not_say_is_not_known()
    {
        Mp4File file = new();
        Assert.Equal(VideoFacts.None, Read([]));
        Assert.Equal(VideoFacts.None, Read(new byte[100]));
        Assert.Equal(VideoFacts.None, Read(file.Box("ftyp", new byte[8])));
        Assert.Equal(new VideoFacts(HasAudio: false), Read(file.Box("moov")));
        Assert.Equal(new VideoFacts(1280, 720, null, null, false), Read(new Mp4File { Seconds = 0 }.ToBytes()));
        // A movie in a movie is none, and the first of two is the one
        byte[] movie = file.ToBytes()[24..];
        Assert.Equal(new VideoFacts(HasAudio: false), Read(file.Box("moov", movie)));
        Assert.Equal(1280, Read([.. movie, .. new Mp4File { Width = 99 }.ToBytes()]).Width);
    }

    [Fact]
    public void F182_A_table_that_claims_to_be_endless_ends_with_its_box()
    {
        byte[] bytes = new Mp4File().ToBytes();
        int times = bytes.AsSpan().IndexOf("stts"u8);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(times + 8), uint.MaxValue);

        Assert.Equal((5.0, 30.0), (Read(bytes).DurationSec, Read(bytes).ActualFps));
    }

    /// <summary>A terabyte of fragments is not walked to its end; what was counted until then is not said to be all.</summary>
    [Fact]
    public void F182_An_endless_file_costs_little_time_and_no_memory()
    {
        using EndlessFile file = new(new Mp4File { Fragments = 1 }.ToBytes());
        long allocated = GC.GetAllocatedBytesForCurrentThread();

        VideoFacts facts = Mp4Reader.Read(file);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 64 * 1024);
        Assert.InRange(file.BytesRead, 0, 64 << 20);
        Assert.Equal(new VideoFacts(1280, 720, null, null, false), facts);
    }

    [Fact]
    public void F182_A_movie_that_is_not_read_to_its_end_is_not_said_to_be_silent()
    {
        byte[] boxes = new byte[40 << 20]; // all of them empty: more than is read of one file
        for (int at = 3; at < boxes.Length; at += 8) boxes[at] = 8;

        Assert.Null(Read(new Mp4File().Box("moov", boxes)).HasAudio);
    }

    private static VideoFacts Read(byte[] bytes)
    {
        using MemoryStream file = new(bytes);
        return Mp4Reader.Read(file);
    }

    private static void AssertPlausible(string form, VideoFacts facts)
    {
        Assert.True(facts.Width is null or > 0 && facts.Height is null or > 0, $"{form}: {facts}");
        Assert.True(facts.DurationSec is null or (>= 0 and < 1e10) && facts.ActualFps is null or (>= 0 and < 1e10), $"{form}: {facts}");
    }

    /// <summary>The same file, which ends with a fragment, again and again.</summary>
    private sealed class EndlessFile(byte[] file) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => file.Length * (1L << 40);

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (int i = 0; i < count; i++) buffer[offset + i] = file[(Position + i) % file.Length];
            Position += count;
            BytesRead += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
