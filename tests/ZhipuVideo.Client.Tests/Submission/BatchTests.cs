using Microsoft.Win32.SafeHandles;
using ZhipuVideo.Batch;
using ZhipuVideo.Emulator;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>What a C# user may do to a batch without paying twice.</summary>
public sealed class BatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SchedulerRegistry _accounts = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_plan_is_submitted_once()
    {
        await using EmulatorServer emulator = await StartAsync();
        await using VideoBatch batch = await OpenAsync(emulator);
        RowPlan plan = batch.Plan(new VideoRequest { Prompt = "one" });
        await batch.SubmitAsync(plan);

        await Assert.ThrowsAsync<InvalidOperationException>(() => batch.SubmitAsync(plan));

        Assert.Single(emulator.State.Tasks);
    }

    [Fact]
    public async Task A_plan_of_another_batch_is_refused()
    {
        await using EmulatorServer emulator = await StartAsync();
        await using VideoBatch batch = await OpenAsync(emulator);
        await using VideoBatch other = await OpenAsync(emulator, journal: null);
        RowPlan plan = batch.Plan(new VideoRequest { Prompt = "one" });

        await Assert.ThrowsAsync<ArgumentException>(() => other.SubmitAsync(plan));

        Assert.Empty(emulator.State.Tasks);
    }

    [Fact]
    public async Task A_row_that_waits_when_its_batch_is_closed_is_not_sent_and_the_next_submits_it_once()
    {
        await using EmulatorServer emulator = await StartAsync(slots: 1);
        await using VideoBatch other = await OpenAsync(emulator, journal: null); // keeps the account's connections
        VideoBatch batch = await OpenAsync(emulator);
        CogVideoJob first = await batch.SubmitAsync(new VideoRequest { Prompt = "one [stall]" });
        Task<CogVideoJob> second = batch.SubmitAsync(new VideoRequest { Prompt = "two" });
        Task<CogVideoResult> wait = batch.WaitAsync(first);
        await emulator.State.WhenAsync(state => state.Stats.Requests.GetValueOrDefault("poll") > 0);

        batch.Dispose();
        batch.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(ServiceTest.Patience));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(ServiceTest.Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => batch.SubmitAsync(batch.Plan(new VideoRequest { Prompt = "three" })));
        Assert.Single(emulator.State.Tasks);
        emulator.State.End(first.Id);
        // It was refused for want of a slot when the batch was closed, so that its intent stands in the journal
        await using VideoBatch next = await OpenAsync(emulator, retryUnconfirmed: true);
        await next.SubmitAsync(new VideoRequest { Prompt = "one [stall]" });
        await next.SubmitAsync(new VideoRequest { Prompt = "two" });
        Assert.Equal(["one [stall]", "two"], emulator.State.Tasks.Select(task => task.Prompt));
    }

    [Fact]
    public async Task An_unconfirmed_row_of_an_earlier_run_is_listed_while_it_is_looked_up_and_after()
    {
        await using EmulatorServer emulator = await StartAsync();
        emulator.State.Settings.ResolveRequestIds = false;
        emulator.State.Add(new Fault { Kind = FaultKind.Drop, Phase = RequestPhase.Create });
        VideoRequest row = new() { Prompt = "one" };
        await using (VideoBatch batch = await OpenAsync(emulator))
            await Assert.ThrowsAsync<CogVideoException>(() => batch.SubmitAsync(row));
        MemoryJobStore jobs = new();

        await using VideoBatch again = await OpenAsync(emulator, jobs: jobs);
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => again.SubmitAsync(row));

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, error.Reason);
        Assert.Equal((CogVideoStatus.Unconfirmed, error.RequestId), (Assert.Single(jobs.ToList()).Status, jobs.ToList()[0].RequestId));
    }

    /// <summary>A container far away may take a minute; Ctrl+C does not wait for it, and what comes late is let go.</summary>
    [Fact]
    public async Task F195_Whoever_waits_for_a_journal_to_open_can_give_up()
    {
        await using EmulatorServer emulator = await StartAsync();
        using ManualResetEventSlim release = new();
        TaskCompletionSource asked = new(), closed = new();
        FileLogStore slow = new(file =>
        {
            asked.SetResult();
            release.Wait();
            return new ObservedFile(file, closed);
        });
        using CancellationTokenSource stop = new();

        Task<VideoBatch> opening = OpenAsync(emulator, store: slow, cancellationToken: stop.Token);
        await asked.Task.WaitAsync(ServiceTest.Patience);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);

        release.Set();
        await closed.Task.WaitAsync(ServiceTest.Patience);
        await using VideoBatch next = await OpenAsync(emulator);
    }

    private static Task<EmulatorServer> StartAsync(int slots = 5) =>
        EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0.1, Concurrency = slots } });

    private Task<VideoBatch> OpenAsync(EmulatorServer emulator, string? journal = "run.jsonl", MemoryJobStore? jobs = null, bool retryUnconfirmed = false, ILogStore? store = null, CancellationToken cancellationToken = default)
    {
        CogVideoClient client = new(
            new ServiceEndpoint(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri), new CogVideoClientOptions { Accounts = _accounts });
        VideoBatchOptions options = new() { JournalPath = journal is null ? null : _folder[journal], Jobs = jobs, RetryUnconfirmed = retryUnconfirmed, Logs = store };
        return VideoBatch.OpenAsync(client, options, cancellationToken);
    }

    /// <summary>A journal's file that tells when it was closed.</summary>
    private sealed class ObservedFile(SafeFileHandle file, TaskCompletionSource closed) : FileStream(file, FileAccess.ReadWrite, 0)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            closed.TrySetResult();
        }
    }
}
