using ZhipuVideo.Download;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>
/// Cuts, stalls and lies on the wire (fault table, lines 31 to 36): what is on the disk at the end, and what was asked for on the way.
/// </summary>
public sealed class ResumeTests : DownloadTest
{
    private static readonly byte[] Video = ServedFile.Video(1_000_000);

    public static TheoryData<string> Cuts => ["fin", "reset", "stall"];

    [Fact]
    public async Task A_whole_file_takes_one_request()
    {
        Serve(new ServedFile(Video));
        Downloader downloader = Create(Options());
        SavedVideo saved = await downloader.SaveAsync(Request(), CancellationToken.None);

        AssertSaved(Video);
        Assert.Equal(Video.Length, saved.Length);
        Assert.False(saved.AlreadyThere);
        Assert.Single(Server.Requests);
        Assert.Equal("identity", Server.Requests[0]["Accept-Encoding"]);
        Assert.Equal((0, 0, 1, 0), Counts(downloader));
        Assert.Equal((Video.Length, Video.Length), (downloader.Progress.BytesDone, downloader.Progress.BytesExpected));
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task F31_A_cut_is_resumed_with_the_strong_tag(string cut)
    {
        ServedFile file = Serve(new ServedFile(Video) { Break = BreakBy(cut) });
        file.Breaks.Enqueue(400_000);
        file.Breaks.Enqueue(200_000);
        await SaveAsync(Options(idleSec: cut == "stall" ? 2 : 30));

        AssertSaved(Video);
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

    [Fact]
    public async Task F31_With_a_date_only_the_seam_is_compared_too()
    {
        ServedFile file = Serve(new ServedFile(Video) { Tag = null, LastModified = DateTimeOffset.UnixEpoch });
        file.Breaks.Enqueue(400_000);
        await SaveAsync();

        AssertSaved(Video);
        Assert.Equal(["all", $"bytes={400_000 - ContentMatch.SampleLength}-"], Ranges);
        Assert.Equal("Thu, 01 Jan 1970 00:00:00 GMT", Server.Requests[1]["If-Range"]);
    }

    [Fact]
    public async Task F31_Progress_resets_the_count_of_retries()
    {
        ServedFile file = Serve(new ServedFile(Video));
        for (int i = 0; i < 20; i++) file.Breaks.Enqueue(40_000);

        Downloader downloader = Create(Options(retries: 1));
        await downloader.SaveAsync(Request(), CancellationToken.None);
        AssertSaved(Video);
        Assert.Equal(21, Server.Requests.Count);
        Assert.Equal((Video.Length, Video.Length), (downloader.Progress.BytesDone, downloader.Progress.BytesExpected));
    }

    [Fact]
    public async Task F31_Without_progress_it_ends_and_the_next_run_goes_on()
    {
        ServedFile file = Serve(new ServedFile(Video) { Break = BreakBy("reset") });
        file.Breaks.Enqueue(400_000);
        for (int i = 0; i < 4; i++) file.Breaks.Enqueue(0);

        await FailAsync(ErrorReason.DownloadFailed, Options(retries: 3));
        Assert.Equal(5, Server.Requests.Count);
        Assert.Single(Parts);

        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(6, Server.Requests.Count);
        Assert.StartsWith("bytes=", Ranges[5], StringComparison.Ordinal);
        Assert.Null(Server.Requests[5]["If-Range"]);
    }

    [Fact]
    public async Task F32_A_body_shorter_than_its_length_is_retried_then_refused()
    {
        Serve(async (request, connection) =>
        {
            long from = request.Range?.From ?? 0;
            string range = $"206 X\r\nContent-Range: bytes {from}-{Video.Length + 99}/{Video.Length + 100}";
            await connection.SendAsync(
                $"HTTP/1.1 {(from > 0 ? range : "200 OK")}\r\n"
                + $"ETag: \"1\"\r\nContent-Length: {Video.Length + 100 - from}\r\n\r\n");
            await connection.SendAsync(Video.AsMemory((int)from));
            connection.Cut();
        });
        CogVideoException error = await FailAsync(ErrorReason.LengthMismatch, Options(retries: 2));
        Assert.Contains("1000000 bytes of a file of 1000100", error.Message, StringComparison.Ordinal);
        Assert.Contains("clip (8868)", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Server.Requests.Count);
        Assert.Single(Parts);
    }

    [Fact]
    public async Task F32_A_body_longer_than_its_length_is_seen_by_its_boxes()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {Video.Length - 1000}\r\n\r\n");
            await connection.SendAsync(Video);
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
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{Video.Length:x}\r\n");
            await connection.SendAsync(Video);
            await connection.SendAsync("\r\n");
            if (inTheEnd && ++sent == 3) await connection.SendAsync("0\r\n\r\n");
            else connection.Cut();
        });
        if (inTheEnd)
        {
            await SaveAsync();
            AssertSaved(Video);
        }
        else
        {
            await FailAsync(ErrorReason.LengthMismatch, Options(retries: 2));
        }
    }

    [Fact]
    public async Task F33_A_server_that_ignores_the_range_makes_it_begin_anew()
    {
        ServedFile file = Serve(new ServedFile(Video) { IgnoresRange = true });
        file.Breaks.Enqueue(700_000);
        file.Breaks.Enqueue(300_000);
        Downloader downloader = Create(Options());
        await downloader.SaveAsync(Request(), CancellationToken.None);
        AssertSaved(Video);
        Assert.Equal(3, Server.Requests.Count);
        Assert.Equal(Video.Length, downloader.Progress.BytesDone);
    }

    [Theory]
    [InlineData("bytes 399999-999999/1000000")]
    [InlineData("bytes 400001-999999/1000000")]
    [InlineData("bytes 400000-999999/1000001")]
    [InlineData("bytes 400000-999999/999999")]
    [InlineData("octets 400000-999999/1000000")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task F33_A_part_that_was_not_asked_for_is_never_appended(string? contentRange)
    {
        var file = new ServedFile(Video);
        file.Breaks.Enqueue(400_000);
        Serve(async (request, connection) =>
        {
            if (request.Range is null)
            {
                await file.ServeAsync(request, connection);
                return;
            }

            string header = contentRange is null ? "" : $"Content-Range: {contentRange}\r\n";
            await connection.SendAsync($"HTTP/1.1 206 X\r\nETag: \"v1\"\r\nContent-Length: 600000\r\n{header}\r\n");
            await connection.SendAsync(new byte[600_000]);
        });
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", "bytes=400000-", "all"], Ranges);
    }

    [Fact]
    public async Task F33_Multipart_is_never_appended()
    {
        var file = new ServedFile(Video);
        file.Breaks.Enqueue(400_000);
        Serve(async (request, connection) =>
        {
            if (request.Range is null)
            {
                await file.ServeAsync(request, connection);
                return;
            }

            await connection.AnswerAsync(
                206, "--x\r\nContent-Range: bytes 400000-999999/1000000\r\n\r\n...", contentType: "multipart/byteranges; boundary=x");
        });
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", "bytes=400000-", "all"], Ranges);
    }

    [Fact]
    public async Task F33_A_part_from_the_middle_answered_to_a_plain_request_is_refused()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 206 X\r\nContent-Range: bytes 1-1000/1000000\r\nContent-Length: 1000\r\n\r\n");
            await connection.SendAsync(Video.AsMemory(1, 1000));
        });
        CogVideoException error = await FailAsync(ErrorReason.DownloadFailed, Options(retries: 1));
        Assert.Equal(206, error.HttpStatus);
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F33_Shorter_parts_than_asked_for_are_put_together()
    {
        Serve(async (request, connection) =>
        {
            long from = request.Range?.From ?? 0;
            if (from == 0)
            {
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {Video.Length}\r\n\r\n");
                await connection.SendAsync(Video.AsMemory(0, 100_000));
                connection.Cut();
                return;
            }

            long to = Math.Min(from + 299_999, Video.Length - 1);
            await connection.SendAsync(
                $"HTTP/1.1 206 X\r\nETag: \"1\"\r\nContent-Range: bytes {from}-{to}/{Video.Length}\r\n"
                + $"Content-Length: {to + 1 - from}\r\n\r\n");
            await connection.SendAsync(Video.AsMemory((int)from, (int)(to + 1 - from)));
        });
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", "bytes=100000-", "bytes=400000-", "bytes=700000-"], Ranges);
    }

    [Theory]
    [Each(true, false)]
    public async Task F34_A_changed_file_begins_anew(bool serverHeedsIfRange)
    {
        byte[] other = ServedFile.Video(Video.Length, seed: 2);
        var file = new ServedFile(Video);
        file.Breaks.Enqueue(400_000);
        Serve(async (request, connection) =>
        {
            if (request.Range is not null)
            {
                file.Body = other;
                file.Tag = "\"v2\"";
                if (!serverHeedsIfRange) request.Headers.Remove("If-Range");
            }

            await file.ServeAsync(request, connection);
        });
        await SaveAsync();
        AssertSaved(other);
        Assert.Equal(serverHeedsIfRange ? ["all", "bytes=400000-"] : ["all", "bytes=400000-", "all"], Ranges);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"v1\"")]
    public async Task F34_Without_a_strong_tag_the_seam_is_compared(string? tag)
    {
        ServedFile file = Serve(new ServedFile(Video) { Tag = tag });
        file.Breaks.Enqueue(400_000);
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", $"bytes={400_000 - ContentMatch.SampleLength}-"], Ranges);
        Assert.Null(Server.Requests[1]["If-Range"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("W/\"v1\"")]
    public async Task F34_Without_a_strong_tag_a_changed_file_begins_anew(string? tag)
    {
        byte[] other = ServedFile.Video(Video.Length, seed: 2);
        var file = new ServedFile(Video) { Tag = tag };
        file.Breaks.Enqueue(400_000);
        Serve(async (request, connection) =>
        {
            file.Body = request.Range is null ? file.Body : other;
            await file.ServeAsync(request, connection);
        });
        await SaveAsync();
        AssertSaved(other);
        Assert.Equal(["all", $"bytes={400_000 - ContentMatch.SampleLength}-", "all"], Ranges);
    }

    [Theory]
    [Each(true, false)]
    public async Task F35_A_complete_part_is_verified_and_finished(bool withLength)
    {
        // Chunked, and cut before the last chunk: nothing is missing, but nobody said so
        var file = new ServedFile(Video);
        Serve(async (request, connection) =>
        {
            if (request.Range is null)
            {
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nTransfer-Encoding: chunked\r\n\r\n{Video.Length:x}\r\n");
                await connection.SendAsync(Video);
                await connection.SendAsync("\r\n");
                connection.Cut();
            }
            else if (request.Range.Value.From >= Video.Length && !withLength)
            {
                await connection.AnswerAsync(416);
            }
            else
            {
                await file.ServeAsync(request, connection);
            }
        });
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", "bytes=1000000-", $"bytes={Video.Length - ContentMatch.SampleLength}-"], Ranges);
    }

    [Fact]
    public async Task F35_A_server_that_refuses_every_range_still_finishes_a_complete_part()
    {
        Leave(Video);
        var file = new ServedFile(Video) { IgnoresRange = true };
        Serve((request, connection) => request.Range is null
            ? file.ServeAsync(request, connection)
            : connection.AnswerAsync(416));
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(2, Server.Requests.Count);
    }

    [Fact]
    public async Task F35_A_part_that_only_looks_complete_is_replaced()
    {
        Leave(ServedFile.Video(Video.Length, seed: 2));
        var file = new ServedFile(Video) { IgnoresRange = true };
        Serve((request, connection) => request.Range is null
            ? file.ServeAsync(request, connection)
            : connection.AnswerAsync(416, headers: $"Content-Range: bytes */{Video.Length}\r\n"));
        await SaveAsync();
        AssertSaved(Video);
    }

    [Theory]
    [Each(403, 404, 410)]
    public async Task F36_An_expired_link_is_looked_up_once(int status)
    {
        var file = new ServedFile(Video);
        Serve((request, connection) => request.Target == "/new" ? file.ServeAsync(request, connection) : connection.AnswerAsync(status));
        int looks = 0;
        await SaveAsync(Options(refresh: (result, _) =>
        {
            looks++;
            return Task.FromResult<CogVideoResult?>(new CogVideoResult(result) { Url = Server.Origin + "/new" });
        }));
        AssertSaved(Video);
        Assert.Equal(1, looks);
        Assert.Equal(["/v.mp4", "/new"], Server.Requests.Select(request => request.Target));
    }

    [Theory]
    [Each("none", "same", "expired too")]
    public async Task F36_Without_a_new_link_the_result_has_expired(string answer)
    {
        Serve((_, connection) => connection.AnswerAsync(404));
        int looks = 0;
        CogVideoException error = await FailAsync(ErrorReason.ResultExpired, Options(refresh: (result, _) =>
        {
            looks++;
            return Task.FromResult(answer switch
            {
                "none" => null,
                "same" => result,
                _ => new CogVideoResult(result) { Url = Server.Origin + "/new" },
            });
        }), Request(Result(ended: LongAgo)));
        Assert.Contains("8868", error.Message, StringComparison.Ordinal);
        Assert.Equal(404, error.HttpStatus);
        Assert.Equal(1, looks);
        Assert.Equal(answer == "expired too" ? 2 : 1, Server.Requests.Count);
        Assert.Empty(Parts);
    }

    [Fact]
    [Trait("Phase", "download")]
    public async Task F28_F36_A_link_that_expires_on_the_way_goes_on_behind_the_new_one()
    {
        var file = new ServedFile(Video);
        file.Breaks.Enqueue(400_000);
        Serve((request, connection) => request.Target == "/v.mp4" && request.Range is not null
            ? connection.AnswerAsync(403)
            : file.ServeAsync(request, connection));
        await SaveAsync(Options(refresh: (result, _) =>
            Task.FromResult<CogVideoResult?>(new CogVideoResult(result) { Url = Server.Origin + "/new" })));
        AssertSaved(Video);
        Assert.Equal(["all", "bytes=400000-", "bytes=400000-"], Ranges);
    }

    [Fact]
    public async Task A_leftover_of_the_same_job_is_claimed_and_resumed()
    {
        Leave(Video.AsSpan(0, 600_000));
        Leave(Video.AsSpan(0, 300_000), random: "ffffffff");
        Serve(new ServedFile(Video));
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal([$"bytes={600_000 - ContentMatch.SampleLength}-"], Ranges);
    }

    [Fact]
    public async Task A_leftover_whose_end_differs_is_not_built_upon()
    {
        byte[] other = ServedFile.Video(600_000, seed: 2);
        Leave(other);
        Serve(new ServedFile(Video));
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(2, Server.Requests.Count);
    }

    [Fact]
    public async Task A_leftover_longer_than_the_file_is_not_built_upon()
    {
        Leave(ServedFile.Video(Video.Length + 500_000));
        Serve(new ServedFile(Video));
        await SaveAsync();
        AssertSaved(Video);
    }

    [Fact]
    public async Task Leftovers_of_other_jobs_are_not_touched()
    {
        byte[] theirs = Video[..1000];
        Leave(theirs, id: "8869");
        Leave(theirs, name: "clip.8868");
        Leave(theirs, name: "clip2");
        Leave(theirs, random: "zz");
        Serve(new ServedFile(Video));
        await SaveAsync();
        AssertBytes(Video, "clip.mp4");
        Assert.Equal(4, Parts.Length);
        Assert.Equal(["all"], Ranges);
    }

    [Fact]
    public async Task A_part_that_a_live_run_holds_is_not_touched()
    {
        byte[] theirs = Video[..300_000];
        using PartFile live = new PartFileStore(new DownloaderOptions(), Folder, "clip", "8868", "clip").Create();
        live.Append(theirs, theirs.Length);
        Serve(new ServedFile(Video));
        await SaveAsync();
        AssertBytes(Video, "clip.mp4");
        Assert.Equal(["all"], Ranges);
        Assert.Single(Parts);
        byte[] read = new byte[theirs.Length];
        Assert.Equal(theirs.Length, live.Read(0, read, read.Length));
        Assert.Equal(theirs, read);
    }

    private static Func<RawConnection, Task> BreakBy(string cut) => async connection =>
    {
        switch (cut)
        {
            case "fin":
                connection.Cut();
                break;
            case "reset":
                await Task.Delay(50);
                connection.Reset();
                break;
            default:
                await connection.StallAsync();
                break;
        }
    };
}
