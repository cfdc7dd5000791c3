namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>What an error advises fits the place where it happened, not only its reason.</summary>
public sealed class AdviceTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string NoJournal = "prompt,name\na cat,n1\n";

    [Theory]
    [Trait("Phase", "process")]
    [InlineData("Get-CogVideoJob $folder/nothere.jsonl", "CogVideo.NotFound", "path")]
    [InlineData("Get-CogVideoJob $folder/no/folder/nothere.jsonl", "CogVideo.NotFound", "path")]
    [InlineData("Get-CogVideoJob $folder", "CogVideo.JournalUnreadable", "path")]
    [InlineData("Get-CogVideoJob Env:/PATH", "CogVideo.DestinationUnusable", "a path on a disk")]
    [InlineData("Get-CogVideoJob $folder/rows.csv", "CogVideo.JournalUnreadable", "path")]
    [InlineData("New-CogVideo cat -JournalPath $folder/rows.csv", "CogVideo.JournalUnreadable", "path")]
    [InlineData("New-CogVideo cat -JournalPath $folder/rows.csv -WhatIf", "CogVideo.JournalUnreadable", "path")]
    [InlineData("New-CogVideo cat -JournalPath $folder/no/run.jsonl", "CogVideo.DestinationUnusable", "Create the folder")]
    [InlineData("New-CogVideo cat -JournalPath $folder", "CogVideo.DestinationUnusable", "-JournalPath")]
    [InlineData("New-CogVideo cat -JournalPath Env:/journal", "CogVideo.DestinationUnusable", "on a disk")]
    [InlineData("New-CogVideo cat -JournalPath Function:/journal", "CogVideo.DestinationUnusable", "on a disk")]
    [InlineData("New-CogVideo cat -JournalPath nodrive:/journal", "CogVideo.DestinationUnusable", "on a disk")]
    [InlineData("Export-CogVideoGallery $folder/page.html -InputObject $row", "CogVideo.DestinationUnusable", "-Force")]
    [InlineData("Export-CogVideoGallery $folder/page.html/below.html -InputObject $row", "CogVideo.DestinationUnusable", "that you may write to")]
    [InlineData("Export-CogVideoGallery $folder -InputObject $row -Force", "CogVideo.DestinationUnusable", "-Path")]
    [InlineData("Save-CogVideo $folder/page.html -Id 1", "CogVideo.DestinationUnusable", "that you may write to")]
    public void F43_F46_F174_A_place_that_cannot_be_used_is_told_in_the_words_of_that_place(string script, string id, string word)
    {
        Folder.Write("rows.csv", NoJournal);
        Folder.Write("page.html", "mine");

        Outcome outcome = Shell.Run($"$row = [pscustomobject]@{{ Id = '1' }}; {script}");

        ErrorRecord error = outcome.Terminating ?? outcome.Error;
        string advice = error.ErrorDetails.RecommendedAction;
        Assert.Equal(id, error.Id());
        Assert.Contains(word, advice, StringComparison.Ordinal);
        Assert.DoesNotContain("Repair", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("-DestinationPath", advice, StringComparison.Ordinal);
        Assert.DoesNotContain("-Force", script.Contains("-Force", StringComparison.Ordinal) ? $"{error} {advice}" : "", StringComparison.Ordinal);
        Assert.Empty(Emulator.Requests);
        Assert.Equal((NoJournal, "mine"), (File.ReadAllText(Folder["rows.csv"]), File.ReadAllText(Folder["page.html"])));
    }

    [Fact]
    [Trait("Phase", "process")]
    public void F174_A_line_is_repaired_but_a_line_that_is_missing_is_not()
    {
        Shell.Run("New-CogVideo cat -JournalPath $folder/run.jsonl -TimeoutSec 60 | Wait-CogVideo").Succeeded();
        string[] lines = File.ReadAllLines(Folder["run.jsonl"]);
        string end = Assert.Single(lines, line => line.Contains("\"ended\"", StringComparison.Ordinal));
        Folder.Write("orphan.jsonl", $"{lines[0]}\n{end}\n");
        Folder.Write("broken.jsonl", $"{lines[0]}\nbroken\n{lines[1]}\n");

        string[] advice = [.. Shell.Run("Get-CogVideoJob $folder/orphan.jsonl; Get-CogVideoJob $folder/broken.jsonl").Errors
            .Select(e => e.ErrorDetails.RecommendedAction)];

        Assert.Equal(2, advice.Length);
        Assert.DoesNotContain("Repair", advice[0], StringComparison.Ordinal);
        Assert.Contains("before you submit", advice[0], StringComparison.Ordinal);
        Assert.Contains("Repair", advice[1], StringComparison.Ordinal);
    }

    /// <summary>The second row is refused (1302), the third is never sent: both say the same.</summary>
    [Theory]
    [Each("", "-JournalPath $folder/run.jsonl")]
    public void F174_A_row_that_got_no_slot_in_time_has_no_job_to_wait_for(string journal)
    {
        Emulator.Set(new { concurrency = 1 });

        Outcome outcome = Shell.Run($"'one [stall]' | New-CogVideo {journal}; 'two', 'three' | ForEach-Object {{ $_ | New-CogVideo {journal} -TimeoutSec 1 }}");

        Assert.Equal(["one [stall]"], outcome.Texts("Prompt"));
        Assert.Equal(["CogVideo.LimitExceeded", "CogVideo.LimitExceeded"], outcome.ErrorIds);
        foreach (ErrorRecord error in outcome.Errors)
        {
            Assert.Contains("-TimeoutSec", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
            Assert.DoesNotContain("Wait-CogVideo", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("three", Emulator.Submissions.Select(s => s.Prompt));
    }

    [Fact]
    public void F174_Who_only_looks_is_told_of_no_parameter_that_looking_has_not()
    {
        string id = Shell.Run("New-CogVideo cat").Single.Text("Id")!;
        Emulator.Fault("poll:status,status=429,code=1303");

        ErrorRecord error = Shell.Run($"Get-CogVideoResult {id}").Fails("LimitExceeded");

        Assert.DoesNotContain("-TimeoutSec", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
    }

    [UnixTheory]
    [Trait("Phase", "download")]
    [Each("-Force", "-FileName cat -Force")]
    public void F45_F174_A_link_in_the_way_of_a_video_is_refused_and_to_be_removed(string how)
    {
        File.CreateSymbolicLink(Folder["cat.mp4"], Folder.Write("victim", "precious"));

        ErrorRecord error = Shell.Run($"New-CogVideo cat -Name cat | Wait-CogVideo | Save-CogVideo $folder {how}")
            .Fails("DestinationUnusable");

        Assert.Contains("Remove the link", error.ErrorDetails.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Folder["victim"]));
    }

    /// <summary>Whoever has installed the module has no sources to run.</summary>
    [Fact]
    [Trait("Phase", "input")]
    public async Task F174_The_emulator_is_offered_where_the_sources_are()
    {
        foreach (string part in (string[])["bin/net8.0", "bin"])
        {
            string copy = Folder["ZhipuVideo/" + part];
            Directory.CreateDirectory(copy);
            foreach (string file in Directory.GetFiles(Repository.PathOf(part))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        File.Copy(Repository.Manifest, Folder["ZhipuVideo/ZhipuVideo.psd1"]);
        const string Script = "try { New-CogVideo cat } catch { [string]$_ }";
        PwshSetup setup = new() { Folder = Folder.FullName, Environment = { ["ZHIPUAI_API_KEY"] = "", ["ZAI_API_KEY"] = "" } };

        PwshResult installed = await PwshProcess.RunAsync(setup, "-Command", "Import-Module ./ZhipuVideo/ZhipuVideo.psd1; " + Script);
        PwshResult sources = await PwshProcess.RunAsync(setup with { Import = true }, "-Command", Script);

        Assert.Contains("Get-Help about_ZhipuVideo", installed.Output + installed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet", installed.Output, StringComparison.Ordinal);
        Assert.Contains($"dotnet run --project \"{Repository.PathOf(Path.Combine("src", "ZhipuVideo.Console"))}\"", sources.Output, StringComparison.Ordinal);
    }
}
