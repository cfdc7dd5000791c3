using System.Net.Sockets;

namespace ZhipuVideo.Client.Tests.Polling;

/// <summary>
/// Waiting when the wire breaks, on real sockets: a job is never failed by what may come right, and no look is made without end.
/// </summary>
[Trait("Phase", "wait")]
public sealed class LookTests : ServiceTest
{
    private static readonly string[] UnreadableBodies =
    [
        "", "{\"task_status\":\"SUC", "[]", "no JSON", "<html>ok</html>",
        "{\"error\":{\"code\":\"1234\",\"message\":\"网络错误\"}}", "{\"error\":{\"code\":\"500\"}}",
    ];

    public static TheoryData<string> Unreadable => [.. UnreadableBodies];

    public static TheoryData<string> BrokenReplies => Support.BrokenReplies.Names;

    [Theory]
    [InlineData(SocketError.ConnectionRefused)]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.TryAgain)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.AddressNotAvailable)] // no port is free
    [InlineData(SocketError.TooManyOpenSockets)]
    public async Task F01_F29_Without_a_connection_the_waiting_goes_on(SocketError error)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Succeeded));
        UnwellNetwork network = new(error, 2);
        using CogVideoClient client = NewClient(server.Origin, createHandler: network.CreateHandler);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(3, network.Tries);
    }

    [Fact]
    public async Task F01_F20_A_service_that_is_gone_costs_no_job_but_the_time_that_was_given()
    {
        string address;
        using (RawServer gone = new((_, _) => Task.CompletedTask)) address = gone.Origin;
        using CogVideoClient client = NewClient(address);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client, timeoutSeconds: 1));

        Assert.Equal(ErrorReason.OperationTimeout, error.Reason);
        Assert.Equal(ErrorReason.ConnectionFailed, (await LookAndFailAsync(client)).Reason);
    }

    /// <summary>The words are those of the reader's language, although the error is born on a thread that has none.</summary>
    [Theory]
    [InlineData("500", "en-US", "polls failed", "HTTP 500")]
    [InlineData("500", "zh-CN", "次失败", "HTTP 500")]
    [InlineData("1302", "en-US", "polls failed", "并发数过高 (1302)")]
    [InlineData("portal", "en-US", "polls failed", "HTTP 200")]
    [InlineData("cut", "en-US", "polls failed", "127.0.0.1")]
    [InlineData("refused", "en-US", "polls failed", "Connection refused")]
    [InlineData("silent", "en-US", "has not answered a poll yet", "")]
    [InlineData("running", "en-US", "keeps running", "")]
    [InlineData("500, then running", "en-US", "keeps running", "")]
    public async Task F169_A_time_that_is_up_says_why_nothing_is_known_and_how_many_polls_failed(string kind, string culture, string says, string why)
    {
        int polls = 0;
        using RawServer server = new((_, connection) => (kind, Interlocked.Increment(ref polls)) switch
        {
            ("500", _) or ("500, then running", 1) => connection.AnswerAsync(500, "<html>no</html>", contentType: "text/html"),
            ("1302", _) => connection.AnswerAsync(429, """{"error":{"code":"1302","message":"并发数过高"}}"""),
            ("portal", _) => connection.AnswerAsync(200, "<html>sign in</html>", contentType: "text/html"),
            ("cut", _) => Cut(connection),
            ("silent", _) => connection.StallAsync(),
            _ => connection.AnswerAsync(200, Running),
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1);
        if (kind == "refused") server.Dispose();
        double seconds = kind == "500, then running" ? 6 : 3;

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client, timeoutSeconds: seconds, id: "job7"));

        CultureInfo before = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
        string message = error.Message;
        CultureInfo.CurrentUICulture = before;
        Assert.Equal(ErrorReason.OperationTimeout, error.Reason);
        Assert.Contains("job7", message, StringComparison.Ordinal);
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains(why, message, StringComparison.Ordinal);
        if (says == "polls failed") Assert.Matches(": ([1-9][0-9]?) of \\1 polls failed", message);
        Assert.Equal(kind switch { "500" => 500, "1302" => 429, "portal" => 200, _ => null }, error.HttpStatus);
    }

    [Fact]
    public async Task F169_Polls_that_an_outage_holds_back_are_told_as_the_outage()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(503, "<html>no</html>", contentType: "text/html"));
        using CogVideoClient client = NewClient(server.Origin);
        Task[] first = [.. Enumerable.Range(0, 40).Select(i => WaitAsync(client, timeoutSeconds: 6, id: $"other{i}"))];
        await Task.WhenAny(first[0], Task.Run(() => SpinWait.SpinUntil(() => server.Requests.Count >= 20, Patience)));

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client, timeoutSeconds: 1, id: "job7"));

        Assert.Contains("HTTP 503", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CogVideoException>(() => Task.WhenAll(first));
    }

    [Theory]
    [Each("1302", "1303", "1305")]
    public async Task F07_Asked_to_wait_the_next_look_comes_no_sooner(string code)
    {
        TimeSpan gap = await GapAfterAsync(code, "2");

        Assert.True(gap >= TimeSpan.FromSeconds(2), $"after {gap}");
    }

    [Fact]
    public async Task F07_A_date_in_Retry_After_is_heeded_too()
    {
        string date = DateTimeOffset.UtcNow.AddSeconds(3).ToString("r", CultureInfo.InvariantCulture);

        TimeSpan gap = await GapAfterAsync(null, date);

        Assert.True(gap >= TimeSpan.FromSeconds(1), $"after {gap}"); // a date has no fractions, and the client starts a moment later
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    [MemberData(nameof(BrokenReplies))]
    public async Task F12_F13_F19_What_cannot_be_read_is_looked_at_again(string reply)
    {
        using RawServer server = AnswerOnceThenSucceed(connection =>
            UnreadableBodies.Contains(reply) ? connection.AnswerAsync(200, reply) : Support.BrokenReplies.SendAsync(reply, connection));
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task F26_A_look_after_others_that_were_answered_has_a_limit_too()
    {
        int looks = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref looks) switch
        {
            1 => connection.AnswerAsync(200, Running),
            2 => connection.StallAsync(),
            _ => connection.AnswerAsync(200, Succeeded),
        });
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task F12_F13_A_mark_UTF16_and_a_number_for_an_id_end_no_waiting()
    {
        const string id = "123456789012345678901234567890";
        int looks = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref looks) switch
        {
            1 => connection.AnswerAsync(200, $"\uFEFF{{\"id\":{id},\"task_status\":\"PROCESSING\"}}"),
            2 => SendUtf16Async(connection),
            _ => connection.AnswerAsync(200, "\uFEFF" + Succeeded.Replace("{\"task", $"{{\"id\":{id},\"task", StringComparison.Ordinal)),
        });
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoResult result = await WaitAsync(client, id: id);

        Assert.Equal((CogVideoStatus.Success, id), (result.Status, result.Id));
        Assert.Equal(3, looks);
    }

    [Theory]
    [Each(301, 302, 307, 308)]
    public async Task F16_A_look_is_redirected_on_its_own_origin(int status)
    {
        using RawServer server = new((request, connection) => request.Target == "/moved"
            ? connection.AnswerAsync(200, Succeeded)
            : connection.AnswerAsync(status, headers: "Location: /moved\r\n"));
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.All(server.Requests, request => Assert.NotNull(request["Authorization"]));
    }

    [Fact]
    public async Task F16_A_redirect_that_leads_in_circles_is_looked_at_again()
    {
        int requests = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref requests) <= 11
            ? connection.AnswerAsync(302, headers: "Location: /again\r\n")
            : connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(12, server.Requests.Count);
    }

    [Theory]
    [Each("bomb", "endless", "deep")]
    public async Task F18_What_is_too_much_is_cut_and_looked_at_again(string kind)
    {
        long sent = 0;
        Task SendAsync(RawConnection connection) => kind switch
        {
            "bomb" => SendBombAsync(connection),
            "deep" => SendDeepAsync(connection),
            _ => SendEndlessAsync(connection, count => sent += count),
        };
        using RawServer server = AnswerOnceThenSucceed(SendAsync);
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.InRange(sent, 0, 32 << 20); // what the buffers of the wire hold, not the gigabyte that was announced

        using RawServer always = new((_, connection) => SendAsync(connection));
        using CogVideoClient other = NewClient(always.Origin);
        Assert.Equal(ErrorReason.ResponseTooLarge, (await LookAndFailAsync(other)).Reason);
    }

    [Theory]
    [Each("trickles", "is half open")]
    public async Task F26_A_look_whose_peer_trickles_or_is_silent_is_made_anew_on_a_new_connection(string peer)
    {
        using RawServer server = AnswerOnceThenSucceed(async connection =>
        {
            if (peer == "is half open") await connection.StallAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n");
            await connection.TrickleAsync(new byte[100], 1, TimeSpan.FromSeconds(1));
        });
        using CogVideoClient client = NewClient(server.Origin);

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(2, server.Connections);
    }

    /// <summary>Simulated at the seam: only the wall clock jumps; sockets and timers are real.</summary>
    [Fact]
    public async Task F27_A_clock_that_jumps_ends_no_waiting_and_makes_no_job_older()
    {
        int looks = 0;
        using RawServer server = new((request, connection) =>
            connection.AnswerAsync(200, request.Method == "POST" ? Accepted : Interlocked.Increment(ref looks) < 4 ? Running : Succeeded));
        using CogVideoClient client = NewClient(server.Origin, time: new JumpingTime());

        CogVideoJob job = await client.SubmitAsync(new VideoRequest { Prompt = "x" });
        CogVideoResult result = await client.WaitAsync(job, timeoutSeconds: 1800).WaitAsync(Patience);

        Assert.Equal(CogVideoStatus.Success, result.Status);
        Assert.InRange(result.ElapsedSec!.Value, 0, 120);
    }

    [Fact]
    public async Task F29_Ten_thousand_waits_share_the_connections_and_need_no_threads()
    {
        const int jobs = 10_000;
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1);
        int before = Process.GetCurrentProcess().Threads.Count;

        Task<CogVideoResult>[] waits = [.. Enumerable.Range(0, jobs).Select(i => client.WaitAsync(new CogVideoJob { Id = "job" + i }))];
        int threads = Process.GetCurrentProcess().Threads.Count - before;
        CogVideoResult[] results = await Task.WhenAll(waits).WaitAsync(Patience);

        Assert.All(results, r => Assert.Equal(CogVideoStatus.Success, r.Status));
        Assert.Equal(jobs, server.Requests.Count);
        Assert.InRange(server.Connections, 1, 64);
        Assert.InRange(threads, -1000, 100);
    }

    [Theory]
    [InlineData("{\"error\":{\"code\":\"1214\",\"message\":\"参数非法\"}}", ErrorReason.InvalidRequest)]
    [InlineData("{\"task_status\":", ErrorReason.OperationTimeout)] // poisoned for ever
    public async Task F30_One_poisoned_job_in_a_thousand_is_one_error(string poison, ErrorReason reason)
    {
        using RawServer server = new((request, connection) => request.Target.EndsWith("/job500", StringComparison.Ordinal)
            ? connection.AnswerAsync(poison.Contains("1214", StringComparison.Ordinal) ? 400 : 200, poison)
            : connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1);

        Task<CogVideoResult>[] waits =
            [.. Enumerable.Range(0, 1000).Select(i => client.WaitAsync(new CogVideoJob { Id = "job" + i }, i == 500 ? 3 : 0))];
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => waits[500].WaitAsync(Patience));
        CogVideoResult[] results = await Task.WhenAll(waits.Where(wait => wait != waits[500])).WaitAsync(Patience);

        Assert.Equal(reason, error.Reason);
        Assert.Contains("job500", error.Message, StringComparison.Ordinal);
        Assert.Equal(999, results.Count(result => result.Status == CogVideoStatus.Success));
    }

    private static RawServer AnswerOnceThenSucceed(Func<RawConnection, Task> first)
    {
        int looks = 0;
        return new RawServer((_, connection) =>
            Interlocked.Increment(ref looks) == 1 ? first(connection) : connection.AnswerAsync(200, Succeeded));
    }

    private static Task<TimeSpan> GapAfterAsync(string? code, string retryAfter) => MeasureGapAsync(code, retryAfter, Succeeded, async server =>
    {
        using CogVideoClient client = NewClient(server.Origin);
        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
    });

    private static async Task SendUtf16Async(RawConnection connection)
    {
        byte[] body = Encoding.Unicode.GetBytes(Succeeded);
        await connection.SendAsync(
            $"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: {body.Length}\r\n\r\n");
        await connection.SendAsync(body);
    }
}
