using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>A journal that is replaced or changed while it is written: nothing more is promised, and what is there now is left alone.</summary>
public sealed class JournalLostTests : JournalTest
{
    private string Other => Path.Combine(Rig.Folder, "other.jsonl");

    [Theory]
    [Each("a copy in its place", "removed", "moved away", "an editor saves what it was before", "an editor saves more", "emptied",
        "a line by somebody else", "a folder in its place", "its folder moved away", "a link to a copy in its place")]
    public async Task F68_A_journal_that_was_replaced_or_changed_is_noticed_before_the_next_row_is_sent(string change)
    {
        if (OperatingSystem.IsWindows()) return; // there nobody can do any of this to an open file
        byte[] after = [];
        using (OpenJournal open = Rig.Begin())
        {
            byte[] early = Rig.ReadBytes();
            CogVideoJob known = await open.AdvanceAsync("a", JournalState.Accepted);
            Change(change, early);
            after = Read();

            CogVideoException lost = await Assert.ThrowsAsync<CogVideoException>(() => open.IntentAsync("b", JournalRig.NewJob("b")));

            Assert.Equal("CogVideo.JournalLost", lost.ErrorId);
            Assert.True(lost.StopsRun);
            Assert.Contains(Rig.FilePath, lost.Message, StringComparison.Ordinal);
            Assert.NotEqual("", lost.RecommendedAction);
            Assert.Equal(ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>( // and so it stays
                () => open.Journal.EndedAsync(JournalRig.NewEnd(known)))).Reason);
        }
        Assert.Equal(after, Read());

        byte[] Read() => File.Exists(Rig.FilePath) ? File.ReadAllBytes(Rig.FilePath) : [];
    }

    [Fact]
    public async Task F68_A_link_that_leads_elsewhere_in_the_middle_is_noticed()
    {
        if (OperatingSystem.IsWindows()) return;
        Rig.Open().Dispose();
        string link = Path.Combine(Rig.Folder, "latest.jsonl");
        File.CreateSymbolicLink(link, Rig.FilePath);
        using OpenJournal open = Rig.Begin(Journal.Open(link));
        File.Copy(Rig.FilePath, Other);
        File.CreateSymbolicLink(link + ".new", Other);
        File.Move(link + ".new", link, overwrite: true);

        await AssertLostAsync(open);
    }

    /// <summary>A write may fall between the looks: what was appended must be at the end that was committed, whoever else wrote meanwhile.</summary>
    [Theory]
    [Each(false, true)]
    public async Task F68_What_changes_during_the_flush_is_noticed_after_it(bool isSaved)
    {
        if (OperatingSystem.IsWindows()) return;
        using OpenJournal open = Rig.BeginWatched(out WatchedFile file);
        byte[] early = Rig.ReadBytes();
        file.HoldNextFlush();
        Task intent = open.IntentAsync("a", JournalRig.NewJob("a"));
        file.Flushing.Wait();
        Change(isSaved ? "an editor saves what it was before" : "a copy in its place", early);
        file.Gate.Set();

        Assert.Equal(ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>(() => intent)).Reason);
    }

    [Fact]
    public async Task F68_A_hard_link_that_is_used_and_removed_is_noticed_one_that_is_not_used_is_nobodys_business()
    {
        if (OperatingSystem.IsWindows()) return;
        Rig.Open().Dispose();
        JournalNamesTests.Link(Rig.FilePath, Other);
        using OpenJournal open = Rig.Begin();
        File.Delete(Other);
        await open.AdvanceAsync("a", JournalState.Intent);

        JournalNamesTests.Link(Rig.FilePath, Other);
        using JournalLease used = Journal.Open(Other);
        File.Delete(Other);
        await AssertLostAsync(open);
    }

    [Fact]
    public async Task F68_What_is_no_longer_there_is_not_told()
    {
        using OpenJournal open = Rig.Begin();
        await open.AdvanceAsync("a", JournalState.Ended);
        JournalEntry row = open.Journal.Find("task-a-1")!;
        if (!OperatingSystem.IsWindows()) Save("{}\n"u8);

        Assert.Equal(JournalState.Ended, row.State);
        if (!OperatingSystem.IsWindows()) Assert.Equal(ErrorReason.JournalLost, Assert.Throws<CogVideoException>(() => row.Result).Reason);
    }

    private static async Task AssertLostAsync(OpenJournal open) => Assert.Equal(
        ErrorReason.JournalLost, (await Assert.ThrowsAsync<CogVideoException>(() => open.IntentAsync("lost", JournalRig.NewJob("lost")))).Reason);

    private void Change(string change, byte[] early)
    {
        switch (change)
        {
            case "a copy in its place":
                File.Copy(Rig.FilePath, Other);
                File.Move(Other, Rig.FilePath, overwrite: true);
                break;
            case "removed":
                File.Delete(Rig.FilePath);
                break;
            case "moved away":
                File.Move(Rig.FilePath, Other);
                break;
            case "an editor saves what it was before":
                Save(early);
                break;
            case "an editor saves more":
                Save([.. Rig.ReadBytes(), .. "\n\n"u8]);
                break;
            case "emptied":
                Save([]);
                break;
            case "a line by somebody else":
                Save("note\n"u8, FileMode.Append);
                break;
            case "a folder in its place":
                File.Delete(Rig.FilePath);
                Directory.CreateDirectory(Rig.FilePath);
                break;
            case "a link to a copy in its place":
                File.Copy(Rig.FilePath, Other);
                File.Delete(Rig.FilePath);
                File.CreateSymbolicLink(Rig.FilePath, Other);
                break;
            default:
                Directory.Move(Rig.Folder, Rig.Folder + ".moved");
                Directory.CreateDirectory(Rig.Folder);
                File.Copy(Path.Combine(Rig.Folder + ".moved", "run.jsonl"), Rig.FilePath);
                Directory.Delete(Rig.Folder + ".moved", recursive: true);
                break;
        }
    }

    /// <summary>As editors do that keep the file: it is emptied, and written anew.</summary>
    private void Save(ReadOnlySpan<byte> content, FileMode mode = FileMode.Truncate)
    {
        using FileStream file = new(Rig.FilePath, mode, FileAccess.Write, FileShare.ReadWrite);
        file.Write(content);
    }
}
