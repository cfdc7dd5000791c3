namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Waiting for jobs, and single looks at them.</summary>
[Trait("Phase", "wait")]
public sealed class WaitTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void Results_come_in_order_of_completion()
    {
        // The second result ends the first job
        Shell["end"] = (Action)(() => Emulator.End(Emulator.Tasks[0].Id));

        Outcome outcome = Shell.Run("""
            $jobs = 'first [stall]', 'second' | New-CogVideo -ThrottleLimit 1
            $jobs | Wait-CogVideo -PollIntervalSec 1 | ForEach-Object { if ($_.Prompt -eq 'second') { $end.Invoke() }; $_ }
            """).Succeeded();

        Assert.Equal(["second", "first [stall]"], outcome.Texts("Prompt"));
    }

    [Fact]
    public void Success_and_Fail_are_both_results()
    {
        Outcome outcome = Shell.Run("'good', 'bad [fail]' | New-CogVideo -UserId user-1 | Wait-CogVideo").Succeeded();

        PSObject good = outcome.Output.Single(r => r.Text("Prompt") == "good");
        PSObject bad = outcome.Output.Single(r => r.Text("Prompt") == "bad [fail]");
        Assert.Equal("Success", good.Text("Status"));
        Assert.StartsWith(Emulator.FilesUri.AbsoluteUri, good.Text("Url"));
        Assert.StartsWith(Emulator.FilesUri.AbsoluteUri, good.Text("CoverUrl"));
        Assert.Equal(good.Text("Url"), Assert.Single(Assert.IsType<string[]>(good.Get("VideoUrls"))));
        Assert.Equal(good.Text("CoverUrl"), Assert.Single(Assert.IsType<string[]>(good.Get("CoverUrls"))));
        Assert.InRange(Assert.IsType<double>(good.Get("ElapsedSec")), 0.2, 60);
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(good.Get("EndedAt")).Kind);
        Assert.Equal(("cogvideox-flash", "user-1"), (good.Text("Model"), good.Text("UserId")));
        Assert.Equal("Fail", bad.Text("Status"));
        Assert.NotNull(bad.Text("ErrorMessage"));
        Assert.Null(bad.Text("Url"));
    }

    [Theory]
    [Each("message", "nothing")]
    public void A_failure_may_have_its_reason_anywhere(string form)
    {
        Emulator.Set(new { fail_form = form });

        PSObject result = Shell.Run("New-CogVideo 'bad [fail]' | Wait-CogVideo").Single;

        Assert.Equal("Fail", result.Text("Status"));
        Assert.Equal(form == "message", result.Text("ErrorMessage") is not null);
    }

    [Theory]
    [Each("reference", "extended")]
    public void The_model_is_the_code_that_was_sent_whatever_the_reply_calls_it(string form)
    {
        Emulator.Set(new { result_form = form });

        PSObject result = Shell.Run("New-CogVideo 'a cat' -Name cat | Wait-CogVideo").Single;

        Assert.Equal(("cogvideox-flash", "cat", Emulator.Tasks[0].Id), (result.Text("Model"), result.Text("Name"), result.Text("Id")));
    }

    [Fact]
    public void F20_At_its_deadline_a_job_is_an_error_whose_target_can_be_waited_for_again()
    {
        Outcome outcome = Shell.Run("New-CogVideo 'slow [stall]' -Name slow | Wait-CogVideo -TimeoutSec 1 -ErrorVariable late");

        outcome.Fails("OperationTimeout");
        Assert.Equal(
            ("ZhipuVideo.CogVideoJob", "slow", "Processing"),
            (outcome.Error.TargetObject.GetType().FullName, outcome.Error.Target("Name"), outcome.Error.Target("Status")));
        Assert.Empty(outcome.Output);

        Emulator.End(Emulator.Tasks[0].Id);
        Assert.Equal("Success", Shell.Run("$late[0].TargetObject | Wait-CogVideo").Single.Text("Status"));
        Assert.Single(Emulator.Submissions);
    }

    [Theory]
    [InlineData("QUEUED", 1)]
    [InlineData("null", 1)]
    [InlineData("7", 1)]
    [InlineData("SUBMITTED", 0)]
    [InlineData("processing", 0)]
    public void F21_A_state_that_is_not_known_is_not_the_end(string status, int warnings)
    {
        Emulator.Fault($"poll:task-status,value={status},count=2");

        Outcome outcome = Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo").Succeeded();

        Assert.Equal("Success", outcome.Single.Text("Status"));
        Assert.Equal(warnings, outcome.Warnings.Count);
        Assert.All(outcome.Warnings, w => Assert.Contains(status, w));
    }

    [Theory]
    [Each("success", "Success")]
    public void F21_States_compare_without_case(string status)
    {
        Emulator.Set(new { service_time = 0 });
        Emulator.Fault($"poll:task-status,value={status}");

        Assert.Equal("Success", Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo").Single.Text("Status"));
    }

    [Theory]
    [Each("", ",value=null", ",value=empty", ",value=no-url", ",value=ftp://example.com/a.mp4")]
    [Trait("Phase", "wait, download")]
    public void F22_A_success_without_a_link_is_a_result_that_says_so_and_one_error_of_Save(string value)
    {
        Emulator.Set(new { service_time = 0 });
        Emulator.Fault("poll:no-url" + value);

        Outcome outcome = Shell.Run("$result = New-CogVideo 'a cat' | Wait-CogVideo; $result; $result | Save-CogVideo $folder");

        PSObject result = Assert.Single(outcome.Output);
        Assert.Equal(("Success", "ResultMissing", null), (result.Text("Status"), result.Text("ErrorCode"), result.Text("Url")));
        Assert.Equal("CogVideo.ResultMissing", outcome.Error.Id());
        Assert.Equal(4, Emulator.Looks.Count);
        Assert.Empty(Emulator.Downloads);
    }

    [Fact]
    public void F24_A_job_of_ours_may_not_be_found_at_first_any_other_id_is_unknown_at_once()
    {
        Emulator.Fault("poll:status,status=404,code=1233,count=2,prompt=young");

        Outcome outcome = Shell.Run("New-CogVideo 'young' | Wait-CogVideo; Wait-CogVideo 8868902201637896192");

        Assert.Equal("Success", Assert.Single(outcome.Output).Text("Status"));
        Assert.Equal("CogVideo.NotFound", outcome.Error.Id());
        Assert.Equal("8868902201637896192", outcome.Error.Target("Id"));
        Assert.Single(Emulator.Looks, l => l.RequestId == "8868902201637896192");
    }

    [Theory]
    [InlineData(401, "1000", "AuthenticationFailed")]
    [InlineData(429, "1113", "InsufficientBalance")]
    public void F08_F10_What_stops_all_looks_is_one_error_for_each_job_and_loses_none(int status, string code, string reason)
    {
        Shell.Run("$jobs = 'one [stall]', 'two [stall]', 'three [stall]' | New-CogVideo").Succeeded();
        Emulator.Fault($"poll:status,status={status},code={code}");

        Outcome outcome = Shell.Run("$jobs | Wait-CogVideo -ErrorVariable late");

        Assert.Equal(Enumerable.Repeat("CogVideo." + reason, 3), outcome.ErrorIds);
        Assert.All(outcome.Errors, e => Assert.Equal(code, e.Of("Code")));
        Assert.Equal(Emulator.Tasks.Select(t => t.Id).Order(), outcome.Errors.Select(e => e.Target("Id")).Order());
        Assert.InRange(Emulator.Looks.Count, 1, 3);

        Emulator.ClearFaults();
        foreach (SeenTask task in Emulator.Tasks) Emulator.End(task.Id);
        Assert.Equal(3, Shell.Run("$late.TargetObject | Wait-CogVideo").Succeeded().Output.Count);
    }

    [Theory]
    [InlineData("Get-CogVideoResult", 401, "1000", "AuthenticationFailed")]
    [InlineData("Get-CogVideoResult", 429, "1113", "InsufficientBalance")]
    [InlineData("Save-CogVideo $folder", 401, "1000", "AuthenticationFailed")]
    [InlineData("Save-CogVideo $folder", 429, "1113", "InsufficientBalance")]
    [Trait("Phase", "wait, download")]
    public void F08_F10_A_refused_look_is_the_last_and_one_error_counts_the_jobs(string cmdlet, int status, string code, string reason)
    {
        Shell.Run("$ids = (1..20 | ForEach-Object { \"row $_\" } | New-CogVideo -ThrottleLimit 1).Id").Succeeded();
        Emulator.Fault($"poll:status,status={status},code={code}");

        ErrorRecord error = Shell.Run($"$ids | {cmdlet}").Fails(reason, "Jobs not queried: 20.");

        Assert.Equal(code, error.Of("Code"));
        Assert.EndsWith("/async-result/" + Emulator.Tasks[0].Id, Assert.Single(Emulator.Looks).Path);
    }

    [Fact]
    public void F10_What_was_looked_at_before_the_refusal_is_emitted()
    {
        Shell.Run("$ids = (1..20 | ForEach-Object { \"row $_\" } | New-CogVideo -ThrottleLimit 1).Id").Succeeded();
        Emulator.Fault("poll:status,status=401,code=1000,nth=2");

        Outcome outcome = Shell.Run("Get-CogVideoResult $ids");

        Assert.Equal(Emulator.Tasks[0].Id, Assert.Single(outcome.Output).Text("Id"));
        Assert.Contains("Jobs not queried: 19.", outcome.Error.ToString());
        Assert.Equal(Emulator.Tasks[1].Id, outcome.Error.TargetObject);
    }

    [Fact]
    public void F10_Unconfirmed_jobs_cost_a_refused_key_one_look_and_none_is_lost()
    {
        Emulator.Set(new { resolve_request_ids = false });
        Emulator.Fault("create:drop-accepted");
        Shell.Run("1..3 | ForEach-Object { \"row $_\" } | New-CogVideo -ErrorAction SilentlyContinue");
        int looks = Emulator.Looks.Count;
        Emulator.Fault("poll:status,status=401,code=1000");

        Outcome outcome = Shell.Run("Get-CogVideoJob | Wait-CogVideo");

        Assert.Equal(Enumerable.Repeat("CogVideo.AuthenticationFailed", 3), outcome.ErrorIds);
        Assert.Equal(Emulator.Tasks.Select(t => t.RequestId).Order(), outcome.Errors.Select(e => e.Target("RequestId")).Order());
        Assert.Equal(looks + 1, Emulator.Looks.Count);
    }

    [Theory]
    [Each("QUEUED", "null")]
    public void F21_A_state_that_stays_unknown_is_waited_for_up_to_the_deadline_and_warned_of_once(string status)
    {
        Emulator.Fault($"poll:task-status,value={status}");

        Outcome outcome = Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo -TimeoutSec 3 -PollIntervalSec 1");

        outcome.Fails("OperationTimeout");
        Assert.Single(outcome.Warnings);
        Assert.True(Emulator.Looks.Count > 1);
    }

    [Theory]
    [Each("QUEUED", "null", "submitted")]
    [Trait("Phase", "submit")]
    public void F21_A_submission_in_a_state_that_is_not_known_is_accepted(string status)
    {
        Emulator.Fault($"create:task-status,value={status}");

        Outcome outcome = Shell.Run("$job = New-CogVideo 'a cat'; $job.Status; $job | Wait-CogVideo").Succeeded();

        Assert.Equal("Processing", outcome.Output[0].BaseObject);
        Assert.Equal("Success", outcome.Output[1].Text("Status"));
    }

    [Fact]
    public void F23_An_end_that_was_seen_is_not_taken_back()
    {
        PSObject first = Shell.Run("$job = New-CogVideo 'a cat'; $job | Wait-CogVideo").Single;
        Emulator.Fault("poll:task-status,value=PROCESSING");

        Outcome look = Shell.Run("$job | Get-CogVideoResult -Verbose").Succeeded();
        int looks = Emulator.Looks.Count;
        Outcome wait = Shell.Run("$job | Wait-CogVideo -TimeoutSec 30").Succeeded();

        Assert.All([look.Single, wait.Single], again => Assert.Equal(("Success", first.Text("Url")), (again.Text("Status"), again.Text("Url"))));
        Assert.Contains(look.Verbose, line => line.Contains("PROCESSING", StringComparison.Ordinal));
        Assert.Equal(looks, Emulator.Looks.Count); // who waits is told what is known
        Assert.Equal("Success", Shell.Run("Get-CogVideoJob").Single.Text("Status"));
    }

    [Fact]
    public void F06_F25_An_ailing_service_does_not_fail_a_job()
    {
        Emulator.Fault("poll:html,status=503,count=3");

        Assert.Equal("Success", Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo").Single.Text("Status"));
        Assert.Equal(3, Emulator.Looks.Count(look => look.Status == 503));
        Assert.Single(Emulator.Submissions);
    }

    [Fact]
    public void F09_F30_One_poisoned_job_among_many_is_one_error()
    {
        Emulator.Fault("poll:status,status=400,code=1210,prompt=poison");

        Outcome outcome = Shell.Run("""
            1..30 | ForEach-Object { if ($_ -eq 7) { 'poison' } else { "row $_" } } | New-CogVideo | Wait-CogVideo
            """);

        outcome.Fails("InvalidRequest");
        Assert.Equal("poison", outcome.Error.Target("Prompt"));
        Assert.Equal(29, outcome.Output.Count);
    }

    [Theory]
    [Each("Wait-CogVideo", "Get-CogVideoResult")]
    public void Jobs_are_given_as_objects_ids_rows_or_by_name(string cmdlet)
    {
        Emulator.Set(new { service_time = 0 });

        Outcome outcome = Shell.Run($$"""
            $jobs = 'a', 'b', 'c', 'd', 'e' | New-CogVideo -ThrottleLimit 1
            $jobs[0] | {{cmdlet}}
            $jobs[1].Id | {{cmdlet}}
            {{cmdlet}} $jobs[2].Id
            [pscustomobject]@{ id = $jobs[3].Id; Whatever = 1 } | {{cmdlet}}
            @{ Id = $jobs[4].Id } | {{cmdlet}}
            """).Succeeded();

        Assert.Equal(Emulator.Tasks.Select(t => t.Id), outcome.Texts("Id"));
        Assert.All(outcome.Texts("Status"), status => Assert.Equal("Success", status));
    }

    [Fact]
    public void Ids_may_be_any_whole_number_but_none_that_has_lost_digits()
    {
        Emulator.Set(new { service_time = 0, id_form = "digits16" });

        Outcome outcome = Shell.Run("""
            $id = (New-CogVideo 'a cat').Id
            [long]$id | Wait-CogVideo
            [decimal]$id | Get-CogVideoResult
            [pscustomobject]@{ Id = [ulong]$id } | Get-CogVideoResult
            [double]$id | Wait-CogVideo
            """);

        Assert.Equal(3, outcome.Output.Count);
        Assert.Equal("CogVideo.InvalidInput", outcome.Error.Id());
    }

    [Theory]
    [Each("Wait-CogVideo", "Get-CogVideoResult")]
    public void What_has_no_id_is_an_error_and_no_request(string cmdlet)
    {
        Outcome outcome = Shell.Run($"[pscustomobject]@{{ Ident = 1 }}, '', (Get-Command {cmdlet}) | {cmdlet}; {cmdlet}");

        Assert.Equal(Enumerable.Repeat("CogVideo.InvalidInput", 4), outcome.ErrorIds);
        Assert.Contains("Ident", outcome.Errors[0].ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void A_job_that_is_given_twice_is_one_result() => Assert.Single(Shell.Run("$job = New-CogVideo 'a cat'; $job, $job, $job.Id | Wait-CogVideo").Succeeded().Output);

    [Fact]
    public void Get_is_one_look_at_each_in_the_order_of_the_input()
    {
        Emulator.Fault("poll:delay,seconds=1,prompt=first");

        Outcome outcome = Shell.Run("""
            $jobs = 'first', 'second [stall]', 'third [stall]' | New-CogVideo -ThrottleLimit 1
            $jobs[0], '1', $jobs[1], $jobs[2] | Get-CogVideoResult
            """);

        Assert.Equal(Emulator.Tasks.Select(t => t.Id), outcome.Texts("Id"));
        Assert.Equal("Processing", outcome.Output[1].Text("Status"));
        Assert.Equal("CogVideo.NotFound", outcome.Error.Id());
        Assert.Equal("1", outcome.Error.TargetObject);
        Assert.Equal(4, Emulator.Looks.Count);
    }
}
