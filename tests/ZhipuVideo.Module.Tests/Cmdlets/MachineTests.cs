namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>
/// Machines that are short of disk, memory or folders, and processes beside processes: each run is the console as a process of its own.
/// </summary>
public sealed class MachineTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string WaitForGo = "'ready'; while (-not [IO.File]::Exists(\"$Folder/go\")) { [Threading.Thread]::Sleep(20) }";

    /// <summary>A limit on the length of files stands for a disk that is full: the system refuses the write that passes it.</summary>
    [Theory]
    [Each(true, false)]
    public async Task F42_A_disk_that_is_full_is_an_error_for_each_and_the_next_run_goes_on(bool isLengthKnown)
    {
        if (!OperatingSystem.IsLinux()) return;
        Emulator.Set(new { file_size = 3_000_000 });
        if (!isLengthKnown) Emulator.Fault("download:chunked");
        Shell.Run("$results = 'one', 'two' | New-CogVideo -Name { $_ } | Wait-CogVideo").Succeeded();
        using PwshProcess run = Start($$"""
            {{WaitForGo}}
            '{{string.Join("', '", Emulator.Tasks.Select(t => t.Id))}}' | Save-CogVideo "$Folder/videos" -FileName { "video $_" } -ErrorVariable failed -ErrorAction SilentlyContinue
            foreach ($problem in $failed) { $problem.FullyQualifiedErrorId }
            """);
        await run.FirstLine;
        Tool.Run("prlimit", "--pid", $"{run.Id}", "--fsize=1000000");
        Folder.Write("go", "");

        PwshResult result = await run.EndAsync();

        Assert.True(result.Output.Split("CogVideo.DiskFull").Length == 3, result.Output + result.Error);
        string[] parts = [.. Directory.GetFiles(Folder["videos"]).Select(file => Path.GetFileName(file))];
        Assert.All(parts, part => Assert.EndsWith(".part", part));
        Assert.Equal(2, parts.Length);

        Shell.Run("$results | Save-CogVideo $folder/videos -FileName { \"video $($_.Id)\" }").Succeeded();
        Assert.Equal(2, Emulator.Downloads.Count(d => d.Headers.ContainsKey("range")));
        Assert.Equal(["3000000", "3000000"], Directory.GetFiles(Folder["videos"]).Select(file => $"{new FileInfo(file).Length}"));
    }

    [Fact]
    [Trait("Phase", "process")]
    public async Task F42_A_journal_on_a_full_disk_is_an_error_and_nothing_is_paid_that_it_does_not_hold()
    {
        if (!OperatingSystem.IsLinux()) return;
        using PwshProcess run = Start($$"""
            {{WaitForGo}}
            1..40 | ForEach-Object { [pscustomobject]@{ Prompt = "row $_"; Name = 'n' * 100000 } } | New-CogVideo -JournalPath "$Folder/run.jsonl" -ErrorVariable failed -ErrorAction SilentlyContinue | ForEach-Object { $_.Id }
            foreach ($problem in $failed) { $problem.FullyQualifiedErrorId }
            """);
        await run.FirstLine;
        Tool.Run("prlimit", "--pid", $"{run.Id}", "--fsize=1000000");
        Folder.Write("go", "");

        PwshResult result = await run.EndAsync();

        Assert.Contains("CogVideo.DiskFull", result.Output);
        Assert.InRange(Emulator.Tasks.Count, 1, 12);
        IEnumerable<string?> known = Shell.Run("Get-CogVideoJob -JournalPath $folder/run.jsonl").Succeeded().Texts("RequestId");
        Assert.Empty(Emulator.Tasks.Select(t => t.RequestId).Except(known));
    }

    [Fact]
    [Trait("Phase", "wait, download")]
    public async Task F42_Ends_and_files_that_a_full_journal_cannot_hold_are_told_once_and_learned_again()
    {
        if (!OperatingSystem.IsLinux()) return;
        const string Rows = // a journal longer than a video, so that the limit strikes the journal alone
            "1..3 | ForEach-Object { [pscustomobject]@{ Prompt = \"row $_ [stall]\"; Name = 'n' * 100000 } } | "
            + "New-CogVideo -JournalPath $folder/run.jsonl";
        Shell.Run(Rows).Succeeded();
        using PwshProcess run = Start($$"""
            filter Hold {
                process { $_ }
                end {
                    while (-not (Select-String -Path "$Folder/run.jsonl" -Pattern "`"pid`":$PID," -Quiet)) { [Threading.Thread]::Sleep(20) } # open for writing
                    [Console]::WriteLine('ready')
                    while (-not [IO.File]::Exists("$Folder/go")) { [Threading.Thread]::Sleep(20) }
                }
            }
            Get-CogVideoJob -JournalPath "$Folder/run.jsonl" | Hold |
                Wait-CogVideo -ErrorVariable waiting -ErrorAction SilentlyContinue |
                Save-CogVideo "$Folder/videos" -FileName { $_.Id } -ErrorVariable saving -ErrorAction SilentlyContinue |
                ForEach-Object { $_.Name }
            filter Tell($Who) { "${Who}: $($_.FullyQualifiedErrorId.Split(',')[0]) $($_.TargetObject.Status) $($_.Exception.Message)" }
            $waiting | Tell Wait
            $saving | Tell Save
            """);
        await run.FirstLine; // Wait has all jobs, and the journal
        long length = new FileInfo(Folder["run.jsonl"]).Length;
        Tool.Run("prlimit", "--pid", $"{run.Id}", $"--fsize={length}");
        foreach (SeenTask task in Emulator.Tasks) Emulator.End(task.Id);
        Folder.Write("go", "");

        string[] lines = (await run.EndAsync()).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(Emulator.Tasks.Select(task => task.Id + ".mp4").Order(), lines[1..4].Order());
        Assert.Equal(6, lines.Length);
        Assert.Matches("^Wait: CogVideo.DiskFull Processing .*run.jsonl", lines[4]);
        Assert.Matches("^Save: CogVideo.DiskFull Success .*run.jsonl", lines[5]);
        Assert.Equal(length, new FileInfo(Folder["run.jsonl"]).Length);
        int downloads = Emulator.Downloads.Count;

        Assert.Equal(3, Shell.Run($"{Rows} | Wait-CogVideo | Save-CogVideo $folder/videos -FileName {{ $_.Id }}").Succeeded().Output.Count);
        Assert.Equal(3, Emulator.Submissions.Count);
        Assert.Equal(3, Directory.GetFiles(Folder["videos"]).Length);
        Assert.All(Emulator.Downloads.Skip(downloads), d => Assert.True(d.Headers.ContainsKey("range"))); // compared, not fetched
    }

    [Fact]
    public async Task F47_Two_processes_that_save_to_one_name_lose_nothing()
    {
        Emulator.Set(new { file_size = 500_000 });
        Shell.Run("$null = 'one', 'two', 'both' | New-CogVideo -ThrottleLimit 1 | Wait-CogVideo").Succeeded();
        Emulator.Fault("download:slow,bytes=400000");
        string[] ids = [.. Emulator.Tasks.Select(t => t.Id)];
        using PwshProcess first = Start(SaveAs("clip", ids[0]));
        using PwshProcess second = Start(SaveAs("clip", ids[1]));
        await Task.WhenAll(first.FirstLine, second.FirstLine);
        Folder.Write("go", "");

        Assert.All([await first.EndAsync(), await second.EndAsync()], result => Assert.Equal((0, ""), (result.ExitCode, result.Error)));

        string[] files = [.. Directory.GetFiles(Folder["videos"]).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(3, files.Length);
        Assert.Equal("both.mp4", files[0]);
        Assert.Contains(files[1], new[] { $"clip-{ids[0]}.mp4", $"clip-{ids[1]}.mp4" });
        Assert.Equal("clip.mp4", files[2]);
        Assert.All(files, file => Assert.Equal(500_000, new FileInfo(Path.Combine(Folder["videos"], file)).Length));

        string SaveAs(string name, string id) =>
            $"{WaitForGo}; Save-CogVideo \"$Folder/videos\" -Id {ids[2]} -Name both; Save-CogVideo \"$Folder/videos\" -Id {id} -Name {name}";
    }

    [Theory]
    [Each(true, false)]
    public async Task F47_Two_processes_that_save_one_job_leave_one_whole_file(bool doLocksHold)
    {
        Emulator.Set(new { file_size = 1_500_000 });
        Shell.Run("$result = New-CogVideo 'a cat' -Name cat | Wait-CogVideo; $result | Save-CogVideo $folder/expected").Succeeded();
        Emulator.Fault("download:slow,bytes=1000000");
        string save = $"{WaitForGo}; (Save-CogVideo \"$Folder/videos\" -Id {Emulator.Tasks[0].Id} -Name cat).Name";
        Dictionary<string, string> environment = doLocksHold ? [] : new() { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        using PwshProcess first = Start(save, environment);
        using PwshProcess second = Start(save, environment);
        await Task.WhenAll(first.FirstLine, second.FirstLine);
        int downloads = Emulator.Downloads.Count;
        Folder.Write("go", "");

        Assert.All(
            [await first.EndAsync(), await second.EndAsync()],
            result => Assert.Equal((0, "ready\ncat.mp4\n", ""), (result.ExitCode, result.Output, result.Error)));

        Assert.Equal(Folder["videos/cat.mp4"], Assert.Single(Directory.GetFiles(Folder["videos"]))); // and no part file
        Assert.Equal(File.ReadAllBytes(Folder["expected/cat.mp4"]), File.ReadAllBytes(Folder["videos/cat.mp4"]));
        Assert.Equal(downloads + 2, Emulator.Downloads.Count); // both were under way at once
    }

    [Fact]
    [Trait("Phase", "submit, download, process")]
    public async Task F54_Four_hundred_megabytes_are_enough()
    {
        Emulator.Set(new { file_size = 30_000_000 });
        Folder.WritePng("picture.png", 5 * 1024 * 1024);

        using PwshProcess run = Start(
            """
            1..16 | ForEach-Object { [pscustomobject]@{ Prompt = "row $_"; Image = "$Folder/picture.png"; Name = "n$_" } } |
                New-CogVideo -JournalPath "$Folder/run.jsonl" | Wait-CogVideo | Save-CogVideo "$Folder/videos" | ForEach-Object { $_.Length }
            """,
            new() { ["DOTNET_GCHeapHardLimit"] = "17D78400" });
        PwshResult result = await run.EndAsync();

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(Enumerable.Repeat("30000000", 16), result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    [Trait("Phase", "process, download")]
    public async Task F55_Without_a_home_and_a_folder_for_temporary_files_all_works()
    {
        using PwshProcess run = Start(
            "New-CogVideo 'a cat' -Name cat -JournalPath \"$Folder/run.jsonl\" | Wait-CogVideo | Save-CogVideo \"$Folder/videos\" -IncludeCover | ForEach-Object FullName",
            new() { ["HOME"] = "", ["TMPDIR"] = "/nowhere/tmp", ["TMP"] = "/nowhere/tmp", ["TEMP"] = "/nowhere/tmp", ["XDG_CONFIG_HOME"] = "", ["XDG_CACHE_HOME"] = "" });
        PwshResult result = await run.EndAsync();

        // Of the missing folder the engine itself has something to say
        Assert.Equal((0, Path.Combine(Folder["videos"], "cat.mp4")), (result.ExitCode, result.Output.Trim()));
        Assert.DoesNotContain("CogVideo", result.Error);
    }

    /// <summary>Thirteen rows by two processes at once, each with a name of its own for the journal and without .NET's locks.</summary>
    [UnixTheory]
    [Each("ln -s run.jsonl latest.jsonl", "ln run.jsonl latest.jsonl", "rm -f run.jsonl.lock; ln run.jsonl latest.jsonl")]
    public async Task F66_F67_F70_Two_processes_on_one_journal_pay_for_each_row_once(string link)
    {
        Dictionary<string, string> unlocked = new() { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" };
        string Batch(string name, string between) => $$"""
            try { 1..13 | ForEach-Object { {{between}} "row $_" } | New-CogVideo -JournalPath "$Folder/{{name}}" | ForEach-Object { $_.Id } }
            catch { $_.FullyQualifiedErrorId }
            """;
        using PwshProcess first = Start(
            Batch("run.jsonl", "while ($_ -eq 2 -and -not [IO.File]::Exists(\"$Folder/go\")) { [Threading.Thread]::Sleep(20) }"), unlocked);
        Emulator.WaitFor(e => e.Tasks.Count > 0);
        Tool.Run("sh", "-c", $"cd {Folder}; {link}");

        using PwshProcess second = Start(Batch("latest.jsonl", ""), unlocked);
        PwshResult refused = await second.EndAsync();
        Folder.Write("go", "");
        PwshResult done = await first.EndAsync();

        Assert.StartsWith("CogVideo.JournalLocked", refused.Output);
        Assert.Equal(13, Emulator.Submissions.Count);
        Assert.Equal(Emulator.Tasks.Select(task => task.Id).Order(), done.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal(13, Shell.Run("Get-CogVideoJob -JournalPath $folder/latest.jsonl").Succeeded().Output.Count);
    }

    private PwshProcess Start(string script, Dictionary<string, string>? environment = null)
    {
        string path = Folder.Write($"{Guid.NewGuid():N}.ps1", "param([string] $Folder)\n$ProgressPreference = 'SilentlyContinue'\n" + script);
        PwshSetup setup = PwshSetup.Connected(Emulator.BaseUri, Shell.Key, Folder);
        foreach ((string name, string value) in environment ?? []) setup.Environment[name] = value;
        return PwshProcess.Start(setup, path, "-Folder", Folder);
    }
}
