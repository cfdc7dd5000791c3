using System.Net;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Http;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

/// <summary>The scheduler of all jobs in virtual time; the service answers at once.</summary>
public sealed class JobPollerTests : IDisposable
{
    private const double JobSeconds = 0.2;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly DateTimeOffset _start;
    private readonly CogVideoClient _client;
    private int _looks;
    private (HttpStatusCode? Status, string Body)? _reply; // null: as the service answers; without a status: nobody answers

    public JobPollerTests()
    {
        _start = _time.GetUtcNow();
        ServiceEndpoint endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.0123456789abcdef"));
        _client = new CogVideoClient(endpoint, new CogVideoClientOptions
        {
            Time = _time,
            CreateHandler = () => new Handler(Answer),
            Accounts = new SchedulerRegistry(_time, () => 0.5),
        });
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public void JobsPlannedByAWrongPrior_ArePlannedAnew_WhenTheFirstHaveEnded()
    {
        // Met with a prior of a minute, all but the scouts would be looked at after half of it
        const int Jobs = 200;
        Watcher watcher = new();
        for (int i = 0; i < Jobs; i++)
        {
            CogVideoJob job = new() { Id = $"{i}", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime };
            _client.Scheduler.Poller.Watch(job, watcher, 0);
        }

        for (int i = 0; i < 200 && watcher.Ended < Jobs; i++) _time.Advance(TimeSpan.FromMilliseconds(10));

        Assert.Null(watcher.Error);
        Assert.Equal(Jobs, watcher.Ended);
        Assert.InRange(_looks, 2 * Jobs, 3 * Jobs); // the first look is at once: the jobs were begun elsewhere
    }

    [Fact]
    public void JobsThatNobodyWatchesAnyMore_TeachNothing()
    {
        Watcher watcher = new();
        for (int i = 0; i < 100; i++)
        {
            CogVideoJob job = new() { Id = $"{i}", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime.AddHours(-1) };
            _client.Scheduler.Poller.Watch(job, watcher, 0);
            _client.Scheduler.Poller.Unwatch(job.Id, watcher);
        }

        _looks = 0;
        JobsPlannedByAWrongPrior_ArePlannedAnew_WhenTheFirstHaveEnded();
    }

    /// <summary>Slots that fill up and empty again and again must not put off the looks that the user asked for.</summary>
    [Fact]
    public void RowsThatBeginToWait_DoNotPutOffALookOfAFixedInterval()
    {
        AccountScheduler account = _client.Scheduler;
        CogVideoJob job = new() { Id = "1", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime };
        SubmissionQueue lane;
        using (Turn turn = account.BeginTurn())
        {
            lane = account.Lane(job.Model);
            Assert.True(lane.Limiter.TryAcquire(turn.Now, 1, out _));
            lane.Limiter.OnAccepted(turn.Now);
            Assert.Null(account.Poller.Accepted(job, lane, turn.Now));
        }
        account.Poller.Watch(job, new Watcher(), 0, intervalSeconds: 60);

        for (int second = 0; second < 59; second++)
        {
            using (Turn turn = account.BeginTurn()) account.Poller.SlotsWanted(lane, turn.Now);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, _looks);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(1, _looks);
    }

    /// <summary>After Ctrl+C and Get-CogVideoJob | Wait-CogVideo nobody should wait for what the stopped one had planned.</summary>
    [Fact]
    public void AJobThatIsWatchedAgain_IsLookedAtAtOnce()
    {
        AccountScheduler account = _client.Scheduler;
        CogVideoJob job = new() { Id = "1", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime };
        using (Turn turn = account.BeginTurn())
        {
            SubmissionQueue lane = account.Lane(job.Model);
            Assert.True(lane.Limiter.TryAcquire(turn.Now, 1, out _));
            lane.Limiter.OnAccepted(turn.Now);
            Assert.Null(account.Poller.Accepted(job, lane, turn.Now));
        }
        Watcher stopped = new();
        account.Poller.Watch(job, stopped, 0, intervalSeconds: 3600);
        account.Poller.Unwatch(job.Id, stopped);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(0, _looks);

        Watcher again = new();
        account.Poller.Watch(job, again, 0);

        Assert.Equal((1, 1), (_looks, again.Ended));
    }

    [Theory]
    [InlineData(29, false)]
    [InlineData(31, true)]
    [Trait("Phase", "wait")]
    public void F24_Not_found_is_believed_half_a_minute_after_the_submission(double age, bool isBelieved)
    {
        _reply = (HttpStatusCode.NotFound, """{"error":{"code":"1233","message":"任务不存在"}}""");
        Watcher watcher = new();

        _client.Scheduler.Poller.Watch(new CogVideoJob { Id = "1", SubmittedAt = _start.UtcDateTime.AddSeconds(-age) }, watcher, 0);

        Assert.Equal(1, _looks);
        Assert.Equal(isBelieved ? ErrorReason.NotFound : null, watcher.Error?.Reason);
        _reply = null;
        for (int i = 0; i < 1000 && !isBelieved && watcher.Ended == 0; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(isBelieved ? 0 : 1, watcher.Ended);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F24_An_id_of_nobody_knows_when_is_not_found_at_once()
    {
        _reply = (HttpStatusCode.BadRequest, """{"error":{"code":"1233","message":"任务不存在"}}""");
        Watcher watcher = new();

        _client.Scheduler.Poller.Watch(new CogVideoJob { Id = "1" }, watcher, 0);

        Assert.Equal((1, ErrorReason.NotFound), (_looks, watcher.Error?.Reason));
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F25_Five_minutes_of_503_cost_no_job_and_few_looks()
    {
        const int Jobs = 1000;
        _reply = (HttpStatusCode.ServiceUnavailable, "<html>no</html>");
        Watcher watcher = new();
        for (int i = 0; i < Jobs; i++)
            _client.Scheduler.Poller.Watch(new CogVideoJob { Id = $"{i}", SubmittedAt = _start.UtcDateTime }, watcher, 3600);

        for (int i = 0; i < 3000; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.InRange(_looks, 1, 200); // without a bucket a thousand jobs would knock thousands of times
        _reply = null;
        for (int i = 0; i < 3000 && watcher.Ended < Jobs; i++) _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal((Jobs, null), (watcher.Ended, watcher.Error));
    }

    /// <summary>Simulated at the seam, the clock: timers come eight hours late, and the connection that was open is gone.</summary>
    [Theory]
    [InlineData(0, null)]
    [InlineData(3600, ErrorReason.OperationTimeout)]
    [InlineData(36_000, null)]
    [Trait("Phase", "wait")]
    public void F28_A_sleep_of_eight_hours_is_slept_through(double timeout, ErrorReason? end)
    {
        Watcher watcher = new();
        _client.Scheduler.Poller.Watch(new CogVideoJob { Id = "1", SubmittedAt = _start.UtcDateTime }, watcher, timeout);
        Assert.Equal((0, null), (watcher.Ended, watcher.Error));

        _reply = (null, "");
        _time.Advance(TimeSpan.FromHours(8));
        _reply = null;
        for (int i = 0; i < 1000 && watcher.Ended == 0 && watcher.Error is null; i++) _time.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal((end is null ? 1 : 0, end), (watcher.Ended, watcher.Error?.Reason));
        Watcher again = new();
        _client.Scheduler.Poller.Watch(new CogVideoJob { Id = "1", SubmittedAt = _start.UtcDateTime }, again, 0);
        for (int i = 0; i < 1000 && again.Ended == 0; i++) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(1, again.Ended);
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
        int sent = _looks;

        _reply = (HttpStatusCode.OK, """{"id":"77","task_status":"PROCESSING"}""");
        _time.Advance(TimeSpan.FromHours(8));

        Assert.Equal("77", (await row.WaitAsync(TimeSpan.FromSeconds(30))).Id);
        Assert.Equal(sent + 1, _looks);
    }

    [Fact]
    public void F14_AnIdIsKnownForLonger_ThanTheResultThatItEndedWith()
    {
        const int Jobs = 300;
        Watcher watcher = new();
        CogVideoJob Job(int i) => new() { Id = $"{i}", RequestId = $"r{i}", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime };
        for (int i = 0; i < Jobs; i++) _client.Scheduler.Poller.Watch(Job(i), watcher, 0);
        for (int i = 0; i < 200 && watcher.Ended < Jobs; i++) _time.Advance(TimeSpan.FromMilliseconds(10));
        int looks = _looks;
        Watcher again = new();

        _client.Scheduler.Poller.Watch(Job(Jobs - 1), again, 0);
        Assert.Equal((1, looks), (again.Ended, _looks)); // told from memory
        _client.Scheduler.Poller.Watch(Job(0), again, 0);
        Assert.Equal((2, looks + 1), (again.Ended, _looks)); // looked at again

        using (Turn turn = _client.Scheduler.BeginTurn())
        {
            SubmissionQueue lane = _client.Scheduler.Lane("cogvideox-flash");
            Assert.Equal(["0"], _client.Scheduler.Poller.Accepted(Job(0), lane, turn.Now)!.Twins.Select(job => job.Id)); // of the first only the id is left
            Assert.Equal(2, _client.Scheduler.Poller.Accepted(Job(Jobs - 1), lane, turn.Now)!.Twins.Count);
            Assert.Null(_client.Scheduler.Poller.Accepted(Job(Jobs), lane, turn.Now));
        }
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

    private HttpResponseMessage Answer()
    {
        _looks++;
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

    private sealed class Watcher : IJobWatcher
    {
        internal int Ended { get; private set; }

        internal CogVideoException? Error { get; private set; }

        void IJobWatcher.Ended(CogVideoResult result) => Ended++;

        public void GaveUp(CogVideoException error) => Error = error;

        public void SawUnknownStatus(string? status) => Assert.Fail(status);

        public void AskedToWait(CogVideoException why)
        {
        }
    }
}
