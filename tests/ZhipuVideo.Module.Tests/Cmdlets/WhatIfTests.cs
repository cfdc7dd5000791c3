namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>-WhatIf and -Confirm.</summary>
public sealed class WhatIfTests(Emulator emulator) : CmdletTest(emulator)
{
    private const int Yes = 0;
    private const int YesToAll = 1;
    private const int No = 2;
    private const int NoToAll = 3;

    [Fact]
    [Trait("Phase", "input, download")]
    public void F65_WhatIf_sends_and_creates_nothing_and_says_what_it_would_do()
    {
        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ Prompt = 'a cat'; Name = 'cat' }, [pscustomobject]@{ Prompt = 'a dog'; Model = 'cogvideox-2' } |
                New-CogVideo -WhatIf -JournalPath $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos -WhatIf
            """).Succeeded();

        Assert.Empty(outcome.Output);
        Assert.Empty(Emulator.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.FullName));
        Assert.Equal(3, outcome.HostText.Trim().Split('\n').Length); // a row each, and the sum
        Assert.All(["cat", "cogvideox-flash", "Row 2", "cogvideox-2"], part => Assert.Contains(part, outcome.HostText));
        Assert.Empty(Shell.Run("Get-CogVideoJob").Output);
    }

    [Fact]
    public void F157_WhatIf_finds_a_request_id_that_was_filled_down_and_takes_nothing_from_the_rows_that_are_sent()
    {
        const string Rows = "'one', 'two' | ForEach-Object { [pscustomobject]@{ Prompt = $_; request_id = 'filled-down-1' } } | New-CogVideo";

        ErrorRecord error = Shell.Run($"{Rows} -WhatIf").Fails("InvalidInput");

        Assert.Contains("Row 2", error.Exception.Message);
        Assert.Empty(Emulator.Requests);
        Assert.Equal("one", Assert.Single(Shell.Run(Rows).Output).Text("Prompt"));
    }

    [Fact]
    public void F65_WhatIfPreference_counts_as_well()
    {
        Shell.Run("$WhatIfPreference = $true; 'a cat' | New-CogVideo -JournalPath $folder/run.jsonl | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded();

        Assert.Empty(Emulator.Requests);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.FullName));
    }

    [Fact]
    [Trait("Phase", "download")]
    public void F65_WhatIf_of_Save_downloads_nothing()
    {
        Outcome outcome = Shell.Run("'a cat' | New-CogVideo -Name cat | Wait-CogVideo | Save-CogVideo $folder/videos -WhatIf").Succeeded();

        Assert.Contains("cat", outcome.HostText);
        Assert.Contains(Folder["videos"], outcome.HostText);
        Assert.DoesNotContain("http", outcome.HostText);
        Assert.Empty(Emulator.Downloads);
        Assert.False(Directory.Exists(Folder["videos"]));
    }

    [Theory]
    [InlineData(new[] { Yes, No, Yes }, 3, new[] { "one", "two" })]
    [InlineData(new[] { YesToAll }, 1, new[] { "one", "three", "two" })]
    [InlineData(new[] { No, NoToAll }, 2, new string[0])]
    public void F65_Confirm_asks_for_each_row_and_once_for_all(int[] answers, int questions, string[] sent)
    {
        foreach (int answer in answers) Shell.Answers.Enqueue(answer);

        Outcome outcome = Shell.Run("'one', 'three', 'two' | New-CogVideo -Confirm").Succeeded();

        Assert.Equal(questions, outcome.HostText.Split("? ").Length - 1);
        Assert.Equal(sent, Emulator.Submissions.Select(s => s.Prompt).Order());
    }

    [Fact]
    public void F65_Nothing_is_asked_without_Confirm()
    {
        Outcome outcome = Shell.Run("'one' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();

        Assert.Empty(outcome.HostText);
        Assert.Single(Folder.Files);
    }
}
