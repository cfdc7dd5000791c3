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

    private JournalState StateAfterPowerCut(WatchedFile file)
    {
        string path = Path.Combine(_rig.Folder, "cut.jsonl");
        File.WriteAllBytes(path, _rig.ReadBytes()[..(int)file.FlushedLength]);
        return Assert.Single(Journal.Read(path, e => Assert.Fail(e.Message))).State;
    }
}
