using System.Net.Sockets;
using ZhipuVideo.Download;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>What is refused, and what a file is called (fault table, lines 1 to 3, 6, 7, 14, 17, 19, 37 to 48).</summary>
[Trait("Phase", "download")]
public sealed class SaveTests : DownloadTest
{
    private static readonly byte[] Other = ServedFile.Video(200_000, seed: 2);

    [Theory]
    [InlineData("FAIL", ErrorReason.JobFailed)]
    [InlineData("Processing", ErrorReason.JobNotFinished)]
    [InlineData("Unconfirmed", ErrorReason.JobNotFinished)]
    [InlineData("Success", ErrorReason.ResultMissing)]
    public async Task What_is_no_finished_video_is_refused(string status, ErrorReason reason)
    {
        Serve(Video);
        CogVideoResult result = Result();
        result.Status = status;
        result.Url = reason == ErrorReason.ResultMissing ? "" : result.Url;
        await FailAsync(reason, request: Request(result), says: "clip (8868)");
        Assert.Empty(Server.Requests);
    }

    [Theory]
    [InlineData("text/html", "<html>gone</html>")]
    [InlineData("application/json", "{\"error\":{}}")]
    [InlineData("application/octet-stream", "<html>a page that says nothing of itself</html>")]
    [InlineData("video/mp4", "short")]
    [InlineData("video/mp4", "")]
    public async Task F37_F39_A_page_or_nothing_is_no_video(string type, string body)
    {
        Serve((_, connection) => connection.AnswerAsync(200, body, contentType: type));
        await FailAsync(ErrorReason.NotAVideo);
        Assert.Empty(Parts);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task F37_A_page_does_not_cost_what_was_received_before()
    {
        Leave(Video.AsSpan(0, 200_000));
        ServedFile file = Serve(new ServedFile("<html>page</html>"u8.ToArray()) { ContentType = "text/html", IgnoresRange = true });
        await FailAsync(ErrorReason.NotAVideo);
        (file.Body, file.IgnoresRange) = (Video, false);
        await SaveAndCheckAsync(Video);
        Assert.Equal(2, Server.Requests.Count(request => request.Range is not null));
    }

    [Fact]
    public async Task F38_An_encoded_video_is_refused()
    {
        Serve((_, connection) => connection.AnswerAsync(200, "xxxx", "Content-Encoding: gzip\r\n", "video/mp4"));
        await FailAsync(ErrorReason.DownloadFailed, says: "gzip");
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F39_F42_What_the_disk_cannot_hold_is_refused_before_the_first_byte()
    {
        Serve(async (_, connection) =>
        {
            await connection.SendAsync("200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1000000000000000", Video);
            await connection.StallAsync();
        });
        await FailAsync(ErrorReason.DiskFull, new DownloaderOptions { AllowHttp = true, MaxLength = long.MaxValue }, says: "1000000000000000");
        Assert.Empty(Parts);
    }

    [Theory]
    [Each(false, true)]
    public async Task F39_A_video_that_never_ends_is_given_up_and_nothing_of_it_is_kept(bool isResumed)
    {
        if (isResumed) Leave(Video.AsSpan(0, 200_000));
        long sent = 0;
        Serve(async (request, connection) =>
        {
            int from = (int)(request.Range?.From ?? 0);
            await connection.SendAsync(isResumed ? $"206 X\r\nContent-Range: bytes {from}-999999999999999/*" : "200 OK", Video.AsMemory(from));
            for (; sent < 1_000_000_000; sent += Video.Length) await connection.SendAsync(Video); // or until the client has had enough
        });

        await FailAsync(ErrorReason.ResponseTooLarge, new DownloaderOptions { AllowHttp = true, MaxLength = 10_000_000 }, says: "10000000");
        Assert.Empty(Parts);
        Assert.Single(Server.Requests);
        Assert.InRange(sent, 0, 100_000_000);
    }

    [Fact]
    public void F42_A_full_disk_is_told_from_other_failures()
    {
        if (OperatingSystem.IsLinux())
        {
            using FileStream full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1);
            IOException error = Assert.ThrowsAny<IOException>(() => full.Write([1], 0, 1));
            Assert.Equal(ErrorReason.DiskFull, VideoFolder.Failure("job", "file", error).Reason);
        }

        // What .NET makes of EFBIG
        Assert.Equal(ErrorReason.DiskFull, VideoFolder.Failure("job", "file", new ArgumentOutOfRangeException("value")).Reason);
        Assert.Equal(ErrorReason.WriteFailed, VideoFolder.Failure("job", "file", new IOException("other")).Reason);
        Assert.Equal(ErrorReason.WriteFailed, VideoFolder.Failure("job", "file", new UnauthorizedAccessException()).Reason);
    }

    [Theory]
    [Each(false, true)]
    public async Task F40_Redirects_are_followed_up_to_ten(bool loop)
    {
        ServedFile file = new(Video);
        int redirects = 0;
        Serve((request, connection) => !loop && redirects == 10
            ? file.ServeAsync(request, connection)
            : connection.AnswerAsync(302, headers: $"Location: /{++redirects}\r\n"));
        if (loop) await FailAsync(ErrorReason.UrlRefused);
        else await SaveAsync();
        if (!loop) AssertSaved(Video);
        Assert.Equal(11, Server.Requests.Count);
        Assert.Empty(Parts);
    }

    [Theory]
    [Each("file:///etc/passwd", "/etc/passwd", "data:video/mp4;base64,AAAA", "\\\\srv\\share\\x.mp4", "ftp://127.0.0.1/x.mp4", "nonsense",
        "javascript:alert(1)")]
    public async Task F40_Only_web_links_are_followed_and_a_redirect_leads_nowhere_else(string url)
    {
        await FailAsync(ErrorReason.UrlRefused, request: Request(Result(url: url)));
        Assert.Empty(Parts);
        if (!url.Contains(':', StringComparison.Ordinal)) return;
        Serve((_, connection) => connection.AnswerAsync(302, headers: $"Location: {url}\r\n"));
        await FailAsync(ErrorReason.UrlRefused);
    }

    [Fact]
    public async Task F40_Plain_http_is_for_plain_bases_only()
    {
        Serve(Video);
        await FailAsync(ErrorReason.UrlRefused, Options(idleSec: 1, allowHttp: false), says: "plain http");
        Assert.Empty(Server.Requests);
        Assert.Equal(1, Server.Connections); // over https, once
    }

    [Fact]
    public async Task F17_F40_A_redirect_from_https_to_http_is_refused()
    {
        using TestAuthority authority = new TestAuthority();
        Serve(Video);
        using RawServer secure = new RawServer(
            (_, connection) => connection.AnswerAsync(302, headers: $"Location: {Server.Origin}/v.mp4\r\n"), authority.Good);
        DownloaderOptions options = new() { CreateHandler = authority.CreateHandler, IdleTimeout = TimeSpan.FromSeconds(1) };
        await FailAsync(ErrorReason.UrlRefused, options, Request(Result(url: secure.Origin + "/v.mp4")));
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task F02_F41_Over_tls_nothing_is_sent_that_a_stranger_must_not_see()
    {
        using TestAuthority authority = new();
        using RawServer secure = new(new ServedFile(Video).ServeAsync, authority.Good);
        await SaveAndCheckAsync(Video, Trusting(authority), Request(Result(url: secure.Origin + "/v.mp4")));
        Assert.Equal(["Accept-Encoding", "Host", "User-Agent"], secure.Requests.Single().Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [Each("nobody's", "expired", "another host's")]
    public async Task F02_A_certificate_that_is_not_to_be_trusted_is_not_tried_again(string kind)
    {
        using TestAuthority authority = new TestAuthority();
        using RawServer secure = new RawServer(
            (_, connection) => connection.AnswerAsync(200),
            kind == "expired" ? authority.Expired : kind == "another host's" ? authority.AnotherHost : authority.Good);
        await FailAsync(ErrorReason.TlsFailed, kind == "nobody's" ? null : Trusting(authority), Request(Result(url: secure.Origin + "/v.mp4")));
        Assert.Equal(1, secure.Connections);
        Assert.Empty(secure.Requests);
    }

    [Fact]
    public async Task F01_A_refused_connection_is_tried_again_and_named()
    {
        string gone = Serve((_, connection) => connection.AnswerAsync(200)).Origin;
        Server.Dispose();
        CogVideoException error = await FailAsync(ErrorReason.ConnectionFailed, Options(retries: 2), Request(Result(url: gone + "/v.mp4")), says: "127.0.0.1");
    }

    [Theory]
    [Each(SocketError.ConnectionRefused, SocketError.HostNotFound, SocketError.NetworkUnreachable, SocketError.TooManyOpenSockets,
        SocketError.AddressNotAvailable)] // no port is free
    public async Task F01_F29_Without_a_connection_it_is_tried_again(SocketError error)
    {
        Serve(Video);
        UnwellNetwork network = new(error, 2);
        await SaveAndCheckAsync(Video, new DownloaderOptions { AllowHttp = true, CreateHandler = network.CreateHandler });
        Assert.Equal((3, 1), (network.Tries, Server.Requests.Count));
    }

    [Theory]
    [Each(500, 503, 429, 408)]
    public async Task F06_F07_A_busy_server_is_asked_again(int status)
    {
        ServedFile file = new(Video);
        int tries = 0;
        Serve((request, connection) => ++tries < 3 ? connection.AnswerAsync(status, headers: "Retry-After: 0\r\n") : file.ServeAsync(request, connection));
        await SaveAndCheckAsync(Video);
        Assert.Equal(3, tries);
    }

    [Fact]
    public async Task F07_A_busy_server_says_when_to_ask_again()
    {
        List<long> asked = [];
        ServedFile file = new(Video);
        Serve((request, connection) =>
        {
            asked.Add(Stopwatch.GetTimestamp());
            return asked.Count == 1 ? connection.AnswerAsync(429, headers: "Retry-After: 2\r\n") : file.ServeAsync(request, connection);
        });
        await SaveAndCheckAsync(Video, new DownloaderOptions { AllowHttp = true });
        Assert.True(Stopwatch.GetElapsedTime(asked[0], asked[1]).TotalSeconds >= 1.9); // timers round
    }

    [Theory]
    [MemberData(nameof(Support.BrokenReplies.Names), MemberType = typeof(BrokenReplies))]
    public async Task F19_A_reply_that_is_no_HTTP_is_asked_for_again_and_then_an_error(string reply)
    {
        bool isWell = false;
        ServedFile file = new(Video);
        Serve((request, connection) => isWell ? file.ServeAsync(request, connection) : BrokenReplies.SendAsync(reply, connection));
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(Options(retries: 2)));
        // Some the platform takes for a reply: then it is no video
        Assert.Contains(error.Reason, new[] { ErrorReason.ConnectionFailed, ErrorReason.DownloadFailed, ErrorReason.NotAVideo });
        Assert.Equal(error.Reason == ErrorReason.NotAVideo ? 1 : 3, Server.Requests.Count);
        Assert.Empty(Files.Concat(Parts));
        isWell = true;
        await SaveAndCheckAsync(Video);
    }

    [Theory]
    [Each(301, 307)]
    public async Task F17_A_redirect_to_another_host_carries_nothing_along(int status)
    {
        using RawServer other = new(new ServedFile(Video).ServeAsync);
        Serve((_, connection) => connection.AnswerAsync(status, headers: $"Location: {other.Origin}/elsewhere\r\nSet-Cookie: a=b\r\n"));
        await SaveAndCheckAsync(Video);
        Assert.Equal(["Accept-Encoding", "Host", "User-Agent"], other.Requests.Single().Headers.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Simulated at the seam: only the wall clock jumps; sockets and timers are real.</summary>
    [Fact]
    public async Task F27_A_clock_that_jumps_ends_no_download()
    {
        Serve(new ServedFile(Video, 100_000, 50_000) { Tag = null });
        await SaveAndCheckAsync(Video, new DownloaderOptions { AllowHttp = true, Clock = new Clock(new JumpingTime()), RetryDelay = TimeSpan.FromMilliseconds(5) });
        Assert.Equal(3, Server.Requests.Count);
    }

    [Theory]
    [InlineData(400, 1)]
    [InlineData(401, 1)]
    [InlineData(503, 4)]
    public async Task A_refusal_is_named_by_its_status(int status, int requests)
    {
        Serve((_, connection) => connection.AnswerAsync(status));
        CogVideoException error = await FailAsync(ErrorReason.DownloadFailed, Options(retries: 3));
        Assert.Equal(status, error.HttpStatus);
        Assert.Equal(requests, Server.Requests.Count);
    }

    [Fact]
    public void F43_A_missing_folder_is_created_but_not_by_WhatIf_and_nothing_is_left_in_it()
    {
        string folder = Path.Combine(Folder["a"], "b");
        Assert.Equal(folder, DestinationFolder.Prepare(folder, create: false));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Folder.FullName));
        Assert.Equal(folder, DestinationFolder.Prepare(folder + Path.DirectorySeparatorChar, create: true));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void F43_What_a_run_that_was_killed_has_left_of_its_trial_goes_and_nothing_else_does()
    {
        string[] others = [Folder.Write(".zhipuvideo.abcdefgh.txt", "somebody's"), Folder.Write(".zhipuvideo.empty", "")];
        Folder.Write(".zhipuvideo.uqnhsik2.ce1", "");

        DestinationFolder.Prepare(Folder.FullName, create: true);

        Assert.Equal(others.Order(), Folder.Files.Order());
    }

    [Fact]
    public void F43_A_place_that_cannot_be_written_is_refused()
    {
        string file = Folder.Write("file", "");
        string[] unwritable = OperatingSystem.IsLinux() ? ["/proc", "/proc/none"] : [];
        string[] places = [file, Path.Combine(file, "below"), "a\0b", .. unwritable];
        Assert.All(places, place =>
        {
            CogVideoException error = Assert.Throws<CogVideoException>(() => DestinationFolder.Prepare(place, create: true));
            Assert.Equal(ErrorReason.DestinationUnusable, error.Reason);
        });
    }

    [Fact]
    public async Task F43_A_folder_that_is_gone_when_the_video_comes_is_an_error_like_others()
    {
        Serve(Video);
        Downloader downloader = Create();
        Directory.Delete(Folder.FullName);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(downloader, Request()));

        Directory.CreateDirectory(Folder.FullName);
        Assert.Equal(ErrorReason.WriteFailed, error.Reason);
        Assert.Contains(Folder.FullName, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F44_Our_file_is_not_downloaded_again()
    {
        ServedFile file = Serve(Video);
        SavedVideo first = await SaveAsync();
        Leave(Video.AsSpan(0, 1000));
        SavedVideo second = await SaveAndCheckAsync(Video);
        Assert.True(second.AlreadyThere);
        Assert.Equal((first.Path, first.Length), (second.Path, second.Length));
        Assert.Equal(["all", "bytes=0-65535", "bytes=234464-299999"], Ranges);

        file.IgnoresRange = true;
        Assert.True((await SaveAsync()).AlreadyThere);
        AssertSaved(Video);
    }

    [Fact]
    public async Task F44_A_file_that_another_program_holds_is_left_alone_and_the_video_is_saved_beside_it()
    {
        Serve(Video);
        using FileStream held = new(Folder.Write("clip.mp4", Video), FileMode.Open, FileAccess.Read, FileShare.None);

        SavedVideo saved = await SaveAsync();

        Assert.Equal(Folder["clip-8868.mp4"], saved.Path);
        AssertBytes(Video, "clip-8868.mp4");
    }

    [Theory]
    [Each(0, 100, 299_999)]
    public async Task F44_A_file_that_differs_keeps_its_name(int where)
    {
        byte[] theirs = [.. Video];
        theirs[where] ^= 1;
        Folder.Write("clip.mp4", theirs);
        Serve(Video);
        SavedVideo saved = await SaveAsync();
        Assert.Equal(Folder["clip-8868.mp4"], saved.Path);
        AssertBytes(theirs, "clip.mp4");
        AssertBytes(Video, "clip-8868.mp4");

        Assert.True((await SaveAsync()).AlreadyThere);
        Assert.Equal(2, Files.Length);
    }

    [Fact]
    public async Task F44_There_is_always_a_name_left()
    {
        foreach (string name in new[] { "clip.mp4", "clip-8868.mp4" }) Folder.Write(name, "theirs");
        Directory.CreateDirectory(Folder["clip-8868-2.mp4"]);
        Serve(Video);
        await SaveAsync();
        AssertBytes(Video, "clip-8868-3.mp4");
        Assert.Equal("theirs", File.ReadAllText(Folder["clip.mp4"]));
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F44_Force_replaces_but_never_another_job_of_the_batch()
    {
        Folder.Write("clip.mp4", "theirs");
        Serve(("/v.mp4", Video), ("/w.mp4", Other));
        Downloader downloader = Create();
        await SaveAsync(downloader, Request(force: true));
        AssertSaved(Video);
        await SaveAsync(downloader, Request(Result(id: "9", url: "/w.mp4"), force: true));
        AssertBytes(Video, "clip.mp4");
        AssertBytes(Other, "clip-9.mp4");
    }

    [Theory]
    [InlineData("clip", "clip")]
    [InlineData("clip", "CLIP")]
    [InlineData("é", "e\u0301")]
    [InlineData("a/b", "a:b")]
    public async Task F45_Twins_are_told_apart_by_id_whoever_is_complete_first(string one, string two)
    {
        foreach ((bool isSwapped, string slow) in new[] { (false, "/1"), (false, "/2"), (true, "/1"), (true, "/2") })
        {
            TaskCompletionSource bothAreKnown = new();
            Serve(async (request, connection) =>
            {
                await bothAreKnown.Task;
                if (request.Target == slow) await Task.Delay(100);
                await new ServedFile(request.Target == "/1" ? Video : Other).ServeAsync(request, connection);
            });
            SaveRequest[] requests = [Request(Result(one, "1", "/1")), Request(Result(two, "2", "/2"))];
            Downloader downloader = Create();
            Task<SavedVideo>[] saves = [.. (isSwapped ? requests.Reverse() : requests).Select(request => SaveAsync(downloader, request))];
            bothAreKnown.SetResult();
            SavedVideo[] saved = await Task.WhenAll(saves);
            string[] names = [FileNames.Safe(one) + ".mp4", FileNames.Safe(two) + "-2.mp4"];
            AssertBytes(Video, names[0]);
            AssertBytes(Other, names[1]);
            Assert.Equal(names.Order(StringComparer.Ordinal), Files);
            Assert.Equal(names, (isSwapped ? saved.Reverse() : saved).Select(video => Path.GetFileName(video.Path)));
            Assert.Empty(Parts);
            foreach (string name in names) File.Delete(Folder[name]);
        }
    }

    [Fact]
    public async Task F45_Twins_of_the_same_bytes_are_two_files()
    {
        TaskCompletionSource bothAreKnown = new();
        Serve(async (request, connection) =>
        {
            await bothAreKnown.Task;
            await new ServedFile(Video).ServeAsync(request, connection);
        });
        Downloader downloader = Create(Options(throttle: 1));
        Task[] saves = [SaveAsync(downloader, Request(Result(id: "2"))), SaveAsync(downloader, Request(Result(id: "1")))];
        bothAreKnown.SetResult();
        await Task.WhenAll(saves);
        Assert.Equal(["clip-2.mp4", "clip.mp4"], Files);
    }

    [Theory]
    [InlineData("../../x", "clip", "_.._x.mp4")]
    [InlineData(" ", "clip", "clip.mp4")]
    [InlineData("...", "...", "8868.mp4")]
    [InlineData(null, "../a", "_a.mp4")]
    [InlineData("旗袍.mp4", "clip", "旗袍.mp4")]
    [InlineData("nul", "clip", "_nul.mp4")]
    [InlineData("x[1]", "clip", "x[1].mp4")]
    public async Task F45_F46_The_file_is_called_as_wanted_as_far_as_it_may(string? fileName, string name, string expected)
    {
        Serve(Video);
        await SaveAsync(request: Request(Result(name), fileName));
        AssertSaved(Video, expected);
    }

    [Fact]
    public async Task F45_The_longest_name_and_id_still_fit()
    {
        string id = new('/', 300);
        Folder.Write(FileNames.Safe(new string('旗', 300)) + ".mp4", "theirs");
        Serve(new ServedFile(Video, 1000));
        await SaveAsync(request: Request(Result(new string('旗', 300), id)));
        Assert.Equal(2, Files.Length);
        Assert.All(Files, name => Assert.True(Encoding.UTF8.GetByteCount(name) <= 255));
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F45_Ids_that_differ_in_forbidden_characters_stay_two()
    {
        Serve((request, connection) => new ServedFile(ServedFile.Video(1000 + request.Target.Length)).ServeAsync(request, connection));
        Downloader downloader = Create();
        SavedVideo[] saved = await Task.WhenAll(new[] { "a/b", "a:b", "a\\b" }.Select((id, i) =>
            SaveAsync(downloader, Request(Result("x", id, "/" + new string('v', i + 1))))));
        Assert.Equal(3, saved.Select(video => video.Path).Distinct().Count());
        Assert.Equal([1002, 1003, 1004], saved.Select(video => video.Length));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task F45_A_link_in_the_way_is_refused(bool leadsSomewhere, bool force)
    {
        string elsewhere = Path.Combine(Directory.CreateDirectory(Folder["elsewhere"]).FullName, "victim");
        if (leadsSomewhere) File.WriteAllText(elsewhere, "victim");
        File.CreateSymbolicLink(Folder["clip.mp4"], elsewhere);
        Serve(Video);
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(request: Request(force: force)));
        Assert.Equal(ErrorReason.DestinationUnusable, error.Reason);
        Assert.Equal(leadsSomewhere ? "victim" : "", File.Exists(elsewhere) ? File.ReadAllText(elsewhere) : "");
        Assert.True(new FileInfo(Folder["clip.mp4"]).LinkTarget is not null);
        Assert.Empty(Parts);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task F47_Two_runs_for_one_name_lose_nothing()
    {
        Serve(async (request, connection) =>
        {
            await Task.Delay(50);
            await new ServedFile(request.Target == "/v.mp4" ? Video : Other).ServeAsync(request, connection);
        });
        await Task.WhenAll(SaveAsync(), SaveAsync(request: Request(Result(id: "9", url: "/w.mp4"))));
        Assert.Equal(2, Files.Length);
        Assert.Contains("clip.mp4", Files);
        bool first = new FileInfo(Folder["clip.mp4"]).Length == Video.Length;
        AssertBytes(first ? Video : Other, "clip.mp4");
        AssertBytes(first ? Other : Video, first ? "clip-9.mp4" : "clip-8868.mp4");
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F47_Two_runs_of_one_job_end_with_one_file()
    {
        ServedFile file = new(Video);
        Serve(async (request, connection) =>
        {
            await Task.Delay(50);
            await file.ServeAsync(request, connection);
        });
        SavedVideo[] saved = await Task.WhenAll(SaveAsync(), SaveAsync(), SaveAsync());
        AssertSaved(Video);
        Assert.Single(saved, video => !video.AlreadyThere);
    }

    [Theory]
    [Each(true, false)]
    public async Task F48_A_rename_that_fails_is_tried_again_for_a_while(bool comesRight)
    {
        // What holds the file on Windows is here a file that is away for a moment
        string away = Folder[".away"];
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"200 OK\r\nContent-Length: {Video.Length}", Video.AsMemory(0, 100_000));
            while (Parts.Length == 0) await Task.Delay(5);
            string part = Parts.Single();
            File.Move(part, away);
            await connection.SendAsync(Video.AsMemory(100_000));
            await Task.Delay(300);
            if (comesRight) File.Move(away, part);
        });
        if (comesRight) RenameTimeout = TimeSpan.FromSeconds(20);
        if (comesRight)
        {
            await SaveAndCheckAsync(Video);
            return;
        }
        await FailAsync(ErrorReason.RenameFailed, says: ".part");
    }

    [Fact]
    public async Task A_cover_gets_the_extension_that_its_bytes_deserve()
    {
        Serve(("/v.mp4", Video), ("/c.jpg", Png));
        SavedVideo saved = await SaveAsync(request: Request(Result(cover: "/c.jpg"), cover: true));
        Assert.Equal(["clip.mp4", "clip.png"], Files);
        AssertBytes(Png, "clip.png");
        Assert.Equal(Folder["clip.png"], saved.CoverPath);
        Assert.Null(saved.CoverError);
        Assert.Empty(Parts);

        SavedVideo again = await SaveAsync(request: Request(Result(cover: "/c.jpg"), cover: true));
        Assert.Equal((true, saved.CoverPath), (again.AlreadyThere, again.CoverPath));
        Assert.Equal(2, Files.Length);
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(200, "<svg/>")]
    public async Task A_cover_that_cannot_be_saved_does_not_cost_the_video(int status, string body)
    {
        Serve((request, connection) => request.Target == "/v.mp4"
            ? new ServedFile(Video).ServeAsync(request, connection)
            : connection.AnswerAsync(status, body, contentType: "image/png"));
        SavedVideo saved = await SaveAndCheckAsync(Video, request: Request(Result(cover: "/c.jpg"), cover: true));
        Assert.Null(saved.CoverPath);
        Assert.NotNull(saved.CoverError);
    }

    [Fact]
    public async Task Further_videos_of_a_result_are_numbered()
    {
        Serve(("/v.mp4", Video), ("/w.mp4", Other));
        CogVideoResult result = Result();
        result.VideoUrls = [result.Url!, Server.Origin + "/w.mp4"];
        SavedVideo saved = await SaveAsync(request: Request(result));
        Assert.Equal(["clip-2.mp4", "clip.mp4"], Files);
        Assert.Equal([Folder["clip-2.mp4"]], saved.AdditionalPaths);
        AssertBytes(Video, "clip.mp4");
        AssertBytes(Other, "clip-2.mp4");
    }

    [Fact]
    public async Task Messages_show_no_link_in_any_language()
    {
        Serve((_, connection) => connection.AnswerAsync(404));
        SaveRequest secret = Request(Result(url: "/v.mp4?token=s3cret", ended: LongAgo));
        CogVideoException error = await FailAsync(ErrorReason.ResultExpired, request: secret);
        foreach (string culture in new[] { "en-US", "zh-CN", "tr-TR" })
        {
            CultureInfo.CurrentUICulture = new CultureInfo(culture);
            Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("v.mp4", error.ToString(), StringComparison.Ordinal);
            Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [Each("KEY\r\n\r\n", "HTTP/1.1 200 OK\r\nKEY\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: KEY\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Type: KEY/json\r\nContent-Length: 2\r\n\r\n{}")]
    public async Task F62_A_key_in_an_answers_head_is_shown_nowhere(string answer)
    {
        const string key = "secret.s3cretS3cret";
        Serve(async (request, connection) =>
        {
            if (request.Target == "/fine.mp4")
            {
                await new ServedFile(Video).ServeAsync(request, connection);
                return;
            }

            await connection.SendAsync(answer.Replace("KEY", key, StringComparison.Ordinal));
            connection.Cut();
        });
        DownloaderOptions options = new() { AllowHttp = true, Key = ApiKey.Parse(key), MaxRetries = 0 };

        CogVideoException failed = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(options));
        SavedVideo saved = await SaveAsync(options, Request(Result(url: "/fine.mp4", cover: "/c.png"), cover: true));

        Assert.All([failed, saved.CoverError!], error =>
        {
            Assert.Contains("***", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.OrdinalIgnoreCase);
        });
    }

    [Theory]
    [Each("http://secret.S3CRETs3cret.invalid/x", "/s3cretS3cret", "s3cretS3cret://x")]
    public async Task F62_F40_A_redirect_that_repeats_the_key_is_not_followed(string location)
    {
        Serve((_, connection) => connection.AnswerAsync(302, headers: $"Location: {location}\r\n"));
        DownloaderOptions options = new() { AllowHttp = true, Key = ApiKey.Parse("secret.s3cretS3cret") };

        CogVideoException error = await FailAsync(ErrorReason.UrlRefused, options);

        Assert.Single(Server.Requests);
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private static DownloaderOptions Trusting(TestAuthority authority) => new() { CreateHandler = authority.CreateHandler };
}
