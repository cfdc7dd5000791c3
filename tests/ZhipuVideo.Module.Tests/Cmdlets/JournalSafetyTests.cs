using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>
/// What a journal must never do: have two writers, go on after it was replaced, belong to two accounts, change what is not a journal, or end
/// a batch because a line of it is missing.
/// </summary>
public sealed class JournalSafetyTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Submit = "'one', 'two', 'three' | New-CogVideo -JournalPath $folder/run.jsonl -Name { $_ } -ThrottleLimit 1";

    private const string Replace =
        "[IO.File]::Copy(\"$folder/run.jsonl\", \"$folder/copy.jsonl\"); [IO.File]::Move(\"$folder/copy.jsonl\", \"$folder/run.jsonl\", $true)";

    private const string Append =
        "$file = [IO.FileStream]::new(\"$folder/run.jsonl\", 'Append', 'Write', 'ReadWrite'); $file.WriteByte(10); $file.Dispose()";

    private const string Rewrite =
        "$file = [IO.FileStream]::new(\"$folder/run.jsonl\", 'Open', 'ReadWrite', 'ReadWrite'); $all = [byte[]]::new($file.Length); "
        + "$null = $file.Read($all, 0, $all.Length); $file.SetLength(0); $file.Position = 0; $file.Write($all, 0, $all.Length - 1); $file.Dispose()";

    private string Journal => Folder["run.jsonl"];

    /// <summary>Another secret of the same account.</summary>
    private string RotatedKey => Shell.Key.Split('.')[0] + ".rotated0rotated0";

    [UnixTheory]
    [Each("-s", "")]
    public async Task F66_F79_Two_sessions_on_one_journal_under_two_names_pay_for_each_row_once(string kind)
    {
        Shell.Run("New-CogVideo zero -JournalPath $folder/run.jsonl").Succeeded();
        Tool.Run("ln", [.. kind.Length > 0 ? (string[])[kind] : [], Journal, Folder["latest.jsonl"]]);
        using Shell second = OpenSecond();
        Emulator.Set(new { concurrency = 1 });
        Task<Outcome> first = Shell.Start(Submit + " | Wait-CogVideo");
        Emulator.WaitFor(e => e.Submissions.Count > 1);

        second.Run(Submit.Replace("run.jsonl", "latest.jsonl", StringComparison.Ordinal)).Ends("JournalLocked");
        Assert.Equal(3, (await first).Succeeded().Output.Count);
        second.Run(Submit.Replace("run.jsonl", "latest.jsonl", StringComparison.Ordinal)).Succeeded();
        Assert.Equal(["one", "three", "two", "zero"], Emulator.Tasks.Select(task => task.Prompt).Order());
    }

    [UnixTheory]
    [InlineData(Replace, 1)]
    [InlineData(Append, 1)]
    [InlineData(Rewrite, 1)]
    [InlineData("[IO.File]::Delete(\"$folder/run.jsonl\")", 0)]
    public void F68_After_a_journal_was_replaced_nothing_is_submitted_and_what_was_accepted_is_emitted(string change, int known)
    {
        Outcome outcome = Shell.Run(
            "'one', 'two', 'three' | ForEach-Object { if ($_ -eq 'two') { " + change + " }; $_ } "
            + "| New-CogVideo -JournalPath $folder/run.jsonl -Name { $_ } -ThrottleLimit 1");

        outcome.Fails("JournalLost");
        Assert.Equal([Emulator.Tasks[0].Id], outcome.Texts("Id"));
        Assert.Single(Emulator.Submissions);
        Assert.DoesNotContain("\"name\":\"two\"", File.Exists(Journal) ? File.ReadAllText(Journal) : "");

        Assert.Equal(3, Shell.Run(Submit).Succeeded().Output.Count);
        Assert.Equal(4 - known, Emulator.Tasks.Count);
    }

    [UnixFact]
    public void F68_A_run_whose_first_row_finds_the_journal_lost_ends_before_anything_is_paid()
    {
        Shell.Run("& { " + Replace + "; 'one' } | New-CogVideo -JournalPath $folder/run.jsonl").Ends("JournalLost");
        Assert.Empty(Emulator.Submissions);
    }

    /// <summary>The journal is replaced while the submission is at the service: its acceptance cannot be recorded any more.</summary>
    [UnixTheory]
    [Each(1, 2)]
    public void F68_F78_What_is_accepted_while_the_journal_is_lost_is_emitted_with_its_id(int rows)
    {
        using RawServer service = new(async (request, connection) =>
        {
            if (request.Method == "POST") ReplaceJournal();
            await connection.AnswerAsync(200, """{"id":"8868902201637896192","request_id":"r","model":"cogvideox-flash","task_status":"PROCESSING"}""");
        });

        Outcome outcome = Shell.Run(
            $"1..{rows} | ForEach-Object {{ \"row $_\" }} | New-CogVideo -JournalPath $folder/run.jsonl -BaseUri {service.Origin}/v4 -ThrottleLimit 1");

        Assert.Equal("8868902201637896192", Assert.Single(outcome.Output).Text("Id"));
        Assert.Equal("CogVideo.JournalLost", outcome.Error.Id());
        Assert.Single(service.Requests, request => request.Method == "POST");
        Assert.Null(service.ScriptFault);
    }

    [UnixFact]
    public void F68_F78_A_job_that_is_found_again_while_the_journal_is_lost_is_emitted_too()
    {
        bool isKnown = false;
        using RawServer service = new(async (request, connection) =>
        {
            if (request.Method == "POST") connection.Reset();
            else if (!isKnown) await connection.AnswerAsync(404, """{"error":{"code":"1233","message":"任务不存在"}}""");
            else
            {
                ReplaceJournal();
                await connection.AnswerAsync(200, """{"id":"8868902201637896192","model":"cogvideox-flash","task_status":"PROCESSING"}""");
            }
        });
        string line = $"New-CogVideo one -JournalPath $folder/run.jsonl -BaseUri {service.Origin}/v4";
        Shell.Run(line).Fails("SubmissionUnconfirmed");
        Assert.EndsWith("interrupted before a reply came", Shell.Run(line).Error.Exception.Message, StringComparison.Ordinal); // all that is known now
        isKnown = true;

        Outcome outcome = Shell.Run(line);

        Assert.Equal("8868902201637896192", Assert.Single(outcome.Output).Text("Id"));
        Assert.Equal("CogVideo.JournalLost", outcome.Error.Id());
    }

    [UnixFact]
    [Trait("Phase", "wait")]
    public async Task F68_A_result_comes_also_when_the_journal_is_lost_and_that_is_told_once()
    {
        Shell.Run("$jobs = 'one [stall]', 'two [stall]' | New-CogVideo -JournalPath $folder/run.jsonl").Succeeded();
        Task<Outcome> waiting = Shell.Start("$jobs | Wait-CogVideo");
        Emulator.WaitFor(e => e.Looks.Select(look => look.TaskId).Distinct().Count() == 2);
        ReplaceJournal();
        byte[] before = File.ReadAllBytes(Journal);
        foreach (SeenTask task in Emulator.Tasks) Emulator.End(task.Id);

        Outcome outcome = await waiting;

        Assert.Equal(["Success", "Success"], outcome.Texts("Status"));
        Assert.Equal("CogVideo.JournalLost", outcome.Error.Id());
        Assert.Equal(before, File.ReadAllBytes(Journal));
    }

    [UnixFact]
    [Trait("Phase", "download")]
    public async Task F68_A_file_is_saved_also_when_the_journal_is_lost()
    {
        Shell.Run("$result = New-CogVideo one -JournalPath $folder/run.jsonl -Name one | Wait-CogVideo").Succeeded();
        using HttpClient http = new();
        byte[] video = await http.GetByteArrayAsync(new Uri(Shell.Run("$result").Single.Text("Url")!));
        using RawServer files = new(async (request, connection) =>
        {
            ReplaceJournal();
            await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {video.Length}\r\n\r\n");
            await connection.SendAsync(video);
        });

        Outcome outcome = Shell.Run($"$result.Url = '{files.Origin}/v.mp4'; $result.VideoUrls = @($result.Url); $result | Save-CogVideo $folder/videos");

        Assert.Equal(video, File.ReadAllBytes(Assert.Single(outcome.Texts("FullName"))!));
        Assert.Equal("CogVideo.JournalLost", outcome.Error.Id());
        Assert.DoesNotContain("\"saved\"", File.ReadAllText(Journal));
    }

    [Theory]
    [Each("New-CogVideo one -JournalPath $folder/run.jsonl -Name one", "New-CogVideo other -JournalPath $folder/run.jsonl")]
    public void F73_A_journal_of_another_address_is_refused_before_anything_is_sent(string line)
    {
        Shell.Run("New-CogVideo one -JournalPath $folder/run.jsonl -Name one | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded();
        MoveToAnotherAddress();
        int requests = Emulator.Requests.Count;
        byte[] before = File.ReadAllBytes(Journal);

        Shell.Run(line).Ends("InvalidInput", "https://open.bigmodel.cn/api/paas/v4");
        Assert.Equal(requests, Emulator.Requests.Count);
        Assert.Equal(before, File.ReadAllBytes(Journal));
    }

    [Theory]
    [Each(false, true)]
    [Trait("Phase", "wait, download")]
    public void F73_F74_Where_the_journal_is_of_another_address_or_key_the_service_is_asked_and_nothing_recorded(bool isKey)
    {
        Shell.Run("$jobs = New-CogVideo one -JournalPath $folder/run.jsonl -Name one").Succeeded();
        Shell.Run("$jobs | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded();
        Emulator.End(Emulator.Tasks[0].Id);
        if (isKey) Shell.Connect(Emulator, RotatedKey);
        else MoveToAnotherAddress();
        byte[] before = File.ReadAllBytes(Journal);

        Outcome outcome = Shell.Run("$jobs | Wait-CogVideo | Save-CogVideo $folder/again").Succeeded();

        Assert.Equal(2, outcome.Warnings.Count); // of Wait and of Save
        Assert.All(outcome.Warnings, warning => Assert.Contains(Journal, warning));
        Assert.Equal(Folder[Path.Combine("again", "one.mp4")], outcome.Single.Text("FullName"));
        Assert.Equal(before, File.ReadAllBytes(Journal));
    }

    [Fact]
    public void F74_A_rotated_key_looks_for_one_task_and_goes_on()
    {
        Shell.Run(Submit).Succeeded();
        Shell.Connect(Emulator, RotatedKey);
        int looks = Emulator.Looks.Count;

        Assert.Equal(3, Shell.Run(Submit).Succeeded().Output.Count);
        Assert.Contains(Emulator.Looks.Skip(looks), look => look.TaskId == Emulator.Tasks[^1].Id || look.Path.EndsWith(Emulator.Tasks[^1].Id, StringComparison.Ordinal));
        Assert.Empty(Shell.Run(Submit + " | Wait-CogVideo").Succeeded().Warnings);
        Assert.Equal(3, Emulator.Tasks.Count);
    }

    [Fact]
    public void F74_A_key_of_another_account_is_refused_before_anything_is_sent()
    {
        Shell.Run(Submit).Succeeded();
        Shell.Connect(Emulator, Shell.NewKey());
        byte[] before = File.ReadAllBytes(Journal);

        Shell.Run(Submit).Ends("InvalidInput", "another API key");
        Assert.Equal(3, Emulator.Submissions.Count);
        Assert.Equal(Tags(before), Tags(File.ReadAllBytes(Journal)));
    }

    [Theory]
    [InlineData("prompts.csv", "Prompt\none\n")]
    [InlineData("empty.jsonl", "")]
    [InlineData("zeros.jsonl", "\0\0\0")]
    [InlineData("missing.jsonl", null)]
    [InlineData("pipe", null)]
    [Trait("Phase", "wait, download")]
    public void F75_A_journal_that_comes_out_of_the_pipeline_is_never_made_locked_or_written(string name, string? content)
    {
        if (name == "pipe" && OperatingSystem.IsWindows()) return;
        string job = Shell.Run("[Management.Automation.PSSerializer]::Serialize((New-CogVideo one -Name one))").Single.ToString();
        Shell["job"] = job.Replace("<Nil N=\"JournalPath\" />", $"<S N=\"JournalPath\">{Folder[name]}</S>", StringComparison.Ordinal);
        if (content is not null) Folder.Write(name, content);
        if (name == "pipe") Tool.Run("mkfifo", Folder[name]);
        string[] before = Folder.Files;

        Outcome outcome = Shell.Run("[Management.Automation.PSSerializer]::Deserialize($job) | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded();

        Assert.Equal("one.mp4", outcome.Single.Text("Name"));
        Assert.Equal(2, outcome.Warnings.Count);
        Assert.All(outcome.Warnings, warning => Assert.Contains(Folder[name], warning));
        Assert.Equal(before, Folder.Files);
        if (content is not null) Assert.Equal(content, File.ReadAllText(Folder[name]));
    }

    [UnixFact]
    [Trait("Phase", "process, wait")]
    public void F72_A_pipe_and_a_link_to_nowhere_are_no_journals()
    {
        Tool.Run("mkfifo", Folder["pipe"]);
        Tool.Run("ln", "-s", Folder["nowhere"], Folder["link"]);
        foreach ((string name, string reading) in ((string, string)[])[("pipe", "JournalUnreadable"), ("link", "NotFound")])
        {
            Shell.Run($"New-CogVideo one -JournalPath $folder/{name}").Ends("DestinationUnusable");
            Assert.Equal($"CogVideo.{reading}", Shell.Run($"Get-CogVideoJob -JournalPath $folder/{name}").Error.Id());
        }
        Assert.Empty(Emulator.Requests);
        Assert.Equal(["link", "pipe"], Folder.Files.Select(file => Path.GetFileName(file)).Order());
    }

    [UnixFact]
    [Trait("Phase", "submit, wait, download")]
    public void F76_A_journal_that_others_can_write_is_a_warning()
    {
        Assert.Empty(Shell.Run(Submit).Succeeded().Warnings);
        Tool.Run("chmod", "666", Journal);

        Assert.Contains("mode 666", Assert.Single(Shell.Run("$jobs = " + Submit).Succeeded().Warnings));
        Assert.Equal(2, Shell.Run("$jobs | Wait-CogVideo | Save-CogVideo $folder/videos").Succeeded().Warnings.Count(w => w.Contains(Journal, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("intent", true)]
    [InlineData("intent", false)]
    [InlineData("accepted", true)]
    [InlineData("sorted", false)]
    [InlineData("no model", false)]
    [InlineData("a number as model", true)]
    [InlineData("intent of all", false)]
    [Trait("Phase", "process, submit, wait")]
    public void F77_A_line_that_is_missing_or_damaged_ends_nothing_and_nothing_is_paid_twice(string what, bool isDamaged)
    {
        Shell.Run(Submit).Succeeded();
        List<string> lines = [.. File.ReadAllLines(Journal)];
        int line = lines.FindIndex(l => l.Contains($"\"record\":\"{what.Split(' ')[0]}\"", StringComparison.Ordinal));
        switch (what)
        {
            case "sorted":
                lines.Sort(StringComparer.Ordinal);
                break;
            case "no model":
                lines = [.. lines.Select(l => l.Replace(",\"model\":\"cogvideox-flash\"", "", StringComparison.Ordinal))];
                break;
            case "a number as model":
                lines = [.. lines.Select(l => l.Contains("\"two\"", StringComparison.Ordinal)
                    ? l.Replace("\"model\":\"cogvideox-flash\"", "\"model\":5", StringComparison.Ordinal) : l)];
                break;
            case "intent of all":
                lines.RemoveAll(l => l.Contains("\"record\":\"intent\"", StringComparison.Ordinal));
                break;
            default:
                if (isDamaged) lines[line] = lines[line][..40] + "???";
                else lines.RemoveAt(line);
                break;
        }
        File.WriteAllLines(Journal, lines);

        Outcome outcome = Shell.Run(Submit + " | Wait-CogVideo");

        Assert.Null(outcome.Terminating);
        Assert.All(outcome.ErrorIds, id => Assert.StartsWith("CogVideo.", id));
        Assert.Equal(3, Emulator.Tasks.Count);
        Assert.Equal(isDamaged ? ["CogVideo.JournalUnreadable"] : [], outcome.ErrorIds);
        Assert.Equal(["one", "three", "two"], outcome.Texts("Name").Order());
        Assert.Equal(["one", "three", "two"], outcome.Texts("Prompt").Order());
        Assert.All(outcome.Texts("Model"), model => Assert.Equal("cogvideox-flash", model));
    }

    private static string[] Tags(byte[] journal) =>
        [.. Regex.Matches(Encoding.UTF8.GetString(journal), "\"key\":\"([^\"]+)\"").Select(match => match.Groups[1].Value)];

    private void ReplaceJournal()
    {
        File.Copy(Journal, Journal + ".copy");
        File.Move(Journal + ".copy", Journal, overwrite: true);
    }

    private void MoveToAnotherAddress()
    {
        string text = File.ReadAllText(Journal);
        Assert.Contains("\"address\":\"loopback\"", text);
        File.WriteAllText(Journal, text.Replace("\"loopback\"", "\"https://open.bigmodel.cn/api/paas/v4\"", StringComparison.Ordinal));
    }
}
