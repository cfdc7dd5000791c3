using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Http;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalWritingTests : IDisposable
{
    private readonly JournalRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task F50_What_has_completed_survives_a_power_cut()
    {
        WatchedFile? file = null;
        using JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using JournalRun run = lease.Journal.BeginRun();
        CogVideoJob job = JournalRig.NewJob("r");

        await run.IntentAsync(run.Claim("a"), job, CancellationToken.None);
        Assert.Equal(JournalState.Intent, StateAfterPowerCut(file!));
        job.Id = "t";
        await lease.Journal.AcceptedAsync(job);
        Assert.Equal(JournalState.Accepted, StateAfterPowerCut(file!));
        await lease.Journal.EndedAsync(JournalRig.NewEnd(job));
        Assert.Equal(JournalState.Ended, StateAfterPowerCut(file!));
        await lease.Journal.SavedAsync("t", "/v.mp4", 1, null, null);
        Assert.Equal(JournalState.Saved, StateAfterPowerCut(file!));
    }

    [Fact]
    public async Task Many_callers_share_one_flush()
    {
        WatchedFile? file = null;
        using JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using JournalRun run = lease.Journal.BeginRun();
        int flushesBefore = file!.Flushes;
        file.Gate.Reset();
        file.Flushing.Reset();
        Task first = run.IntentAsync(run.Claim("first"), JournalRig.NewJob("first"), CancellationToken.None);
        file.Flushing.Wait();
        Task[] others = Enumerable.Range(0, 64)
            .Select(i => run.IntentAsync(run.Claim($"row{i}"), JournalRig.NewJob($"r{i}"), CancellationToken.None))
            .ToArray();
        Assert.DoesNotContain(others, task => task.IsCompleted);

        file.Gate.Set();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(flushesBefore + 2, file.Flushes);
        Assert.Equal(65, _rig.Read().Count);
    }

    [Fact]
    public async Task F50_Nobody_is_told_of_what_a_crash_could_take_back()
    {
        WatchedFile? file = null;
        using JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using JournalRun run = lease.Journal.BeginRun();
        CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Intent);
        job.Id = "t";
        file!.Gate.Reset();
        file.Flushing.Reset();
        Task accepted = lease.Journal.AcceptedAsync(job);
        file.Flushing.Wait();
        Task ended = lease.Journal.EndedAsync(JournalRig.NewEnd(job)); // of a job whose acceptance is still on its way
        Task saved = lease.Journal.SavedAsync("t", "/v.mp4", 1, null, null);
        Task again = lease.Journal.EndedAsync(JournalRig.NewEnd(job));

        JournalEntry before = lease.Journal.Find("t")!;
        Assert.Equal((JournalState.Intent, "", CogVideoStatus.Unconfirmed), (before.State, before.Job.Id, before.Job.Status));
        Assert.False(again.IsCompleted);
        file.Gate.Set();
        await Task.WhenAll(accepted, ended, saved, again);

        Assert.Equal(JournalState.Saved, lease.Journal.Find("t")!.State);
        Assert.Equal(JournalState.Intent, before.State); // what was told does not change
        Assert.Single(_rig.Records("ended"));
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F42_A_full_disk_is_told_to_everybody_and_leaves_whole_lines()
    {
        WatchedFile? file = null;
        using (JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle))))
        {
            using JournalRun run = lease.Journal.BeginRun();
            CogVideoJob job = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
            file!.RoomLeft = 40; // the next line is cut in the middle

            CogVideoException full = await Assert.ThrowsAsync<CogVideoException>(
                () => lease.Journal.EndedAsync(JournalRig.NewEnd(job)));
            Assert.Equal("CogVideo.DiskFull", full.ErrorId);
            Assert.Contains(_rig.FilePath, full.Message, StringComparison.Ordinal);

            file.RoomLeft = long.MaxValue; // room again, but what is on disk is not known any more
            Task later = run.IntentAsync(run.Claim("b"), JournalRig.NewJob("b"), CancellationToken.None);
            Assert.Equal(ErrorReason.DiskFull, (await Assert.ThrowsAsync<CogVideoException>(() => later)).Reason);
            Assert.Equal(JournalState.Accepted, lease.Journal.Find(job.Id)!.State);
        }
        Assert.EndsWith("\n", File.ReadAllText(_rig.FilePath), StringComparison.Ordinal);
        using JournalLease again = _rig.Open();
        Assert.Empty(again.Journal.UnreadableLines);
        Assert.Equal(JournalState.Accepted, Assert.Single(_rig.Read()).State);
    }

    [Theory]
    [InlineData(true, ErrorReason.DiskFull)]
    [InlineData(false, ErrorReason.WriteFailed)]
    [Trait("Phase", "process")]
    public async Task F42_A_flush_that_fails_is_never_taken_for_one_that_worked(bool isFull, ErrorReason reason)
    {
        WatchedFile? file = null;
        using JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using JournalRun run = lease.Journal.BeginRun();
        file!.FlushFault = isFull ? WatchedFile.NoRoom() : new IOException("Input/output error");
        JournalEntry row = run.Claim("a");
        CogVideoException failed = await Assert.ThrowsAsync<CogVideoException>(
            () => run.IntentAsync(row, JournalRig.NewJob("a"), CancellationToken.None));
        Assert.Equal(reason, failed.Reason);
        file.FlushFault = null;
        await Assert.ThrowsAsync<CogVideoException>(() => run.IntentAsync(row, JournalRig.NewJob("a"), CancellationToken.None));
        Assert.Empty(_rig.Read());
    }

    [Fact]
    public void A_full_disk_at_the_opening_lets_the_lock_go()
    {
        Assert.Equal(ErrorReason.DiskFull, Assert.Throws<CogVideoException>(
            () => Journal.Open(_rig.FilePath, null, new FileLogStore(handle => new WatchedFile(handle) { RoomLeft = 10 }))).Reason);
        using JournalLease lease = _rig.Open();
        Assert.Single(_rig.Lines);
    }

    [Fact]
    public async Task A_stopped_caller_writes_nothing()
    {
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        JournalEntry row = run.Claim("a");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.IntentAsync(row, JournalRig.NewJob("a"), new CancellationToken(true)));
        Assert.Single(Encoding.UTF8.GetString(_rig.ReadBytes()).TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task What_was_handed_in_is_on_disk_before_the_last_lease_is_gone()
    {
        WatchedFile? file = null;
        JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        JournalRun run = lease.Journal.BeginRun();
        file!.Gate.Reset();
        file.Flushing.Reset();
        Task first = run.IntentAsync(run.Claim("a"), JournalRig.NewJob("r1"), CancellationToken.None);
        file.Flushing.Wait();
        Task second = run.IntentAsync(run.Claim("a"), JournalRig.NewJob("r2"), CancellationToken.None);

        Task closing = Task.Run(lease.Dispose);
        await Task.WhenAny(closing, Task.Delay(200)); // time to do it wrong
        file.Gate.Set();
        await closing;

        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.Equal(2, _rig.Read().Count);
    }

    /// <summary>Byte for byte: programs of others read journals too.</summary>
    [Fact]
    public async Task Every_kind_of_line_is_written_as_by_the_first_version()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2025, 3, 1, 12, 0, 0, 250, TimeSpan.Zero));
        JournalOwner owner = new(new ServiceEndpoint(JournalRig.Key, "http://127.0.0.1:8080"));
        CogVideoJob job = new()
        {
            RequestId = "r-1",
            Model = "cogvideox-3",
            Name = "emoji 🐈 \"quoted\" \u2028 \\",
            Prompt = "<a> & 'b' + é\n\t\u0001",
            Image = "/pictures/first.png|/pictures/last.png",
            Quality = "quality",
            WithAudio = false,
            Size = "1920x1080",
            Fps = 60,
            Duration = 10,
            UserId = "user-1",
            AdditionalBody = """{"style":"anime"}""",
        };
        using (JournalLease lease = Journal.Open(_rig.FilePath, time, owner: owner))
        {
            using JournalRun run = lease.Journal.BeginRun();
            JournalEntry row = run.Claim("a");
            await run.IntentAsync(row, job, CancellationToken.None);
            await lease.Journal.NotAcceptedAsync("r-1", "RateLimited", null, null);
            await run.IntentAsync(row, new CogVideoJob { RequestId = "r-1", Prompt = "", WithAudio = true }, CancellationToken.None);
            await lease.Journal.NotAcceptedAsync("r-1", "InvalidRequest", "1214", "size 不合法");
            await run.IntentAsync(row, new CogVideoJob { RequestId = "r-1" }, CancellationToken.None);
            job.Id = "8868902201637896192";
            job.SubmittedAt = new DateTime(2025, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc);
            await lease.Journal.AcceptedAsync(job);
            await lease.Journal.EndedAsync(JournalRig.NewEnd(job, CogVideoStatus.Fail));
            await lease.Journal.SavedAsync(job.Id, "C:\\videos\\猫.mp4", 1L << 33, null, null);
            await lease.Journal.SavedAsync(job.Id, "/v.mp4", 0, "/v.png", 678);
            row = run.Claim("a");
            await run.IntentAsync(row, new CogVideoJob { RequestId = "r-2" }, CancellationToken.None);
            await lease.Journal.AcceptedAsync(new CogVideoJob { RequestId = "r-2", Id = "2" });
            await lease.Journal.EndedAsync(new CogVideoResult { Id = "2", Status = CogVideoStatus.Success, ElapsedSec = 0 });
        }
        Assert.Equal(
            """
            {"journal":"ZhipuVideo","schema":1,"at":"2025-03-01T12:00:00.25Z","pid":PID,"host":"HOST","address":"loopback","key":"KEY"}
            {"record":"intent","at":"2025-03-01T12:00:00.25Z","requestId":"r-1","hash":"a","occurrence":1,"billed":true,"model":"cogvideox-3","name":"emoji \uD83D\uDC08 \"quoted\" \u2028 \\","prompt":"<a> & 'b' + é\n\t\u0001","image":"/pictures/first.png|/pictures/last.png","quality":"quality","withAudio":false,"size":"1920x1080","fps":60,"duration":10,"userId":"user-1","additionalBody":"{\"style\":\"anime\"}"}
            {"record":"notAccepted","at":"2025-03-01T12:00:00.25Z","requestId":"r-1","reason":"RateLimited"}
            {"record":"intent","at":"2025-03-01T12:00:00.25Z","requestId":"r-1","hash":"a","occurrence":1,"attempt":2,"billed":true,"prompt":"","withAudio":true}
            {"record":"notAccepted","at":"2025-03-01T12:00:00.25Z","requestId":"r-1","attempt":2,"reason":"InvalidRequest","code":"1214","message":"size 不合法"}
            {"record":"intent","at":"2025-03-01T12:00:00.25Z","requestId":"r-1","hash":"a","occurrence":1,"attempt":3,"billed":true}
            {"record":"accepted","at":"2025-03-01T12:00:00.25Z","id":"8868902201637896192","requestId":"r-1","hash":"a","occurrence":1,"submittedAt":"2025-03-01T12:00:00.123Z"}
            {"record":"ended","at":"2025-03-01T12:00:00.25Z","id":"8868902201637896192","requestId":"r-1","status":"Fail","endedAt":"2025-03-01T12:00:40Z","elapsedSec":40.5,"errorCode":"1301","errorMessage":"不安全"}
            {"record":"saved","at":"2025-03-01T12:00:00.25Z","id":"8868902201637896192","path":"C:\\videos\\猫.mp4","length":8589934592}
            {"record":"saved","at":"2025-03-01T12:00:00.25Z","id":"8868902201637896192","path":"/v.mp4","length":0,"coverPath":"/v.png","coverLength":678}
            {"record":"intent","at":"2025-03-01T12:00:00.25Z","requestId":"r-2","hash":"a","occurrence":2,"billed":true}
            {"record":"accepted","at":"2025-03-01T12:00:00.25Z","id":"2","requestId":"r-2","hash":"a","occurrence":2}
            {"record":"ended","at":"2025-03-01T12:00:00.25Z","id":"2","status":"Success","elapsedSec":0}

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(_rig.FilePath)
                .Replace($"\"pid\":{Environment.ProcessId}", "\"pid\":PID", StringComparison.Ordinal)
                .Replace($"\"{Environment.MachineName}\"", "\"HOST\"", StringComparison.Ordinal)
                .Replace(owner.KeyTag, "KEY", StringComparison.Ordinal));
    }

    private JournalState StateAfterPowerCut(WatchedFile file)
    {
        string path = Path.Combine(_rig.Folder, "cut.jsonl");
        File.WriteAllBytes(path, _rig.ReadBytes()[..(int)file.FlushedLength]);
        return Assert.Single(Journal.Read(path, e => Assert.Fail(e.Message))).State;
    }
}
