using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>One journal, one writer, whatever names lead to it; and readers beside it.</summary>
public sealed class JournalNamesTests : JournalTest
{
    [Theory]
    [Each("link", "link to a link", "hard link", "folder link", "hard link behind a folder link", "relative link")]
    public async Task F66_A_journal_has_one_writer_whatever_name_it_is_reached_by(string kind)
    {
        if (OperatingSystem.IsWindows()) return; // links are a privilege there
        Rig.Open().Dispose();
        string alias = MakeAlias(kind);
        using (JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath)) AssertLocked(alias, holder);
        using (JournalHolder holder = await JournalHolder.StartAsync(alias)) AssertLocked(Rig.FilePath, holder);
        using JournalHolder last = await JournalHolder.StartAsync(alias); // and is free for the next under any of its names
    }

    [Theory]
    [Each("link", "hard link", "folder link")]
    public async Task F79_In_one_process_all_names_are_one_journal(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        OpenJournal first = Rig.Begin();
        JournalLease second = Journal.Open(MakeAlias(kind));
        Assert.Same(first.Journal, second.Journal);
        Assert.Equal(ErrorReason.JournalLocked, Assert.Throws<CogVideoException>(() => second.Journal.BeginRun()).Reason);
        first.Dispose();

        using OpenJournal later = Rig.Begin(second);
        await later.AdvanceAsync("a", JournalState.Accepted);

        Assert.Equal(JournalState.Accepted, Assert.Single(Rig.Read()).State);
        Assert.Single(Rig.ReadHolders());
    }

    [Fact]
    public void F79_A_name_that_is_given_back_is_free_of_its_lock()
    {
        if (OperatingSystem.IsWindows()) return;
        using OpenJournal open = Rig.Begin();
        string alias = MakeAlias("hard link");
        Journal.Open(alias).Dispose();
        File.Open(alias + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
        File.Delete(alias);
        Assert.Equal(JournalState.New, open.Claim("a").State);
    }

    /// <summary>What an earlier version holds: the lock file beside the name that it was given.</summary>
    [Theory]
    [Each("link", "hard link")]
    public void F70_Earlier_versions_keep_us_out_and_we_keep_out_earlier_versions(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        Rig.Open().Dispose();
        string alias = MakeAlias(kind);
        string[] names = kind == "link" ? [alias, Rig.FilePath] : [alias];
        foreach (string name in names)
        {
            using FileStream earlier = new(name + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            Assert.Equal(ErrorReason.JournalLocked, Assert.Throws<CogVideoException>(() => Journal.Open(alias)).Reason);
        }
        using JournalLease lease = Journal.Open(alias);
        foreach (string name in names)
            Assert.Throws<IOException>(() => new FileStream(name + ".lock", FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose());
    }

    [Theory]
    [Each(false, true)]
    public async Task F70_A_lock_file_that_is_removed_or_replaced_in_the_middle_lets_nobody_in(bool isReplaced)
    {
        if (!OperatingSystem.IsLinux()) return; // Windows does not remove what is open, macOS has no other lock
        using JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath);
        File.Delete(Rig.FilePath + ".lock");
        if (isReplaced) await File.WriteAllTextAsync(Rig.FilePath + ".lock", "");

        AssertLocked(Rig.FilePath, holder);
    }

    /// <summary>On Windows and in .NET who opens a file shuts others out of it unless it says otherwise; these are the usual ways.</summary>
    [Theory]
    [InlineData(FileShare.ReadWrite | FileShare.Delete)]
    [InlineData(FileShare.ReadWrite)] // Get-Content
    [InlineData(FileShare.Read)] // File.OpenRead, File.ReadAllText
    public async Task F69_A_reader_comes_before_the_writer_beside_it_and_after_it(FileShare share)
    {
        bool isShut = OperatingSystem.IsWindows() && share == FileShare.Read; // there the reader itself says that nobody may write
        if (isShut) return;
        Rig.Open().Dispose();
        using (FileStream before = new(Rig.FilePath, FileMode.Open, FileAccess.Read, share))
        {
            using OpenJournal open = Rig.Begin();
            await open.AdvanceAsync("a", JournalState.Accepted);
            using FileStream beside = new(Rig.FilePath, FileMode.Open, FileAccess.Read, share);
            Assert.True(beside.Length > 0);
            Assert.Equal("task-a-1", Assert.Single(Rig.Read()).Job.Id);
            Assert.Equal(2, Rig.Lines.Count(line => line.Contains("request-a-1", StringComparison.Ordinal)));
            await open.AdvanceAsync("b", JournalState.Accepted);
        }
        using JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath);
        using FileStream after = new(Rig.FilePath, FileMode.Open, FileAccess.Read, share);
        Assert.Equal(2, Rig.Read().Count);
    }

    [Fact]
    public async Task F69_Other_programs_read_it_too()
    {
        if (OperatingSystem.IsWindows()) return;
        using JournalHolder holder = await JournalHolder.StartAsync(Rig.FilePath);
        using Process tail = Process.Start(new ProcessStartInfo("tail", ["-n", "1", Rig.FilePath]) { RedirectStandardOutput = true })!;
        Assert.Contains($"\"pid\":{holder.Id}", await tail.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task F67_Locking_that_is_switched_off_in_dotnet_keeps_two_writers_apart_all_the_same()
    {
        (string, string) off = ("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "1");
        using JournalHolder first = await JournalHolder.TryAsync(Rig.FilePath, off);
        Assert.Equal("held", first.Answer);

        using JournalHolder second = await JournalHolder.TryAsync(Rig.FilePath, off);

        Assert.StartsWith($"CogVideo.JournalLocked Process {first.Id} on ", second.Answer, StringComparison.Ordinal);
        AssertLocked(Rig.FilePath, first);
    }

    [LockShimTheory]
    [InlineData(-1, -1)] // no locks at all, and it says so
    [InlineData(null, -1)]
    [InlineData(0, 0)] // whoever asks has the lock
    [InlineData(null, 0)]
    [InlineData(-1, 0)]
    public async Task F67_Where_locks_do_not_hold_nothing_is_written(int? flock, int? fcntl)
    {
        Rig.Open().Dispose();
        byte[] before = Rig.ReadBytes();
        (string, string) shim = await LockShim.BuildAsync(Rig.Folder, flock, fcntl);

        using JournalHolder refused = await JournalHolder.TryAsync(Rig.FilePath, shim);

        Assert.StartsWith("CogVideo.DestinationUnusable ", refused.Answer, StringComparison.Ordinal);
        Assert.Contains("cannot be locked", refused.Answer, StringComparison.Ordinal);
        Assert.Equal(before, Rig.ReadBytes());
    }

    [LockShimTheory]
    [Each(-1, 0)]
    public async Task F67_The_lock_of_the_file_itself_is_enough(int flock)
    {
        (string, string) shim = await LockShim.BuildAsync(Rig.Folder, flock, null);
        using JournalHolder first = await JournalHolder.TryAsync(Rig.FilePath, shim);
        Assert.Equal("held", first.Answer);

        using JournalHolder second = await JournalHolder.TryAsync(Rig.FilePath, shim);

        Assert.StartsWith("CogVideo.JournalLocked ", second.Answer, StringComparison.Ordinal);
    }

    private string MakeAlias(string kind)
    {
        string folder = Path.Combine(Rig.Folder, "elsewhere");
        string path = Path.Combine(Rig.Folder, "latest.jsonl");
        switch (kind)
        {
            case "link":
                File.CreateSymbolicLink(path, Rig.FilePath);
                return path;
            case "relative link":
                File.CreateSymbolicLink(path, "run.jsonl");
                return path;
            case "link to a link":
                File.CreateSymbolicLink(path + "2", Rig.FilePath);
                File.CreateSymbolicLink(path, path + "2");
                return path;
            case "folder link":
                Directory.CreateSymbolicLink(folder, Rig.Folder);
                return Path.Combine(folder, "run.jsonl");
            case "hard link behind a folder link":
                Link(Rig.FilePath, path);
                Directory.CreateSymbolicLink(folder, Rig.Folder);
                return Path.Combine(folder, "latest.jsonl");
            default:
                Link(Rig.FilePath, path);
                return path;
        }
    }

    internal static void Link(string from, string to)
    {
        using Process ln = Process.Start("ln", [from, to]);
        ln.WaitForExit();
        Assert.Equal(0, ln.ExitCode);
    }

    private static void AssertLocked(string path, JournalHolder holder)
    {
        CogVideoException refused = Assert.Throws<CogVideoException>(() => Journal.Open(path));
        Assert.Equal("CogVideo.JournalLocked", refused.ErrorId);
        Assert.Contains($"Process {holder.Id} on {Environment.MachineName}", refused.Message, StringComparison.Ordinal);
    }
}
