namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Saving: what comes out, where files go, and that nothing is lost or overwritten.</summary>
[Trait("Phase", "download")]
public sealed class SaveTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Results = "$results = [pscustomobject]@{ Prompt = 'a cat'; Name = 'cat' } | New-CogVideo | Wait-CogVideo";

    [Fact]
    public void Each_video_is_a_file_of_the_provider_with_notes()
    {
        PSObject file = Shell.Run($"{Results}; $results | Save-CogVideo -DestinationPath $folder").Single;

        Assert.IsType<FileInfo>(file.BaseObject);
        Assert.Equal(Folder["cat.mp4"], file.Text("FullName"));
        Assert.Equal("cat.mp4", file.Text("Name")); // FileInfo's own
        Assert.EndsWith("::" + Folder["cat.mp4"], file.Text("PSPath"));
        Assert.Equal((Emulator.Tasks[0].Id, "cat", "a cat", null), (file.Text("JobId"), file.Text("Label"), file.Text("Prompt"), file.Text("CoverPath")));
        Assert.Equal(Folder["cat.mp4"], PSObject.AsPSObject(file.Get("Result")!).Text("SavedPath"));
    }

    private const string TenSeconds = "New-CogVideo 'a cat' -Name cat -Model cogvideox-3 -Size 1920x1080 -Duration 10 -Fps 60 -WithAudio yes -JournalPath $folder/run.jsonl | Wait-CogVideo";

    [Fact]
    public void F181_A_file_its_result_and_the_journal_say_what_is_in_it()
    {
        Outcome outcome = Shell.Run($"{TenSeconds} | Save-CogVideo $folder/videos");
        PSObject file = outcome.Single;
        PSObject listed = Shell.Run("Get-CogVideoJob -JournalPath $folder/run.jsonl").Single;
        PSObject inSession = Shell.Run("Get-CogVideoJob").Single;

        Assert.Empty(outcome.Warnings);
        foreach (PSObject one in (PSObject[])[file, PSObject.AsPSObject(file.Get("Result")!), listed, inSession])
            Assert.Equal((1920, 1080, 10.0, 60.0, true), (one.Get("Width"), one.Get("Height"), one.Get("DurationSec"), one.Get("ActualFps"), one.Get("HasAudio")));
        string shown = Shell.Run("Get-CogVideoJob -JournalPath $folder/run.jsonl | Format-List | Out-String").Single.ToString();
        Assert.Matches(@"(?m)^Width +: 1920\r?\nHeight +: 1080\r?\nDurationSec +: 10\r?\nActualFps +: 60\r?\nHasAudio +: True", shown);
    }

    [Fact]
    public void F183_A_video_that_is_not_what_was_asked_for_is_one_warning_and_saved()
    {
        Emulator.Set(new { video_size = "1280x720", video_duration = 5, video_audio = false });

        Outcome outcome = Shell.Run($"{TenSeconds} | Save-CogVideo $folder/videos");
        Outcome again = Shell.Run($"{TenSeconds} | Save-CogVideo $folder/videos");

        string warning = Assert.Single(outcome.Warnings);
        Assert.Contains("5 s long (10 s requested), 1280x720 (1920x1080 requested), no audio (audio requested)", warning, StringComparison.Ordinal);
        Assert.StartsWith("cat " + Emulator.Tasks[0].Id, warning, StringComparison.Ordinal);
        Assert.Equal(5.0, outcome.Single.Get("DurationSec"));
        Assert.Equal(5.0, again.Single.Get("DurationSec"));
        Assert.Empty(again.Warnings);
    }

    [Fact]
    public void PassThru_is_every_result_that_was_given()
    {
        Outcome outcome = Shell.Run("'good', 'bad [fail]' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder -PassThru -IncludeCover");

        PSObject good = outcome.Output.Single(r => r.Text("Status") == "Success");
        PSObject bad = outcome.Output.Single(r => r.Text("Status") == "Fail");
        Assert.Equal("CogVideo.JobFailed", outcome.Error.Id());
        Assert.True(File.Exists(good.Text("SavedPath")) && File.Exists(good.Text("CoverPath")));
        Assert.Null(bad.Text("SavedPath"));
        Assert.Equal("ZhipuVideo.CogVideoResult", bad.BaseObject.GetType().FullName);
    }

    [Fact]
    public void The_cover_lies_beside_the_video()
    {
        PSObject file = Shell.Run($"{Results}; $results | Save-CogVideo -Path $folder -IncludeCover").Single;

        Assert.Equal([Folder["cat.mp4"], Folder["cat.png"]], Folder.Files.Order());
        Assert.Equal(Folder["cat.png"], file.Text("CoverPath"));
    }

    [Theory]
    [InlineData("'clip'", "clip.mp4")]
    [InlineData("'clip.mp4'", "clip.mp4")]
    [InlineData("{ \"$($_.Name)-$($_.Status)\" }", "cat-Success.mp4")]
    [InlineData("''", "cat.mp4")]
    public void FileName_is_a_text_or_asked_for_each(string name, string file)
    {
        Shell.Run($"{Results}; $results | Save-CogVideo $folder -FileName {name}").Succeeded();

        Assert.Equal(Folder[file], Assert.Single(Folder.Files));
    }

    [Fact]
    public void Without_a_name_and_a_prompt_the_id_is_the_name()
    {
        Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo | ForEach-Object { $_.Id } | Save-CogVideo $folder").Succeeded();

        Assert.Equal(Folder[Emulator.Tasks[0].Id + ".mp4"], Assert.Single(Folder.Files));
    }

    [Fact]
    public void A_row_with_Url_or_Id_or_an_id_alone_can_be_saved()
    {
        Shell.Run($$"""
            {{Results}}
            $other = 'b', 'c', 'd' | New-CogVideo | Wait-CogVideo
            [pscustomobject]@{ Url = $results.Url; Name = 'by url'; Colour = 1 } | Save-CogVideo $folder
            [pscustomobject]@{ Id = $other[0].Id; Name = 'by id' } | Save-CogVideo $folder
            $other[1].Id | Save-CogVideo $folder -FileName 'by text'
            Save-CogVideo $folder -Id $other[2].Id -Name 'by parameter'
            """).Succeeded();

        Assert.Equal(["by id.mp4", "by parameter.mp4", "by text.mp4", "by url.mp4"], Folder.Files.Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_job_piped_into_Save_is_looked_up_and_saved_only_when_it_has_ended()
    {
        Emulator.Set(new { service_time = 0 });

        ErrorRecord error = Shell.Run("'ended', 'running [stall]' | New-CogVideo | Save-CogVideo $folder").Fails("JobNotFinished");

        Assert.Equal("running [stall]", error.Target("Prompt"));
        Assert.Single(Folder.Files);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Ident = 1 } | Save-CogVideo $folder", "InvalidInput")]
    [InlineData("Save-CogVideo $folder", "InvalidInput")]
    [InlineData("Save-CogVideo $folder -Id 1", "NotFound")]
    public void What_cannot_be_saved_is_one_error(string script, string reason) =>
        Assert.Equal("CogVideo." + reason, Shell.Run(script).Error.Id());

    [Fact]
    public void Several_are_downloaded_at_once_and_no_more_than_ThrottleLimit()
    {
        Emulator.Set(new { service_time = 0 });
        Emulator.Fault("download:delay,seconds=0.5");

        Shell.Run("1..7 | ForEach-Object { \"row $_\" } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder -ThrottleLimit 3").Succeeded();

        Assert.InRange(Emulator.Stats["max_open_requests"]!["download"]!.GetValue<int>(), 2, 3);
        Assert.Equal(7, Folder.Files.Length);
    }

    [Fact]
    public void All_videos_of_a_task_are_saved()
    {
        Emulator.Set(new { videos = 3 });

        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Succeeded();

        Assert.Equal(["cat-2.mp4", "cat-3.mp4", "cat.mp4"], Folder.Files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void F31_A_download_that_breaks_goes_on_where_it_broke()
    {
        Emulator.Set(new { file_size = 300_000 });
        Emulator.Fault("download:cut,bytes=200000,count=1");

        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Succeeded();

        Assert.Equal(300_000, new FileInfo(Assert.Single(Folder.Files)).Length);
        Assert.True(Emulator.Downloads.Sum(d => d.BytesSent) < 450_000);
    }

    [Theory]
    [InlineData(401, "1000", "AuthenticationFailed")]
    [InlineData(429, "1113", "InsufficientBalance")]
    public void F08_F10_A_refusal_of_the_new_link_is_the_jobs_error_and_loses_nothing(int status, string code, string reason)
    {
        Shell.Run(Results).Succeeded();
        int looks = Emulator.Looks.Count;
        Emulator.Fault("download:status,status=404,count=1");
        Emulator.Fault($"poll:status,status={status},code={code},count=1");

        ErrorRecord error = Shell.Run("$results | Save-CogVideo $folder -ErrorVariable failed").Fails(reason);

        Assert.Equal("cat", error.Target("Name"));
        Assert.Equal(looks + 1, Emulator.Looks.Count);
        Assert.Empty(Folder.Files);
        Shell.Run("$failed.TargetObject | Save-CogVideo $folder").Succeeded();
        Assert.Equal([Folder["cat.mp4"]], Folder.Files);
    }

    [Fact]
    public void F10_Many_expired_links_cost_a_refused_key_one_look()
    {
        Shell.Run("$results = 1..5 | ForEach-Object { \"row $_\" } | New-CogVideo | Wait-CogVideo").Succeeded();
        int looks = Emulator.Looks.Count;
        Emulator.Fault("download:status,status=404");
        Emulator.Fault("poll:status,status=401,code=1000");

        Outcome outcome = Shell.Run("$results | Save-CogVideo $folder -PassThru");

        outcome.Fails("AuthenticationFailed", "Jobs not queried: 5.");
        Assert.Equal(looks + 1, Emulator.Looks.Count);
        Assert.Equal(5, outcome.Output.Count); // to be piped on, and none with a path
        Assert.All(outcome.Texts("SavedPath"), Assert.Null);
    }

    [Theory]
    [Each("status,status=410", "html,status=200", "truncate")]
    public void F30_One_poisoned_video_among_many_is_one_error(string poison)
    {
        Emulator.Fault($"download:{poison},prompt=poison");

        Outcome outcome = Shell.Run("1..30 | ForEach-Object { if ($_ -eq 7) { 'poison' } else { \"row $_\" } } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder");

        Assert.Equal("poison", outcome.Error.Target("Prompt"));
        Assert.Equal(29, outcome.Output.Count);
        Assert.Equal(29, Folder.Files.Count(file => file.EndsWith(".mp4", StringComparison.Ordinal)));
    }

    [Fact]
    public void F36_An_expired_link_without_a_new_one_is_an_error_with_the_job()
    {
        Emulator.Fault("download:status,status=410");

        Shell.Run(Results).Succeeded();
        int looks = Emulator.Looks.Count;

        ErrorRecord error = Shell.Run("$results | Save-CogVideo $folder").Fails("ResultExpired");

        Assert.Equal(looks + 1, Emulator.Looks.Count);
        Assert.Contains(Emulator.Tasks[0].Id, error.ToString());
        Assert.Equal("cat", error.Target("Name"));
        Assert.DoesNotContain("/video/", error.ToString());
    }

    [Theory]
    [Each(404, 403, 202)]
    public void F108_F112_A_file_that_its_host_does_not_have_yet_is_waited_for(int status)
    {
        Emulator.Fault($"download:status,status={status},count=2");

        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Succeeded();

        Assert.Equal([Folder["cat.mp4"]], Folder.Files);
        Assert.Equal(3, Emulator.Downloads.Count);
    }

    [Fact]
    public void F103_A_video_larger_than_MaxSizeMB_is_refused()
    {
        Emulator.Set(new { file_size = 3_000_000 });

        Shell.Run($"{Results}; $results | Save-CogVideo $folder -MaxSizeMB 2").Fails("ResponseTooLarge", "-MaxSizeMB");
        Assert.Empty(Folder.Files);
        Shell.Run($"$results | Save-CogVideo $folder -MaxSizeMB 3").Succeeded();
        Assert.Equal([Folder["cat.mp4"]], Folder.Files);
    }

    [Theory]
    [InlineData("cover:status,status=410", "$results")]
    [InlineData("cover:empty", "$results")]
    [InlineData(null, "$results | ForEach-Object { $_.CoverUrl = $null; $_.CoverUrls = @(); $_ }")]
    public void F115_A_cover_that_cannot_be_had_is_a_warning_that_says_the_video_was_saved(string? fault, string results)
    {
        if (fault is not null) Emulator.Fault(fault);

        Outcome outcome = Shell.Run($"{Results}; {results} | Save-CogVideo $folder -IncludeCover").Succeeded();

        Assert.Equal([Folder["cat.mp4"]], Folder.Files);
        string warning = Assert.Single(outcome.Warnings);
        Assert.StartsWith($"The cover was not saved; the video was saved as {Folder["cat.mp4"]}.", warning);
        Assert.Contains("cat", warning);
    }

    [Fact]
    public void F37_A_page_is_no_video_and_nothing_is_left_of_it()
    {
        Emulator.Fault("download:html,status=200");

        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Fails("NotAVideo");
        Assert.Empty(Folder.Files);
    }

    [Fact]
    public void F41_No_link_gets_the_key_not_even_one_that_leads_to_the_API()
    {
        Shell.Run($"{Results}; $results | Save-CogVideo $folder -IncludeCover").Succeeded();
        string origin = new Uri(Emulator.BaseUri).GetLeftPart(UriPartial.Authority);

        Outcome outcome = Shell.Run($$"""
            Save-CogVideo $folder -Url {{origin}}/a.mp4 -Name other
            Save-CogVideo $folder -Url {{Emulator.BaseUri}}/async-result/1 -Name api
            """);

        Assert.Equal(2, outcome.Errors.Count);
        Assert.Equal(2, Emulator.Requests.Count(r => r.Origin == "files"));
        string[] bare = [.. Emulator.Requests.Where(r => r.Authorization == "none").Select(r => r.Path)];
        Assert.Subset(bare.ToHashSet(), new HashSet<string> { "/a.mp4", "/api/paas/v4/async-result/1" });
        Assert.Equal(4, bare.Length);
    }

    /// <summary>An address that somebody has typed is no task's, so no task is missing.</summary>
    [Theory]
    [InlineData("Save-CogVideo $folder -Url $at/nope.mp4", 404, "127.0.0.1: ")]
    [InlineData("Save-CogVideo $folder -Url $at/nope.mp4 -Name cat", 404, "cat: ")]
    [InlineData("\"$at/nope.mp4\" | Save-CogVideo $folder", 404, "127.0.0.1: ")]
    [InlineData("[uri]\"$at/nope.mp4\" | Save-CogVideo $folder", 404, "127.0.0.1: ")]
    [InlineData("[pscustomobject]@{ Url = \"$at/nope.mp4\"; Name = 'cat' } | Save-CogVideo $folder", 404, "cat: ")]
    [InlineData("Save-CogVideo $folder -Url $at/nope.mp4", 410, "127.0.0.1: ")]
    [InlineData("Save-CogVideo $folder -Url $at/nope.mp4", 403, "127.0.0.1: ")]
    [InlineData("Save-CogVideo $folder -Url $at/nope.mp4", 401, "127.0.0.1: ")]
    public void F175_An_address_without_a_file_says_that_the_file_is_not_there(string script, int status, string begin)
    {
        Shell.Run($"{Results}; $at = ([uri]$results[0].Url).GetLeftPart('Authority') + '/video'").Succeeded();
        Emulator.Reset();
        if (status != 404) Emulator.Fault($"download:status,status={status}");

        ErrorRecord error = Shell.Run(script).Error;

        bool isMissing = status is 404 or 410;
        Assert.Equal(isMissing ? "CogVideo.NotFound" : "CogVideo.DownloadFailed", error.Id());
        Assert.StartsWith(begin, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(isMissing, $"{error}".Contains("does not have this file", StringComparison.Ordinal));
        Assert.Contains($"{status}", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("does not know this task", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Check the address", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("/video/nope.mp4", Assert.Single(Emulator.Requests).Path);
        Assert.Empty(Folder.Files);
    }

    [Theory]
    [Each("$folder/file", "$folder/file/below", "/proc/nowhere", "Env:", "Env:/PATH", "Function:", "nodrive:/x")]
    public void F43_F46_A_place_that_cannot_be_written_is_refused_before_anything_is_paid(string path)
    {
        Folder.Write("file", "in the way");

        Shell.Run($"'a cat' | New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath \"{path}\"").Ends("DestinationUnusable");
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F43_A_missing_folder_is_created_but_not_by_WhatIf()
    {
        Shell.Run($"{Results}; $results | Save-CogVideo $folder/new/deep -WhatIf").Succeeded();
        Assert.False(Directory.Exists(Folder["new"]));

        Shell.Run("$results | Save-CogVideo $folder/new/deep").Succeeded();
        Assert.True(File.Exists(Path.Combine(Folder["new"], "deep", "cat.mp4")));
    }

    [Fact]
    public void F44_A_file_that_is_ours_is_emitted_and_not_downloaded_again()
    {
        Emulator.Set(new { file_size = 2_000_000 });
        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Succeeded();
        DateTime written = File.GetLastWriteTimeUtc(Folder["cat.mp4"]);
        long bytes = Emulator.Downloads.Sum(d => d.BytesSent);

        PSObject file = Shell.Run("$results | Save-CogVideo $folder").Single;

        Assert.Equal(Folder["cat.mp4"], file.Text("FullName"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Assert.Single(Folder.Files)));
        Assert.True(Emulator.Downloads.Sum(d => d.BytesSent) - bytes < 300_000);
    }

    [Fact]
    public void F44_A_name_that_is_taken_gets_the_id_and_Force_replaces()
    {
        Folder.Write("cat.mp4", "somebody else's");

        Shell.Run($"{Results}; $results | Save-CogVideo $folder").Succeeded();

        Assert.Equal("somebody else's", File.ReadAllText(Folder["cat.mp4"]));
        Assert.True(File.Exists(Folder[$"cat-{Emulator.Tasks[0].Id}.mp4"]));

        Shell.Run("$results | Save-CogVideo $folder -Force").Succeeded();
        Assert.Equal("ftyp"u8, File.ReadAllBytes(Folder["cat.mp4"]).AsSpan(4, 4));
    }

    [Theory]
    [InlineData("../x", "_x.mp4")]
    [InlineData("..\\..\\x", "_.._x.mp4")]
    [InlineData("/etc/x", "_etc_x.mp4")]
    [InlineData("C:\\x", "C__x.mp4")]
    [InlineData("\\\\srv\\share\\x", "__srv_share_x.mp4")]
    [InlineData("a\0b\u0001c\nd", "a_b_c_d.mp4")]
    [InlineData("name. . ", "name.mp4")]
    [InlineData("CON", "_CON.mp4")]
    [InlineData("com1.txt", "_com1.txt.mp4")]
    [InlineData("a:b", "a_b.mp4")]
    [InlineData("🎬 猫", "🎬 猫.mp4")]
    [InlineData("x\u202Egpj", "x_gpj.mp4")]
    [InlineData("clip.MP4", "clip.mp4")]
    public void F45_Any_name_is_made_safe_and_stays_in_the_folder(string name, string file)
    {
        Shell["name"] = name;

        Shell.Run("[pscustomobject]@{ Prompt = 'a cat'; Name = $name } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder/in").Succeeded();

        Assert.Equal([Path.Combine(Folder["in"], file)], Directory.GetFiles(Folder.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void F45_A_name_that_is_too_long_is_cut()
    {
        Shell["name"] = new string('猫', 500);

        PSObject file = Shell.Run("[pscustomobject]@{ Prompt = 'a cat'; Name = $name } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Single;

        Assert.StartsWith("猫猫猫", file.Text("Name"));
        Assert.EndsWith("猫.mp4", file.Text("Name"));
    }

    [Theory]
    [InlineData("cat", "cat")]
    [InlineData("cat", "CAT")]
    [InlineData("caf\u00E9", "cafe\u0301")]
    public void F45_Twins_become_Name_Id_and_the_id_decides(string one, string other)
    {
        Shell["names"] = new[] { one, other };

        Shell.Run("$names | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();

        string[] ids = [.. Emulator.Tasks.Select(t => t.Id).Order(StringComparer.Ordinal)];
        Assert.Equal(2, Folder.Files.Length);
        Assert.Single(Folder.Files, f => f.EndsWith($"-{ids[1]}.mp4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task F45_The_id_decides_also_when_the_other_is_saved_first()
    {
        Task<Outcome> running = Shell.Start(
            "1..2 | ForEach-Object { [pscustomobject]@{ Prompt = \"row $_ [stall]\"; Name = 'cat' } } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder");
        Emulator.WaitFor(e => e.Tasks.Count == 2 && e.Looks.Select(l => l.TaskId).Distinct().Count() == 2);
        string[] ids = [.. Emulator.Tasks.Select(t => t.Id).Order(StringComparer.Ordinal)];
        Emulator.End(ids[1]);
        Emulator.WaitFor(_ => Folder.Files.Any(f => f.EndsWith(".mp4", StringComparison.Ordinal)));
        Emulator.End(ids[0]);

        (await running).Succeeded();

        Assert.Equal([$"cat-{ids[1]}.mp4", "cat.mp4"], Folder.Files.Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void F46_Brackets_are_no_pattern_in_paths_and_names()
    {
        PSObject file = Shell.Run("""
            [pscustomobject]@{ Prompt = 'a cat'; Name = 'take [1]*' } | New-CogVideo | Wait-CogVideo | Save-CogVideo "$folder/out [a-z]"
            """).Single;

        Assert.Equal(Path.Combine(Folder["out [a-z]"], "take [1]_.mp4"), file.Text("FullName"));
        Assert.EndsWith("take [1]_.mp4", file.Text("PSPath"));
    }

    [Fact]
    public void F46_A_path_is_the_shells()
    {
        Shell.Run($$"""
            {{Results}}
            $session = $ExecutionContext.SessionState
            $drive = [System.Management.Automation.PSDriveInfo]::new('Videos', $session.Provider.GetOne('FileSystem'), $folder, '', $null)
            $null = $session.Drive.New($drive, 'global')
            $results | Save-CogVideo Videos:/sub
            """).Succeeded();

        Assert.True(File.Exists(Path.Combine(Folder["sub"], "cat.mp4")));
    }
}
