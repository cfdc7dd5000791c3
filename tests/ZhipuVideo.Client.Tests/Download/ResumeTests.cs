using ZhipuVideo.Download;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>
/// Cuts, stalls and lies on the wire (fault table, lines 31 to 36): what is on the disk at the end, and what was asked for on the way.
/// </summary>
public sealed class ResumeTests : DownloadTest
{
    private static new readonly byte[] Video = ServedFile.Video(1_000_000);
    private static readonly byte[] Other = ServedFile.Video(1_000_000, seed: 2);

    [Fact]
    public async Task A_whole_file_takes_one_request()
    {
        Serve(Video);
        Downloader downloader = Create();
        SavedVideo saved = await SaveAsync(downloader);

        AssertSaved(Video);
        Assert.Equal((Video.Length, false), (saved.Length, saved.AlreadyThere));
        Assert.Equal("identity", Assert.Single(Server.Requests)["Accept-Encoding"]);
        Assert.Equal((Video.Length, Video.Length), (downloader.Progress.BytesDone, downloader.Progress.BytesExpected));
    }

    [Theory]
    [Each("fin", "reset", "stall")]
    public async Task F31_A_cut_is_resumed_with_the_strong_tag(string cut)
    {
        ServedFile file = ServeBroken(400_000, 200_000);
        file.Break = BreakBy(cut);
        await SaveAndCheckAsync(Video, Options(idleSec: cut == "stall" ? 2 : 30));
        Assert.Equal(3, Server.Requests.Count);
        Assert.All(Server.Requests.Skip(1), request => Assert.Equal("\"v1\"", request["If-Range"]));
        // A reset may lose what was under way; the others lose nothing
        Assert.True(cut == "reset" || Ranges.SequenceEqual(["all", "bytes=400000-", "bytes=600000-"]), string.Join(' ', Ranges));
    }

    [Fact]
    public async Task F31_A_slow_body_is_not_a_stalled_one()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Video.Length}\r\n\r\n");
            await connection.TrickleAsync(Video, Video.Length / 15, TimeSpan.FromMilliseconds(400));
        });
        await SaveAsync(Options(idleSec: 4)); // the whole takes longer than that, no pause nearly so long
        AssertSaved(Video);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData(null, true, "Thu, 01 Jan 1970 00:00:00 GMT")]
    [InlineData(null, false, null)]
    [InlineData("W/\"v1\"", false, null)]
    public async Task F31_F34_Without_a_strong_tag_the_overlap_is_compared(string? tag, bool hasDate, string? condition)
    {
        ServedFile file = ServeBroken(400_000);
        (file.Tag, file.LastModified) = (tag, hasDate ? DateTimeOffset.UnixEpoch : null);
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", Overlapping(400_000)], Ranges);
        Assert.Equal(condition, Server.Requests[1]["If-Range"]);
    }

    [Fact]
    public async Task F31_Progress_resets_the_count_of_retries()
    {
        ServeBroken([.. Enumerable.Repeat(40_000, 20)]);
        Downloader downloader = Create(Options(retries: 1));
        await SaveAsync(downloader);
        AssertSaved(Video);
        Assert.Equal(21, Server.Requests.Count);
        Assert.Equal((Video.Length, Video.Length), (downloader.Progress.BytesDone, downloader.Progress.BytesExpected));
    }

    [Fact]
    public async Task F31_Without_progress_it_ends_and_the_next_run_goes_on()
    {
        ServeBroken(400_000, 0, 0, 0, 0).Break = BreakBy("reset");
        await FailAsync(ErrorReason.DownloadFailed, Options(retries: 3));
        Assert.Equal(5, Server.Requests.Count);
        Assert.Single(Parts);

        await SaveAndCheckAsync(Video);
        Assert.Equal(6, Server.Requests.Count);
        Assert.StartsWith("bytes=", Ranges[5], StringComparison.Ordinal);
        Assert.Null(Server.Requests[5]["If-Range"]);
    }

    [Fact]
    public async Task F32_A_body_shorter_than_its_length_is_retried_then_refused()
    {
        Serve(async (request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            long length = Video.Length + 100;
            await connection.SendAsync(from == 0 ? $"200 OK\r\nETag: \"v1\"\r\nContent-Length: {length}" : Scripts.PartHead(from, length, length), Video.AsMemory(from));
            connection.Cut();
        });
        CogVideoException error = await FailAsync(ErrorReason.LengthMismatch, Options(retries: 2), says: "1000000 of 1000100 bytes");
        Assert.Contains("clip (8868)", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Server.Requests.Count);
        Assert.Single(Parts);
    }

    [Fact]
    public async Task F32_A_body_longer_than_its_length_is_seen_by_its_boxes()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"200 OK\r\nETag: \"v1\"\r\nContent-Length: {Video.Length - 1000}", Video);
            connection.Cut();
        });
        await FailAsync(ErrorReason.LengthMismatch, Options(retries: 2));
        Assert.Equal(2, Server.Requests.Count);
        Assert.Empty(Parts);
    }

    [Theory]
    [Each(true, false)]
    public async Task F32_Chunks_without_the_last_one_are_no_file(bool inTheEnd)
    {
        int sent = 0;
        Serve(async (_, connection) =>
        {
            await connection.SendChunkAsync(Video);
            if (inTheEnd && ++sent == 3) await connection.SendAsync("0\r\n\r\n");
            else connection.Cut();
        });
        if (!inTheEnd) await FailAsync(ErrorReason.LengthMismatch, Options(retries: 2));
        else await SaveAsync();
        if (inTheEnd) AssertSaved(Video);
    }

    [Fact]
    public async Task F33_A_server_that_ignores_the_range_makes_it_begin_anew()
    {
        ServeBroken(700_000, 300_000).IgnoresRange = true;
        Downloader downloader = Create();
        await SaveAsync(downloader);
        AssertSaved(Video);
        Assert.Equal(3, Server.Requests.Count);
        Assert.Equal(Video.Length, downloader.Progress.BytesDone);
    }

    [Theory]
    [Each("Content-Range: bytes 399999-999999/1000000", "Content-Range: bytes 400001-999999/1000000",
        "Content-Range: bytes 400000-999999/1000001", "Content-Range: bytes 400000-999999/999999",
        "Content-Range: octets 400000-999999/1000000", "Content-Range: nonsense", "X-None: ",
        "Content-Type: multipart/byteranges; boundary=x")]
    public async Task F33_A_part_that_was_not_asked_for_is_never_appended(string header)
    {
        ServeBroken(400_000, (_, connection) => connection.SendAsync($"206 X\r\nETag: \"v1\"\r\nContent-Length: 600000\r\n{header}", new byte[600_000]));
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "bytes=400000-", "all"], Ranges);
    }

    [Fact]
    public async Task F33_A_part_from_the_middle_answered_to_a_plain_request_is_refused()
    {
        Serve((_, connection) => connection.SendAsync(Scripts.PartHead(1, 1001, Video.Length), Video.AsMemory(1, 1000)));
        CogVideoException error = await FailAsync(ErrorReason.DownloadFailed, Options(retries: 1));
        Assert.Equal(206, error.HttpStatus);
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F33_Shorter_parts_than_asked_for_are_put_together()
    {
        ServeBroken(100_000).MaxPart = 300_000;
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "bytes=100000-", "bytes=400000-", "bytes=700000-"], Ranges);
    }

    [Theory]
    [InlineData("\"v1\"", true, "all", "bytes=400000-")]
    [InlineData("\"v1\"", false, "all", "bytes=400000-", "all")]
    [InlineData(null, true, "all", "bytes=334464-", "all")]
    [InlineData("W/\"v1\"", true, "all", "bytes=334464-", "all")]
    public async Task F34_A_changed_file_begins_anew(string? tag, bool serverHeedsIfRange, params string[] ranges)
    {
        ServedFile file = new(Video, 400_000) { Tag = tag };
        Serve(async (request, connection) =>
        {
            if (request.Range is not null)
            {
                file.Body = Other;
                file.Tag = tag?.Replace('1', '2');
                if (!serverHeedsIfRange) request.Headers.Remove("If-Range");
            }
            await file.ServeAsync(request, connection);
        });
        await SaveAndCheckAsync(Other);
        Assert.Equal(ranges, Ranges);
    }

    [Theory]
    [Each(true, false)]
    public async Task F35_A_complete_part_is_verified_and_finished(bool withLength)
    {
        // Chunked, and cut before the last chunk: nothing is missing, but nobody said so
        ServedFile file = new(Video);
        Serve(async (request, connection) =>
        {
            if (request.Range is null)
            {
                await connection.SendChunkAsync(Video);
                connection.Cut();
            }
            else if (request.Range.Value.From >= Video.Length && !withLength) await connection.AnswerAsync(416);
            else await file.ServeAsync(request, connection);
        });
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "bytes=1000000-", Overlapping(Video.Length)], Ranges);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "Content-Range: bytes */1000000\r\n")]
    public async Task F35_A_server_that_refuses_every_range_finishes_a_part_that_is_complete_and_replaces_one_that_only_looks_so(bool isComplete, string header)
    {
        Leave(isComplete ? Video : Other);
        ServedFile file = new(Video) { IgnoresRange = true };
        Serve((request, connection) => request.Range is null ? file.ServeAsync(request, connection) : connection.AnswerAsync(416, headers: header));
        await SaveAndCheckAsync(Video);
        Assert.Equal(2, Server.Requests.Count);
    }

    [Theory]
    [Each(403, 404, 410)]
    public async Task F36_An_expired_link_is_looked_up_once(int status)
    {
        ServedFile file = new(Video);
        Serve((request, connection) => request.Target == "/new" ? file.ServeAsync(request, connection) : connection.AnswerAsync(status));
        await SaveAndCheckAsync(Video, Options(refresh: Refreshing(Renewed)));
        Assert.Equal(1, Polls);
        Assert.Equal(["/v.mp4", "/new"], Server.Requests.Select(request => request.Target));
    }

    [Theory]
    [Each("none", "same", "expired too")]
    public async Task F36_Without_a_new_link_the_result_has_expired(string answer)
    {
        Serve((_, connection) => connection.AnswerAsync(404));
        DownloaderOptions options = Options(refresh: Refreshing(result => answer == "none" ? null : answer == "same" ? result : Renewed(result)));
        CogVideoException error = await FailAsync(ErrorReason.ResultExpired, options, Request(Result(ended: LongAgo)), says: "8868");
        Assert.Equal(404, error.HttpStatus);
        Assert.Equal(1, Polls);
        Assert.Equal(answer == "expired too" ? 2 : 1, Server.Requests.Count);
        Assert.Empty(Parts);
    }

    [Fact]
    [Trait("Phase", "download")]
    public async Task F28_F36_A_link_that_expires_on_the_way_goes_on_behind_the_new_one()
    {
        ServedFile file = new(Video, 400_000);
        Serve((request, connection) => request.Target == "/v.mp4" && request.Range is not null ? connection.AnswerAsync(403) : file.ServeAsync(request, connection));
        await SaveAndCheckAsync(Video, Options(refresh: Refreshing(Renewed)));
        Assert.Equal(["all", "bytes=400000-", "bytes=400000-"], Ranges);
    }

    [Fact]
    public async Task A_leftover_of_the_same_job_is_claimed_and_resumed()
    {
        Leave(Video.AsSpan(0, 600_000));
        Leave(Video.AsSpan(0, 300_000), random: "ffffffff");
        Serve(Video);
        await SaveAndCheckAsync(Video);
        Assert.Equal([Overlapping(600_000)], Ranges);
    }

    [Theory]
    [InlineData(600_000, 2)] // its end differs
    [InlineData(1_500_000, 1)] // longer than the file
    public async Task A_leftover_that_does_not_fit_is_not_built_upon(int length, int seed)
    {
        Leave(ServedFile.Video(length, seed));
        Serve(Video);
        await SaveAndCheckAsync(Video);
        Assert.True(length > Video.Length || Server.Requests.Count == 2);
    }

    [Fact]
    public async Task Leftovers_of_other_jobs_are_not_touched()
    {
        byte[] theirs = Video[..1000];
        Leave(theirs, id: "8869");
        Leave(theirs, name: "clip.8868");
        Leave(theirs, name: "clip2");
        Leave(theirs, random: "zz");
        Serve(Video);
        await SaveAsync();
        AssertBytes(Video, "clip.mp4");
        Assert.Equal(4, Parts.Length);
        Assert.Equal(["all"], Ranges);
    }

    [Theory]
    [Each(false, true)]
    [Trait("Phase", "download")]
    public async Task F100_A_part_that_a_live_run_holds_is_not_touched(bool isShared)
    {
        if (isShared && !OperatingSystem.IsWindows()) File.SetUnixFileMode(Folder.FullName, (UnixFileMode)0b111_111_111);
        byte[] theirs = Video[..300_000];
        using IPartFile live = Store().Create(new PartName("clip", "8868", "clip"));
        await live.AppendAsync(theirs, theirs.Length, CancellationToken.None);
        Serve(Video);
        await SaveAsync();
        AssertBytes(Video, "clip.mp4");
        Assert.Equal(["all"], Ranges);
        Assert.Single(Parts);
        byte[] read = new byte[theirs.Length];
        Assert.Equal(theirs.Length, live.Read(0, read, read.Length));
        Assert.Equal(theirs, read);
    }

    /// <summary>Serves the video, and breaks each reply after so many bytes.</summary>
    private ServedFile ServeBroken(params int[] after) => Serve(new ServedFile(Video, after));

    /// <summary>Serves the video, breaks the first reply, and answers for parts otherwise.</summary>
    private void ServeBroken(int after, Func<RawRequest, RawConnection, Task> answerPart)
    {
        ServedFile file = new(Video, after);
        Serve((request, connection) => request.Range is null ? file.ServeAsync(request, connection) : answerPart(request, connection));
    }

    private static string Overlapping(int length) => $"bytes={length - ContentMatch.SampleLength}-";

    private CogVideoResult? Renewed(CogVideoResult result) => new(result) { Url = Server.Origin + "/new" };

    private static Func<RawConnection, Task> BreakBy(string cut) => async connection =>
    {
        if (cut == "stall")
        {
            await connection.StallAsync();
            return;
        }
        if (cut == "reset") await Task.Delay(50);
        if (cut == "reset") connection.Reset();
        else connection.Cut();
    };
}
