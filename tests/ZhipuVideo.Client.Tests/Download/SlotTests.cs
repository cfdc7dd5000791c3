using ZhipuVideo.Download;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>Who waits or gets next to nothing keeps no slot from others (fault table, lines 106 and 107).</summary>
[Trait("Phase", "download")]
public sealed class SlotTests : DownloadTest
{
    [Theory]
    [Each("body", "no head", "comparison", "byte by connection", "a few bytes by connection", "chunks", "not found", "asks to wait",
        "accepted")]
    public async Task F106_Four_links_that_hold_their_slots_do_not_hold_up_six_that_are_well(string kind)
    {
        if (kind == "comparison")
            foreach (int i in Enumerable.Range(0, 4)) Folder.Write($"clip{i}.mp4", Video);

        Serve((request, connection) => request.Target == "/well" ? new ServedFile(Video).ServeAsync(request, connection) : HoldUpAsync(kind, request, connection));
        DownloaderOptions options = new()
        {
            AllowHttp = true,
            RateWindow = TimeSpan.FromMilliseconds(400),
            MaxRetries = 100,
            RetryDelay = TimeSpan.FromMinutes(10),
            MaxRetryDelay = TimeSpan.FromHours(1),
            PublishTimeout = TimeSpan.FromDays(1),
        };
        Downloader downloader = Create(options);
        Task<SavedVideo>[] slow = SaveAll(downloader, 4);
        await Task.WhenAll(SaveAll(downloader, 6, first: 4, url: "/well"));

        Assert.All(slow, save => Assert.False(save.IsCompleted));
        Assert.All(Enumerable.Range(4, 6), i => AssertBytes(Video, $"clip{i}.mp4"));
        downloader.Dispose();
        await AssertStoppedAsync(slow);
    }

    [Fact]
    public async Task F106_While_the_service_is_asked_for_a_new_link_another_file_comes()
    {
        TaskCompletionSource<CogVideoResult?> look = new();
        Serve((request, connection) => request.Target == "/well" ? new ServedFile(Video).ServeAsync(request, connection) : connection.AnswerAsync(410));
        Downloader downloader = Create(new DownloaderOptions { AllowHttp = true, ThrottleLimit = 1, Refresh = (_, _) => look.Task });
        Task<SavedVideo> gone = SaveAsync(downloader, Request());

        await SaveAsync(downloader, Request(Result("well", "1", "/well")));

        Assert.False(gone.IsCompleted);
        look.SetException(new CogVideoException(ErrorReason.NotFound, MessageKey.NoJobs));
        await Assert.ThrowsAsync<CogVideoException>(() => gone);
        await SaveAsync(downloader, Request(Result("more", "2", "/well")));
    }

    [Fact]
    public async Task F106_At_its_next_turn_a_slow_one_goes_on_where_it_stopped()
    {
        int begun = 0;
        Serve(async (request, connection) =>
        {
            ServedFile file = new(Video) { Break = connection => connection.StallAsync() };
            if (request.Target != "/well" && Interlocked.Increment(ref begun) <= 2) file.Breaks.Enqueue(150_000);
            await file.ServeAsync(request, connection);
        });
        Downloader downloader = Create(new DownloaderOptions { AllowHttp = true, ThrottleLimit = 2, RateWindow = TimeSpan.FromMilliseconds(400), MaxRetries = 100 });

        await Task.WhenAll(SaveAll(downloader, 2).Concat(SaveAll(downloader, 5, first: 2, url: "/well")));

        Assert.All(Enumerable.Range(0, 7), i => AssertBytes(Video, $"clip{i}.mp4"));
        Assert.Equal(2, Ranges.Count(range => range == "bytes=150000-"));
    }

    [Fact]
    public async Task F106_Nobody_is_sent_away_for_nobody()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Video.Length}\r\n\r\n");
            await connection.TrickleAsync(Video, Video.Length / 20, TimeSpan.FromMilliseconds(200));
        });

        await SaveAsync(new DownloaderOptions { AllowHttp = true, RateWindow = TimeSpan.FromSeconds(2), MinRate = 1e9 }); // two windows of eight

        AssertSaved(Video);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task F106_A_trickle_that_never_gets_on_comes_to_an_end()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"200 OK\r\nContent-Length: {Video.Length}", Video.AsMemory(0, 12));
            await connection.DripAsync();
        });

        await FailAsync(
            ErrorReason.DownloadFailed, new DownloaderOptions { AllowHttp = true, RateWindow = TimeSpan.FromMilliseconds(50), MaxRetries = 1 }, says: "4096 bytes a second");
        Assert.Equal(2, Server.Requests.Count);
        Assert.Single(Parts);
    }

    [Theory]
    [InlineData(429, "86400", "86400")]
    [InlineData(503, "999999999", "86400")]
    [InlineData(503, "Fri, 31 Dec 9999 23:59:59 GMT", "86400")]
    [InlineData(423, "3600", "3600")]
    public async Task F107_A_wait_that_a_server_asks_for_is_bounded_and_the_error_says_so(int status, string after, string seconds)
    {
        Serve((_, connection) => connection.AnswerAsync(status, headers: $"Retry-After: {after}\r\n"));

        CogVideoException error = await FailAsync(
            ErrorReason.DownloadFailed, new DownloaderOptions { AllowHttp = true, MaxRetryDelay = TimeSpan.FromSeconds(0.25), MaxRetries = 2 });

        Assert.Equal(status, error.HttpStatus);
        Assert.Contains(seconds, error.Message, StringComparison.Ordinal);
        Assert.Contains("0.25", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, Server.Requests.Count);
    }

    private static Task HoldUpAsync(string kind, RawRequest request, RawConnection connection)
    {
        async Task DripAsync(string head, int bytes = 0, string drip = "x")
        {
            await connection.SendAsync(head);
            await connection.SendAsync(Video.AsMemory(0, bytes));
            await connection.DripAsync(drip);
        }

        async Task CutAsync(int atMost)
        {
            int from = (int)(request.Range?.From ?? 0);
            await Task.Delay(100);
            await connection.SendAsync(
                from == 0 ? $"200 OK\r\nETag: \"v1\"\r\nContent-Length: {Video.Length}" : Scripts.PartHead(from, Video.Length, Video.Length),
                Video.AsMemory(from, from == 0 ? 12 : Math.Min(atMost, Video.Length - from)));
            connection.Cut();
        }

        return kind switch
        {
            "no head" => DripAsync("HTTP/1.1 200 OK\r\nX-Slow: "),
            "comparison" => DripAsync($"HTTP/1.1 {Scripts.PartHead(0, 65536, Video.Length)}\r\n\r\n"),
            "body" => DripAsync($"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: {Video.Length}\r\n\r\n", 12),
            "chunks" => DripAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n", 12, "\r\n1\r\nx"),
            "not found" => connection.AnswerAsync(404),
            "asks to wait" => connection.AnswerAsync(503, headers: "Retry-After: 3600\r\n"),
            "accepted" => connection.AnswerAsync(202),
            _ => CutAsync(kind == "byte by connection" ? 1 : 100),
        };
    }
}
