using ZhipuVideo.Batch;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>What becomes of a submission when the wire breaks, on real sockets: how often it was sent, and what the caller is told.</summary>
public sealed class DeliveryTests : ServiceTest
{
    [Fact]
    public async Task F01_A_refused_connection_is_the_rows_error_and_nothing_is_unconfirmed()
    {
        string address;
        using (RawServer gone = new((_, _) => Task.CompletedTask)) address = gone.Origin;

        Recorded outcome = await SubmitAsync(address);

        Assert.Equal(ErrorReason.ConnectionFailed, outcome.Error!.Reason);
        Assert.False(outcome.Error.StopsRun);
        Assert.Equal(["intent", "not accepted ConnectionFailed"], outcome.Log);
    }

    [Fact]
    public async Task F05_What_the_one_look_finds_is_our_job()
    {
        using RawServer server = Serve(Cut, poll: Running);

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(Id, outcome.Job!.Id);
        Assert.Single(Posts(server));
        Assert.Equal(["intent", "accepted " + Id], outcome.Log);
    }

    [Fact]
    public async Task F05_Retrying_an_unconfirmed_submission_sends_the_same_request_id_and_understands_1231()
    {
        using RawServer server = ServeInTurn(Reset, Refuse(400, "1231"));

        Recorded outcome = await SubmitAsync(server.Origin, options: new VideoBatchOptions { RetryUnconfirmed = true });

        Assert.Equal(ErrorReason.AcceptedIdUnknown, outcome.Error!.Reason);
        Assert.Equal(2, Posts(server).Count);
        Assert.Equal(Posts(server)[0].Text, Posts(server)[1].Text);
    }

    [Fact]
    public async Task F05_A_refusal_of_the_resend_says_nothing_of_the_first_send()
    {
        using RawServer server = ServeInTurn(Reset, Refuse(400, "1301"));

        Recorded outcome = await SubmitAsync(server.Origin, options: new VideoBatchOptions { RetryUnconfirmed = true });

        Assert.Equal(ErrorReason.ContentRejected, outcome.Error!.Reason);
        Assert.Equal(["intent"], outcome.Log); // no "not accepted": a later run must not send it under another request_id
    }

    [Theory]
    [Each(500, 502, 503, 504)]
    public async Task F06_A_gateways_page_is_unconfirmed_and_quoted_without_markup(int status)
    {
        using RawServer server = Serve(connection =>
            connection.AnswerAsync(status, "<html><body><h1>Bad   Gateway</h1>" + new string('x', 500), contentType: "text/html"));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.Equal(status, outcome.Error!.HttpStatus);
        Assert.Contains("Bad Gateway", outcome.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("<", outcome.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 201), outcome.Error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "1200")]
    [InlineData(503, "1305")]
    [InlineData(500, "1312")]
    [InlineData(429, "1303")]
    [InlineData(429, "1302")]
    public async Task F06_F07_What_was_not_accepted_is_sent_again_under_the_same_request_id(int status, string code)
    {
        using RawServer server = ServeInTurn(Refuse(status, code, "Retry-After: 0\r\n"), Refuse(status, code, "Retry-After: 0\r\n"));

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(Id, outcome.Job!.Id);
        Assert.Equal(3, Posts(server).Count);
        Assert.Single(Posts(server).Select(post => post.Text).Distinct());
    }

    [Theory]
    [InlineData("200 OK\r\nContent-Type: application/json", "{\"id\":\"886890")]
    [InlineData("200 OK\r\nContent-Type: application/json", "")]
    [InlineData("200 OK\r\nContent-Type: text/html", Accepted)]
    [InlineData("200 OK", Accepted)]
    [InlineData("200 OK\r\nContent-Type: application/json", "[]")]
    [InlineData("200 OK\r\nContent-Type: application/json", """{"request_id":"r","task_status":"PROCESSING"}""")]
    public async Task F12_A_success_that_cannot_be_read_is_unconfirmed(string head, string body)
    {
        using RawServer server = Serve(connection => connection.SendAsync($"HTTP/1.1 {head}\r\nContent-Length: {body.Length}\r\n\r\n{body}"));

        AssertUnconfirmed(await SubmitAsync(server.Origin), server);
    }

    [Fact]
    public async Task F12_A_byte_order_mark_is_tolerated()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, "\uFEFF" + Accepted));

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(Id, outcome.Job!.Id);
        Assert.Single(server.Requests);
    }

    [Theory]
    [Each(307, 308)]
    public async Task F16_A_redirect_on_the_same_origin_keeps_method_and_body(int status)
    {
        using RawServer server = new(async (request, connection) =>
        {
            if (request.Target.EndsWith("/moved", StringComparison.Ordinal)) await connection.AnswerAsync(200, Accepted);
            else await connection.AnswerAsync(status, headers: "Location: /moved\r\n");
        });

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(Id, outcome.Job!.Id);
        Assert.Equal(Posts(server)[0].Text, Posts(server)[1].Text);
    }

    [Fact]
    public async Task F17_A_redirect_to_another_origin_never_gets_the_key()
    {
        using RawServer other = new((_, connection) => connection.AnswerAsync(200, Accepted));
        using RawServer server = Serve(connection => connection.AnswerAsync(307, headers: $"Location: {other.Origin}/steal\r\n"));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.Contains(other.Origin, outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    [Trait("Phase", "submit")]
    public async Task F51_A_stop_while_the_reply_is_awaited_leaves_the_submission_unconfirmed()
    {
        TaskCompletionSource received = new();
        using RawServer server = new((_, connection) =>
        {
            received.SetResult();
            return connection.StallAsync();
        });
        using CancellationTokenSource stop = new();
        Task<Recorded> running = SubmitAsync(server.Origin, cancellationToken: stop.Token);
        await received.Task;

        await stop.CancelAsync();
        Recorded outcome = await running;

        Assert.True(outcome.IsCancelled);
        Assert.Equal(["intent"], outcome.Log);
    }

    [Fact]
    public async Task The_first_goes_alone_so_that_a_refused_key_costs_one_request()
    {
        using RawServer server = Serve(Refuse(401, "1000"));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client);

        Task<CogVideoJob>[] rows = Enumerable.Range(0, 8).Select(_ =>
            SubmitAsync(run, new VideoRequest { Prompt = "x" })).ToArray();
        foreach (Task<CogVideoJob> row in rows)
            Assert.Equal(ErrorReason.AuthenticationFailed, (await Assert.ThrowsAsync<CogVideoException>(() => row)).Reason);

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task F10_A_key_refused_while_looking_ends_the_wait_of_rows_for_a_slot()
    {
        int posts = 0;
        using RawServer server = new((request, connection) => request.Method == "GET" || Volatile.Read(ref posts) == 2
            ? connection.AnswerAsync(401, """{"error":{"code":"1000","message":"身份验证失败"}}""")
            : Interlocked.Increment(ref posts) == 1
                ? connection.AnswerAsync(200, Accepted)
                : connection.AnswerAsync(429, """{"error":{"code":"1302","message":"并发数过高"}}"""));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client);
        await SubmitAsync(run);

        Task<CogVideoJob> second = SubmitAsync(run);

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(() => second.WaitAsync(Patience));
        Assert.Equal(ErrorReason.AuthenticationFailed, refused.Reason);
        Assert.Equal(3, Posts(server).Count);
        Assert.Single(Looks(server));
    }

    [Fact]
    public async Task F42_A_row_whose_acceptance_cannot_be_recorded_does_not_hold_up_the_others()
    {
        using RawServer server = ServeInTurn(
            Refuse(400, "1214"), // the first goes alone
            Refuse(429, "1302"),
            connection => connection.AnswerAsync(200, Accepted.Replace(Id, "3", StringComparison.Ordinal)));
        using CogVideoClient client = NewClient(server.Origin);
        Recorded store = new();
        Submitter run = NewSubmitter(client, store);
        await Assert.ThrowsAsync<CogVideoException>(() => SubmitAsync(run));
        store.IsDiskFull = true;

        Task<CogVideoJob>[] rows = [SubmitAsync(run), SubmitAsync(run)];

        foreach (Task<CogVideoJob> row in rows)
            Assert.Equal(ErrorReason.DiskFull, (await Assert.ThrowsAsync<CogVideoException>(() => row.WaitAsync(Patience))).Reason);
        Assert.Equal(4, Posts(server).Count);
    }

    [Fact]
    public async Task F42_A_lost_reply_whose_job_is_found_but_cannot_be_recorded_is_a_full_disk()
    {
        using RawServer server = Serve(Cut, poll: Running);
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(
            () => SubmitAsync(NewSubmitter(client, new Recorded { IsDiskFull = true })));

        Assert.Equal(ErrorReason.DiskFull, error.Reason);
    }

    [Fact]
    public async Task F62_In_whatever_field_a_service_repeats_the_key_it_is_taken_out()
    {
        const string Key = "0123456789abcdef0123456789abcdef.secretsecret0001";
        const string Everything = $$"""
            {"id":"a {{Key}}","request_id":"{{Key}}","model":"{{Key}}","task_status":"{{Key}}","error":{"code":"{{Key}}","message":"no {{Key}}"},
            "video_result":[{"url":"http://127.0.0.1/{{Key}}.mp4","cover_image_url":"http://127.0.0.1/secretsecret0001.png"}]}
            """;
        using RawServer server = new((request, connection) => request.Method == "POST"
            ? connection.AnswerAsync(400, Everything.Replace($"\"code\":\"{Key}\"", "\"code\":\"1214\"", StringComparison.Ordinal))
            : connection.AnswerAsync(200, Everything));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoException refused = (await SubmitAsync(client)).Error!;
        CogVideoResult result = await client.GetResultAsync(new CogVideoJob { Id = "1" });
        ServiceReply reply = await client.Scheduler.Transport.PollAsync("1", CancellationToken.None);

        string?[] texts =
        [
            refused.Message, refused.Code, refused.RequestId, result.ErrorCode, result.ErrorMessage, result.RequestId, result.Model, result.Url, result.CoverUrl,
            reply.Id, reply.RawStatus,
        ];
        Assert.All(texts, text => Assert.DoesNotContain("secretsecret", text, StringComparison.Ordinal));
        Assert.All(texts.Skip(3), text => Assert.Contains("***", text, StringComparison.Ordinal));
        Assert.Equal("1214", refused.Code);
    }
}
