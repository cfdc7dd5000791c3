using ZhipuVideo.Journaling;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>What is not ours stays as it is: other people's files, pipes, links to nowhere, and journals that a job merely names.</summary>
public sealed class JournalFilesTests : JournalTest
{
    private const string Header = "{\"journal\":\"ZhipuVideo\",\"schema\":1,\"at\":\"2025-03-01T12:00:00Z\",\"pid\":1,\"host\":\"h\"}\n";

    [Theory]
    [Each("one line of 64 MiB", "one line of 64 MiB that begins like a header", "a line of 5 KiB that begins like a header", "blanks",
        "tabs and line feeds", "a megabyte of zeros", "4097 zeros", "zeros and a letter", "a byte order mark", "[", "{}\n", "\n",
        "Prompt,Name\n一只猫,cat\n", "Prompt,Name without a line feed", "{\"journal\":\"somebody else's\",\"schema\":1}\n")]
    public void F71_A_file_that_is_not_a_journal_is_refused_and_not_shortened(string kind)
    {
        Write(kind);
        string before = Look();
        foreach (Action open in (Action[])[() => Rig.Open().Dispose(), () => Rig.Read(), () => Journal.OpenExisting(Rig.FilePath)?.Dispose()])
            Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(open).Reason);
        Assert.Equal(before, Look());
    }

    [Theory]
    [Each("", "{", "{\"journal\":\"ZhipuVideo\",\"sche", "\0", "4096 zeros")]
    public void F71_What_a_crash_has_left_of_a_new_journal_is_a_new_journal(string kind)
    {
        Write(kind);
        if (kind.Length == 0) Assert.Empty(Rig.Read());
        using JournalLease lease = Rig.Open();
        Assert.Contains("\"schema\":1", Assert.Single(Rig.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"record\":\"int", 0)]
    [InlineData("{\"rec", 0)]
    [InlineData("{\"journal\":\"ZhipuVideo\",\"schema\":1,\"at", 0)]
    [InlineData("{\"record\":\"intent\",\"requestId\":\"r\0\0\0\0", 0)]
    [InlineData("\0\0\0\0\0\0", 0)]
    [InlineData("6000 zeros", 0)]
    [InlineData("a note of somebody", 1)]
    [InlineData("Record", 1)]
    [InlineData("{\"id\":1", 1)]
    [InlineData("\0\0a\0", 1)]
    [InlineData("one line of 64 MiB", 1)]
    public void F71_Of_what_stands_at_the_end_only_a_torn_line_of_ours_is_cut(string kind, int unreadable)
    {
        Write(kind, Header);
        long length = new FileInfo(Rig.FilePath).Length;

        using JournalLease lease = Rig.Open();

        Assert.Equal(unreadable, lease.Journal.UnreadableLines.Count);
        using FileStream file = new(Rig.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (unreadable > 0) Assert.True(file.Length > length); // ended with a line feed, and our own line behind it
        else Assert.Equal(2, Rig.Lines.Length);
    }

    [Fact]
    public void F71_Zeros_between_lines_are_a_lost_line()
    {
        File.WriteAllText(Rig.FilePath, Header + "\0\0\0\n" + Header);
        using OpenJournal open = Rig.Begin();
        Assert.Single(open.Journal.UnreadableLines);
        Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(() => open.Claim("a")).Reason);
    }

    [Theory]
    [Each("pipe", "link to a pipe", "/dev/null", "/dev/zero", "folder", "link to itself")]
    public async Task F72_What_is_not_a_regular_file_is_refused_at_once(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        string path = Special(kind);
        int before = Directory.GetFileSystemEntries(Rig.Folder).Length;
        foreach ((Action open, ErrorReason reason) in ((Action, ErrorReason)[])
        [
            (() => Journal.Open(path).Dispose(), ErrorReason.DestinationUnusable),
            (() => Assert.Empty(Journal.Read(path, _ => { })), ErrorReason.JournalUnreadable),
            (() => Journal.OpenExisting(path)?.Dispose(), ErrorReason.DestinationUnusable),
        ])
        {
            CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(() => Task.Run(open).WaitAsync(TimeSpan.FromSeconds(60)));
            Assert.Equal(reason, refused.Reason);
        }
        Assert.Equal(before, Directory.GetFileSystemEntries(Rig.Folder).Length);
    }

    [Theory]
    [Each("pipe", "folder", "link")]
    public async Task F72_A_lock_file_that_is_none_is_not_followed_and_not_waited_for(string kind)
    {
        if (OperatingSystem.IsWindows()) return;
        Rig.Open().Dispose();
        string beside = Rig.FilePath + ".lock";
        File.Delete(beside);
        string victim = Path.Combine(Rig.Folder, "victim");
        if (kind == "pipe") MakePipe(beside);
        else if (kind == "folder") Directory.CreateDirectory(beside);
        else File.CreateSymbolicLink(beside, victim);

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(
            () => Task.Run(() => Rig.Open().Dispose()).WaitAsync(TimeSpan.FromSeconds(60)));

        Assert.Equal(ErrorReason.DestinationUnusable, refused.Reason);
        Assert.Contains(beside, refused.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(victim));
    }

    [Theory]
    [Each("nowhere.jsonl", "no/such/folder/run.jsonl")]
    public void F72_Through_a_link_that_leads_nowhere_nothing_is_made(string target)
    {
        if (OperatingSystem.IsWindows()) return;
        File.CreateSymbolicLink(Rig.FilePath, Path.Combine(Rig.Folder, target));

        CogVideoException refused = Assert.Throws<CogVideoException>(() => Rig.Open());

        Assert.Equal(ErrorReason.DestinationUnusable, refused.Reason);
        Assert.Contains("does not exist", refused.Message, StringComparison.Ordinal);
        Assert.Null(Journal.OpenExisting(Rig.FilePath));
        Assert.Equal([Rig.FilePath], Directory.GetFileSystemEntries(Rig.Folder));
    }

    [Theory]
    [Each("", "Prompt,Name\n", "\0\0\0", "{\"journal\":\"ZhipuVideo\",", "4096 zeros")]
    [Trait("Phase", "wait, download")]
    public void F75_What_a_job_names_is_locked_and_written_only_where_a_journal_is(string kind)
    {
        Write(kind);
        byte[] before = Rig.ReadBytes();

        Assert.Equal(ErrorReason.JournalUnreadable, Assert.Throws<CogVideoException>(() => Journal.OpenExisting(Rig.FilePath)).Reason);

        Assert.Equal(before, Rig.ReadBytes());
        Assert.Equal([Rig.FilePath], Directory.GetFileSystemEntries(Rig.Folder));
    }

    [Fact]
    [Trait("Phase", "wait, download")]
    public void F75_The_journal_of_a_job_is_found_by_a_link_too_and_an_editors_mark_is_no_obstacle()
    {
        File.WriteAllText(Rig.FilePath, Header, new UTF8Encoding(true));
        string link = Rig.FilePath;
        if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(link = Path.Combine(Rig.Folder, "latest.jsonl"), Rig.FilePath);
        using JournalLease? lease = Journal.OpenExisting(link);
        Assert.NotNull(lease);
        Assert.DoesNotContain("\"key\"", Rig.Lines[^1], StringComparison.Ordinal); // who only records says nothing of whose rows these are
    }

    [Theory]
    [InlineData("600", false)]
    [InlineData("644", false)]
    [InlineData("666", true)]
    [InlineData("622", true)]
    [InlineData("660", true)]
    public async Task F76_Whether_others_can_write_is_told(string mode, bool isTold)
    {
        if (OperatingSystem.IsWindows()) return;
        Rig.Open().Dispose();
        await RunAsync("chmod", mode, Rig.FilePath);
        using JournalLease lease = Rig.Open();
        Assert.Equal(isTold, lease.Journal.Strangers is not null);
        if (isTold) Assert.Contains("mode " + mode, lease.Journal.Strangers!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task F76_A_journal_of_another_user_is_told()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName != "root") return; // only root can give a file away
        Rig.Open().Dispose();
        await RunAsync("chown", "12345", Rig.FilePath);
        using JournalLease lease = Rig.Open();
        Assert.Contains("uid 12345", lease.Journal.Strangers!, StringComparison.Ordinal);
    }

    internal static JournalOwner Owner(string address = "https://open.bigmodel.cn/api/paas/v4", string key = "0123456789abcdef.SECRETSECRET") =>
        new(new ServiceEndpoint(ApiKey.Parse(key), address));

    [Theory]
    [InlineData("http://127.0.0.1:8080", "http://localhost:9/v4", true)]
    [InlineData("http://127.0.0.1", "http://[::1]:7000", true)]
    [InlineData("https://127.0.0.1:8443", "http://127.0.0.7", true)]
    [InlineData("https://open.bigmodel.cn/api/paas/v4", "https://OPEN.bigmodel.cn:443/api/paas/v4/", true)]
    [InlineData("https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn./api/paas/v4", true)]
    [InlineData("https://open.bigmodel.cn", "https://open.bigmodel.cn/api/paas/v4", true)]
    [InlineData("https://open.bigmodel.cn", "https://api.z.ai/api/paas/v4", false)]
    [InlineData("https://open.bigmodel.cn", "https://open.bigmodel.cn:8443/api/paas/v4", false)]
    [InlineData("https://open.bigmodel.cn", "http://127.0.0.1:8080", false)]
    [InlineData("http://127.0.0.1:8080", "https://open.bigmodel.cn", false)]
    [InlineData("https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/api/coding/paas/v4", false)]
    [Trait("Phase", "submit")]
    public void F73_A_journal_is_of_one_address(string first, string second, bool isSame)
    {
        Journal.Open(Rig.FilePath, owner: Owner(first)).Dispose();
        byte[] before = Rig.ReadBytes();
        if (isSame)
        {
            Journal.Open(Rig.FilePath, owner: Owner(second)).Dispose();
            Journal.OpenExisting(Rig.FilePath, Owner(second))!.Dispose();
            return;
        }
        foreach (Action open in (Action[])[() => Journal.Open(Rig.FilePath, owner: Owner(second)), () => Journal.OpenExisting(Rig.FilePath, Owner(second))])
        {
            CogVideoException refused = Assert.Throws<CogVideoException>(open);
            Assert.Equal(ErrorReason.InvalidInput, refused.Reason);
            Assert.Contains(Owner(first).Address, refused.Message, StringComparison.Ordinal);
            Assert.Contains(Owner(second).Address, refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, Rig.ReadBytes());
    }

    [Fact]
    [Trait("Phase", "submit")]
    public async Task F74_Another_key_has_a_task_to_find_and_is_added_once_it_has_found_it()
    {
        JournalOwner old = Owner(), rotated = Owner(key: "0123456789abcdef.ROTATEDROTATED");
        using (OpenJournal open = Rig.Begin(Journal.Open(Rig.FilePath, owner: old))) await open.AdvanceAsync("a", JournalState.NotAccepted);
        JournalOwner wrong = Owner(key: "wrong.wrongwrong");
        using (OpenJournal open = Rig.Begin(Journal.Open(Rig.FilePath, owner: wrong))) // nothing was accepted: nothing to ask
        {
            Assert.Null(open.Journal.FindIdToVerify(wrong));
            await open.AdvanceAsync("b", JournalState.Accepted);
            await open.AdvanceAsync("c", JournalState.Intent);
        }
        using (JournalLease lease = Journal.Open(Rig.FilePath, owner: rotated))
        {
            Assert.Equal("task-b-1", lease.Journal.FindIdToVerify(rotated));
            Assert.Equal(ErrorReason.InvalidInput, Assert.Throws<CogVideoException>(() => Journal.OpenExisting(Rig.FilePath, rotated)).Reason);
            await lease.Journal.AddKeyAsync(rotated);
            Journal.OpenExisting(Rig.FilePath, rotated)!.Dispose();
        }
        foreach (JournalOwner owner in (JournalOwner[])[old, rotated])
            using (JournalLease lease = Journal.Open(Rig.FilePath, owner: owner))
                Assert.Null(lease.Journal.FindIdToVerify(owner));
    }

    [Fact]
    [Trait("Phase", "submit")]
    public async Task F74_A_journal_without_tags_is_tagged_by_who_submits_and_its_rows_go_on()
    {
        using (OpenJournal open = Rig.Begin()) await open.AdvanceAsync("a", JournalState.Accepted);
        Journal.OpenExisting(Rig.FilePath, Owner("https://api.z.ai/v4"))!.Dispose();
        using (JournalLease first = Rig.Open()) // also when it is open in this process, as yet without tags
        using (OpenJournal open = Rig.Begin(Journal.Open(Rig.FilePath, owner: Owner()))) Assert.Equal("task-a-1", open.Claim("a").Job.Id);
        Assert.Equal(ErrorReason.InvalidInput, Assert.Throws<CogVideoException>(() => Journal.Open(Rig.FilePath, owner: Owner("https://api.z.ai/v4"))).Reason);
    }

    [Fact]
    [Trait("Phase", "submit")]
    public void F74_No_character_of_the_key_stands_in_the_tag()
    {
        Journal.Open(Rig.FilePath, owner: Owner()).Dispose();
        string text = File.ReadAllText(Rig.FilePath);
        Assert.Contains("\"key\":\"", text, StringComparison.Ordinal);
        foreach (string part in (string[])["0123456789abcdef", "SECRETSECRET"])
        {
            Assert.DoesNotContain(part, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(part)).TrimEnd('=')[..^1], text, StringComparison.Ordinal);
            Assert.DoesNotContain(Convert.ToHexString(Encoding.UTF8.GetBytes(part)), text, StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Length and beginning.</summary>
    private string Look()
    {
        using FileStream file = new(Rig.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] start = new byte[Math.Min(file.Length, 8192)];
        file.ReadExactly(start);
        return $"{file.Length} {Convert.ToBase64String(start)}";
    }

    private void Write(string kind, string before = "")
    {
        string text = kind switch
        {
            "one line of 64 MiB" => new string('x', 64 << 20),
            "one line of 64 MiB that begins like a header" => "{\"journal\":\"ZhipuVideo\"," + new string(' ', 64 << 20),
            "a line of 5 KiB that begins like a header" => "{\"journal\":\"ZhipuVideo\"," + new string(' ', 5 << 10),
            "blanks" => new string(' ', 5000),
            "tabs and line feeds" => "\t\r\n\n\n",
            "a megabyte of zeros" => new string('\0', 1 << 20),
            "4097 zeros" => new string('\0', 4097),
            "4096 zeros" => new string('\0', 4096),
            "6000 zeros" => new string('\0', 6000),
            "zeros and a letter" => "\0\0\0a",
            "a byte order mark" => "\uFEFF",
            _ => kind,
        };
        File.WriteAllText(Rig.FilePath, before + text);
    }

    private string Special(string kind)
    {
        switch (kind)
        {
            case "pipe":
                MakePipe(Rig.FilePath);
                break;
            case "link to a pipe":
                MakePipe(Rig.FilePath + ".pipe");
                File.CreateSymbolicLink(Rig.FilePath, Rig.FilePath + ".pipe");
                break;
            case "folder":
                Directory.CreateDirectory(Rig.FilePath);
                break;
            case "link to itself":
                File.CreateSymbolicLink(Rig.FilePath, Rig.FilePath);
                break;
            default:
                return kind;
        }
        return Rig.FilePath;
    }

    private static void MakePipe(string path)
    {
        using Process make = Process.Start("mkfifo", [path]);
        make.WaitForExit();
        Assert.Equal(0, make.ExitCode);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
