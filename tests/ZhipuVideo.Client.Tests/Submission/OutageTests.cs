using System.Net.Sockets;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>Submitting to a service, or over a network, that is not well: what is sent again and when, and what is bounded.</summary>
public sealed class OutageTests : ServiceTest
{
    public static TheoryData<string> BrokenReplies => Support.BrokenReplies.Names;

    [Theory]
    [InlineData(SocketError.ConnectionRefused)]
    [InlineData(SocketError.HostNotFound)] // NXDOMAIN
    [InlineData(SocketError.TryAgain)] // SERVFAIL
    [InlineData(SocketError.NoData)]
    [InlineData(SocketError.HostUnreachable)]
    [InlineData(SocketError.NetworkUnreachable)]
    [InlineData(SocketError.AddressNotAvailable)] // no port is free
    [InlineData(SocketError.TooManyOpenSockets)]
    [Trait("Phase", "submit")]
    public async Task F01_F29_Nothing_was_sent_so_it_is_tried_again(SocketError error)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Accepted));
        UnwellNetwork network = new(error, 2);
        using CogVideoClient client = NewClient(server.Origin, createHandler: network.CreateHandler);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(["intent", "accepted " + Id], outcome.Log);
        Assert.Single(server.Requests);
        Assert.Equal(3, network.Tries);
    }

    [Fact]
    public async Task F01_Where_nobody_answers_it_is_the_rows_error_after_five_tries()
    {
        UnwellNetwork network = new(SocketError.HostNotFound, int.MaxValue);
        using CogVideoClient client = NewClient("https://service.example", createHandler: network.CreateHandler);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(ErrorReason.ConnectionFailed, outcome.Error!.Reason);
        Assert.Contains("service.example", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["intent", "not accepted ConnectionFailed"], outcome.Log);
        Assert.Equal(5, network.Tries);
    }

    [Theory]
    [Each("resets", "stops reading")]
    public async Task F04_A_server_that_breaks_off_while_the_body_is_sent_is_left_and_the_submission_unconfirmed(string fault)
    {
        using RawServer server = Serve(connection => fault == "resets" ? Reset(connection) : connection.HoldAsync(), readBodies: false);
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 0.01);

        AssertUnconfirmed(await SubmitAsync(client, new VideoRequest { Images = [LargePicture] }), server);
    }

    [Theory]
    [Each("reset", "end", "half-open", "trickle", "cut in the headers", "cut in the body")]
    [Trait("Phase", "submit")]
    public async Task F05_F26_Whatever_happens_to_the_reply_it_is_one_POST_and_one_look(string fault)
    {
        using RawServer server = Serve(async connection =>
        {
            if (fault == "half-open") await connection.StallAsync();
            else if (fault == "trickle")
            {
                await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Accepted.Length}\r\n\r\n");
                await connection.TrickleAsync(Encoding.UTF8.GetBytes(Accepted), 1, TimeSpan.FromSeconds(1));
            }
            else if (fault == "reset") connection.Reset();
            else
            {
                if (fault != "end") await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le");
                if (fault == "cut in the body") await connection.SendAsync($"ngth: {Accepted.Length}\r\n\r\n{Accepted[..20]}");
                connection.Cut();
            }
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 0.02);

        AssertUnconfirmed(await SubmitAsync(client), server);
    }

    [Theory]
    [InlineData(500, "{\"error\":{\"code\":\"500\",\"message\":\"内部错误\"}}")]
    [InlineData(500, "{\"error\":{\"code\":\"9999\"}}")]
    [InlineData(502, "{}")]
    [InlineData(503, "")]
    [InlineData(504, "upstream request timeout")]
    public async Task F06_Without_a_code_that_says_so_a_5xx_is_no_refusal(int status, string body)
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(status, body));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.Equal(status, outcome.Error!.HttpStatus);
    }

    [Fact]
    public async Task F06_Refused_before_acceptance_it_is_sent_five_times_and_no_more()
    {
        using RawServer server = Serve(Refuse(500, "1234"));

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(ErrorReason.ServiceUnavailable, outcome.Error!.Reason);
        Assert.Equal(("1234", 500), (outcome.Error.Code, outcome.Error.HttpStatus));
        Assert.Equal(5, Posts(server).Count);
        Assert.Single(Posts(server).Select(post => post.Text).Distinct());
        Assert.Equal(["intent", "not accepted ServiceUnavailable"], outcome.Log);
    }

    // The least that must lie between two POSTs: what was asked for, or the shortest delay of our own
    [Theory]
    [InlineData("1303", "2", 2)]
    [InlineData("1305", "2", 2)]
    [InlineData("1302", "2", 2)] // nothing of ours is in flight: no end can come sooner
    [InlineData("1303", "date", 1)]
    [InlineData("1305", "date", 1)]
    [InlineData("1303", "soon", 0.45)]
    [InlineData("1305", "-5", 0.45)]
    [InlineData("1303", "", 0.45)]
    [InlineData("1302", "soon", 0.45)]
    [InlineData("1302", "-5", 0.45)]
    public async Task F07_The_next_POST_comes_no_sooner_than_asked_for(string code, string retryAfter, double atLeast)
    {
        if (retryAfter == "date") retryAfter = DateTimeOffset.UtcNow.AddSeconds(4).ToString("r", CultureInfo.InvariantCulture);

        TimeSpan gap = await MeasureGapAsync(code, retryAfter, Accepted, async server =>
        {
            Assert.Equal(["intent", "accepted " + Id], (await SubmitAsync(server.Origin)).Log);
            Assert.Single(Posts(server).Select(post => post.Text).Distinct());
        });

        Assert.True(gap.TotalSeconds >= atLeast, $"{gap}");
    }

    [Theory]
    [InlineData("1303", "1000000000")]
    [InlineData("1305", "1000000000")]
    [InlineData("1302", "1000000000")]
    [InlineData("1303", "Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task F07_A_wait_beyond_the_slot_timeout_ends_with_it(string code, string retryAfter)
    {
        using RawServer server = Serve(Refuse(429, code, $"Retry-After: {retryAfter}\r\n"));

        Recorded outcome = await SubmitAsync(server.Origin, options: new VideoBatchOptions { SlotTimeoutSeconds = 0.5 });

        Assert.Equal((ErrorReason.LimitExceeded, code), (outcome.Error!.Reason, outcome.Error.Code));
        Assert.Single(server.Requests);
        Assert.Equal(["intent", "not accepted LimitExceeded"], outcome.Log);
    }

    [Theory]
    [InlineData(429, "1302", ErrorReason.LimitExceeded)]
    [InlineData(429, "1305", ErrorReason.LimitExceeded)]
    [InlineData(500, "1230", ErrorReason.ServiceUnavailable)]
    public async Task F169_A_row_whose_time_is_up_says_what_it_waited_for(int status, string code, ErrorReason reason)
    {
        using RawServer server = Serve(Refuse(status, code, "Retry-After: 1000\r\n"));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoException sent = (await SubmitAsync(client, options: new VideoBatchOptions { SlotTimeoutSeconds = 0.5 })).Error!;

        Assert.Equal((reason, code, status), (sent.Reason, sent.Code, sent.HttpStatus));
        Assert.Contains("0.5 s", sent.Message, StringComparison.Ordinal);
        Assert.Contains($"words ({code})", sent.Message, StringComparison.Ordinal);
        Assert.Contains($"sent {server.Requests.Count} times", sent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F169_A_row_that_was_never_sent_says_what_others_were_told()
    {
        using RawServer server = Serve(Refuse(429, "1302", "Retry-After: 1000\r\n"));
        using CogVideoClient client = NewClient(server.Origin);
        VideoBatchOptions options = new() { SlotTimeoutSeconds = 0.5 };

        await SubmitAsync(client, new VideoRequest { Prompt = "one" }, options);
        Recorded second = await SubmitAsync(client, new VideoRequest { Prompt = "two" }, options);

        Assert.Single(server.Requests);
        Assert.Equal(ErrorReason.LimitExceeded, second.Error!.Reason);
        Assert.Contains("words (1302)", second.Error.Message, StringComparison.Ordinal);
        Assert.Empty(second.Log);
    }

    [Fact]
    public async Task F15_Nobody_waits_for_100_Continue()
    {
        using RawServer server = new(
            async (request, connection) =>
            {
                request.Headers.Remove("Expect", out string? expect);
                await connection.ReadBodyAsync(request);
                await connection.AnswerAsync(expect is null ? 200 : 417, Accepted);
            },
            readBodies: false);

        Assert.Equal(Id, (await SubmitAsync(server.Origin, new VideoRequest { Images = [LargePicture] })).Job!.Id);
    }

    [Theory]
    [Each(true, false)]
    public async Task F15_A_refusal_that_comes_before_the_body_is_used(bool isCut)
    {
        using RawServer server = new(
            async (request, connection) =>
            {
                await connection.AnswerAsync(400, """{"error":{"code":"1214","message":"参数非法"}}""", isCut ? "Connection: close\r\n" : "");
                if (isCut) connection.Cut();
                else await connection.ReadBodyAsync(request);
            },
            readBodies: false);

        Recorded outcome = await SubmitAsync(server.Origin, isCut ? null : new VideoRequest { Images = [LargePicture] });

        Assert.Equal((ErrorReason.InvalidRequest, "1214"), (outcome.Error!.Reason, outcome.Error.Code));
        Assert.Equal(["intent", "not accepted InvalidRequest"], outcome.Log);
    }

    [Theory]
    [Each("endless", "deep")]
    public async Task F18_Too_much_of_a_reply_says_nothing_of_the_submission(string kind)
    {
        long sent = 0;
        using RawServer server = Serve(connection => kind == "deep" ? SendDeepAsync(connection) : SendEndlessAsync(connection, count => sent += count));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.InRange(sent, 0, 32 << 20); // what the buffers of the wire hold, not the gigabyte that was announced
    }

    [Theory]
    [MemberData(nameof(BrokenReplies))]
    public async Task F19_A_reply_that_is_no_HTTP_says_nothing_of_the_submission(string reply)
    {
        using RawServer server = Serve(connection => Support.BrokenReplies.SendAsync(reply, connection));

        AssertUnconfirmed(await SubmitAsync(server.Origin), server);
    }

    /// <summary>Simulated at the seam: only the wall clock jumps; sockets and timers are real.</summary>
    [Fact]
    [Trait("Phase", "submit")]
    public async Task F27_A_clock_that_jumps_shortens_and_stretches_no_waiting()
    {
        using RawServer server = ServeInTurn(Refuse(429, "1303", "Retry-After: 1\r\n"), Refuse(429, "1303", "Retry-After: 1\r\n"));
        using CogVideoClient client = NewClient(server.Origin, time: new JumpingTime());

        Recorded outcome = await SubmitAsync(client, options: new VideoBatchOptions { SlotTimeoutSeconds = 60 });

        Assert.Equal(Id, outcome.Job!.Id);
        Assert.Equal(3, Posts(server).Count);
    }

    [Theory]
    [InlineData("starved pool")]
    [InlineData("two connections")] // what .NET Framework allows a host by default
    [Trait("Phase", "submit, wait")]
    public async Task F54_With_little_of_everything_all_jobs_are_submitted_and_waited_for(string shortage)
    {
        int next = 0;
        using RawServer server = new(async (request, connection) =>
        {
            await Task.Yield();
            await connection.AnswerAsync(200, request.Method == "POST"
                ? Accepted.Replace(Id, $"{Interlocked.Increment(ref next)}", StringComparison.Ordinal)
                : Succeeded);
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1, createHandler: shortage == "two connections"
            ? () => new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 2 } : null);
        using StarvedPool? starved = shortage == "starved pool" ? new StarvedPool() : null;

        Task<CogVideoResult>[] jobs = [.. Enumerable.Range(0, 40).Select(async i =>
            await client.WaitAsync(await client.SubmitAsync(new VideoRequest { Prompt = $"{i}" })))];
        CogVideoResult[] results = await Task.WhenAll(jobs).WaitAsync(Patience);

        Assert.All(results, result => Assert.Equal(CogVideoStatus.Success, result.Status));
        Assert.Equal(40, Posts(server).Count);
        if (shortage == "two connections") Assert.InRange(server.Connections, 1, 2);
    }

    // A data URI: no file is needed
    private static string LargePicture
    {
        get
        {
            byte[] picture = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. new byte[4 << 20]];
            return "data:image/png;base64," + Convert.ToBase64String(picture);
        }
    }
}
