using System.Text.Json;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>The jobs of a runspace.</summary>
public sealed class JobTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void Jobs_are_listed_in_their_order_and_by_status()
    {
        Shell.Run("$null = 'one', 'two [fail]', 'three [stall]' | New-CogVideo -ThrottleLimit 1; $null = Get-CogVideoJob | Wait-CogVideo -TimeoutSec 2 -ErrorAction SilentlyContinue");

        Outcome all = Shell.Run("Get-CogVideoJob").Succeeded();
        Assert.Equal(["one", "two [fail]", "three [stall]"], all.Texts("Prompt"));
        Assert.Equal(["Success", "Fail", "Processing"], all.Texts("Status"));
        Assert.Equal(
            ["ZhipuVideo.CogVideoResult", "ZhipuVideo.CogVideoResult", "ZhipuVideo.CogVideoJob"],
            all.Output.Select(j => j.BaseObject.GetType().FullName));
        Assert.Equal(["one", "two [fail]"], Shell.Run("Get-CogVideoJob -Status Success, fail").Texts("Prompt"));
        Assert.Empty(Shell.Run("Get-CogVideoJob -Status Unconfirmed").Succeeded().Output);
    }

    [Theory]
    [Each("", "-JournalPath $folder/run.jsonl")]
    public void F124_What_is_listed_says_what_came_of_it(string journal)
    {
        Shell.Run($$"""
            $rows = 'one', 'two [fail]', 'three [sensitive]', 'four [stall]' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_.Split()[0] } }
            $rows | New-CogVideo {{journal}} -ThrottleLimit 1 -ErrorAction SilentlyContinue | Wait-CogVideo -TimeoutSec 2 -ErrorAction SilentlyContinue |
                Save-CogVideo $folder -ErrorAction SilentlyContinue
            """);

        Outcome all = Shell.Run("Get-CogVideoJob " + journal).Succeeded();
        Assert.Equal(["Success", "Fail", "Rejected", "Processing"], all.Texts("Status"));
        Assert.Equal([Folder["one.mp4"], null, null, null], all.Texts("SavedPath"));
        Assert.Equal(new FileInfo(Folder["one.mp4"]).Length, all.Output[0].Get("FileLength"));
        Assert.False(string.IsNullOrEmpty(all.Output[1].Text("ErrorMessage")));
        Assert.Equal("1301", all.Output[2].Text("ErrorCode"));
        Assert.Contains("1301", all.Output[2].Text("ErrorMessage"));
        Assert.IsType<DateTime>(all.Output[1].Get("EndedAt"));
        Assert.Equal("ZhipuVideo.CogVideoJob", all.Output[3].TypeNames[0]);
        Assert.Equal(["three"], Shell.Run($"Get-CogVideoJob {journal} -Status rejected").Texts("Name"));

        // The rejected one: Wait passes it on, one look finds nothing new, Save makes an error of it, and the service is asked nothing
        int requests = Emulator.Requests.Count;
        Shell.Run($"$rejected = Get-CogVideoJob {journal} -Status Rejected");
        Assert.Equal("Rejected", Shell.Run("$rejected | Wait-CogVideo").Single.Text("Status"));
        Assert.Equal("Rejected", Shell.Run("$rejected | Get-CogVideoResult").Single.Text("Status"));
        Shell.Run("$rejected | Save-CogVideo $folder").Fails("JobFailed");
        Assert.Equal(requests, Emulator.Requests.Count);
    }

    [Fact]
    public void F124_A_rejected_row_that_is_sent_again_is_no_longer_rejected()
    {
        Emulator.Fault("create:status,status=400,code=1301,count=1");
        Shell.Run("New-CogVideo one -RequestId r1 -ErrorAction SilentlyContinue");
        Assert.Equal(["Rejected"], Shell.Run("Get-CogVideoJob").Texts("Status"));

        Shell.Run("New-CogVideo one -RequestId r1").Succeeded();

        Assert.Equal(["Processing"], Shell.Run("Get-CogVideoJob").Texts("Status"));
    }

    [Fact]
    public void F124_Jobs_are_found_by_id_and_name_and_in_no_other_state_than_there_is()
    {
        Shell.Run("""
            $rows = 'cat', 'cat [1]', 'dog' | ForEach-Object { [pscustomobject]@{ Prompt = 'x [stall]'; Name = $_ } }
            $null = $rows | New-CogVideo -ThrottleLimit 1
            $ids = (Get-CogVideoJob).Id; $requests = (Get-CogVideoJob).RequestId
            """).Succeeded();

        Assert.Equal(["cat", "cat [1]"], Shell.Run("Get-CogVideoJob -Name cat*").Texts("Name"));
        Assert.Equal(["cat [1]"], Shell.Run("Get-CogVideoJob -Name 'cat [1]'").Texts("Name"));
        Assert.Equal(["cat"], Shell.Run("Get-CogVideoJob -Name CAT").Texts("Name"));
        Assert.Equal(["cat", "dog"], Shell.Run("Get-CogVideoJob -Id $ids[2], $ids[0]").Texts("Name"));
        Assert.Equal(["dog"], Shell.Run("Get-CogVideoJob -Id \"$($ids[2].Substring(0, 18))*\" -Name d*").Texts("Name"));
        Assert.Equal(["dog"], Shell.Run("Get-CogVideoJob -Id $requests[2]").Texts("Name"));
        Assert.Empty(Shell.Run("Get-CogVideoJob -Name bird*, 'bird [1]', 'bird ['").Succeeded().Output);
        Outcome missing = Shell.Run("Get-CogVideoJob -Name cat, bird -Id $ids[0], 7");
        Assert.Equal(["CogVideo.NotFound", "CogVideo.NotFound"], missing.ErrorIds);
        Assert.Equal(["7", "bird"], missing.Errors.Select(error => error.TargetObject));
        Assert.Equal(["cat"], missing.Texts("Name"));
        foreach (string status in new[] { "Done", "F*", "''", "Saved" })
        {
            Outcome outcome = Shell.Run($"Get-CogVideoJob -Status {status}");
            Assert.Equal("CogVideo.InvalidInput", outcome.Terminating!.Id());
            Assert.Contains("Rejected", outcome.Terminating!.Exception.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>An id that a spreadsheet would take for a formula, or that steers a terminal, is none: the task is known by its request_id.</summary>
    [Theory]
    [Trait("Phase", "submit, input")]
    [Each("=cmd|' /C calc'!A1", "+1", "-1+1", "@SUM(1)", "\uFF1D1+1", "1\u001b[31m", "1\u202E2", "1\n=2")]
    public void F122_What_cannot_be_an_id_is_taken_for_none(string id)
    {
        Shell["id"] = id;

        Shell.Run("New-CogVideo x -RequestId $id").Fails("InvalidInput");
        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput"], Shell.Run("""
            [pscustomobject]@{ Id = $id; Status = 'Processing' } | Wait-CogVideo
            [pscustomobject]@{ Id = '1'; RequestId = $id } | Get-CogVideoResult
            """).ErrorIds);
        Assert.Empty(Emulator.Requests);

        Emulator.Fault(new
        {
            phase = "create",
            kind = "body",
            value = JsonSerializer.Serialize(new { id, request_id = "mine", task_status = "PROCESSING" }),
            count = 1,
        });
        Outcome outcome = Shell.Run("New-CogVideo x -RequestId mine");
        Assert.Equal(Emulator.Tasks.Single().Id, outcome.Single.Text("Id"));
    }

    [Fact]
    public void What_is_listed_is_a_copy()
    {
        Shell.Run("New-CogVideo 'a cat' -Name cat; $job = Get-CogVideoJob; $job.Name = 'changed'; $job.Status = 'Fail'").Succeeded();

        Assert.Equal(("cat", "Processing"), (Shell.Run("Get-CogVideoJob").Single.Text("Name"), Shell.Run("Get-CogVideoJob").Single.Text("Status")));
    }

    [Fact]
    public void An_id_that_is_offered_is_one_argument_whatever_the_service_made_it_of()
    {
        const string Id = "it's $(an id); 1";
        string body = JsonSerializer.Serialize(new { id = Id, request_id = "r", task_status = "PROCESSING" });
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, body));
        Shell["base"] = server.Origin;

        Outcome outcome = Shell.Run("""
            $null = New-CogVideo x -BaseUri $base -RequestId r
            $offered = [System.Management.Automation.CommandCompletion]::CompleteInput('Wait-CogVideo -Id ', 18, $null).CompletionMatches
            & ([scriptblock]::Create("& { `$args } $($offered[0].CompletionText)"))
            """).Succeeded();

        Assert.Equal(Id, outcome.Single.ToString());
    }
}
