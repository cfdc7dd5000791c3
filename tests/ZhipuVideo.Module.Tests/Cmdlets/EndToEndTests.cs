namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>The line that the module is for.</summary>
public sealed class EndToEndTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void Rows_become_files()
    {
        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ Prompt = 'a cat'; Name = 'cat' }, [pscustomobject]@{ Prompt = '一只狗'; Name = '狗' } |
                New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath $folder
            """).Succeeded();

        Assert.Equal(["cat.mp4", "狗.mp4"], outcome.Texts("Name").Order());
        Assert.Equal(2, Folder.Files.Length);
        Assert.All(Folder.Files, file => Assert.Equal("ftyp"u8, File.ReadAllBytes(file).AsSpan(4, 4)));
        Assert.Equal(["a cat", "一只狗"], Emulator.Tasks.Select(t => t.Prompt).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_key_goes_to_the_API_alone()
    {
        Shell.Run("New-CogVideo 'a cat' | Wait-CogVideo | Save-CogVideo $folder -IncludeCover").Succeeded();

        Assert.All(Emulator.Requests, r => Assert.Equal(r.Origin == "api" ? "valid" : "none", r.Authorization));
        Assert.Equal(["create", "poll", "download", "cover"], Emulator.Requests.Select(r => r.Phase).Distinct());
    }

    [Fact]
    public void An_account_that_runs_dry_ends_in_one_error_and_what_was_accepted_is_saved()
    {
        Emulator.Set(new { balance = 3 });

        Outcome outcome = Shell.Run("""
            $rows = foreach ($n in 1..9) { [pscustomobject]@{ Prompt = "number $n"; Name = "n$n"; Model = 'cogvideox-2' } }
            $rows | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder
            """);

        Assert.Equal("CogVideo.InsufficientBalance", outcome.Error.Id());
        Assert.Equal(System.Management.Automation.ErrorCategory.QuotaExceeded, outcome.Error.CategoryInfo.Category);
        Assert.Contains("6", outcome.Error.ToString()); // rows that were not submitted
        Assert.Equal("1113", outcome.Error.Of("Code"));
        Assert.Equal(3, Emulator.Tasks.Count);
        Assert.Equal(3, outcome.Output.Count);
        Assert.Equal(3, Folder.Files.Length);
        Assert.Equal(3, Shell.Run("Get-CogVideoJob -Status Success").Output.Count);
    }

    [Fact]
    public void An_empty_account_costs_one_request_and_ends_at_once()
    {
        Emulator.Set(new { balance = 0 });

        Outcome outcome = Shell.Run("""
            $rows = foreach ($n in 1..9) { [pscustomobject]@{ Prompt = "number $n"; Model = 'cogvideox-2' } }
            $rows | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder
            """);

        Assert.Equal("CogVideo.InsufficientBalance", outcome.Terminating?.Id());
        Assert.Empty(outcome.Output);
        Assert.Single(Emulator.Requests);
    }

    [Fact]
    public void One_bad_row_among_many_is_one_error()
    {
        Outcome outcome = Shell.Run("""
            'one', 'two [sensitive]', 'three [fail]', 'four' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder
            """);

        Assert.Equal(["CogVideo.ContentRejected", "CogVideo.JobFailed"], outcome.ErrorIds.Order());
        Assert.Equal(2, Folder.Files.Length);
    }
}
