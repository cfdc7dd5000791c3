using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalLockTests : IDisposable
{
    private readonly JournalRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task F52_A_second_process_is_refused_with_the_holders_id_and_still_reads()
    {
        using (JournalLease lease = _rig.Open())
        {
            using JournalRun run = lease.Journal.BeginRun();
            await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
        }
        using JournalHolder holder = await JournalHolder.StartAsync(_rig.FilePath);

        CogVideoException refused = Assert.Throws<CogVideoException>(() => _rig.Open());

        Assert.Equal("CogVideo.JournalLocked", refused.ErrorId);
        Assert.Contains($"Process {holder.Id} on {Environment.MachineName}", refused.Message, StringComparison.Ordinal);
        Assert.Equal("task-a-1", Assert.Single(_rig.Read()).Job.Id);
    }

    [Fact]
    public async Task F52_The_lock_dies_with_its_process()
    {
        using JournalHolder holder = await JournalHolder.StartAsync(_rig.FilePath);
        holder.Kill();

        using JournalLease lease = _rig.Open();

        Assert.Empty(lease.Journal.UnreadableLines);
        int[] holders = _rig.ReadHolders();
        Assert.Equal([holder.Id, Environment.ProcessId], holders);
    }

    [Fact]
    public void F52_F166_One_run_at_a_time_in_one_process()
    {
        using JournalLease first = _rig.Open();
        using JournalLease second = _rig.Open();
        Assert.Same(first.Journal, second.Journal);
        JournalRun run = first.Journal.BeginRun();

        CogVideoException refused = Assert.Throws<CogVideoException>(() => second.Journal.BeginRun());

        Assert.Equal(ErrorReason.JournalLocked, refused.Reason);
        Assert.Contains("this session", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain($"{Environment.ProcessId}", refused.Message.Replace(_rig.FilePath, "", StringComparison.Ordinal), StringComparison.Ordinal);
        run.Dispose();
        using JournalRun next = second.Journal.BeginRun();
    }

    [Fact]
    public void The_last_lease_lets_the_file_go()
    {
        JournalLease first = _rig.Open();
        JournalLease second = _rig.Open();
        first.Dispose();
        first.Dispose();
        Assert.Throws<IOException>(() => File.Open(_rig.FilePath + ".lock", FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose());
        second.Dispose();
        File.Open(_rig.FilePath + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        File.Delete(_rig.FilePath);
    }

    [Fact]
    public async Task What_comes_after_the_last_lease_fails()
    {
        JournalLease lease = _rig.Open();
        JournalRun run = lease.Journal.BeginRun();
        JournalEntry row = run.Claim("a");
        lease.Dispose();
        CogVideoException late = await Assert.ThrowsAsync<CogVideoException>(() => run.IntentAsync(row, JournalRig.NewJob("r"), default));
        Assert.Equal(ErrorReason.WriteFailed, late.Reason);
    }
}
