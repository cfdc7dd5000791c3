using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Submitting when things go wrong: what is paid at most once, what stops the run, what stops only its row.</summary>
public sealed class SubmitTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string FiveRows = "1..5 | ForEach-Object { [pscustomobject]@{ Prompt = \"number $_\"; Name = \"n$_\"; Model = 'cogvideox-2' } }";

    [Theory]
    [Each("status=429,code=1302", "status=429,code=1302,header.Retry-After=garbage", "status=429,code=1302,header.Retry-After=-5",
        "status=429,code=1303,header.Retry-After=1", "status=429,code=1305,header.Retry-After=Wed 21 Oct 2015 07:28:00 GMT",
        "status=500,code=1234", "status=503,code=1305")]
    public void F06_F07_Asked_to_wait_or_not_accepted_it_is_sent_again_under_the_same_request_id(string refusal)
    {
        Emulator.Fault($"create:status,{refusal},count=2");

        Shell.Run("New-CogVideo 'a cat'").Succeeded();

        Assert.Single(Emulator.Tasks);
        Assert.Equal(3, Emulator.Submissions.Count);
        Assert.Single(Emulator.Submissions.Select(s => s.Field("request_id")).Distinct());
    }

    [Theory]
    [InlineData("1302", "1000000000")]
    [InlineData("1303", "1000000000")]
    public void F07_TimeoutSec_ends_the_wait_for_a_slot(string code, string retryAfter)
    {
        Emulator.Fault($"create:status,status=429,code={code},header.Retry-After={retryAfter}");

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -Name cat -TimeoutSec 1").Fails("LimitExceeded");

        Assert.Equal(code, error.Of("Code"));
        Assert.Equal("cat", error.Target("Name"));
        Assert.Empty(Shell.Run("Get-CogVideoJob").Output);
    }

    [Fact]
    public void F07_The_end_of_a_task_frees_its_slot_at_once_whatever_Retry_After_says()
    {
        Emulator.Set(new { concurrency = 1 });
        Emulator.Fault("create:status,status=429,code=1302,nth=2,count=1,header.Retry-After=1000000");

        Shell.Run("'one', 'two' | New-CogVideo").Succeeded();

        Assert.Equal(2, Emulator.Tasks.Count);
    }

    [Fact]
    public void More_rows_than_slots_are_all_submitted_without_Wait()
    {
        Emulator.Set(new { concurrency = 2, service_time = 0.2 });

        Outcome outcome = Shell.Run("1..8 | ForEach-Object { \"row $_\" } | New-CogVideo").Succeeded();

        Assert.Equal(8, outcome.Texts("Id").Distinct().Count());
        Assert.Equal(2, Emulator.Stats["max_tasks_in_flight"]!["cogvideox-flash"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(429, "1110", "AccountUnavailable")]
    [InlineData(429, "1113", "InsufficientBalance")]
    [InlineData(429, "1304", "QuotaExceeded")]
    [InlineData(403, "1220", "PermissionDenied")]
    [InlineData(400, "1221", "ApiUnavailable")]
    [InlineData(401, "1000", "AuthenticationFailed")]
    public void F08_F10_What_stops_the_run_costs_one_request_while_nothing_was_accepted(int status, string code, string reason)
    {
        Emulator.Fault($"create:status,status={status},code={code},message=words of the service");

        Outcome outcome = Shell.Run($"{FiveRows} | New-CogVideo | Wait-CogVideo");

        ErrorRecord error = outcome.Terminating!;
        Assert.Equal("CogVideo." + reason, error.Id());
        Assert.Equal((code, status), (error.Of("Code"), error.Of("HttpStatus")));
        Assert.All([code, "words of the service"], part => Assert.Contains(part, error.ToString()));
        Assert.Equal("n1", error.Target("Name"));
        Assert.Empty(outcome.Errors);
        Assert.Single(Emulator.Requests);
        Assert.Empty(Shell.Run("Get-CogVideoJob").Output);
    }

    [Theory]
    [InlineData("'a cat' | New-CogVideo", null, "CogVideo.ApiUnavailable")]
    [InlineData("'a', 'b' | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo", null, "CogVideo.ApiUnavailable")]
    [InlineData("'1' | Wait-CogVideo -TimeoutSec 60", null, "CogVideo.ApiUnavailable")]
    [InlineData("Get-CogVideoResult 1", null, "CogVideo.ApiUnavailable")]
    [InlineData("Save-CogVideo $folder -Id 1", null, "CogVideo.ApiUnavailable")]
    [InlineData("Connect-CogVideo -ApiKey $key -BaseUri $base", null, "CogVideo.ApiUnavailable")]
    [InlineData("'a cat' | New-CogVideo", "create:status,status=404,code=1233,message=gone", "CogVideo.NotFound")]
    [InlineData("'a cat' | New-CogVideo", "create:status,status=404,code=1999,message=gone", "CogVideo.NotFound")]
    [InlineData("Get-CogVideoResult 1", "poll:status,status=404,code=1233,message=gone", "CogVideo.NotFound")]
    public void F87_F173_What_is_not_there_is_one_message_and_never_a_task_that_nobody_asked_for(string line, string? fault, string id)
    {
        if (fault is null) Emulator.Fault(new { kind = "no-such-path" });
        else Emulator.Fault(fault);

        Shell["base"] = Emulator.BaseUri;
        Shell["key"] = Shell.Key;
        Outcome outcome = Shell.Run(line);

        ErrorRecord error = outcome.Terminating ?? Assert.Single(outcome.Errors);
        Assert.Equal(id, error.Id());
        Assert.Equal(fault is null ? 1 : 0, Regex.Count(error.ToString(), "does not offer this API"));
        Assert.Equal(fault is null, error.ToString().Contains(Emulator.BaseUri.TrimEnd('/'), StringComparison.Ordinal));
        Assert.Single(Emulator.Requests);
        Assert.Equal(fault?.StartsWith("poll", StringComparison.Ordinal) == true ? 1 : 0, Regex.Count(error.ToString(), "does not know this task"));
    }

    [Fact]
    public void F89_What_answers_in_the_services_place_costs_three_rows_their_certainty_and_not_all()
    {
        Emulator.Fault("create:html,status=403");

        Outcome outcome = Shell.Run("1..50 | ForEach-Object { [pscustomobject]@{ Prompt = \"number $_\"; Name = \"n$_\" } } | New-CogVideo");

        Assert.Equal(["CogVideo.SubmissionUnconfirmed"], outcome.Errors.Select(e => e.Id()).Distinct());
        Assert.Equal(3, outcome.Errors.Count);
        Assert.Equal("CogVideo.InvalidResponse", outcome.Terminating!.Id());
        Assert.Contains("403", outcome.Terminating!.ToString());
        Assert.Equal(3, Emulator.Submissions.Count);
        Assert.Equal(["Unconfirmed"], Shell.Run("Get-CogVideoJob").Texts("Status").Distinct());
    }

    [Fact]
    public void F94_A_code_that_nobody_knows_is_one_warning_while_rows_wait()
    {
        Emulator.Fault(new { phase = "create", kind = "status", status = 429, code = "1399", message = "限流规则", count = 2, headers = new Dictionary<string, string> { ["Retry-After"] = "0" } });

        Outcome outcome = Shell.Run("'one', 'two' | New-CogVideo").Succeeded();

        Assert.Equal(2, outcome.Output.Count);
        string warning = Assert.Single(outcome.Warnings);
        Assert.All(["1399", "限流规则", "5"], part => Assert.Contains(part, warning));
    }

    [Theory]
    [InlineData(429, "1113", "InsufficientBalance")]
    [InlineData(401, "1000", "AuthenticationFailed")]
    [InlineData(429, "1310", "QuotaExceeded")]
    public void F08_F10_Later_it_is_one_error_with_the_count_and_what_was_accepted_is_saved(int status, string code, string reason)
    {
        Emulator.Fault($"create:status,status={status},code={code},nth=3");

        Outcome outcome = Shell.Run($"{FiveRows} | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder");

        outcome.Fails(reason, "Rows not submitted: 3.");
        Assert.Equal(code, outcome.Error.Of("Code"));
        Assert.InRange(Emulator.Submissions.Count, 3, 5);
        Assert.Equal(Emulator.Submissions.Count, Emulator.Submissions.Select(s => s.Field("request_id")).Distinct().Count()); // none sent again
        Assert.Contains(outcome.Warnings, w => w.Contains(code, StringComparison.Ordinal));
        Assert.Equal(2, Emulator.Tasks.Count);
        Assert.Equal(2, Folder.Files.Length);
    }

    [Theory]
    [InlineData("1210", "InvalidRequest")]
    [InlineData("1261", "PromptTooLong")]
    [InlineData("1301", "ContentRejected")]
    public void F09_A_refused_row_fails_and_the_others_go_on(string code, string reason)
    {
        Emulator.Fault($"create:status,status=400,code={code},message=not this,prompt=number 2");

        Outcome outcome = Shell.Run($"{FiveRows} | New-CogVideo");

        outcome.Fails(reason, code, "not this", "Row 2 (n2)");
        Assert.Equal("number 2", outcome.Error.Target("Prompt"));
        Assert.Equal(4, outcome.Output.Count);
        Assert.Equal(5, Emulator.Submissions.Count);
    }

    [Fact]
    public void F11_A_request_that_was_accepted_before_is_the_same_job()
    {
        Outcome outcome = Shell.Run("New-CogVideo 'a cat' -RequestId once; New-CogVideo 'a cat' -RequestId once").Succeeded();

        Assert.Equal(Emulator.Tasks[0].Id, Assert.Single(outcome.Texts("Id").Distinct()));
        Assert.Single(Emulator.Tasks);
        Assert.Equal(["once", "once"], Emulator.Submissions.Select(s => s.Field("request_id")));
        Assert.Equal("once", Assert.Single(Emulator.Looks).RequestId);
    }

    [Fact]
    public void F11_Accepted_before_under_an_id_that_nobody_tells()
    {
        Emulator.Set(new { resolve_request_ids = false });

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -RequestId once; New-CogVideo 'a cat' -RequestId once")
            .Fails("AcceptedIdUnknown", "once");

        Assert.Equal("once", error.Of("RequestId"));
        Assert.Equal("once", error.Target("RequestId"));
        Assert.Single(Emulator.Tasks);
        Assert.Equal(["once", "once"], Emulator.Submissions.Select(s => s.Field("request_id")));
        Assert.EndsWith("/async-result/once", Assert.Single(Emulator.Looks).Path);
    }

    public static TheoryData<string> UnclearReplies =>
        ["truncate", "empty", "garbage", "content-type,value=text/html", "content-type", "utf16", "html,accepted", "drop-accepted",
         "drop-accepted,reset", "cut,bytes=60", "missing-id", "status,status=504,accepted"];

    [Theory]
    [MemberData(nameof(UnclearReplies))]
    public void F12_An_unclear_reply_is_followed_by_one_look_and_no_second_submission(string reply)
    {
        Emulator.Fault($"create:{reply},count=1");

        PSObject job = Shell.Run("New-CogVideo 'a cat [stall]' -RequestId mine").Single;

        Assert.Equal(Assert.Single(Emulator.Tasks).Id, job.Text("Id"));
        Assert.Single(Emulator.Submissions);
        Assert.Equal("mine", Assert.Single(Emulator.Looks).RequestId);
        Assert.Equal("Processing", Shell.Run("Get-CogVideoJob").Single.Text("Status"));
    }

    [Theory]
    [MemberData(nameof(UnclearReplies))]
    public void F12_What_stays_unclear_is_an_error_and_listed_as_unconfirmed(string reply)
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault($"create:{reply},count=1");

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -RequestId mine -Name cat").Fails("SubmissionUnconfirmed", "mine");

        Assert.Contains("-RetryUnconfirmed", error.ErrorDetails.RecommendedAction);
        Assert.Equal(("mine", "Unconfirmed", "cat"), (error.Target("RequestId"), error.Target("Status"), error.Target("Name")));
        Assert.Single(Emulator.Submissions);
        Assert.Equal(("mine", "Unconfirmed"), Listed(Shell.Run("Get-CogVideoJob").Single));
    }

    [Fact]
    public void F12_RetryUnconfirmed_sends_the_same_request_once_more_and_never_pays_twice()
    {
        Emulator.Fault("create:drop-accepted,count=1");
        Emulator.Fault("poll:status,status=400,code=1233,count=1"); // the first look comes too early

        PSObject job = Shell.Run("New-CogVideo 'a cat' -RequestId mine -RetryUnconfirmed").Single;

        Assert.Equal(Assert.Single(Emulator.Tasks).Id, job.Text("Id"));
        Assert.Equal(2, Emulator.Submissions.Count);
        Assert.Single(Emulator.Submissions.Select(s => s.RequestId).Distinct());
    }

    [Fact]
    [Trait("Phase", "submit")]
    public void F24_An_unconfirmed_job_that_is_not_found_at_first_can_be_waited_for_once_the_service_knows_it()
    {
        Emulator.Fault("create:drop-accepted,count=1");
        Emulator.Fault("poll:status,status=400,code=1233,count=1");

        Outcome outcome = Shell.Run("New-CogVideo 'a cat' -ErrorVariable problem -ErrorAction SilentlyContinue; $problem[0].TargetObject | Wait-CogVideo").Succeeded();

        Assert.Equal(("Success", Emulator.Tasks[0].Id), (outcome.Single.Text("Status"), outcome.Single.Text("Id")));
        Assert.Equal("Success", Shell.Run("Get-CogVideoJob").Single.Text("Status"));
    }

    [Fact]
    public void F12_A_byte_order_mark_and_compression_are_tolerated()
    {
        Emulator.Fault("create:bom,nth=1,count=1");
        Emulator.Fault("create:gzip,nth=2,count=1");

        Assert.Equal(2, Shell.Run("'one', 'two' | New-CogVideo").Succeeded().Output.Count);
        Assert.Empty(Emulator.Looks);
    }

    [Fact]
    public void F13_An_id_beyond_any_number_type_stays_what_it_is()
    {
        Emulator.Set(new { id_form = "digits25" });
        Emulator.Fault("create:numeric-id");

        PSObject result = Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo").Single;

        Assert.Equal(Emulator.Tasks[0].Id, result.Text("Id"));
        Assert.IsType<string>(result.Get("Id"));
        Assert.All(Emulator.Looks, look => Assert.EndsWith("/async-result/" + Emulator.Tasks[0].Id, look.Path));
    }

    [Fact]
    public void F13_An_error_in_a_reply_of_success_is_the_refusal_that_it_says()
    {
        Emulator.Fault(new { phase = "create", kind = "body", value = """{"error":{"code":"1301","message":"no"}}""", count = 1 });

        Shell.Run("New-CogVideo 'a cat'").Fails("ContentRejected");
        Assert.Single(Emulator.Submissions);
        Assert.Equal("Rejected", Shell.Run("Get-CogVideoJob").Single.Text("Status"));
    }

    [Fact]
    public void F13_A_task_that_fails_at_once_is_a_job_that_has_failed()
    {
        Emulator.Fault("create:fail-at-once");

        Outcome outcome = Shell.Run("$job = New-CogVideo 'a cat'; $job.Status; $job | Wait-CogVideo").Succeeded();

        Assert.Equal("Fail", outcome.Output[0].BaseObject);
        Assert.Equal("Fail", outcome.Output[1].Text("Status"));
        Assert.Empty(Emulator.Looks);
    }

    [Fact]
    [Trait("Phase", "submit, download")]
    public void F14_Two_jobs_with_one_id_are_told_and_downloaded_once()
    {
        Emulator.Fault("create:duplicate-id,nth=2,count=1");

        Outcome outcome = Shell.Run("'one', 'two' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder -PassThru");

        AssertBothTold(outcome);
        Assert.Equal(("one", "DuplicateId"), (outcome.Output.Single().Text("Prompt"), outcome.Output.Single().Text("ErrorCode")));
        Assert.Contains(Emulator.Tasks[1].RequestId, outcome.Output.Single().Text("ErrorMessage"));
        Assert.Single(Folder.Files);
        Assert.Equal(Emulator.Tasks[0].Id, Assert.Single(Emulator.Downloads).TaskId);
        Assert.Equal(["one", "two"], Shell.Run("Get-CogVideoJob").Texts("Prompt"));
    }

    [Fact]
    [Trait("Phase", "submit, wait, download")]
    public void F14_Two_jobs_with_one_id_are_told_again_when_the_line_is_run_again()
    {
        const string Line = "'one', 'two' | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos";
        Emulator.Fault("create:duplicate-id,nth=2,count=1");
        AssertBothTold(Shell.Run(Line));
        using Shell later = OpenSecond();

        Outcome outcome = later.Run(Line);

        AssertBothTold(outcome);
        Assert.Single(outcome.Output);
        Assert.Equal(2, Emulator.Submissions.Count);
        Assert.Single(Directory.GetFiles(Folder["videos"]));
        Outcome piped = later.Run("Get-CogVideoJob $folder/run.jsonl | Wait-CogVideo");
        Assert.Equal(("CogVideo.DuplicateId", "two"), (piped.Error.Id(), piped.Error.Target("Prompt")));
        Assert.Single(piped.Output);
    }

    private void AssertBothTold(Outcome outcome)
    {
        Assert.Equal(["CogVideo.DuplicateId", "CogVideo.DuplicateId"], outcome.ErrorIds);
        Assert.Equal(["one", "two"], outcome.Errors.Select(e => e.Target("Prompt")));
        Assert.All(outcome.Errors, e =>
        {
            Assert.Equal(Emulator.Tasks[0].Id, e.Target("Id"));
            Assert.All(Emulator.Tasks, task => Assert.Contains(task.RequestId, e.ToString()));
        });
    }

    [Fact]
    [Trait("Phase", "download")]
    public void F14_A_result_that_comes_twice_is_saved_once_and_another_with_its_id_is_told()
    {
        Shell.Run("$result = 'a cat' | New-CogVideo | Wait-CogVideo").Succeeded();

        Outcome outcome = Shell.Run("""
            $twin = [pscustomobject]@{ Id = $result.Id; Url = $result.Url; Status = 'Success'; RequestId = 'another-request'; Name = 'twin' }
            $result, $result, $twin | Save-CogVideo $folder
            """);

        outcome.Fails("DuplicateId");
        Assert.Equal("another-request", outcome.Error.Target("RequestId"));
        Assert.Single(outcome.Output);
        Assert.Single(Folder.Files);
        Assert.Single(Emulator.Downloads);
    }

    [Fact]
    public void Rows_are_submitted_side_by_side_but_the_first_goes_alone()
    {
        Emulator.Set(new { latency = 300 });

        Shell.Run("1..10 | ForEach-Object { \"row $_\" } | New-CogVideo -ThrottleLimit 4").Succeeded();

        Assert.InRange(Emulator.Stats["max_open_requests"]!["create"]!.GetValue<int>(), 2, 4);
        Assert.True(Emulator.Submissions[1].At - Emulator.Submissions[0].At >= TimeSpan.FromMilliseconds(290));
    }

    [Fact]
    public void Submitting_waiting_and_saving_go_on_while_rows_still_come()
    {
        const int Most = 1000;
        Emulator.Set(new { service_time = 0 });
        Shell["rows"] = Rows();

        Shell.Run("$rows | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();

        Assert.InRange(Emulator.Tasks.Count, 1, Most - 1);
        Assert.Equal(Emulator.Tasks.Count, Folder.Files.Length);

        // Rows come, each after the one before has been accepted, until the first of them is being saved
        IEnumerable<string> Rows()
        {
            for (int row = 1; row <= Most && !Emulator.Downloads.Any(d => d.Status == 200); row++)
            {
                yield return $"row {row}";
                Emulator.WaitFor(e => e.Tasks.Count == row);
            }
        }
    }

    [Fact]
    public async Task A_job_is_emitted_as_soon_as_it_is_accepted()
    {
        Emulator.Fault("create:delay,seconds=30,prompt=slow");
        using ManualResetEventSlim seen = new();
        Shell["seen"] = seen;

        await StopAsync("'quick', 'slow' | New-CogVideo | ForEach-Object { $seen.Set() }", _ => seen.IsSet);
    }

    private static (string? RequestId, string? Status) Listed(PSObject job) => (job.Text("RequestId"), job.Text("Status"));
}
