using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

public sealed class JournalLockTests : JournalTest
{
    [Fact]
    public async Task F52_A_second_process_is_refused_with_the_holders_id_and_still_reads()
    {
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.Accepted);
        using JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath);

        CogVideoException refused = Assert.Throws<CogVideoException>(() => Rig.Open());

        Assert.Equal("CogVideo.JournalLocked", refused.ErrorId);
        Assert.Contains($"Process {holder.Id} on {Environment.MachineName}", refused.Message, StringComparison.Ordinal);
        Assert.Equal("task-a-1", Assert.Single(Rig.Read()).Job.Id);
    }

    [Fact]
    public async Task F52_The_lock_dies_with_its_process()
    {
        using JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath);
        holder.Kill();

        using JournalLease lease = Rig.Open();

        Assert.Empty(lease.Journal.UnreadableLines);
        int[] holders = Rig.ReadHolders();
        Assert.Equal([holder.Id, Environment.ProcessId], holders);
    }

    [Fact]
    public void F52_F166_One_run_at_a_time_in_one_process()
    {
        using JournalLease first = Rig.Open();
        using JournalLease second = Rig.Open();
        Assert.Same(first.Journal, second.Journal);
        JournalRun run = first.Journal.BeginRun();

        CogVideoException refused = Assert.Throws<CogVideoException>(() => second.Journal.BeginRun());

        Assert.Equal(ErrorReason.JournalLocked, refused.Reason);
        Assert.Contains("this session", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain($"{Environment.ProcessId}", refused.Message.Replace(Rig.FilePath, "", StringComparison.Ordinal), StringComparison.Ordinal);
        run.Dispose();
        using JournalRun next = second.Journal.BeginRun();
    }

    [Fact]
    public void The_last_lease_lets_the_file_go()
    {
        JournalLease first = Rig.Open();
        JournalLease second = Rig.Open();
        first.Dispose();
        first.Dispose();
        Assert.Throws<IOException>(() => File.Open(Rig.FilePath + ".lock", FileMode.Open, FileAccess.Read, FileShare.ReadWrite).Dispose());
        second.Dispose();
        File.Open(Rig.FilePath + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        File.Delete(Rig.FilePath);
    }

    [Fact]
    public async Task What_comes_after_the_last_lease_fails()
    {
        OpenJournal open = Rig.Begin();
        JournalEntry row = open.Claim("a");
        open.Dispose();
        CogVideoException late = await Assert.ThrowsAsync<CogVideoException>(() => open.Journal.IntentAsync(row, JournalRig.NewJob("r"), "a"));
        Assert.Equal(ErrorReason.WriteFailed, late.Reason);
    }
}
