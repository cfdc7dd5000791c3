using System.Net;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

/// <summary>The scheduler of an account in virtual time: its loop runs at once, and the service answers at once.</summary>
public sealed class WaitingTests : IDisposable
{
    private const double JobSeconds = 0.2;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly DateTimeOffset _start;
    private readonly CogVideoClient _client;
    private int _polls;
    private Func<double> _random = static () => 0.5;
    private (HttpStatusCode? Status, string Body)? _reply; // null: as the service answers; without a status: nobody answers

    public WaitingTests()
    {
        _start = _time.GetUtcNow();
        ServiceEndpoint endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.0123456789abcdef"));
        _client = new CogVideoClient(endpoint, new CogVideoClientOptions
        {
            Time = _time,
            CreateHandler = () => new Handler(Answer),
            Accounts = new SchedulerRegistry(_time, () => _random(), run: static action => action()),
        });
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public void JobsPlannedByAWrongPrior_ArePlannedAnew_WhenTheFirstHaveEnded()
    {
        // Met with a prior of a minute, all but the scouts would be looked at after half of it
        const int Jobs = 200;
        Task[] waits = [.. Enumerable.Range(0, Jobs).Select(i => WaitAsync(NewJob($"{i}")))];

        Advance(TimeSpan.FromMilliseconds(10), 200, waits);

        Assert.All(waits, wait => Assert.True(wait.IsCompletedSuccessfully));
        Assert.InRange(_polls, 2 * Jobs, 3 * Jobs); // the first look is at once: the jobs were begun elsewhere
    }

    [Fact]
    public void JobsThatNobodyWatchesAnyMore_TeachNothing()
    {
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource stop = new();
            Task wait = WaitAsync(NewJob($"{i}", age: 3600), cancellationToken: stop.Token);
            stop.Cancel();
            Assert.True(wait.IsCanceled);
        }
        _polls = 0;
        JobsPlannedByAWrongPrior_ArePlannedAnew_WhenTheFirstHaveEnded();
    }

    /// <summary>Slots that fill up and empty again and again must not put off the polls that the user asked for.</summary>
    [Fact]
    public async Task RowsThatBeginToWait_DoNotPutOffAPollOfAFixedInterval()
    {
        await AcceptAsync(NewJob("1"));
        _ = WaitAsync(NewJob("1"), interval: 60);

        for (int second = 0; second < 59; second++)
        {
            using CancellationTokenSource stop = new();
            Task row = _client.Scheduler.EnterAsync("cogvideox-flash", stop.Token); // the limit is unknown: three more are let in at first
            if (row.IsCompleted) _client.Scheduler.Report("cogvideox-flash", static (queue, now) => queue.Limiter.OnRejected(now, 3600), RequestHealth.Answered);
            stop.Cancel();
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, _polls);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, _polls);
    }

    /// <summary>After Ctrl+C and Get-CogVideoJob | Wait-CogVideo nobody should wait for what the stopped one had planned.</summary>
    [Fact]
    public async Task AJobThatIsWaitedForAgain_IsPolledAtOnce()
    {
        await AcceptAsync(NewJob("1"));
        using CancellationTokenSource stop = new();
        Task stopped = WaitAsync(NewJob("1"), interval: 3600, cancellationToken: stop.Token);
        stop.Cancel();
        Assert.True(stopped.IsCanceled);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _polls);

        Task again = WaitAsync(NewJob("1"));

        Assert.True(again.IsCompletedSuccessfully);
        Assert.Equal(1, _polls);
    }

    [Fact]
    public void TheEndOfAJob_IsToldToWhoDoesNotPoll()
    {
        Task<CogVideoResult> ended = _client.Scheduler.Polls.Ended(NewJob("1"));
        Task<CogVideoResult> other = _client.Scheduler.Polls.Ended(NewJob("2"));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal((false, 0), (ended.IsCompleted, _polls));

        Task<CogVideoResult> wait = WaitAsync(NewJob("1"));

        Assert.True(wait.IsCompletedSuccessfully && ended.IsCompletedSuccessfully && _client.Scheduler.Polls.Ended(NewJob("1")).IsCompletedSuccessfully);
        Assert.False(other.IsCompleted);
    }

    [Fact]
    public void AnEndThatNobodyCanLearn_IsACancelledTask()
    {
        _reply = (HttpStatusCode.BadRequest, """{"error":{"code":"1233","message":"任务不存在"}}""");
        Task<CogVideoResult> gone = _client.Scheduler.Polls.Ended(NewJob("1", age: 60));
        Task<CogVideoResult> open = _client.Scheduler.Polls.Ended(NewJob("2"));

        Task<CogVideoResult> wait = WaitAsync(NewJob("1", age: 60));
        Assert.True(wait.IsFaulted && gone.IsCanceled && !open.IsCompleted);
        _client.Dispose();

        Assert.True(open.IsCanceled);
    }

    [Theory]
    [InlineData(29.0, false)]
    [InlineData(31.0, true)]
    [InlineData(null, true)] // an id of nobody knows when
    [Trait("Phase", "wait")]
    public void F24_Not_found_is_believed_half_a_minute_after_the_submission(double? age, bool isBelieved)
    {
        _reply = (HttpStatusCode.NotFound, """{"error":{"code":"1233","message":"任务不存在"}}""");

        Task wait = WaitAsync(age is { } known ? NewJob("1", known) : new CogVideoJob { Id = "1" });

        Assert.Equal((1, isBelieved ? ErrorReason.NotFound : (ErrorReason?)null), (_polls, ReasonOf(wait)));
        _reply = null;
        Advance(TimeSpan.FromMilliseconds(100), 1000, wait);
        Assert.Equal(!isBelieved, wait.IsCompletedSuccessfully);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F25_Five_minutes_of_503_cost_no_job_and_few_looks()
    {
        const int Jobs = 1000;
        _reply = (HttpStatusCode.ServiceUnavailable, "<html>no</html>");
        Task[] waits = [.. Enumerable.Range(0, Jobs).Select(i => WaitAsync(NewJob($"{i}"), timeout: 3600))];

        for (int i = 0; i < 3000; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.InRange(_polls, 1, 200); // without a bucket a thousand jobs would knock thousands of times
        _reply = null;
        Advance(TimeSpan.FromMilliseconds(100), 3000, waits);

        Assert.All(waits, wait => Assert.True(wait.IsCompletedSuccessfully));
    }

    /// <summary>Simulated at the seam, the clock: timers come eight hours late, and the connection that was open is gone.</summary>
    [Theory]
    [InlineData(0, null)]
    [InlineData(3600, ErrorReason.OperationTimeout)]
    [InlineData(36_000, null)]
    [Trait("Phase", "wait")]
    public void F28_A_sleep_of_eight_hours_is_slept_through(double timeout, ErrorReason? end)
    {
        Task wait = WaitAsync(NewJob("1"), timeout);
        Assert.False(wait.IsCompleted);

        _reply = (null, "");
        _time.Advance(TimeSpan.FromHours(8));
        _reply = null;
        Advance(TimeSpan.FromMilliseconds(100), 1000, wait);

        Assert.Equal((end is null, end), (wait.IsCompletedSuccessfully, ReasonOf(wait)));
        Task again = WaitAsync(NewJob("1"));
        Advance(TimeSpan.FromMilliseconds(100), 1000, again);
        Assert.True(again.IsCompletedSuccessfully);
    }

    /// <summary>Simulated at the same seam. What sleeps through a submission that is under way is line 5: a peer that is gone.</summary>
    [Fact]
    [Trait("Phase", "submit")]
    public async Task F28_A_row_that_waits_for_a_slot_is_submitted_once_after_a_sleep_of_eight_hours()
    {
        _reply = (HttpStatusCode.TooManyRequests, """{"error":{"code":"1302","message":"并发数过高"}}""");
        Task<CogVideoJob> row = _client.SubmitAsync(new VideoRequest { Prompt = "a cat" });
        for (int i = 0; i < 100; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.False(row.IsCompleted);
        int sent = _polls;

        _reply = (HttpStatusCode.OK, """{"id":"77","task_status":"PROCESSING"}""");
        _time.Advance(TimeSpan.FromHours(8));

        Assert.Equal("77", (await row.WaitAsync(TimeSpan.FromSeconds(30))).Id);
        Assert.Equal(sent + 1, _polls);
    }

    [Fact]
    public void AWarmStart_ExpectsOfEachModelAndDurationWhatItTookBefore()
    {
        double Expected(string model, int? duration) => _client.Scheduler.Polls.ExpectedSeconds(new CogVideoJob { Model = model, Duration = duration });
        void Seed(string model, params (int? Duration, double Seconds)[] times) =>
            _client.Scheduler.Seed(model, Enumerable.Repeat(times, 20).SelectMany(static time => time), 3);
        Task seen = WaitAsync(NewJob("1"));
        Advance(TimeSpan.FromMilliseconds(10), 200, seen);
        double learned = Expected("cogvideox-flash", null), prior = Expected("cogvideox-3", 7);

        Seed("cogvideox-flash", (null, 300));
        Seed("cogvideox-3", (5, 30), (10, 300));

        Assert.Equal(learned, Expected("cogvideox-flash", null)); // what was seen here counts more
        Assert.InRange(Expected("cogvideox-3", 5), 29, 31);
        Assert.InRange(Expected("cogvideox-3", 10), 290, 310);
        Assert.Equal(prior, Expected("cogvideox-3", 7)); // of which nothing is remembered
        Seed("cogvideox-3", (5, 5)); // another journal's: the kind has been asked for, but no job of it was seen
        Assert.InRange(Expected("cogvideox-3", 5), 4, 7);
    }

    /// <summary>A number that cannot be had stands for whatever may be wrong in our own code.</summary>
    [Fact]
    [Trait("Phase", "submit, wait")]
    public async Task F261_A_defect_of_our_own_ends_those_who_wait_and_nothing_else()
    {
        await AcceptAsync(NewJob("1"));
        Task first = WaitAsync(NewJob("2", age: 60), interval: 30), row = _client.Scheduler.EnterAsync("cogvideox-3", default);
        await row;
        Task late = _client.Scheduler.EnterAsync("cogvideox-3", default); // the first of a model goes alone
        Task<CogVideoResult> ended = _client.Scheduler.Polls.Ended(NewJob("1"));
        _random = static () => throw new InvalidOperationException("a defect");
        Task second = WaitAsync(NewJob("3"));
        _random = static () => 0.5;

        foreach (Task wait in (Task[])[first, second, late])
        {
            CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => wait.WaitAsync(ServiceTest.Patience));
            Assert.Equal(ErrorReason.InternalError, error.Reason);
            Assert.Contains("a defect", error.Message, StringComparison.Ordinal);
        }
        Assert.False(ended.IsCompleted);
        Task[] again = [WaitAsync(NewJob("1")), WaitAsync(NewJob("2")), WaitAsync(NewJob("3"))];
        Advance(TimeSpan.FromMilliseconds(100), 1000, again);
        Assert.All([.. again, ended], static wait => Assert.True(wait.IsCompletedSuccessfully));
        Assert.Null(await AcceptAsync(NewJob("4")));
    }

    [Theory]
    [Each(true, false)]
    [Trait("Phase", "wait")]
    public void F262_Who_waits_no_more_paces_no_polls(bool isStopped)
    {
        _reply = (HttpStatusCode.OK, """{"task_status":"PROCESSING"}""");
        using CancellationTokenSource stop = new();
        Task often = WaitAsync(NewJob("1"), timeout: isStopped ? 0 : 10, interval: 1, cancellationToken: stop.Token);
        Task other = WaitAsync(NewJob("1"));
        for (int i = 0; i < 101; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        if (isStopped) stop.Cancel();
        Assert.True(often.IsCompleted && !other.IsCompleted);
        Assert.InRange(_polls, 10, 12);

        for (int i = 0; i < 300; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.InRange(_polls, 12, 17); // at most at 1, 1.5, 2.25 .. times its age
    }

    [Theory]
    [InlineData("no link", "succeeded")]
    [InlineData("no words", "no explanation")]
    [InlineData("two jobs", "two requests")]
    [Trait("Phase", "wait")]
    public async Task F263_Whatever_language_the_loop_has_the_words_are_those_of_who_reads_them(string kind, string words)
    {
        if (kind == "two jobs")
        {
            await AcceptAsync(NewJob("1", requestId: "a"));
            await AcceptAsync(NewJob("1", requestId: "b"));
        }
        _reply = kind switch
        {
            "no link" => (HttpStatusCode.OK, """{"task_status":"SUCCESS"}"""),
            "no words" => (HttpStatusCode.BadRequest, """{"error":{"code":"1214"}}"""),
            _ => null,
        };
        string Read(string culture, Func<string> read)
        {
            CultureInfo before = CultureInfo.CurrentUICulture;
            CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(culture);
            string text = read();
            CultureInfo.CurrentUICulture = before;
            return text;
        }
        Task<CogVideoResult> wait = WaitAsync(NewJob("1"));
        Read("ja-JP", () =>
        {
            Advance(TimeSpan.FromMilliseconds(100), 1000, wait);
            return "";
        });

        string Message() => wait.Exception?.InnerException!.Message ?? new CogVideoResult(NewJob("1"), wait.Result).ErrorMessage!;
        Assert.Contains(words, Read("en-US", Message), StringComparison.Ordinal);
        Assert.DoesNotMatch("[\u4e00-\u9fff]", Read("en-US", Message));
        Assert.DoesNotContain(words, Read("zh-CN", Message), StringComparison.Ordinal);
        Assert.Matches("[\u4e00-\u9fff]", Read("zh-CN", Message));
    }

    /// <summary>Whoever begins anew with ids of last week must not think that such jobs take a week.</summary>
    [Fact]
    public void AJobThatHadEndedBeforeItWasSeenHere_TeachesNothing()
    {
        double expected = _client.Scheduler.Polls.ExpectedSeconds(NewJob("1"));
        _time.Advance(TimeSpan.FromSeconds(1));

        for (int i = 0; i < 10; i++) Assert.True(WaitAsync(NewJob($"{i}", age: 600_000)).IsCompletedSuccessfully);
        Assert.Equal(expected, _client.Scheduler.Polls.ExpectedSeconds(NewJob("1")));
    }

    [Fact]
    public async Task F14_AnIdIsKnownForLonger_ThanTheResultThatItEndedWith()
    {
        const int Jobs = 300;
        CogVideoJob Job(int i) => NewJob($"{i}", requestId: $"r{i}");
        Task[] waits = [.. Enumerable.Range(0, Jobs).Select(i => WaitAsync(Job(i)))];
        Advance(TimeSpan.FromMilliseconds(10), 200, waits);
        int polls = _polls;

        Assert.True(WaitAsync(Job(Jobs - 1)).IsCompletedSuccessfully);
        Assert.Equal(polls, _polls); // told from memory
        Assert.True(WaitAsync(Job(0)).IsCompletedSuccessfully);
        Assert.Equal(polls + 1, _polls); // polled again

        Assert.Equal(["0"], (await AcceptAsync(Job(0)))!.ConflictingJobs.Select(job => job.Id)); // of the first only the id is left
        Assert.Equal(2, (await AcceptAsync(Job(Jobs - 1)))!.ConflictingJobs.Count);
        Assert.Null(await AcceptAsync(Job(Jobs)));
    }

    [Fact]
    public async Task AClockOfOnesOwn_IsTheOneThatCounts()
    {
        _reply = (HttpStatusCode.OK, """{"task_status":"PROCESSING"}""");
        using CogVideoClient client = new(_client.Endpoint, new CogVideoClientOptions { Time = _time, CreateHandler = () => new Handler(Answer) });

        Task<CogVideoResult> waiting = client.WaitAsync(new CogVideoJob { Id = "1" }, timeoutSeconds: 60);
        _time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(ErrorReason.OperationTimeout, (await Assert.ThrowsAsync<CogVideoException>(() => waiting)).Reason);
    }

    private static ErrorReason? ReasonOf(Task wait) => (wait.Exception?.InnerException as CogVideoException)?.Reason;

    private CogVideoJob NewJob(string id, double age = 0, string? requestId = null) => new()
    {
        Id = id,
        RequestId = requestId,
        Model = "cogvideox-flash",
        SubmittedAt = _start.UtcDateTime.AddSeconds(-age),
    };

    private Task<CogVideoResult> WaitAsync(CogVideoJob job, double timeout = 0, double interval = 0, CancellationToken cancellationToken = default) =>
        _client.Scheduler.Polls.WaitAsync(job, new WaitOptions { TimeoutSeconds = timeout, IntervalSeconds = interval }, cancellationToken);

    /// <summary>A job of ours takes a slot.</summary>
    private async Task<CogVideoException?> AcceptAsync(CogVideoJob job)
    {
        await _client.Scheduler.EnterAsync(job.Model, CancellationToken.None);
        return await _client.Scheduler.Polls.OnAcceptedAsync(job);
    }

    /// <summary>Lets time pass step by step until all is done, so many steps at most.</summary>
    private void Advance(TimeSpan step, int most, params Task[] waits)
    {
        for (int i = 0; i < most && !waits.All(wait => wait.IsCompleted); i++) _time.Advance(step);
    }

    private HttpResponseMessage Answer()
    {
        _polls++;
        bool ended = (_time.GetUtcNow() - _start).TotalSeconds >= JobSeconds;
        (HttpStatusCode? status, string body) = _reply ?? (HttpStatusCode.OK, ended
            ? """{"task_status":"SUCCESS","video_result":[{"url":"https://example.org/v.mp4"}]}"""
            : """{"task_status":"PROCESSING"}""");
        if (status is null) throw new HttpRequestException("The network is another one.");
        return new HttpResponseMessage(status.Value) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }

    private sealed class Handler(Func<HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = answer();
            response.RequestMessage = request;
            return Task.FromResult(response);
        }
    }
}
