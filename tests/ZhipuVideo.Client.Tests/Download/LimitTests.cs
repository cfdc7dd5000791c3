using ZhipuVideo.Download;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>What a server may take of the disk and the processor, and what a name may (fault table, lines 102 to 105).</summary>
[Trait("Phase", "download")]
public sealed class LimitTests : DownloadTest
{
    private const long Announced = 900_000_000;

    [Theory]
    [Each(1, 3)]
    public async Task F102_A_length_that_never_comes_takes_little_room_and_gives_it_back(int files)
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"200 OK\r\nContent-Length: {Announced}", Video.AsMemory(0, 18_977));
            await connection.StallAsync();
        });
        using CancellationTokenSource stop = new CancellationTokenSource();
        Downloader downloader = Create();
        Task<SavedVideo>[] saves = SaveAll(downloader, files, stop: stop.Token);
        await UntilAsync(() => downloader.Progress.BytesDone == files * 18_977);

        Assert.All(Parts, part => Assert.Equal(18_977, new FileInfo(part).Length));
        if (OperatingSystem.IsLinux()) Assert.All(Parts, part => Assert.InRange(GetOccupied(part), 18_977, 80_000_000));
        await stop.CancelAsync();
        await AssertStoppedAsync(saves);

        Assert.Equal(files, Parts.Length);
        Assert.All(Parts, part => Assert.Equal(18_977, new FileInfo(part).Length));
        if (OperatingSystem.IsLinux()) Assert.All(Parts, part => Assert.InRange(GetOccupied(part), 18_977, 100_000));
    }

    [Theory]
    [Each("length", "range", "cover")]
    public async Task F103_A_file_that_is_too_long_is_refused_before_it_comes(string what)
    {
        if (what == "range") Leave(Video.AsSpan(0, 200_000));
        Serve(async (request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            if (what == "cover" && request.Target == "/v.mp4") await new ServedFile(Video).ServeAsync(request, connection);
            else
            {
                await connection.SendAsync(
                    request.Range is null ? "200 OK\r\nContent-Length: 20000000000" : Scripts.PartHead(from, 20_000_000_000, 20_000_000_000),
                    what == "cover" ? Encoding.Latin1.GetBytes("GIF89a......") : Video.AsMemory(from));
                await connection.StallAsync();
            }
        });

        CogVideoException error = what == "cover"
            ? (await SaveAsync(request: Request(Result(cover: "/c.gif"), cover: true))).CoverError!
            : await FailAsync(ErrorReason.ResponseTooLarge);

        Assert.Equal(ErrorReason.ResponseTooLarge, error.Reason);
        Assert.Contains("20000000000", error.Message, StringComparison.Ordinal);
        Assert.Contains("1073741824", error.Message, StringComparison.Ordinal);
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F103_The_limit_is_what_was_asked_for()
    {
        Serve(Video);
        await FailAsync(ErrorReason.ResponseTooLarge, new DownloaderOptions { AllowHttp = true, MaxLength = Video.Length - 1 });
        await SaveAndCheckAsync(Video, new DownloaderOptions { AllowHttp = true, MaxLength = Video.Length });
    }

    [Theory]
    [Each("free", "moof", "skip")]
    public async Task F104_Of_millions_of_boxes_a_few_thousand_are_looked_at(string box)
    {
        byte[] video = ServedFile.Video(8_000_024);
        byte[] header = [0, 0, 0, 8, .. Encoding.ASCII.GetBytes(box)];
        for (int at = 24; at < video.Length; at += header.Length) header.CopyTo(video, at);
        Serve(video);
        Folder.Write(".clip.8868.0a1b2c3d.part", video);
        CountingDisk disk = new();
        Disk = disk;

        await SaveAndCheckAsync(video);
        Assert.InRange(disk.Reads, 2000, 10_000); // of two headers each
    }

    [Theory]
    // Spaces and joiners of no width, a soft hyphen, a filler, a selector of form, tags, a musical control
    [Each("\u200B", "\u200C", "\u200D", "\u2060", "\u00AD", "\uFEFF", "\u034F", "\u180E", "\u3164", "\uFE0F", "\U000E0041", "\U000E0100", "\U0001D173")]
    public async Task F105_Names_that_read_the_same_are_told_apart_by_id(string unseen)
    {
        Serve(Video);
        string[] names = ["my clip", $"my{unseen} clip", $"{unseen}my clip{unseen}", "my\u00A0clip"];
        Downloader downloader = Create();
        await Task.WhenAll(names.Select((name, i) => SaveAsync(downloader, Request(Result(name, $"{i}")))));

        Assert.Equal(["my clip-1.mp4", "my clip-2.mp4", "my clip-3.mp4", "my clip.mp4"], Files);
    }

    [Theory]
    [InlineData("❤\uFE0F\u200D🔥 hot", "❤\u200D🔥 hot")] // one picture of two
    [InlineData("1\uFE0F\u20E3", "1\u20E3")]
    [InlineData("a\u200D🔥", "a🔥")]
    [InlineData("می\u200Cخواهم", "میخواهم")]
    [InlineData("東京\u3000夜", "東京\u3000夜")]
    [InlineData("\u200B\u200B", "")]
    [InlineData("\u200B.\u200Bhidden", "hidden")]
    [InlineData("CO\u200BN", "_CON")]
    [InlineData("clip.m\u200Bp4", "clip")]
    public void F105_What_nobody_sees_is_taken_out_first(string wanted, string safe) => Assert.Equal(safe, FileNames.Safe(wanted, ".mp4"));

    [Theory]
    [Each('\u0301', '\u0591', '\u1161')] // half a syllable
    public async Task F105_A_name_of_a_million_marks_takes_no_time(char mark)
    {
        string name = "a" + string.Concat(Enumerable.Range(0, 500_000).Select(i => $"{mark}\u0316"));

        string safe = await Task.Run(() => FileNames.Safe(name)).WaitAsync(TimeSpan.FromMinutes(1)); // composed before it is cut, it takes a quarter of an hour

        Assert.InRange(Encoding.UTF8.GetByteCount(safe), 0, FileNames.MaxStemBytes);
    }

    private sealed class CountingDisk : Disk
    {
        internal int Reads { get; private set; }

        internal override FileStream OpenAlone(string path, FileAccess access) => new CountingFile(base.OpenAlone(path, access), this);

        private sealed class CountingFile(FileStream file, CountingDisk disk) : FileStream(file.SafeFileHandle, FileAccess.ReadWrite, 0)
        {
            public override int Read(byte[] buffer, int offset, int count)
            {
                disk.Reads++;
                return base.Read(buffer, offset, count);
            }
        }
    }
}
