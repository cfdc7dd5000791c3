using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Batch;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Protocol;

/// <summary>
/// Only the service's own words end a job or a run: what stands in between may answer anything with a page or a JSON of its own, and that
/// is an outage, whatever was asked.
/// </summary>
public sealed class OwnWordTests : ServiceTest
{
    private const string Gateway404 = """{"code":500,"msg":"404 NOT_FOUND","success":false}""";

    private static readonly VideoRequest Row = new() { Prompt = "一只猫" };

    /// <summary>Status, type and body, as firewalls, portals, balancers, proxies and relays send them.</summary>
    public static TheoryData<int, string, string> Foreign => new()
    {
        { 401, "text/html", "<html><body>Sign in to the guest network</body></html>" },
        { 401, "application/json", "" },
        { 401, "application/json", """{"error":"Unauthorized"}""" },
        { 403, "text/html", "<html><body><h1>Request blocked</h1>Event ID 18a7</body></html>" },
        { 403, "application/json", """{"message":"Forbidden"}""" },
        { 403, "application/json", """{"error":{"code":"WAF_BLOCKED","message":"rule 920350"}}""" },
        { 404, "text/html", "<center>nginx</center>" },
        { 404, "application/json", """{"detail":"Not Found"}""" },
        { 405, "text/html", "<p>Method Not Allowed</p>" },
        { 407, "text/html", "proxy" },
        { 413, "text/html", "<h1>413 Request Entity Too Large</h1>" },
        { 429, "text/html", "<h1>429 Too Many Requests</h1>" },
        { 451, "text/html", "" },
        { 200, "text/html", "<html>Welcome to the hotel</html>" },
        { 200, "application/json", "{}" },
        { 200, "application/json", """{"status":"ok"}""" },
        { 200, "application/json", """{"id":"req-17","message":"blocked by policy"}""" },
        { 200, "application/json", """{"id":"17"}""" },
        { 200, "application/json", """{"code":503,"msg":"upstream","success":false}""" },
        { 204, "application/json", "" },
        { 400, "text/html", """{"error":{"code":"1214","message":"half of it is missing" """ },
        { 400, "text/plain", """{"error":{"code":"1214","message":"not the service's type"}}""" },
        { 500, "application/json", """{"timestamp":"2026-03-01","status":500,"error":"Internal Server Error","path":"/x"}""" },
        { 503, "application/json", """{"error":{"code":"do_request_failed","message":"upstream error","type":"new_api_error"}}""" },
        { 503, "application/json", """{"error":{"code":null,"message":"no channel","type":"new_api_error"}}""" },
    };

    public static TheoryData<int, string> NoSuchPath => new()
    {
        { 200, Gateway404 },
        { 404, Gateway404 },
        { 200, """{"code":404,"msg":"No handler","success":false}""" },
        { 200, """{"success":false,"msg":"404 not_found","code":"500"}""" },
        { 404, """{"timestamp":"2026-03-01T00:00:00Z","status":404,"error":"Not Found","path":"/v4/videos/generations"}""" },
        { 405, """{"timestamp":"2026-03-01T00:00:00Z","status":405,"error":"Method Not Allowed","path":"/v4/videos/generations"}""" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task F86_To_a_submission_it_is_no_refusal(int status, string type, string body)
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(status, body, contentType: type));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.False(outcome.Error!.StopsRun);
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    [Trait("Phase", "wait")]
    public async Task F86_To_a_look_it_is_no_end_of_any_job(int status, string type, string body)
    {
        int looks = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref looks) <= 2
            ? connection.AnswerAsync(status, body, contentType: type)
            : connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin);

        Task<CogVideoResult> other = WaitAsync(client, id: "2");

        Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        Assert.Equal(CogVideoStatus.Success, (await other).Status);
    }

    [Theory]
    [MemberData(nameof(Foreign))]
    [Trait("Phase", "wait")]
    public async Task F86_To_a_single_look_or_a_check_of_the_key_it_is_an_outage(int status, string type, string body)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(status, body, contentType: type));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoException check = await Assert.ThrowsAsync<CogVideoException>(() => client.CheckKeyAsync());

        Assert.Contains(check.Reason, new[] { ErrorReason.InvalidResponse, ErrorReason.ServiceUnavailable });
        Assert.Equal(status, check.HttpStatus);
        Assert.False(check.StopsRun);
        Assert.Equal(check.Reason, Results.CreateError(await client.Scheduler.Transport.PollAsync("1", CancellationToken.None), "1").Reason);
    }

    [Theory]
    [MemberData(nameof(NoSuchPath))]
    [Trait("Phase", "submit, wait")]
    public async Task F87_A_path_that_the_service_does_not_have_stops_the_run_and_names_the_base(int status, string body)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(status, body));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client);

        Task<CogVideoJob>[] rows = [.. Enumerable.Range(0, 5).Select(_ => SubmitAsync(run))];
        foreach (Task<CogVideoJob> row in rows) AssertNamed(await Assert.ThrowsAsync<CogVideoException>(() => row.WaitAsync(Patience)));

        Assert.Single(server.Requests);
        AssertNamed(await Assert.ThrowsAsync<CogVideoException>(() => client.CheckKeyAsync()));
        AssertNamed(await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client)));
        AssertNamed(await LookAndFailAsync(client));
        Assert.Equal(4, server.Requests.Count);

        void AssertNamed(CogVideoException error)
        {
            Assert.Equal(ErrorReason.ApiUnavailable, error.Reason);
            Assert.True(error.StopsRun);
            Assert.Contains(server.Origin + "/api/paas/v4", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("task", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(503, "model_not_found", ErrorReason.InvalidRequest, false)]
    [InlineData(404, "model_not_found", ErrorReason.InvalidRequest, false)]
    [InlineData(500, "sensitive_words_detected", ErrorReason.ContentRejected, false)]
    [InlineData(403, "insufficient_user_quota", ErrorReason.InsufficientBalance, true)]
    [InlineData(429, "insufficient_quota", ErrorReason.InsufficientBalance, true)]
    [InlineData(401, "invalid_api_key", ErrorReason.AuthenticationFailed, true)]
    public async Task F88_A_refusal_by_a_relay_is_one(int status, string code, ErrorReason reason, bool stops)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(
            status, $$"""{"error":{"code":"{{code}}","message":"words of the relay","type":"new_api_error"} }"""));

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal((reason, code, stops), (outcome.Error!.Reason, outcome.Error.Code, outcome.Error.StopsRun));
        Assert.Contains("words of the relay", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["intent", "not accepted " + reason], outcome.Log);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(503, "text/html", "<p>down</p>")]
    [InlineData(403, "text/html", "<p>blocked</p>")]
    [InlineData(200, "application/json", """{"id":"17"}""")]
    [InlineData(302, "text/html", "")]
    [InlineData(0, "", "")] // the connection is reset
    public async Task F89_The_same_unclear_reply_again_stops_the_run_instead_of_costing_every_row_its_certainty(int status, string type, string body)
    {
        using RawServer server = Serve(connection =>
            status == 0 ? Reset(connection) : connection.AnswerAsync(status, body, status == 302 ? "Location: /login\r\n" : "", type));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client);

        CogVideoException[] errors = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => FailAsync(SubmitAsync(run))));

        Assert.Equal(3, Posts(server).Count);
        Assert.Equal(3, errors.Count(error => error.Reason == ErrorReason.SubmissionUnconfirmed));
        Assert.Equal(37, errors.Count(error => error.StopsRun));
        Assert.Same(run.Stopped, errors.First(error => error.StopsRun));
    }

    /// <summary>In virtual time: a service that has worked before gets minutes to come back.</summary>
    [Theory]
    [InlineData(4, false)]
    [InlineData(100, true)]
    public async Task F89_A_service_that_was_there_is_given_minutes(int unclear, bool isStopped)
    {
        FakeTimeProvider time = new();
        int posts = 0;
        using RawServer server = Serve(connection =>
        {
            int n = Interlocked.Increment(ref posts);
            return n is 1 || n > unclear + 1
                ? connection.AnswerAsync(200, Accepted.Replace(Id, $"{n}", StringComparison.Ordinal))
                : connection.AnswerAsync(502, "<p>restarting</p>", contentType: "text/html");
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 10_000, time: time);
        Submitter run = NewSubmitter(client);
        await SubmitAsync(run);

        Task<CogVideoException?>[] rows = [.. Enumerable.Range(0, 10).Select(async _ => await FailureAsync(SubmitAsync(run)))];
        double seconds = await AdvanceAsync(time, Task.WhenAll(rows));

        // What was under way when it began may be one or two rows more
        int unconfirmed = rows.Count(row => row.Result?.Reason == ErrorReason.SubmissionUnconfirmed);
        Assert.Equal(isStopped, run.Stopped is not null);
        Assert.InRange(unconfirmed, isStopped ? 6 : unclear, isStopped ? 8 : unclear);
        Assert.Equal(isStopped ? unconfirmed + 1 : 11, Posts(server).Count);
        Assert.InRange(seconds, isStopped ? 150 : 8, 400);
    }

    [Fact]
    public async Task F89_Rows_that_the_look_finds_are_no_reason_to_stop()
    {
        int posts = 0;
        using RawServer server = new((request, connection) => request.Method == "POST"
            ? connection.AnswerAsync(502, "<p>no</p>", contentType: "text/html")
            : connection.AnswerAsync(200, Running.Replace(Id, $"{Interlocked.Increment(ref posts)}", StringComparison.Ordinal)));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client);

        for (int i = 0; i < 5; i++) await SubmitAsync(run).WaitAsync(Patience);

        Assert.Null(run.Stopped);
        Assert.Equal(5, Posts(server).Count);
    }

    [Fact]
    public async Task F89_A_row_that_is_sent_again_when_the_run_stops_stays_unconfirmed()
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(503, "down", contentType: "text/plain"));
        using CogVideoClient client = NewClient(server.Origin);
        Submitter run = NewSubmitter(client, options: new VideoBatchOptions { RetryUnconfirmed = true });

        CogVideoException[] errors = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => FailAsync(SubmitAsync(run))));

        Assert.Equal(Posts(server).Select(post => post.Text).Distinct().Count(), errors.Count(error => error.Reason == ErrorReason.SubmissionUnconfirmed));
        Assert.InRange(Posts(server).Count, 3, 4);
    }

    /// <summary>One cause strikes all that are under way: a gateway that restarts is no reason to stop.</summary>
    [Fact]
    public void F89_Unclear_replies_to_what_was_under_way_together_count_once()
    {
        Doubts doubts = new();
        for (int i = 0; i < 50; i++) Assert.Equal((1, false), doubts.AddUnclear(sentAt: i / 100.0, now: 10));
        Assert.Equal((2, false), doubts.AddUnclear(11, 12));
        doubts.Clear();
        Assert.Equal((1, false), doubts.AddUnclear(13, 14));
    }

    /// <summary>Waits in virtual time until it is done; gives the seconds.</summary>
    private static async Task<double> AdvanceAsync(FakeTimeProvider time, Task task)
    {
        DateTimeOffset start = time.GetUtcNow();
        using CancellationTokenSource limit = new(Patience);
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Delay(1, limit.Token);
        }
        await task;
        return (time.GetUtcNow() - start).TotalSeconds;
    }

    [Theory]
    [InlineData("""{"error":{"code":"1399","message":"限流规则"}}""", "1399")]
    [InlineData("""{"error":{"code":"too_fast","message":"slow down"}}""", "too_fast")]
    [InlineData("""{"code":429,"msg":"busy","success":false}""", "429")]
    [InlineData("""{"message":"API rate limit exceeded"}""", null)]
    public async Task F94_A_429_that_nobody_knows_is_told_once_while_it_is_waited_for(string body, string? code)
    {
        List<CogVideoException> told = [];
        Task RefuseAsync(RawConnection connection) => connection.AnswerAsync(429, body, "Retry-After: 0\r\n");
        using RawServer server = ServeInTurn(RefuseAsync, RefuseAsync, RefuseAsync);

        Recorded outcome = await SubmitAsync(server.Origin, options: new VideoBatchOptions { Warn = told.Add });

        Assert.Equal(["intent", "accepted " + Id], outcome.Log);
        Assert.Equal(4, Posts(server).Count);
        CogVideoException once = Assert.Single(told);
        Assert.Equal((ErrorReason.LimitExceeded, code), (once.Reason, once.Code));
        Assert.Contains("5 minutes", once.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F94_Waiting_for_it_has_an_end()
    {
        FakeTimeProvider time = new();
        using RawServer server = Serve(Refuse(429, "1399", "Retry-After: 86400\r\n"));
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 10_000, time: time);
        Submitter run = NewSubmitter(client);

        Task<CogVideoException>[] rows = [.. Enumerable.Range(0, 20).Select(_ => FailAsync(SubmitAsync(run)))];
        double seconds = await AdvanceAsync(time, Task.WhenAll(rows));

        Assert.All(rows, row => Assert.Equal((ErrorReason.LimitExceeded, "1399"), (row.Result.Reason, row.Result.Code)));
        Assert.InRange(seconds, 299, 400);
        Assert.InRange(Posts(server).Count, 2, 4);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public async Task F94_It_is_told_once_to_those_who_wait_for_jobs()
    {
        int looks = 0;
        using RawServer server = new((_, connection) => Interlocked.Increment(ref looks) <= 4
            ? connection.AnswerAsync(429, """{"error":{"code":"1399","message":"限流规则"}}""", "Retry-After: 0\r\n")
            : connection.AnswerAsync(200, Succeeded));
        using CogVideoClient client = NewClient(server.Origin);
        ConcurrentQueue<CogVideoException> asked = [];
        WaitOptions options = new() { TimeoutSeconds = 60, AskedToWait = asked.Enqueue };

        IEnumerable<Task> waits = new[] { "1", "2" }.Select(id => client.Scheduler.Polls.WaitAsync(new CogVideoJob { Id = id }, options, default));
        await Task.WhenAll(waits).WaitAsync(Patience);

        Assert.Contains("限流规则", Assert.Single(asked).Message, StringComparison.Ordinal);
    }

    private static Task<CogVideoJob> SubmitAsync(Submitter run) => SubmitAsync(run, Row);

    private static async Task<CogVideoException> FailAsync(Task<CogVideoJob> row) =>
        await Assert.ThrowsAsync<CogVideoException>(() => row.WaitAsync(Patience));

    private static async Task<CogVideoException?> FailureAsync(Task<CogVideoJob> row)
    {
        try
        {
            await row;
            return null;
        }
        catch (CogVideoException e)
        {
            return e;
        }
    }
}
