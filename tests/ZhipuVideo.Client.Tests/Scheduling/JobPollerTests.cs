using System;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Http;
using ZhipuVideo.Polling;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Client.Tests.Scheduling;

/// <summary>The scheduler of all jobs in virtual time; the service answers at once.</summary>
public sealed class JobPollerTests : IDisposable
{
    private const double JobSeconds = 0.2;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly DateTimeOffset _start;
    private readonly CogVideoClient _client;
    private int _looks;

    public JobPollerTests()
    {
        _start = _time.GetUtcNow();
        ServiceEndpoint endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.0123456789abcdef"));
        _client = new CogVideoClient(endpoint, new CogVideoClientOptions
        {
            Time = _time,
            CreateHandler = () => new Handler(Answer),
            Accounts = new AccountRegistry(_time, () => 0.5),
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
            _client.Account.Poller.Watch(job, watcher, 0);
        }

        for (int i = 0; i < 200 && watcher.Ended < Jobs; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
        }

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
            _client.Account.Poller.Watch(job, watcher, 0);
            _client.Account.Poller.Unwatch(job.Id, watcher);
        }

        _looks = 0;
        JobsPlannedByAWrongPrior_ArePlannedAnew_WhenTheFirstHaveEnded();
    }

    /// <summary>After Ctrl+C and Get-CogVideoJob | Wait-CogVideo nobody should wait for what the stopped one had planned.</summary>
    [Fact]
    public void AJobThatIsWatchedAgain_IsLookedAtAtOnce()
    {
        Account account = _client.Account;
        CogVideoJob job = new() { Id = "1", Model = "cogvideox-flash", SubmittedAt = _start.UtcDateTime };
        lock (account.Sync)
        {
            SlotLane lane = account.Lane(job.Model);
            Assert.True(lane.Gate.TryStart(account.Clock.Now, 1, out _));
            lane.Gate.Accepted(account.Clock.Now);
            Assert.True(account.Poller.Accepted(job, lane));
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

    private string Answer()
    {
        _looks++;
        bool ended = (_time.GetUtcNow() - _start).TotalSeconds >= JobSeconds;
        return ended
            ? """{"task_status":"SUCCESS","video_result":[{"url":"https://example.org/v.mp4"}]}"""
            : """{"task_status":"PROCESSING"}""";
    }

    private sealed class Handler(Func<string> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent(answer(), Encoding.UTF8, "application/json"),
            });
    }

    private sealed class Watcher : IJobWatcher
    {
        internal int Ended { get; private set; }

        void IJobWatcher.Ended(CogVideoResult result) => Ended++;

        public void GaveUp(CogVideoException error) => Assert.Fail(error.Message);

        public void SawUnknownStatus(string? status) => Assert.Fail(status);
    }
}
