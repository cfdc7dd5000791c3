using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Whose task it is: what one request_id stands for, what a refusal says of a row, and what is paid twice if somebody follows the advice.</summary>
public sealed class WhoseTaskTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Taken = """{"error":{"code":"1231","message":"已有请求"}}""";

    /// <summary>A column that was filled down in a spreadsheet.</summary>
    [Theory]
    [Trait("Phase", "submit, input")]
    [InlineData("", 1)]
    [InlineData("", 8)]
    [InlineData("-JournalPath $folder/run.jsonl", 1)]
    [InlineData("-JournalPath $folder/run.jsonl", 8)]
    public void F157_Rows_that_share_a_request_id_are_errors_but_for_the_first(string journal, int limit)
    {
        Outcome outcome = Shell.Run($$"""
            "prompt,name,request_id`none [stall],n1,r1`ntwo,n2,r1`nthree,n3,r1`nfour,n4,r4" | ConvertFrom-Csv |
                New-CogVideo {{journal}} -ThrottleLimit {{limit}}
            """);

        Assert.Equal(["n1", "n4"], outcome.Texts("Name").Order());
        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput"], outcome.ErrorIds);
        Assert.Contains(outcome.Errors, e => $"{e}".StartsWith("Row 2 (n2)", StringComparison.Ordinal) && $"{e}".Contains("r1", StringComparison.Ordinal));
        Assert.Contains(outcome.Errors, e => $"{e}".StartsWith("Row 3 (n3)", StringComparison.Ordinal));
        Assert.Equal(["n2", "n3"], outcome.Errors.Select(e => e.Target("name")).Order());
        Assert.Equal(["four", "one [stall]"], Emulator.Submissions.Select(s => s.Prompt).Order());
        Assert.Equal(["n1", "n4"], Shell.Run("Get-CogVideoJob").Texts("Name").Order());
    }

    [Theory]
    [Trait("Phase", "submit, input")]
    [InlineData("'same', 'same' | New-CogVideo -RequestId r1 -ThrottleLimit 1")] // on the command line, for every row
    [InlineData("New-CogVideo one -RequestId r1; New-CogVideo two -RequestId r1")]
    [InlineData("New-CogVideo one -RequestId r1; New-CogVideo one -Model cogvideox-2 -RequestId r1")]
    [InlineData("$first = New-CogVideo one; $first; New-CogVideo two -RequestId $first.RequestId")]
    [InlineData("New-CogVideo one -RequestId r1 -JournalPath $folder/a.jsonl; New-CogVideo two -RequestId r1 -JournalPath $folder/b.jsonl")]
    [InlineData("New-CogVideo one -RequestId r1; [pscustomobject]@{ Prompt = 'two'; RequestId = 'r1' } | New-CogVideo -RetryUnconfirmed")]
    public void F157_Another_row_never_has_the_request_id_of_one_that_was_sent(string script)
    {
        Outcome outcome = Shell.Run(script);

        outcome.Fails("InvalidInput");
        Assert.Single(outcome.Output);
        Assert.Single(Emulator.Submissions);
        Assert.Single(Emulator.Tasks);
        Assert.Empty(Emulator.Looks);
    }

    [Fact]
    public void F157_Other_runspaces_of_the_process_count_as_well()
    {
        using Shell second = OpenSecond();
        Shell.Run("New-CogVideo one -RequestId r1").Succeeded();

        second.Run("New-CogVideo two -RequestId r1").Fails("InvalidInput");
        Assert.Single(Emulator.Submissions);
    }

    /// <summary>What was refused has used up nothing: the prompt is mended, and the row sent under its request_id.</summary>
    [Fact]
    public void F157_The_request_id_of_a_refused_row_is_free()
    {
        Shell.Run("New-CogVideo 'one [sensitive]' -RequestId r1").Fails("ContentRejected");

        Assert.Empty(Emulator.Tasks);
        Assert.Equal("mended", Shell.Run("New-CogVideo mended -RequestId r1").Single.Text("Prompt"));
        Assert.Equal("mended", Assert.Single(Emulator.Tasks).Prompt);
    }

    [Theory]
    [Each("", "-JournalPath $folder/run.jsonl", "-JournalPath $folder/run.jsonl -RetryUnconfirmed")]
    public async Task F158_A_task_that_somebody_else_has_under_the_request_id_is_never_this_rows_job(string parameters)
    {
        string foreign = await SubmitElsewhereAsync("the other one", "r1");

        Outcome outcome = Shell.Run($$"""
            $rows = [pscustomobject]@{ Prompt = 'mine'; Name = 'n1'; RequestId = 'r1' }, [pscustomobject]@{ Prompt = 'next'; Name = 'n2'; RequestId = 'r2' }
            $rows | New-CogVideo {{parameters}} | Wait-CogVideo | Save-CogVideo $folder
            """);

        outcome.Fails("InvalidRequest");
        Assert.Equal(("1231", "r1"), (outcome.Error.Of("Code"), outcome.Error.Of("RequestId")));
        Assert.StartsWith("Row 1 (n1)", outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(foreign, outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["n2.mp4"], outcome.Texts("Name"));
        Assert.DoesNotContain(Emulator.Looks, look => look.Path.EndsWith("/r1", StringComparison.Ordinal) || look.TaskId == foreign);
        Assert.Equal(2, Emulator.Tasks.Count);
        Assert.Equal(["Rejected", "Success"], Shell.Run("Get-CogVideoJob" + (parameters.Length > 0 ? " $folder/run.jsonl" : "")).Texts("Status"));
    }

    /// <summary>What was surely not accepted leaves the next send the first.</summary>
    [Theory]
    [Each("status,status=429,code=1302", "status,status=429,code=1305", "status,status=429,code=1303")]
    public async Task F158_It_is_somebody_elses_also_after_the_row_was_asked_to_wait(string reply)
    {
        await SubmitElsewhereAsync("the other one", "r1");
        Emulator.Fault($"create:{reply},count=1,header.Retry-After=0");

        Outcome outcome = Shell.Run("New-CogVideo mine -RequestId r1");

        outcome.Fails("InvalidRequest");
        Assert.Empty(outcome.Output);
        Assert.Single(Emulator.Tasks);
    }

    /// <summary>Only a send that may have been accepted makes 1231 the row's own.</summary>
    [Theory]
    [InlineData("status,status=500,code=1234,accepted", "New-CogVideo mine -RequestId r1")] // that this was not accepted is an assumption
    [InlineData("drop-accepted", "New-CogVideo mine -RequestId r1 -RetryUnconfirmed")]
    [InlineData("drop-accepted", "New-CogVideo mine -RequestId r1 -ErrorAction SilentlyContinue; New-CogVideo mine -RequestId r1")]
    [InlineData("drop-accepted", "New-CogVideo mine -RequestId r1 -ErrorAction SilentlyContinue; New-CogVideo mine -RequestId r1 -Name named")]
    public void F158_After_a_send_that_may_have_been_accepted_1231_speaks_of_the_row(string reply, string script)
    {
        Emulator.Fault($"create:{reply},count=1");
        if (reply == "drop-accepted") Emulator.Fault("poll:status,status=400,code=1233,count=1"); // the first look comes too early

        PSObject job = Shell.Run(script).Single;

        Assert.Equal(Assert.Single(Emulator.Tasks).Id, job.Text("Id"));
        Assert.All(Emulator.Submissions, s => Assert.Equal("r1", s.Field("request_id")));
    }

    [Fact]
    public async Task F158_Who_says_that_the_row_was_sent_before_has_its_task_back()
    {
        string mine = await SubmitElsewhereAsync("mine", "r1");

        Shell.Run("New-CogVideo mine -RequestId r1").Fails("InvalidRequest");
        Assert.Equal(mine, Shell.Run("New-CogVideo mine -RequestId r1 -RetryUnconfirmed").Single.Text("Id"));
        Assert.Single(Emulator.Tasks);
    }

    /// <summary>A request_id that was made here is nobody else's: something in between has sent it twice.</summary>
    [Fact]
    public void F158_A_request_id_of_our_own_making_is_always_ours()
    {
        Emulator.Fault(new { phase = "create", kind = "body", value = Taken, status = 400, accepted = true, count = 1 });

        PSObject job = Shell.Run("New-CogVideo mine").Single;

        Assert.Equal(Assert.Single(Emulator.Tasks).Id, job.Text("Id"));
        Assert.Single(Emulator.Submissions);
    }

    public static TheoryData<string> Moderations => new(
        """{"error":{"code":"1301","message":"画面不合规"}}""",
        """{"error":{"code":"1300","message":"画面不合规"}}""",
        """{"code":1301,"msg":"画面不合规","success":false}""",
        """{"contentFilter":[{"level":0,"role":"assistant"}],"error":{"code":"1301","message":"画面不合规"}}""");

    [Theory]
    [MemberData(nameof(Moderations))]
    [Trait("Phase", "wait, process")]
    public void F159_A_moderated_result_is_a_task_that_has_failed(string reply)
    {
        const string line = "[pscustomobject]@{ Prompt = 'a cat'; Name = 'cat' } | New-CogVideo -JournalPath $folder/run.jsonl";
        Emulator.Fault(new { phase = "poll", kind = "body", status = 400, value = reply });

        PSObject result = Shell.Run($"{line} | Wait-CogVideo").Single;

        Assert.Equal(("Fail", "cat", "画面不合规"), (result.Text("Status"), result.Text("Name"), result.Text("ErrorMessage")));
        Assert.Matches("^130[01]$", result.Text("ErrorCode"));
        Assert.Single(Emulator.Looks);
        PSObject listed = Shell.Run("Get-CogVideoJob $folder/run.jsonl").Single;
        Assert.Equal(("Fail", "画面不合规"), (listed.Text("Status"), listed.Text("ErrorMessage")));

        Emulator.ClearFaults();
        Assert.Equal("Fail", Shell.Run($"{line} | Wait-CogVideo").Single.Text("Status"));
        Assert.Single(Emulator.Tasks);
        Assert.Equal("Success", Shell.Run($"{line} -RetryFailed | Wait-CogVideo").Single.Text("Status"));
        Assert.Equal(2, Emulator.Tasks.Count);
    }

    [Fact]
    [Trait("Phase", "wait, download")]
    public void F159_One_look_says_so_too_and_there_is_nothing_to_save()
    {
        Shell.Run("$job = New-CogVideo 'a cat' -Name cat");
        Emulator.Fault(new { phase = "poll", kind = "body", status = 400, value = """{"error":{"code":"1301","message":"no"}}""" });

        Assert.Equal(("Fail", "1301"), (Shell.Run("$job | Get-CogVideoResult").Single.Text("Status"), Shell.Run("Get-CogVideoJob").Single.Text("ErrorCode")));
        Shell.Run("$job.Id | Save-CogVideo $folder").Fails("JobFailed", "no");
        Assert.Empty(Emulator.Downloads);
    }

    /// <summary>New-CogVideo alone looks for the slots' sake, and frees them.</summary>
    [Fact]
    public async Task F159_It_frees_the_slot_and_is_recorded_without_Wait()
    {
        Emulator.Set(new { concurrency = 1 });
        Emulator.Fault(new { phase = "poll", kind = "body", status = 400, value = """{"error":{"code":"1301","message":"no"}}""", prompt = "one" });

        Task<Outcome> running = Shell.Start("'one [stall]', 'two' | New-CogVideo -JournalPath $folder/run.jsonl");
        Emulator.WaitFor(e => e.Looks.Count > 0);
        Emulator.End(Emulator.Tasks[0].Id);
        (await running).Succeeded();

        Assert.Equal("Fail", Shell.Run("Get-CogVideoJob $folder/run.jsonl").Output[0].Text("Status"));
        Assert.Equal(2, Emulator.Tasks.Count);
    }

    /// <summary>The one look for a lost reply is answered so: the service has the task.</summary>
    [Fact]
    public void F159_A_lost_reply_whose_task_was_moderated_was_accepted()
    {
        Emulator.Fault("create:drop-accepted,count=1");
        Emulator.Fault(new { phase = "poll", kind = "body", status = 400, value = """{"error":{"code":"1301","message":"no"}}""" });

        Outcome outcome = Shell.Run("New-CogVideo 'a cat' -JournalPath $folder/run.jsonl | Wait-CogVideo").Succeeded();

        Assert.Equal(("Fail", "1301"), (outcome.Single.Text("Status"), outcome.Single.Text("ErrorCode")));
        Assert.Equal("Fail", Shell.Run("Get-CogVideoJob $folder/run.jsonl").Single.Text("Status"));
        Assert.Single(Emulator.Submissions);
    }

    [Fact]
    public void F160_What_the_error_advises_pays_once()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,count=1");
        Outcome lost = Shell.Run("New-CogVideo 'a cat' -Name cat");

        string advice = lost.Error.ErrorDetails.RecommendedAction;
        Match parameters = Regex.Match(advice, "-RequestId [0-9a-f]{32} -RetryUnconfirmed");
        Assert.True(parameters.Success, advice);
        Assert.Contains("not resent", lost.Error.ToString(), StringComparison.Ordinal);

        Outcome again = Shell.Run($"New-CogVideo 'a cat' -Name cat {parameters.Value}");
        Assert.Equal("CogVideo.AcceptedIdUnknown", again.Error.Id()); // here the service does not tell the id
        Shell.Run($"New-CogVideo 'a cat' {parameters.Value.Replace(" -RetryUnconfirmed", "", StringComparison.Ordinal)}")
            .Fails("AcceptedIdUnknown");

        // In another session, which knows nothing of the first
        Shell.Run("Disconnect-CogVideo");
        Shell.Connect(Emulator, Shell.Key);
        Emulator.Set(new { resolve_request_ids = true });
        Assert.Equal(Assert.Single(Emulator.Tasks).Id, Shell.Run($"New-CogVideo 'a cat' {parameters.Value}").Single.Text("Id"));
        Assert.Single(Emulator.Tasks);
    }

    [Fact]
    public void F160_With_a_journal_the_advice_is_the_same_line()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted,count=1");
        const string line = "New-CogVideo 'a cat' -JournalPath $folder/run.jsonl";

        string advice = Shell.Run(line).Error.ErrorDetails.RecommendedAction;

        Assert.Contains("-RetryUnconfirmed", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("-RequestId", advice, StringComparison.Ordinal);
        Shell.Run(line).Fails("SubmissionUnconfirmed");
        Shell.Run($"{line} -RetryUnconfirmed").Fails("AcceptedIdUnknown");
        Assert.Single(Emulator.Tasks);
    }

    [Theory]
    [Each("New-CogVideo 'a cat' -RequestId r1 -RetryUnconfirmed", "New-CogVideo 'a cat' -JournalPath $folder/run.jsonl -RetryUnconfirmed")]
    public void F160_After_a_second_send_nothing_says_that_there_was_none(string line)
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop,count=2");

        ErrorRecord error = Shell.Run(line).Fails("SubmissionUnconfirmed", "more than once");

        Assert.DoesNotContain("not resent", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, Emulator.Submissions.Count);
        Assert.Single(Emulator.Submissions.Select(s => s.Field("request_id")).Distinct());
    }

    [Theory]
    [Each("New-CogVideo 'a cat' -RetryFailed", "New-CogVideo 'a cat' -RetryFailed -RequestId r1", "New-CogVideo 'a cat' -RetryUnconfirmed",
        "'a cat', 'a dog' | New-CogVideo -RetryUnconfirmed",
        "[pscustomobject]@{ Prompt = 'a cat'; RequestId = '' } | New-CogVideo -RetryUnconfirmed",
        "'a cat' | New-CogVideo -RetryUnconfirmed -WhatIf", "'a cat' | New-CogVideo -RetryFailed -WhatIf")]
    public void F161_A_retry_of_what_nobody_remembers_is_an_error_and_nothing_is_sent(string line)
    {
        Outcome outcome = Shell.Run(line);

        Assert.All(outcome.Errors.Append(outcome.Terminating).OfType<ErrorRecord>(), e => Assert.Equal("CogVideo.InvalidInput", e.Id()));
        Assert.True(outcome.Terminating is not null || outcome.Errors.Count > 0);
        Assert.Empty(outcome.Output);
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F161_A_row_that_brings_its_request_id_can_be_tried_again_without_a_journal()
    {
        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ Prompt = 'none'; Name = 'n1' }, [pscustomobject]@{ Prompt = 'own'; Name = 'n2'; RequestId = 'r2' } |
                New-CogVideo -RetryUnconfirmed
            New-CogVideo plain -RetryUnconfirmed:$false -RetryFailed:$false
            """);

        Assert.StartsWith("Row 1 (n1)", outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["own", "plain"], outcome.Texts("Prompt"));
        Assert.Equal(2, Emulator.Submissions.Count);
    }

    /// <summary>"Which of my rows have no video?"</summary>
    [Fact]
    [Trait("Phase", "process, wait, download")]
    public void F162_A_journal_of_seven_rows_shows_seven_and_the_next_run_sends_the_refused_ones()
    {
        const string line = """
            1..7 | ForEach-Object { [pscustomobject]@{ Prompt = "row $_"; Name = "n$_" } } |
                New-CogVideo -JournalPath $folder/run.jsonl -ErrorAction SilentlyContinue | Wait-CogVideo | Save-CogVideo $folder/videos
            """;
        Emulator.Fault("create:status,status=400,code=1301,message=words,prompt=row 3");
        Emulator.Fault(new
        {
            phase = "create",
            kind = "body",
            status = 400,
            prompt = "row 5",
            value = """{"contentFilter":[{"level":0,"role":"user"}],"error":{"message":"words"}}""", // without a code
        });
        Shell.Run(line);

        Outcome all = Shell.Run("Get-CogVideoJob $folder/run.jsonl").Succeeded();
        Assert.Equal(["n1", "n2", "n3", "n4", "n5", "n6", "n7"], all.Texts("Name").Order());
        Assert.Equal(["n3", "n5"], Shell.Run("Get-CogVideoJob $folder/run.jsonl | Where-Object SavedPath -eq $null").Texts("Name").Order());
        Outcome rejected = Shell.Run("Get-CogVideoJob $folder/run.jsonl -Status Rejected").Succeeded();
        Assert.All(rejected.Output, row => Assert.Equal("ZhipuVideo.CogVideoResult", row.BaseObject.GetType().FullName));
        Assert.All(rejected.Texts("ErrorMessage"), message => Assert.Contains("words", message));
        Assert.Equal(["Rejected", "Rejected"], Shell.Run("Get-CogVideoJob $folder/run.jsonl -Status Rejected | Wait-CogVideo").Texts("Status"));
        Assert.Equal(["CogVideo.JobFailed", "CogVideo.JobFailed"], Shell.Run("Get-CogVideoJob $folder/run.jsonl -Status Rejected | Save-CogVideo $folder").ErrorIds);
        string page = File.ReadAllText(Shell.Run("Get-CogVideoJob $folder/run.jsonl | Export-CogVideoGallery $folder/page.html -PassThru").Single.Text("FullName")!);
        Assert.Equal(2, Regex.Count(page, "\"status\":\"Rejected\""));

        Emulator.ClearFaults();
        Shell.Run(line);
        Assert.Equal(["Success"], Shell.Run("Get-CogVideoJob $folder/run.jsonl").Texts("Status").Distinct());
        Assert.Equal(
            [1, 1, 2, 1, 2, 1, 1],
            Enumerable.Range(1, 7).Select(n => Emulator.Submissions.Count(s => s.Prompt == $"row {n}")));
    }

    [Theory]
    [InlineData("status,status=400,code=1301,message=words", "Rejected", "1301")]
    [InlineData("status,status=400,code=1261,message=words", "Rejected", "1261")]
    [InlineData("status,status=400,code=1214,message=words", "Rejected", "1214")]
    public void F163_What_is_said_of_a_refused_row_is_that_it_was_refused(string reply, string status, string code)
    {
        Emulator.Fault("create:" + reply);

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -Name cat -RequestId r1 -JournalPath $folder/run.jsonl").Error;

        Assert.Equal((status, code, "cat", "r1"), (error.Target("Status"), error.Target("ErrorCode"), error.Target("Name"), error.Target("RequestId")));
        Assert.Contains("words", $"{error.Target("ErrorMessage")}", StringComparison.Ordinal);
        Assert.Equal(Folder["run.jsonl"], error.Target("JournalPath"));
        Assert.Equal("r1", error.Of("RequestId"));
    }

    [Theory]
    [InlineData("New-CogVideo 'a cat' -Name cat -TimeoutSec 1")] // no slot came free
    [InlineData("$null = New-CogVideo other -RequestId r1; New-CogVideo 'a cat' -Name cat -RequestId r1")]
    public void F163_What_was_never_sent_is_neither_unconfirmed_nor_rejected(string line)
    {
        if (line.Contains("-TimeoutSec", StringComparison.Ordinal))
        {
            Emulator.Set(new { concurrency = 1 });
            Shell.Run("New-CogVideo 'first [stall]'").Succeeded();
        }

        ErrorRecord error = Shell.Run(line).Error;

        Assert.Equal(("Unknown", "cat"), (error.Target("Status"), error.Target("Name")));
        Assert.Equal(error.Target("RequestId"), error.Of("RequestId"));
    }

    [Fact]
    public void F163_A_key_that_is_refused_says_under_which_request_id()
    {
        Emulator.Fault("create:status,status=401,code=1000");

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -RequestId r1").Terminating!;

        Assert.Equal(("r1", "Unknown"), (error.Of("RequestId"), error.Target("Status")));
    }

    private const string KnownRows = """
        $rows = 'done', 'failed [fail]', 'refused [sensitive]', 'lost', 'new', 'paid' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_.Split()[0] } }
        $rows[5] | Add-Member Model cogvideox-2
        """;

    /// <summary>Of six rows the journal knows that one is done, one has failed, one was refused and one may have been accepted.</summary>
    private void MakeKnown()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault(new { phase = "create", kind = "drop", prompt = "lost" });
        Shell.Run($"""
            {KnownRows}
            $rows[0..3] | New-CogVideo -JournalPath $folder/run.jsonl -ThrottleLimit 1 -ErrorAction SilentlyContinue | Wait-CogVideo
            """);
        Emulator.ClearFaults();
    }

    [Theory]
    [Trait("Phase", "process, input")]
    [InlineData("", "refused, new, paid", "Rows: 6. To be submitted: 3; free: 2 (cogvideox-flash 2); billed: 1 (cogvideox-2 1). Known, not submitted: 3. Invalid: 0.")]
    [InlineData("-RetryFailed", "failed, refused, new, paid", "Rows: 6. To be submitted: 4; free: 3 (cogvideox-flash 3); billed: 1 (cogvideox-2 1). Known, not submitted: 2. Invalid: 0.")]
    [InlineData("-RetryFailed -RetryUnconfirmed", "failed, refused, lost, new, paid", "Rows: 6. To be submitted: 5; free: 4 (cogvideox-flash 4); billed: 1 (cogvideox-2 1). Known, not submitted: 1. Invalid: 0.")]
    public void F164_Only_what_would_be_paid_is_called_a_submission(string retries, string submitted, string sum)
    {
        MakeKnown();
        byte[] before = File.ReadAllBytes(Folder["run.jsonl"]);
        int requests = Emulator.Requests.Count;

        Outcome whatIf = Shell.Run($"{KnownRows}\n$rows | New-CogVideo -JournalPath $folder/run.jsonl {retries} -WhatIf -Verbose").Succeeded();

        string[] names = submitted.Split(", ");
        Assert.Equal(names, Regex.Matches(whatIf.HostText, @"Row \d \((\w+)\)").Select(m => m.Groups[1].Value));
        Assert.Equal(sum, Assert.Single(whatIf.Information));
        string[] known = [.. new[] { "done", "failed", "refused", "lost", "new", "paid" }.Except(names)];
        Assert.Equal(known.Length, whatIf.Verbose.Count(v => known.Any(name => v.Contains($"({name})", StringComparison.Ordinal))));
        Assert.Equal(before, File.ReadAllBytes(Folder["run.jsonl"]));
        Assert.Equal(requests, Emulator.Requests.Count);

        // The run itself does what was said
        Outcome run = Shell.Run($"{KnownRows}\n$rows | New-CogVideo -JournalPath $folder/run.jsonl {retries} -Verbose -ErrorAction SilentlyContinue");
        string said = string.Join('\n', run.Verbose);
        Assert.Equal(names, Regex.Matches(said, "\"Submit to [^\"]+\" on target \"Row \\d \\((\\w+)\\)").Select(m => m.Groups[1].Value));
        Assert.Equal(
            names.Select(name => name.Replace("refused", "refused [sensitive]", StringComparison.Ordinal).Replace("failed", "failed [fail]", StringComparison.Ordinal)).Order(),
            Emulator.Submissions.Skip(4).Select(s => s.Prompt).Order());
    }

    [Fact]
    public async Task F164_WhatIf_reads_a_journal_that_somebody_is_writing()
    {
        using Shell writer = OpenSecond();
        Task<Outcome> running = writer.Start("'one [stall]' | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo");
        Emulator.WaitFor(e => e.Tasks.Count == 1);
        Emulator.WaitFor(_ => Shell.Run("Get-CogVideoJob $folder/run.jsonl").Texts("Status").Contains("Processing"));

        Outcome whatIf = Shell.Run("'one [stall]', 'two' | New-CogVideo -JournalPath $folder/run.jsonl -WhatIf").Succeeded();

        Assert.Contains("To be submitted: 1; free: 1 (cogvideox-flash 1)", Assert.Single(whatIf.Information), StringComparison.Ordinal);
        writer.Stop();
        await running;
    }

    [Fact]
    [Trait("Phase", "input")]
    public void F164_Confirm_asks_for_nothing_that_is_known()
    {
        Shell.Run("'one', 'two' | New-CogVideo -JournalPath $folder/run.jsonl").Succeeded();
        Shell.Answers.Enqueue(2); // no

        Outcome outcome = Shell.Run("'one', 'three', 'two' | New-CogVideo -JournalPath $folder/run.jsonl -Confirm").Succeeded();

        Assert.Equal(1, outcome.HostText.Split("? ").Length - 1);
        Assert.Equal(["one", "two"], outcome.Texts("Prompt").Order());
        Assert.Equal(2, Emulator.Submissions.Count);
    }

    [Theory]
    [Each("", " | Wait-CogVideo | Save-CogVideo $folder/videos -WhatIf", " | Get-CogVideoResult",
        " | Save-CogVideo $folder/videos -WhatIf")]
    public void F165_WhatIf_needs_no_key_and_ends_with_the_sum(string rest)
    {
        using Shell nobody = Shell.Unconnected();
        nobody["folder"] = Folder.FullName;

        Outcome outcome = nobody.Run($$"""
            [pscustomobject]@{ Prompt = 'a' }, [pscustomobject]@{ Prompt = 'b'; Model = 'cogvideox-2' }, [pscustomobject]@{ Prompt = 'c'; Model = 'cogvideox-3' },
                [pscustomobject]@{ Prompt = 'd'; Model = 'cogvideox-2' }, [pscustomobject]@{ Prompt = 'e'; Model = 'of-tomorrow' },
                [pscustomobject]@{ Prompt = 'f'; Fps = '7'; Model = 'cogvideox-2' } |
                New-CogVideo -WhatIf -JournalPath $folder/run.jsonl -ErrorAction SilentlyContinue{{rest}}
            """);

        Assert.Null(outcome.Terminating);
        Assert.Equal(
            "Rows: 6. To be submitted: 5; free: 1 (cogvideox-flash 1); billed: 4 (cogvideox-2 2, cogvideox-3 1, of-tomorrow 1). Known, not submitted: 0. Invalid: 1.",
            Assert.Single(outcome.Information));
        Assert.Empty(Directory.GetFileSystemEntries(Folder.FullName));
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("'1' | Wait-CogVideo", "'1' | Get-CogVideoResult", "'1' | Save-CogVideo $folder", "'a cat' | New-CogVideo",
        "'x' | ForEach-Object { Connect-CogVideo }")]
    public void F165_What_asks_the_service_still_needs_a_key(string line)
    {
        using Shell nobody = Shell.Unconnected();
        nobody["folder"] = Folder.FullName;

        nobody.Run(line).Ends("NoApiKey");
    }

    [Fact]
    public async Task F166_A_second_run_on_the_journal_in_one_session_is_told_so()
    {
        using Shell second = OpenSecond();
        Emulator.Set(new { concurrency = 1 });
        Task<Outcome> running = Shell.Start("'one [stall]', 'two' | New-CogVideo -JournalPath $folder/run.jsonl");
        Emulator.WaitFor(e => e.Submissions.Count > 1);

        ErrorRecord locked = second.Run("New-CogVideo three -JournalPath $folder/run.jsonl").Ends("JournalLocked", "this session");

        Assert.DoesNotContain($"{Environment.ProcessId}", locked.ToString().Replace(Folder.FullName, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("process", locked.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Shell.Stop();
        await running;
    }

    [Theory]
    [Each(" | Wait-CogVideo", " | Wait-CogVideo; Get-CogVideoJob $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos",
        " | Wait-CogVideo | Save-CogVideo $folder/videos; $rows | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos")]
    public void F167_The_end_of_a_job_stands_in_the_journal_once(string rest)
    {
        Emulator.Set(new { concurrency = 3, service_time = 0.1 });

        Shell.Run($$"""
            $rows = 1..12 | ForEach-Object { [pscustomobject]@{ Prompt = $(if ($_ % 4) { "row $_" } else { "row $_ [fail]" }); Name = "n$_" } }
            $null = $rows | New-CogVideo -JournalPath $folder/run.jsonl{{rest.Replace(" | Save-CogVideo $folder/videos", " | Where-Object Status -eq Success | Save-CogVideo $folder/videos", StringComparison.Ordinal)}}
            """).Succeeded();

        string[] ids = [.. Regex.Matches(File.ReadAllText(Folder["run.jsonl"]), "\"record\":\"ended\".*?\"id\":\"([^\"]+)\"").Select(m => m.Groups[1].Value)];
        Assert.Equal(Emulator.Tasks.Select(task => task.Id).Order(), ids.Order());
    }

    [Theory]
    [InlineData("New-CogVideo 'a cat' -Name cat", "cat")]
    [InlineData("New-CogVideo 'a cat'", "The request")]
    [InlineData("'a cat' | New-CogVideo", "Row 1")]
    [InlineData("[pscustomobject]@{ Prompt = 'a cat'; Name = 'cat'; RequestId = 'r-1' } | New-CogVideo -JournalPath $folder/run.jsonl", "Row 1 (cat)")]
    public void F168_An_unconfirmed_row_is_named_first_and_its_request_id_once(string line, string label)
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop,count=1");

        Outcome outcome = Shell.Run($"{line} -ErrorVariable problem; $problem[0].TargetObject | Wait-CogVideo");

        Assert.Equal(["CogVideo.SubmissionUnconfirmed", "CogVideo.SubmissionUnconfirmed"], outcome.ErrorIds);
        string requestId = outcome.Errors[0].Of("RequestId")!.ToString()!;
        Assert.StartsWith(label, outcome.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.StartsWith(line.Contains("cat'", StringComparison.Ordinal) && label.Contains("cat", StringComparison.Ordinal) ? "cat" : "The job", outcome.Errors[1].ToString(), StringComparison.Ordinal);
        Assert.All(outcome.Errors, error => Assert.Equal(1, Regex.Count(error.ToString().Replace("任务" + requestId, "", StringComparison.Ordinal), Regex.Escape(requestId))));
    }

    /// <summary>The same account submits, but not this process.</summary>
    private async Task<string> SubmitElsewhereAsync(string prompt, string requestId)
    {
        using HttpClient client = new();
        client.DefaultRequestHeaders.Authorization = new("Bearer", Shell.Key);
        using HttpResponseMessage response = await client.PostAsJsonAsync(
            new Uri(Emulator.BaseUri.TrimEnd('/') + "/videos/generations"), new { model = "cogvideox-flash", prompt, request_id = requestId });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return Emulator.Tasks[^1].Id;
    }
}
