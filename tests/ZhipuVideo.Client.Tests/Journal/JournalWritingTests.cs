using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalWritingTests : JournalTest
{
    [Fact]
    public async Task F50_What_has_completed_survives_a_power_cut()
    {
        using OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        CogVideoJob job = JournalRig.NewJob("r");

        await open.IntentAsync("a", job);
        Assert.Equal(JournalState.Intent, StateAfterPowerCut(file!));
        job.Id = "t";
        await open.Journal.AcceptedAsync(job);
        Assert.Equal(JournalState.Accepted, StateAfterPowerCut(file!));
        await open.Journal.EndedAsync(JournalRig.NewEnd(job));
        Assert.Equal(JournalState.Ended, StateAfterPowerCut(file!));
        await open.SavedAsync("t", "/v.mp4", 1);
        Assert.Equal(JournalState.Saved, StateAfterPowerCut(file!));
    }

    [Fact]
    public async Task Many_callers_share_one_flush()
    {
        using OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        int flushesBefore = file!.Flushes;
        file.HoldNextFlush();
        Task first = open.IntentAsync("first", JournalRig.NewJob("first"));
        file.Flushing.Wait();
        Task[] others = Enumerable.Range(0, 64)
            .Select(i => open.IntentAsync($"row{i}", JournalRig.NewJob($"r{i}")))
            .ToArray();
        Assert.DoesNotContain(others, task => task.IsCompleted);

        file.Gate.Set();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(flushesBefore + 2, file.Flushes);
        Assert.Equal(65, Rig.Read().Count);
    }

    [Fact]
    public async Task F50_Nobody_is_told_of_what_a_crash_could_take_back()
    {
        using OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        CogVideoJob job = await open.AdvanceAsync("a", JournalState.Intent);
        job.Id = "t";
        file.HoldNextFlush();
        Task accepted = open.Journal.AcceptedAsync(job);
        file.Flushing.Wait();
        Task ended = open.Journal.EndedAsync(JournalRig.NewEnd(job)); // of a job whose acceptance is still on its way
        Task saved = open.SavedAsync("t", "/v.mp4", 1);
        Task again = open.Journal.EndedAsync(JournalRig.NewEnd(job));

        JournalEntry before = open.Journal.Find("t")!;
        Assert.Equal((JournalState.Intent, "", CogVideoStatus.Unconfirmed), (before.State, before.Job.Id, before.Job.Status));
        Assert.False(again.IsCompleted);
        file.Gate.Set();
        await Task.WhenAll(accepted, ended, saved, again);

        Assert.Equal(JournalState.Saved, open.Journal.Find("t")!.State);
        Assert.Equal(JournalState.Intent, before.State); // what was told does not change
        Assert.Single(Rig.Records("ended"));
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F42_A_full_disk_is_told_to_everybody_and_leaves_whole_lines()
    {
        using (OpenJournal open = Rig.BeginWatched(out WatchedFile file))
        {
            CogVideoJob job = await open.AdvanceAsync("a", JournalState.Accepted);
            file.RoomLeft = 40; // the next line is cut in the middle

            CogVideoException full = await Assert.ThrowsAsync<CogVideoException>(() => open.Journal.EndedAsync(JournalRig.NewEnd(job)));
            Assert.Equal("CogVideo.DiskFull", full.ErrorId);
            Assert.Contains(Rig.FilePath, full.Message, StringComparison.Ordinal);

            file.RoomLeft = long.MaxValue; // room again, but what is on disk is not known any more
            Task later = open.IntentAsync("b", JournalRig.NewJob("b"));
            Assert.Equal(ErrorReason.DiskFull, (await Assert.ThrowsAsync<CogVideoException>(() => later)).Reason);
            Assert.Equal(JournalState.Accepted, open.Journal.Find(job.Id)!.State);
        }
        Assert.EndsWith("\n", File.ReadAllText(Rig.FilePath), StringComparison.Ordinal);
        using JournalLease again = Rig.Open();
        Assert.Empty(again.Journal.UnreadableLines);
        Assert.Equal(JournalState.Accepted, Assert.Single(Rig.Read()).State);
    }

    [Theory]
    [InlineData(true, ErrorReason.DiskFull)]
    [InlineData(false, ErrorReason.WriteFailed)]
    [Trait("Phase", "process")]
    public async Task F42_A_flush_that_fails_is_never_taken_for_one_that_worked(bool isFull, ErrorReason reason)
    {
        using OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        file!.FlushFault = isFull ? WatchedFile.NoRoom() : new IOException("Input/output error");
        CogVideoException failed = await Assert.ThrowsAsync<CogVideoException>(() => open.IntentAsync("a", JournalRig.NewJob("a")));
        Assert.Equal(reason, failed.Reason);
        file.FlushFault = null;
        await Assert.ThrowsAsync<CogVideoException>(() => open.IntentAsync("a", JournalRig.NewJob("b")));
        Assert.Empty(Rig.Read());
    }

    [Fact]
    public void A_full_disk_at_the_opening_lets_the_lock_go()
    {
        Assert.Equal(ErrorReason.DiskFull, Assert.Throws<CogVideoException>(
            () => Journal.Open(Rig.FilePath, null, new FileLogStore(handle => new WatchedFile(handle) { RoomLeft = 10 }))).Reason);
        using JournalLease lease = Rig.Open();
        Assert.Single(Rig.Lines);
    }

    [Fact]
    public async Task What_was_handed_in_is_on_disk_before_the_last_lease_is_gone()
    {
        OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        file.HoldNextFlush();
        Task first = open.IntentAsync("a", JournalRig.NewJob("r1"));
        file.Flushing.Wait();
        Task second = open.IntentAsync("a", JournalRig.NewJob("r2"));

        Task closing = Task.Run(open.Dispose);
        await Task.WhenAny(closing, Task.Delay(200)); // time to do it wrong
        file.Gate.Set();
        await closing;

        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.Equal(2, Rig.Read().Count);
    }

    /// <summary>Byte for byte: programs of others read journals too.</summary>
    [Theory]
    [Each("", "tr-TR", "fa-IR", "zh-CN")]
    public async Task F55_Every_kind_of_line_is_written_as_by_the_first_version_in_every_culture(string culture)
    {
        FakeTimeProvider time = new(new DateTimeOffset(2025, 3, 1, 12, 0, 0, 250, TimeSpan.Zero));
        JournalOwner owner = new(new ServiceEndpoint(JournalRig.Key, "http://127.0.0.1:8080"));
        CogVideoJob job = JournalRig.NewFullJob();
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture); // of this test alone: it flows with the call
        using (OpenJournal open = Rig.Begin(Journal.Open(Rig.FilePath, time, owner: owner)))
        {
            JournalEntry row = open.Claim("a");
            await open.Journal.IntentAsync(row, job, "a");
            await open.Journal.NotAcceptedAsync("r-1", "RateLimited", null, null);
            await open.Journal.IntentAsync(row, new CogVideoJob { RequestId = "r-1", Prompt = "", WithAudio = true }, "a");
            await open.Journal.NotAcceptedAsync("r-1", "InvalidRequest", "1214", "size 不合法");
            await open.Journal.IntentAsync(row, new CogVideoJob { RequestId = "r-1" }, "a");
            job.Id = "8868902201637896192";
            job.SubmittedAt = new DateTime(2025, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc);
            await open.Journal.AcceptedAsync(job);
            await open.Journal.EndedAsync(JournalRig.NewEnd(job, CogVideoStatus.Fail));
            await open.SavedAsync(job.Id, "C:\\videos\\猫.mp4", 1L << 33);
            await open.SavedAsync(job.Id, "/v.mp4", 0, "/v.png", 678);
            row = open.Claim("a");
            await open.Journal.IntentAsync(row, new CogVideoJob { RequestId = "r-2" }, "a");
            await open.Journal.AcceptedAsync(new CogVideoJob { RequestId = "r-2", Id = "2" });
            await open.Journal.EndedAsync(new CogVideoResult { Id = "2", Status = CogVideoStatus.Success, ElapsedSec = 0 });
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
            File.ReadAllText(Rig.FilePath)
                .Replace($"\"pid\":{Environment.ProcessId}", "\"pid\":PID", StringComparison.Ordinal)
                .Replace($"\"{Environment.MachineName}\"", "\"HOST\"", StringComparison.Ordinal)
                .Replace(owner.KeyTag, "KEY", StringComparison.Ordinal));
    }

    private JournalState StateAfterPowerCut(WatchedFile file)
    {
        string path = Path.Combine(Rig.Folder, "cut.jsonl");
        File.WriteAllBytes(path, Rig.ReadBytes()[..(int)file.FlushedLength]);
        return Assert.Single(Journal.Read(path, e => Assert.Fail(e.Message))).State;
    }
}
