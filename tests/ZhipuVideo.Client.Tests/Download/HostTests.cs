using ZhipuVideo.Download;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>File hosts that are late, disagree with each other, or say what is not so (fault table, lines 108 to 115).</summary>
[Trait("Phase", "download")]
public sealed class HostTests : DownloadTest
{
    private static readonly DateTimeOffset Date = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    [Theory]
    [InlineData(404, 0.01)]
    [InlineData(403, 0.01)]
    [InlineData(404, null)]
    [InlineData(404, 120.0)]
    [InlineData(403, 1200.0)]
    [InlineData(202, 0.01)]
    [InlineData(202, 5000.0)]
    [InlineData(204, null)]
    public async Task F108_F112_A_file_that_is_not_there_yet_is_waited_for(int status, double? minutes)
    {
        int tries = 0;
        Serve((request, connection) => ++tries <= 8 ? connection.AnswerAsync(status) : new ServedFile(Video).ServeAsync(request, connection));

        await SaveAndCheckAsync(Video, Waiting(TimeSpan.FromMinutes(5), Refreshing(result => result)), Request(Result(ended: minutes is { } age ? DateTime.UtcNow.AddMinutes(-age) : null)));
        Assert.Equal(9, tries);
        Assert.Equal(status < 300 ? 0 : 1, Polls);
    }

    [Theory]
    [Each(404, 403, 202)]
    public async Task F108_F112_After_some_minutes_the_error_says_that_the_file_is_not_there_yet(int status)
    {
        Serve((_, connection) => connection.AnswerAsync(status));

        CogVideoException error = await FailAsync(ErrorReason.DownloadFailed, Waiting(TimeSpan.FromMilliseconds(100)), Request(Result(ended: DateTime.UtcNow)), says: "did not have the file yet");
        Assert.Equal(status, error.HttpStatus);
        Assert.True(Server.Requests.Count > 1);
        Assert.Empty(Parts);
    }

    [Theory]
    [Each(true, false)]
    public async Task F108_A_link_that_was_good_has_expired_unless_its_task_has_only_just_ended(bool isYoung)
    {
        ServedFile file = new(Video, 100_000);
        int tries = 0;
        Serve((request, connection) => ++tries is > 1 and < 6 ? connection.AnswerAsync(404) : file.ServeAsync(request, connection));
        SaveRequest request = Request(Result(ended: DateTime.UtcNow.AddMinutes(isYoung ? -1 : -11)));

        if (isYoung)
        {
            await SaveAndCheckAsync(Video, Waiting(TimeSpan.FromMinutes(5)), request);
        }
        else
        {
            await FailAsync(ErrorReason.ResultExpired, Waiting(TimeSpan.FromMinutes(5)), request);
            Assert.Equal(2, tries);
        }
    }

    [Theory]
    [InlineData(410, 0.01)]
    [InlineData(404, 2880.0)]
    [InlineData(403, 2880.0)]
    public async Task F108_What_is_gone_is_not_waited_for(int status, double minutes)
    {
        Serve((_, connection) => connection.AnswerAsync(status));
        await FailAsync(ErrorReason.ResultExpired, Waiting(TimeSpan.FromMinutes(5)), Request(Result(ended: DateTime.UtcNow.AddMinutes(-minutes))));
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task F108_An_address_without_a_task_is_not_waited_for()
    {
        Serve((_, connection) => connection.AnswerAsync(404));
        CogVideoException error = await FailAsync(ErrorReason.NotFound, Waiting(TimeSpan.FromMinutes(5)), Request(Result(id: "")));
        Assert.Equal(404, error.HttpStatus);
        Assert.Single(Server.Requests);
    }

    [Theory]
    [InlineData("strong", true)]
    [InlineData("strong", false)]
    [InlineData("weak", true)]
    [InlineData("none then strong", true)]
    [InlineData("If-Range unknown", true)]
    [InlineData("dates differ", true)]
    public async Task F109_Servers_that_tag_the_same_bytes_differently_do_not_make_it_begin_anew(string tags, bool heedsCondition)
    {
        int tries = 0;
        ServedFile file = new(Video);
        Serve(async (request, connection) =>
        {
            tries++;
            file.Tag = tags switch
            {
                "strong" => $"\"node{tries}\"",
                "weak" => $"W/\"node{tries}\"",
                "none then strong" => tries == 1 ? null : $"\"node{tries}\"",
                _ => "\"v1\"",
            };
            file.LastModified = tags == "dates differ" ? Date.AddHours(tries) : Date;
            if (!heedsCondition) request.Headers.Remove("If-Range");
            if (tags == "If-Range unknown" && request["If-Range"] is not null) request.Headers.Remove("Range");
            file.Breaks.Enqueue(90_000);
            await file.ServeAsync(request, connection);
        });

        await SaveAndCheckAsync(Video, Options(retries: 2));
        Assert.InRange(tries, 4, 20);
    }

    [Theory]
    [Each(true, false)]
    public async Task F109_Bytes_that_differ_are_never_put_together(bool otherDate)
    {
        byte[] other = ServedFile.Video(Video.Length, seed: 2);
        ServedFile file = new(Video, 150_000) { LastModified = Date };
        Serve(async (request, connection) =>
        {
            await file.ServeAsync(request, connection);
            file.Body = other;
            file.Tag = "\"v2\"";
            file.LastModified = otherDate ? Date.AddMinutes(1) : Date;
        });

        await SaveAndCheckAsync(other);
    }

    [Theory]
    [Each("Content-Type: application/json", "Content-Type: text/html; charset=utf-8", "Content-Type: application/xml",
        "Content-Type: image/png", "Content-Type: nonsense", "Content-Encoding: gzip", "Content-Encoding: aws-chunked",
        "Content-Encoding: utf-8\r\nContent-Type: text/plain", "Content-Range: bytes 5-9/10",
        "Content-MD5: AAAA\r\nContent-Disposition: attachment; filename=\"a.html\"", "Last-Modified: yesterday\r\nETag: v1")]
    public async Task F110_The_bytes_decide_whatever_the_headers_say(string headers)
    {
        Serve(async (request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            byte[] body = request.Target == "/c.png" ? Png : Video;
            await connection.SendAsync(
                from == 0 ? $"200 OK\r\nContent-Length: {body.Length}\r\n{headers}" : Scripts.PartHead(from, body.Length, body.Length, ""),
                body.AsMemory(from, Math.Min(body.Length - from, 200_000)));
            if (body.Length - from > 200_000) connection.Cut();
        });

        SavedVideo saved = await SaveAsync(request: Request(Result(cover: "/c.png"), cover: true));

        Assert.Null(saved.CoverError);
        Assert.Equal(["clip.mp4", "clip.png"], Files);
        AssertBytes(Video, "clip.mp4");
        AssertBytes(Png, "clip.png");
    }

    [Fact]
    public async Task F110_A_rest_that_is_suddenly_encoded_is_compared_before_it_is_believed()
    {
        Serve(async (request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            bool isEncoded = from == 100_000;
            await connection.SendAsync(
                from == 0 ? $"200 OK\r\nETag: \"v1\"\r\nContent-Length: {Video.Length}"
                    : Scripts.PartHead(from, Video.Length, Video.Length, "ETag: \"v1\"" + (isEncoded ? "\r\nContent-Encoding: gzip" : "")),
                isEncoded ? new byte[Video.Length - from] : Video.AsMemory(from, from == 0 ? 100_000 : Video.Length - from));
            if (from == 0) connection.Cut();
        });

        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "bytes=100000-", $"bytes={100_000 - ContentMatch.SampleLength}-"], Ranges);
    }

    [Theory]
    [Each("before the head", "before the body")]
    public async Task F111_A_slow_first_byte_is_given_more_time_with_each_try(string when)
    {
        // The first try is given up after its second, however late; what comes then is slower than that second
        int tries = 0;
        Serve(async (request, connection) =>
        {
            bool isFirst = Interlocked.Increment(ref tries) == 1;
            Task PauseAsync() => isFirst ? connection.HoldAsync() : Task.Delay(1500);
            if (when == "before the head") await PauseAsync();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Video.Length}\r\n\r\n");
            if (when == "before the body") await PauseAsync();
            await connection.SendAsync(Video);
        });

        await SaveAndCheckAsync(Video, Options(idleSec: 1, retries: 6));
        Assert.True(Server.Requests.Count > 1);
    }

    [Theory]
    [InlineData("206 X\r\nContent-Range: bytes 0-299999/300000", "Content-Length: 300000")]
    [InlineData("206 X\r\nContent-Range: bytes 0-299999/*", "Content-Length: 300000")]
    [InlineData("206 X\r\nContent-Range: bytes 0-299999/300000", "Connection: close")]
    [InlineData("203 X", "Content-Length: 300000")]
    public async Task F112_A_whole_file_is_taken_whatever_its_status(string status, string length)
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"{status}\r\n{length}", Video);
            connection.Cut();
        });

        await SaveAndCheckAsync(Video);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task F112_A_first_part_that_nobody_asked_for_is_a_beginning()
    {
        Serve((request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            int end = Math.Min(from + 120_000, Video.Length);
            return connection.SendAsync(Scripts.PartHead(from, end, Video.Length), Video.AsMemory(from, end - from));
        });

        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "bytes=120000-", "bytes=240000-"], Ranges);
    }

    [Theory]
    [Each(false, true)]
    public async Task F113_A_plain_link_of_a_service_on_https_is_tried_over_https(bool isRedirect)
    {
        using TestAuthority authority = new();
        ServedFile file = new(Video, 100_000);
        string plain = "";
        using RawServer secure = new(
            (request, connection) => request.Target == "/r"
                ? connection.AnswerAsync(302, headers: $"Location: {plain}\r\n")
                : file.ServeAsync(request, connection),
            authority.Good);
        plain = secure.Origin.Replace("https", "http", StringComparison.Ordinal) + "/v.mp4";

        await SaveAsync(
            new DownloaderOptions { CreateHandler = authority.CreateHandler }, Request(Result(url: isRedirect ? secure.Origin + "/r" : plain)));

        AssertSaved(Video);
    }

    [Fact]
    public void F113_The_plain_port_of_http_becomes_the_one_of_https()
    {
        Assert.Equal("https://host.example/a%7e?b", Address.WithHttps(Link("http://host.example:80/a%7e?b")).AbsoluteUri);
        Assert.Equal("https://host.example:8080/a", Address.WithHttps(Link("http://host.example:8080/a")).AbsoluteUri);
        Assert.Equal("https://[::1]/a", Address.WithHttps(Link("http://[::1]/a")).AbsoluteUri);
    }

    [Theory]
    [InlineData("/a%7Eb%2D/./c/../d//e?x=%7e%2F%2f+%20&sig=a/../b%3d")]
    [InlineData("/%E4%BD%A0/%e4?q=|{}^`[]\"<>\\'")]
    [InlineData("/a/%2e%2E/b;p=1?#", "/a/%2e%2E/b;p=1?")]
    [InlineData("/v.mp4#t=1", "/v.mp4")]
    [InlineData("/你 好?q=é\u0001", "/%E4%BD%A0%20%E5%A5%BD?q=%C3%A9%01")]
    [InlineData("/v\r\nX-Evil: 1", "/v%0D%0AX-Evil:%201")]
    [InlineData("?sig=%7e", "/?sig=%7e")]
    [InlineData("", "/")]
    public async Task F114_A_link_goes_out_byte_for_byte(string target, string? expected = null)
    {
        Serve((request, connection) => request.Target == "/redirect"
            ? connection.AnswerAsync(302, headers: $"Location: {(target.StartsWith('/') ? "" : Server.Origin)}{target}\r\n")
            : new ServedFile(Video).ServeAsync(request, connection));

        await SaveAsync(request: Request(Result(url: target)));
        bool isHeader = !target.Contains('\r', StringComparison.Ordinal) && target.All(char.IsAscii) && target.Length > 0;
        if (isHeader) await SaveAsync(request: Request(Result("by redirect", "2", "/redirect")));

        AssertBytes(Video, "clip.mp4");
        Assert.Equal(expected ?? target, Server.Requests[0].Target);
        if (isHeader) Assert.Equal(expected ?? target, Server.Requests[2].Target);
        Assert.All(Server.Requests, request => Assert.Null(request["X-Evil"]));
    }

    [Theory]
    [InlineData("b.mp4", "/x/b.mp4")]
    [InlineData("../b%7e.mp4?q", "/b~.mp4?q")]
    [InlineData("//HOST/c%7e", "/c%7e")]
    public async Task F114_A_relative_redirect_still_leads_on(string location, string expected)
    {
        Serve((request, connection) => request.Target == "/x/a%7e"
            ? connection.AnswerAsync(302, headers: $"Location: {location.Replace("HOST", new Uri(Server.Origin).Authority, StringComparison.Ordinal)}\r\n")
            : new ServedFile(Video).ServeAsync(request, connection));

        await SaveAndCheckAsync(Video, request: Request(Result(url: "/x/a%7e")));
        Assert.Equal(expected.Replace("b~", "b%7e", StringComparison.Ordinal), Server.Requests[1].Target.Replace("b~", "b%7e", StringComparison.Ordinal));
    }

    [Theory]
    [Each(null, " ")]
    public async Task F115_A_cover_without_a_link_is_said(string? link)
    {
        Serve(Video);

        SavedVideo saved = await SaveAndCheckAsync(Video, request: Request(Result(cover: link), cover: true));
        Assert.Equal(ErrorReason.ResultMissing, saved.CoverError!.Reason);
        Assert.Null((await SaveAsync(request: Request())).CoverError);
    }

    private static Uri Link(string text) => Address.TryParseLink(text, out Uri uri) ? uri : throw new FormatException(text);

    private static DownloaderOptions Waiting(
        TimeSpan publishTimeout, Func<CogVideoResult, CancellationToken, Task<CogVideoResult?>>? refresh = null) => new()
        {
            AllowHttp = true,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetries = 2,
            PublishTimeout = publishTimeout,
            Refresh = refresh,
        };
}
