using ZhipuVideo.Journaling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>A journal that is replaced or changed while it is written: nothing more is promised, and what is there now is left alone.</summary>
public sealed class JournalLostTests : IDisposable
{
    private readonly JournalRig _rig = new();

    private string Other => Path.Combine(_rig.Folder, "other.jsonl");

    public void Dispose() => _rig.Dispose();

    [Theory]
    [Each("a copy in its place", "removed", "moved away", "an editor saves what it was before", "an editor saves more", "emptied",
        "a line by somebody else", "a folder in its place", "its folder moved away", "a link to a copy in its place")]
    public async Task F68_A_journal_that_was_replaced_or_changed_is_noticed_before_the_next_row_is_sent(string change)
    {
        if (OperatingSystem.IsWindows()) return; // there nobody can do any of this to an open file
        byte[] after = [];
        using (JournalLease lease = _rig.Open())
        {
            byte[] early = _rig.ReadBytes();
            using JournalRun run = lease.Journal.BeginRun();
            CogVideoJob known = await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Accepted);
            Change(change, early);
            after = Read();

            CogVideoException lost = await Assert.ThrowsAsync<CogVideoException>(
                () => run.IntentAsync(run.Claim("b"), JournalRig.NewJob("b"), CancellationToken.None));

            Assert.Equal("CogVideo.JournalLost", lost.ErrorId);
            Assert.True(lost.StopsRun);
            Assert.Contains(_rig.FilePath, lost.Message, StringComparison.Ordinal);
            Assert.NotEqual("", lost.RecommendedAction);
            Assert.Equal(ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>( // and so it stays
                () => lease.Journal.EndedAsync(JournalRig.NewEnd(known)))).Reason);
        }
        Assert.Equal(after, Read());

        byte[] Read() => File.Exists(_rig.FilePath) ? File.ReadAllBytes(_rig.FilePath) : [];
    }

    [Fact]
    public async Task F68_A_link_that_leads_elsewhere_in_the_middle_is_noticed()
    {
        if (OperatingSystem.IsWindows()) return;
        _rig.Open().Dispose();
        string link = Path.Combine(_rig.Folder, "latest.jsonl");
        File.CreateSymbolicLink(link, _rig.FilePath);
        using JournalLease lease = Journal.Open(link);
        using JournalRun run = lease.Journal.BeginRun();
        File.Copy(_rig.FilePath, Other);
        File.CreateSymbolicLink(link + ".new", Other);
        File.Move(link + ".new", link, overwrite: true);

        await AssertLostAsync(run);
    }

    /// <summary>A write may fall between the looks: what was appended must be at the end that was committed, whoever else wrote meanwhile.</summary>
    [Theory]
    [Each(false, true)]
    public async Task F68_What_changes_during_the_flush_is_noticed_after_it(bool isSaved)
    {
        if (OperatingSystem.IsWindows()) return;
        WatchedFile? file = null;
        using JournalLease lease = Journal.Open(_rig.FilePath, null, new FileLogStore(handle => file = new WatchedFile(handle)));
        using JournalRun run = lease.Journal.BeginRun();
        byte[] early = _rig.ReadBytes();
        file!.Gate.Reset();
        file.Flushing.Reset();
        Task intent = run.IntentAsync(run.Claim("a"), JournalRig.NewJob("a"), CancellationToken.None);
        file.Flushing.Wait();
        Change(isSaved ? "an editor saves what it was before" : "a copy in its place", early);
        file.Gate.Set();

        Assert.Equal(ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>(() => intent)).Reason);
    }

    [Fact]
    public async Task F68_A_hard_link_that_is_used_and_removed_is_noticed_one_that_is_not_used_is_nobodys_business()
    {
        if (OperatingSystem.IsWindows()) return;
        _rig.Open().Dispose();
        JournalNamesTests.Link(_rig.FilePath, Other);
        using JournalLease lease = _rig.Open();
        using JournalRun run = lease.Journal.BeginRun();
        File.Delete(Other);
        await JournalRig.AdvanceAsync(lease.Journal, run, "a", JournalState.Intent);

        JournalNamesTests.Link(_rig.FilePath, Other);
        using JournalLease used = Journal.Open(Other);
        File.Delete(Other);
        await AssertLostAsync(run);
    }

    private static async Task AssertLostAsync(JournalRun run) => Assert.Equal(
        ErrorReason.JournalLost,
        (await Assert.ThrowsAsync<CogVideoException>(() => run.IntentAsync(run.Claim("lost"), JournalRig.NewJob("lost"), CancellationToken.None))).Reason);

    private void Change(string change, byte[] early)
    {
        switch (change)
        {
            case "a copy in its place":
                File.Copy(_rig.FilePath, Other);
                File.Move(Other, _rig.FilePath, overwrite: true);
                break;
            case "removed":
                File.Delete(_rig.FilePath);
                break;
            case "moved away":
                File.Move(_rig.FilePath, Other);
                break;
            case "an editor saves what it was before":
                Save(early);
                break;
            case "an editor saves more":
                Save([.. _rig.ReadBytes(), .. Encoding.UTF8.GetBytes("\n\n")]);
                break;
            case "emptied":
                Save([]);
                break;
            case "a line by somebody else":
                using (FileStream file = new(_rig.FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) file.Write("note\n"u8);
                break;
            case "a folder in its place":
                File.Delete(_rig.FilePath);
                Directory.CreateDirectory(_rig.FilePath);
                break;
            case "a link to a copy in its place":
                File.Copy(_rig.FilePath, Other);
                File.Delete(_rig.FilePath);
                File.CreateSymbolicLink(_rig.FilePath, Other);
                break;
            default:
                Directory.Move(_rig.Folder, _rig.Folder + ".moved");
                Directory.CreateDirectory(_rig.Folder);
                File.Copy(Path.Combine(_rig.Folder + ".moved", "run.jsonl"), _rig.FilePath);
                Directory.Delete(_rig.Folder + ".moved", recursive: true);
                break;
        }
    }

    /// <summary>As editors do that keep the file: it is emptied, and written anew.</summary>
    private void Save(byte[] content)
    {
        using FileStream file = new(_rig.FilePath, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(content);
    }
}
