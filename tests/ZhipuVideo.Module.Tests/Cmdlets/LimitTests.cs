namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>-BilledLimit and -Until keep back what is new, and nothing else; the sums before and after say what a run costs.</summary>
public sealed class LimitTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Billed = "ForEach-Object { [pscustomobject]@{ Prompt = \"row $_\"; Name = \"row $_\"; Model = 'cogvideox-2' } } | New-CogVideo";

    private IEnumerable<string?> BilledPrompts => Emulator.Tasks.Where(task => task.Model == "cogvideox-2").Select(task => task.Prompt);

    [Theory]
    [Each(0, 1, 5)]
    public void F191_No_more_billed_requests_are_sent_than_allowed_and_free_rows_go_on(int limit)
    {
        Emulator.Set(new { extra_models = new[] { "unheard-of" } });
        Outcome outcome = Shell.Run($$"""
            1..24 | ForEach-Object { [pscustomobject]@{ Prompt = "row $_"; Model = ('cogvideox-2', 'cogvideox-flash', 'COGVIDEOX-2', 'unheard-of')[$_ % 4] } } |
                New-CogVideo -BilledLimit {{limit}} -ThrottleLimit 16
            """);

        Assert.Equal("CogVideo.BilledLimitReached", outcome.Error.Id());
        Assert.Equal(ErrorCategory.LimitsExceeded, outcome.Error.CategoryInfo.Category);
        Assert.Contains($" {18 - limit}.", outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("-BilledLimit", outcome.Error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(limit, Emulator.Tasks.Count(task => task.Model != "cogvideox-flash"));
        Assert.Equal(6 + limit, outcome.Output.Count);
    }

    [Fact]
    public void F191_Rows_that_were_refused_leave_their_place_to_those_that_wait_for_one()
    {
        Emulator.Set(new { latency = 50 });
        Outcome outcome = Shell.Run("'a [sensitive]', 'b', 'c [sensitive]', 'd [sensitive]', 'e', 'f' | New-CogVideo -Model cogvideox-2 -BilledLimit 2 -ThrottleLimit 6");

        Assert.Equal(2, BilledPrompts.Count());
        Assert.Equal(2, outcome.Output.Count);
        Assert.Equal(3, outcome.ErrorIds.Count(id => id == "CogVideo.ContentRejected"));
        Assert.Equal("CogVideo.BilledLimitReached", outcome.ErrorIds.Last());
    }

    [Fact]
    [Trait("Phase", "process")]
    public void F191_The_runs_of_one_journal_are_counted_together_and_known_rows_go_on()
    {
        string line = $"1..6 | {Billed} -JournalPath $folder/run.jsonl -BilledLimit";

        Outcome first = Shell.Run($"{line} 2");
        string[] journal = File.ReadAllLines(Folder["run.jsonl"]);
        Assert.Equal(2, journal.Count(record => record.Contains("\"billed\":true", StringComparison.Ordinal)));
        File.WriteAllLines(Folder["run.jsonl"], journal.Select(record => record.Replace("\"billed\":true,", "", StringComparison.Ordinal))); // of an earlier version
        Outcome same = Shell.Run($"{line} 2");
        Outcome more = Shell.Run($"{line} 3");
        Outcome less = Shell.Run($"{line} 1");

        Assert.Equal(3, BilledPrompts.Count());
        Assert.Equal([2, 2, 3, 3], new[] { first, same, more, less }.Select(outcome => outcome.Output.Count));
        Assert.Contains(" 4.", same.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(first.Texts("Id").Order(), same.Texts("Id").Order());
        Assert.Equal(6, Shell.Run($"1..6 | {Billed} -JournalPath $folder/run.jsonl").Succeeded().Output.Count);
    }

    [Fact]
    [Trait("Phase", "submit, process")]
    public void F191_What_nobody_knows_to_be_accepted_counts_and_so_does_what_failed()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,count=1");
        string line = $"1..3 | {Billed} -JournalPath $folder/run.jsonl -BilledLimit 1";

        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.BilledLimitReached"], Shell.Run(line).ErrorIds);
        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.BilledLimitReached"], Shell.Run(line).ErrorIds);
        Assert.Single(Emulator.Tasks);

        string failing = "'gone [fail]', 'next' | New-CogVideo -Model cogvideox-2 -ThrottleLimit 1 -RetryFailed -JournalPath $folder/other.jsonl -BilledLimit";
        Shell.Run($"{failing} 1 | Wait-CogVideo");
        Shell.Run($"{failing} 2 | Wait-CogVideo"); // once more, under another request_id
        Assert.Equal(["gone [fail]", "gone [fail]"], Emulator.Submissions.Select(post => post.Prompt).Where(prompt => prompt!.Length > 7));
        Assert.DoesNotContain("next", Emulator.Submissions.Select(post => post.Prompt));
    }

    [Fact]
    public void F191_The_limit_of_Connect_is_the_default_and_an_empty_variable_is_no_reason_to_have_none()
    {
        Assert.Equal("4", Shell.Run("Connect-CogVideo -BilledLimit 4 -SkipCheck").Single.Text("BilledLimit"));
        Assert.Equal(4, Shell.Run($"1..6 | {Billed}").Output.Count);
        Assert.Equal(5, Shell.Run($"1..6 | {Billed} -BilledLimit 5").Output.Count);
        Assert.Empty(Shell.Run($"1..6 | {Billed} -BilledLimit $null").Output);
        Assert.Null(Shell.Run("Connect-CogVideo -SkipCheck").Single.Text("BilledLimit"));
        Assert.Equal(6, Shell.Run($"1..6 | {Billed}").Succeeded().Output.Count);
    }

    [Fact]
    public void F192_After_its_moment_nothing_is_sent_and_known_rows_go_on()
    {
        string[] known = [.. Shell.Run($"1..2 | {Billed} -JournalPath $folder/run.jsonl").Succeeded().Texts("Id")!];

        Outcome late = Shell.Run($"0..3 | {Billed} -JournalPath $folder/run.jsonl -Until (Get-Date).AddSeconds(-1)");

        Assert.Equal("CogVideo.UntilPassed", late.Error.Id());
        Assert.Equal(ErrorCategory.OperationStopped, late.Error.CategoryInfo.Category);
        Assert.Contains(" 2.", late.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(known.Order(), late.Texts("Id").Order());
        Assert.Equal(2, Emulator.Tasks.Count);
        Assert.Equal(4, Shell.Run($"0..3 | {Billed} -JournalPath $folder/run.jsonl -Until (Get-Date).AddDays(90)").Succeeded().Output.Count);
    }

    [Fact]
    public void F192_Rows_that_wait_for_a_slot_are_let_go_when_it_comes()
    {
        Emulator.Set(new { concurrency = 1 });
        Outcome outcome = Shell.Run("'first [stall]', 'second', 'third' | New-CogVideo -JournalPath $folder/run.jsonl -ThrottleLimit 3 -Until (Get-Date).AddSeconds(2)");

        Assert.Equal("first [stall]", Assert.Single(outcome.Output).Text("Prompt"));
        Assert.Equal("CogVideo.UntilPassed", outcome.Error.Id());
        Assert.Contains(" 2.", outcome.Error.ToString(), StringComparison.Ordinal);
        Emulator.End(Emulator.Tasks[0].Id);
        Assert.Equal(3, Shell.Run("'first [stall]', 'second', 'third' | New-CogVideo -JournalPath $folder/run.jsonl").Succeeded().Output.Count);
    }

    [Theory]
    [InlineData("'2031-05-06 07:08'", "2031-05-06 07:08:00", null)]
    [InlineData("'05/06/2031 07:08'", "2031-05-06 07:08:00", null)]
    [InlineData("'2031-05-06T07:08Z'", "2031-05-06 07:08:00", "+00:00")]
    [InlineData("'2031-05-06 07:08 +08:00'", "2031-05-06 07:08:00", "+08:00")]
    [InlineData("([datetime]::SpecifyKind('2031-05-06 07:08', 'Utc'))", "2031-05-06 07:08:00", "+00:00")]
    [InlineData("([datetimeoffset]'2031-05-06T07:08:00+03:00')", "2031-05-06 07:08:00", "+03:00")]
    public void F192_A_moment_is_read_alike_in_every_culture(string typed, string moment, string? zone)
    {
        zone ??= TimeZoneInfo.Local.GetUtcOffset(DateTime.Parse(moment, CultureInfo.InvariantCulture)) is var offset
            ? (offset < TimeSpan.Zero ? "-" : "+") + offset.ToString("hh\\:mm", CultureInfo.InvariantCulture) : "";
        string script = $"$moment = [ZhipuVideo.Rows.MomentTransformationAttribute]::new().Transform($ExecutionContext, {typed}); "
            + "$moment.ToString('yyyy-MM-dd HH:mm:ss zzz', [cultureinfo]::InvariantCulture)";
        foreach (string culture in (string[])["en-US", "de-DE", "fa-IR", "th-TH"])
            Assert.Equal($"{moment} {zone}", Shell.Run($"[cultureinfo]::CurrentCulture = '{culture}'; {script}").Single.ToString());
    }

    [Fact]
    public void F192_A_bare_time_that_has_passed_is_an_error_with_the_full_moment()
    {
        string error = Shell.Run("New-CogVideo x -Until '0:00'").Terminating!.ToString();

        Assert.Contains(DateTime.Today.ToString("yyyy-MM-dd 00:00:00", CultureInfo.InvariantCulture), error, StringComparison.Ordinal);
        Assert.Contains("'06.03.2031 18:00'", Shell.Run("New-CogVideo x -Until '06.03.2031 18:00'").Terminating!.ToString(), StringComparison.Ordinal); // March, or June
        Assert.Contains("'noon'", Shell.Run("New-CogVideo x -Until noon").Terminating!.ToString(), StringComparison.Ordinal);
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F196_A_row_that_may_have_been_accepted_is_not_one_of_those_that_were_withheld()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,count=1");
        string line = $"1..3 | {Billed} -JournalPath $folder/run.jsonl -ThrottleLimit 1 -RetryUnconfirmed -Until";

        Outcome outcome = Shell.Run($"{line} (Get-Date).AddSeconds(0.5)"); // the pause before it is sent again is longer
        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.UntilPassed"], outcome.ErrorIds);
        Assert.Contains(" 2.", outcome.Errors[^1].ToString(), StringComparison.Ordinal);
        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.UntilPassed"], Shell.Run($"{line} (Get-Date).AddSeconds(-1)").ErrorIds);
        Assert.Single(Emulator.Submissions);
    }

    [Theory]
    [Each("'New-CogVideo:BilledLimit' = -1", "'New-CogVideo:BilledLimit' = $null", "'*-CogVideo:Until' = '0:00'", "'Connect-CogVideo:BilledLimit' = 'few'")]
    public void F197_A_default_of_the_session_that_cannot_be_used_is_no_reason_to_send_all(string setting)
    {
        Outcome outcome = Shell.Run($$"""
            $PSDefaultParameterValues = @{ {{setting}} }
            try { $null = Connect-CogVideo -SkipCheck; 1..3 | {{Billed}} } finally { $PSDefaultParameterValues = @{} }
            """);

        Assert.Equal("CogVideo.InvalidInput", outcome.Terminating!.Id());
        Assert.Contains("$PSDefaultParameterValues", outcome.Terminating!.ToString(), StringComparison.Ordinal);
        Assert.Empty(Emulator.Submissions);
        Assert.Equal(3, Shell.Run($$"""
            $PSDefaultParameterValues = @{ {{setting}}; Disabled = $true }
            try { 1..3 | {{Billed}} } finally { $PSDefaultParameterValues = @{} }
            """).Output.Count);
    }

    [Fact]
    public void F198_WhatIf_says_what_the_limit_would_keep_back_and_lets_go_of_the_journal()
    {
        Shell.Run($"1..2 | {Billed} -JournalPath $folder/run.jsonl").Succeeded();
        Outcome outcome = Shell.Run($"1..6 | {Billed} -JournalPath $folder/run.jsonl -BilledLimit 3 -WhatIf").Succeeded();

        string[] lines = outcome.HostText.Trim().Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("row 3", lines[0], StringComparison.Ordinal);
        Assert.Contains("Rows: 6. To be submitted: 1;", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("-BilledLimit 3, not submitted: 3.", lines[1].Trim(), StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.DoesNotContain(
                Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(entry => new FileInfo(entry).LinkTarget), target => target == Folder["run.jsonl"]);
        }
    }

    [Fact]
    [Trait("Phase", "process")]
    public void F199_A_request_whose_line_cannot_be_read_counts_against_the_limit()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,count=1");
        Shell.Run($"1..2 | {Billed} -JournalPath $folder/run.jsonl -ThrottleLimit 1");
        string[] journal = File.ReadAllLines(Folder["run.jsonl"]);
        journal[1] = journal[1].Replace("\"model\":\"cogvideox-2\"", "\"model\":17", StringComparison.Ordinal); // of the row that nobody knows to be accepted
        File.WriteAllLines(Folder["run.jsonl"], journal);

        Outcome outcome = Shell.Run($"1..5 | {Billed} -JournalPath $folder/run.jsonl -BilledLimit 2");
        Assert.Equal(["CogVideo.JournalUnreadable", "CogVideo.JournalUnreadable", "CogVideo.BilledLimitReached"], outcome.ErrorIds);
        Assert.Equal(2, BilledPrompts.Count());
    }

    [Theory]
    [Each("status=401,code=1000", "status=429,code=1113")]
    public void F193_Known_rows_behind_one_that_is_refused_for_all_are_emitted(string refusal)
    {
        string[] known = [.. Shell.Run($"1..3 | {Billed} -JournalPath $folder/run.jsonl").Succeeded().Texts("Id")!];
        Emulator.Fault("create:status," + refusal);

        Outcome outcome = Shell.Run($"0..4 | {Billed} -JournalPath $folder/run.jsonl -ThrottleLimit 1 | Wait-CogVideo");

        Assert.Null(outcome.Terminating);
        Assert.Equal(known.Order(), outcome.Texts("Id").Order());
        Assert.Contains(" 2.", outcome.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void F194_WhatIf_and_Confirm_say_what_is_billed()
    {
        string text = Shell.Run("""
            [pscustomobject]@{ Prompt = 'a'; Model = 'cogvideox-2' }, [pscustomobject]@{ Prompt = 'b' }, [pscustomobject]@{ Prompt = 'c'; Model = 'unheard-of' } |
                New-CogVideo -WhatIf
            """).Succeeded().HostText;

        string[] lines = text.Trim().Split('\n');
        Assert.Contains("cogvideox-2 (billed)", lines[0], StringComparison.Ordinal);
        Assert.Contains("cogvideox-flash (free)", lines[1], StringComparison.Ordinal);
        Assert.Contains("unheard-of (billed)", lines[2], StringComparison.Ordinal);
        Assert.Contains("billed: 2 (cogvideox-2 1, unheard-of 1)", lines[3], StringComparison.Ordinal);
        Assert.Contains("(billed)", Shell.Run("New-CogVideo x -Model cogvideox-2 -Confirm").HostText, StringComparison.Ordinal);
    }

    [Fact]
    public void F194_A_run_ends_with_what_it_has_cost()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,prompt=lost");
        const string Line = """
            'a', 'b [fail]', 'lost', '【敏感】', 'free' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Model = if ($_ -eq 'free') { 'cogvideox-flash' } else { 'cogvideox-2' } } } |
                New-CogVideo -JournalPath $folder/run.jsonl -ErrorAction Ignore | Wait-CogVideo -ErrorAction Ignore | Save-CogVideo $folder/videos -ErrorAction Ignore -Verbose
            """;

        string sum = Shell.Run(Line).Verbose[^1];
        Assert.StartsWith("Rows: 5; accepted: 3; billed: 2 (cogvideox-2 2); failed: 1; unconfirmed: 1; saved: 2 (", sum, StringComparison.Ordinal);
        Assert.StartsWith("Rows: 5; accepted: 3; billed: 0; failed: 1; unconfirmed: 1; saved: 2 (", Shell.Run(Line).Verbose[^1], StringComparison.Ordinal);
    }
}
