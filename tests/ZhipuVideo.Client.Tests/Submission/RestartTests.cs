using System.Text.RegularExpressions;
using ZhipuVideo.Emulator;
using ZhipuVideo.Journaling;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>A second process on the journal of a first: what still holds the account's slots is known before anything is sent.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_of_an_earlier_process_holds_its_slot_until_it_is_seen_to_end()
    {
        await using EmulatorServer emulator = await StartAsync();
        await SubmitAsync(emulator, "first [stall]");
        emulator.State.Add(new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Poll });
        Task<CogVideoJob[]> again = SubmitAsync(emulator, "first [stall]", "second");
        await emulator.State.WhenAsync(state => Count(state, "poll") > 1 || Count(state, "create") > 1);
        Assert.Equal(1, Count(emulator.State, "create"));

        emulator.State.End(emulator.State.Tasks[0].Id);
        emulator.State.ClearFaults();
        CogVideoJob[] jobs = await again;

        Assert.Equal(emulator.State.Tasks.Select(task => task.Id), jobs.Select(job => job.Id));
        Assert.Equal(2, Count(emulator.State, "create")); // one POST a row: none was refused
    }

    [Fact]
    public async Task A_job_that_ended_meanwhile_holds_nothing_up()
    {
        await using EmulatorServer emulator = await StartAsync();
        await SubmitAsync(emulator, "first [stall]");
        emulator.State.End(emulator.State.Tasks[0].Id);

        CogVideoJob[] jobs = await SubmitAsync(emulator, "first [stall]", "second");

        Assert.Equal(emulator.State.Tasks.Select(task => task.Id), jobs.Select(job => job.Id));
        Assert.Equal(2, Count(emulator.State, "create"));
    }

    [Fact]
    public async Task A_row_that_has_ended_and_is_not_saved_is_asked_once_for_its_link()
    {
        await using EmulatorServer emulator = await StartAsync();
        await RunAsync(emulator, async (batch, job) => await batch.WaitAsync(job));
        long polls = Count(emulator.State, "poll");

        await RunAsync(emulator, async (batch, job) => await batch.SaveAsync(await batch.WaitAsync(job), _folder["videos"]));
        await RunAsync(emulator, async (batch, job) => await batch.SaveAsync(await batch.WaitAsync(job), _folder["videos"]));

        Assert.Equal(polls + 3, Count(emulator.State, "poll"));
        Assert.Equal(3, Directory.GetFiles(_folder["videos"]).Length);
        Assert.Equal((3, 3), (Count(emulator.State, "create"), Count(emulator.State, "download")));
    }

    [Fact]
    public async Task A_row_that_has_ended_and_whose_task_is_gone_is_told_as_it_ended_and_cannot_be_saved()
    {
        await using EmulatorServer emulator = await StartAsync();
        await RunAsync(emulator, async (batch, job) => await batch.WaitAsync(job));
        // Beyond the time in which "no such task" may only mean that the service has not caught up
        File.WriteAllText(JournalPath, Regex.Replace(File.ReadAllText(JournalPath), "\"submittedAt\":\"[^\"]*\"", "\"submittedAt\":\"2026-01-01T00:00:00Z\""));
        emulator.State.Add(new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Poll, Status = 400, Code = "1233" });

        await RunAsync(emulator, async (batch, job) =>
        {
            CogVideoResult result = await batch.WaitAsync(job);
            Assert.Equal((CogVideoStatus.Success, "ResultExpired", null), (result.Status, result.ErrorCode, result.Url));
            CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => batch.SaveAsync(result, _folder["videos"]));
            Assert.Equal(ErrorReason.ResultExpired, error.Reason);
        });

        Assert.Equal(3, Count(emulator.State, "create"));
    }

    [Fact]
    public async Task F10_A_key_that_is_refused_while_a_row_waits_for_a_slot_ends_the_row()
    {
        await using EmulatorServer emulator = await StartAsync();
        await SubmitAsync(emulator, "first [stall]");
        emulator.State.Add(new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Poll, Status = 401, Code = "1000" });
        emulator.State.Add(new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Create, Status = 401, Code = "1000" });

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(() => SubmitAsync(emulator, "first [stall]", "second"));

        Assert.Equal(ErrorReason.AuthenticationFailed, refused.Reason);
        Assert.True(refused.StopsRun);
        Assert.Single(emulator.State.Tasks);
    }

    [Theory]
    [Each(true, false)]
    [Trait("Phase", "submit")]
    public async Task F42_A_row_whose_intent_finds_no_room_is_not_sent_and_the_next_run_sends_it_once(bool atTheFlush)
    {
        await using EmulatorServer emulator = await StartAsync();
        WatchedFile? file = null;
        JournalLease lease = Journal.Open(JournalPath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        if (atTheFlush) file!.FlushFault = WatchedFile.NoRoom();
        else file!.RoomLeft = 40;

        CogVideoException full = await Assert.ThrowsAsync<CogVideoException>(() => SubmitAsync(emulator.BaseUri, lease, "a cat"));

        Assert.Equal(ErrorReason.DiskFull, full.Reason);
        Assert.Equal(0, Count(emulator.State, "create"));

        await SubmitAsync(emulator, "a cat");
        Assert.Equal(1, Count(emulator.State, "create"));
    }

    /// <summary>The journal breaks between the intent and the acceptance; who has paid still learns the id.</summary>
    [Theory]
    [InlineData(true, ErrorReason.DiskFull)]
    [InlineData(false, ErrorReason.WriteFailed)]
    [Trait("Phase", "submit")]
    public async Task F78_A_job_whose_acceptance_cannot_be_recorded_is_told_with_its_id(bool isFull, ErrorReason reason)
    {
        WatchedFile? file = null;
        JournalLease lease = Journal.Open(JournalPath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using RawServer service = new(async (_, connection) =>
        {
            file!.FlushFault = isFull ? WatchedFile.NoRoom() : new IOException("Input/output error");
            await connection.AnswerAsync(200, ServiceTest.Accepted);
        });

        CogVideoException failed = await Assert.ThrowsAsync<CogVideoException>(() => SubmitAsync(new Uri(service.Origin), lease, "a cat"));

        Assert.Equal(reason, failed.Reason);
        Assert.Equal((ServiceTest.Id, CogVideoStatus.Processing), (failed.AcceptedJob!.Id, failed.AcceptedJob.Status));
        Assert.Equal(failed.RequestId, failed.AcceptedJob.RequestId);
        Assert.Single(service.Requests, request => request.Method == "POST");
    }

    private static Task<EmulatorServer> StartAsync() => EmulatorServer.StartAsync(new EmulatorOptions
    {
        Log = false,
        Settings = new EmulatorSettings { Concurrency = 1, ServiceTime = 0.05 },
    });

    private static long Count(EmulatorState state, string phase) => state.Stats.Requests.GetValueOrDefault(phase);

    private string JournalPath => Path.Combine(_folder, "run.jsonl");

    /// <summary>Three rows on the journal, as a process does them that knows of no other.</summary>
    private async Task RunAsync(EmulatorServer emulator, Func<VideoBatch, CogVideoJob, Task> use)
    {
        await using VideoBatch batch = await OpenAsync(emulator.BaseUri, JournalPath, CancellationToken.None);
        foreach (string prompt in (string[])["one", "two", "three"]) await use(batch, await batch.SubmitAsync(new VideoRequest { Prompt = prompt }));
    }

    private Task<CogVideoJob[]> SubmitAsync(EmulatorServer emulator, params string[] prompts) =>
        SubmitAsync(emulator.BaseUri, Journal.Open(JournalPath), prompts);

    /// <summary>The rows through the journal, which is then closed, by a client that knows nothing of any other.</summary>
    private static async Task<CogVideoJob[]> SubmitAsync(Uri address, JournalLease lease, params string[] prompts)
    {
        using JournalLease open = lease;
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(20));
        await using VideoBatch batch = await OpenAsync(address, lease.Journal.Path, patience.Token);
        CogVideoJob[] jobs = new CogVideoJob[prompts.Length];
        for (int i = 0; i < prompts.Length; i++)
            jobs[i] = await batch.SubmitAsync(new VideoRequest { Prompt = prompts[i] }, patience.Token);
        return jobs;
    }

    private static Task<VideoBatch> OpenAsync(Uri address, string journal, CancellationToken cancellationToken) => VideoBatch.OpenAsync(
        new CogVideoClient(
            new ServiceEndpoint(ApiKey.Parse(EmulatorOptions.DemoKey), address.AbsoluteUri), new CogVideoClientOptions { Accounts = new SchedulerRegistry() }),
        new VideoBatchOptions { JournalPath = journal },
        cancellationToken);
}
