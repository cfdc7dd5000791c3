using System.Xml.Linq;
using ZhipuVideo.Tests.Examples;

namespace ZhipuVideo.Tests.Views;

/// <summary>How objects look on the screen.</summary>
public class ViewTests
{
    /// <summary>A bell, escapes of 7 and 8 bits, a line break, an override and an isolate of direction, a line separator.</summary>
    private const string Hostile = "`a`e[31m`u{9B}1m`r`n`u{202E}`u{2066}`u{2028}";

    private static readonly (string Call, string Cell)[] Cells =
    [
        ("Time($null)", ""), ("Time($now)", "2026-05-01 09:30:00Z"), ("Time($now.ToLocalTime())", "2026-05-01 09:30:00Z"),
        ("Time('soon')", "soon"), ("Time([psobject]$now)", "2026-05-01 09:30:00Z"),
        ("Line($null)", ""), ("Line(\" a`r`n`r`nb`t`0c \")", "a b c"), ("Line(\"red`e[31m\")", "red [31m"),
        ("Line(\"exe.`u{202E}gpj`u{2066}\")", "exe. gpj"), ("Line(\"a`u{2028}b`u{206A}c\")", "a b c"), ("Line(12.5)", "12.5"), ("Line(30)", "30"),
        ("Line($false)", "False"), ("Line(@('a', \"b`a\", $null))", "a, b, "), ("Line([psobject]@('a', 'b'))", "a, b"),
        ("Has($null)", "False"), ("Has('')", "False"), ("Has(@())", "False"), ("Has(0)", "True"), ("Has($false)", "True"), ("Has(\"`a\")", "False"),
        ("Id($null)", ""), ("Id('8868902201637896192')", "8868902201637896192"), ("Id(8868902201637896192)", "8868902201637896192"),
        ("Id('8b8f35d95f90482197eca36dbdd6c0ac')", "8b8f35d9...bdd6c0ac"),
        ("Range($null)", "-"), ("Range(@())", "-"), ("Range(@('a'))", "a"), ("Range(@('a', 'b'))", "a, b"), ("Range(@('a', 'b', \"c`a\"))", "a .. c (3)"),
        ("Range('a')", "a"),
        ("Status('Fail', $null)", "Fail"), ("Status($null, $PSStyle)", ""), ("Status(\"Od`ad\", $PSStyle)", "Od d"),
    ];

    private static XDocument Views => XDocument.Load(Repository.PathOf("bin/ZhipuVideo.format.ps1xml"));

    [Fact]
    public async Task Cells_are_on_one_line_and_in_the_readers_culture()
    {
        string script = "$now = [datetime]::new(2026, 5, 1, 9, 30, 0, [DateTimeKind]::Utc); "
            + string.Concat(Cells.Select(cell => $"'<' + [ZhipuVideo.Views.Format]::{cell.Call} + '>'; "))
            + "[cultureinfo]::CurrentCulture = 'de-DE'; [ZhipuVideo.Views.Format]::Line(3.64)";

        PwshResult result = await PwshProcess.RunAsync(new PwshSetup { Import = true }, "-Command", script);

        Assert.Equal("", result.Error);
        Assert.Equal([.. Cells.Select(cell => $"<{cell.Cell}>"), "3,64"], result.Output.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Colour_comes_with_the_shells_style_and_goes_with_plain_text_and_files()
    {
        const string Script = """
            $PSStyle.OutputRendering = 'Ansi'; $coloured = [ZhipuVideo.Views.Format]::Status('Fail', $PSStyle)
            $PSStyle.OutputRendering = 'PlainText'; $plain = [ZhipuVideo.Views.Format]::Status('Fail', $PSStyle)
            $PSStyle.OutputRendering = 'Host'; $redirected = [ZhipuVideo.Views.Format]::Status('Fail', $PSStyle)
            $coloured -eq ($PSStyle.Foreground.Red + 'Fail' + $PSStyle.Reset); $plain -eq 'Fail'; $redirected -eq 'Fail'
            """;

        PwshResult result = await PwshProcess.RunAsync(new PwshSetup { Import = true }, "-Command", Script);

        Assert.Equal("True\nTrue\nTrue\n", result.Output);
    }

    [Fact]
    public async Task Jobs_and_results_are_tables_with_the_status_first_and_columns_aligned_under_Chinese()
    {
        const string Script = """
            $jobs = @(New-CogVideo '一只橘猫在月球上追蝴蝶，低重力下缓缓跃起，远处是蓝色的地球。它回头看了看，又跳了起来，落在环形山的边上。' -Name 月球上的猫;
                New-CogVideo "two`nlines")
            $jobs | Format-Table
            $jobs | Wait-CogVideo | Save-CogVideo -DestinationPath videos -PassThru | Format-Table
            """;
        OfflineRun run = await OfflineRun.RunAsync(Script);

        string[] lines = run.Shell.Output.Split('\n');
        Assert.Matches(@"^Status +ElapsedSec +Id +Name +Prompt$", lines[1]);
        Assert.Matches(@"^Processing +\d{19} 月球上的猫 +一只橘猫在月球上.*…$", lines[3]);
        Assert.Matches(@"^Processing +\d{19} +two lines$", lines[4]);
        Assert.Equal(lines[3].IndexOf("月球", StringComparison.Ordinal), lines[1].IndexOf("Name", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Success ", StringComparison.Ordinal) && line.Contains("月球上的猫", StringComparison.Ordinal));
    }

    [Fact]
    public async Task F124_A_list_of_jobs_and_results_is_one_table()
    {
        const string Script = """
            $done = New-CogVideo 'one' -Name first | Wait-CogVideo | Save-CogVideo -DestinationPath videos -PassThru
            $null = New-CogVideo 'two [fail]' -Name second | Wait-CogVideo
            New-CogVideo 'three [sensitive]' -Name third -ErrorAction SilentlyContinue
            $null = New-CogVideo 'four [stall]' -Name fourth
            Get-CogVideoJob
            Get-CogVideoJob | Format-Table -View Outcome
            """;
        OfflineRun run = await OfflineRun.RunAsync(Script);

        string[] lines = [.. run.Shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '-')];
        Assert.Matches(@"^Status +ElapsedSec +Id +Name +Prompt$", lines[0]);
        Assert.Matches(@"^Success +[0-9.]+ \d{19} first +one$", lines[1]);
        Assert.Matches(@"^Fail +[0-9.]+ \d{19} second +two \[fail\]$", lines[2]);
        Assert.Matches(@"^Rejected +third +three \[sensitive\]$", lines[3]);
        Assert.Matches(@"^Processing +\d{19} fourth +four \[stall\]$", lines[4]);
        Assert.Matches(@"^Status +ElapsedSec +FileLength +Name +ErrorMessage$", lines[5]);
        Assert.Matches(@"^Success +[0-9.]+ +\d+ first *$", lines[6]);
        Assert.Matches(@"^Fail +[0-9.]+ +second +\S", lines[7]);
        Assert.Matches(@"^Rejected +third +\S", lines[8]);
        Assert.Equal(10, lines.Length);
    }

    [Fact]
    public async Task A_list_has_the_id_first_and_nothing_that_was_not_given()
    {
        OfflineRun run = await OfflineRun.RunAsync("New-CogVideo 猫 -Duration 5 | Format-List");

        Assert.Equal(
            ["Id", "Status", "Prompt", "Model", "Duration", "RequestId", "SubmittedAt"],
            run.Shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(" : ")[0].Trim()));
    }

    [Fact]
    [Trait("Phase", "process, input")]
    public async Task F120_Nothing_that_a_row_says_steers_the_terminal()
    {
        const string Script = $$"""
            $bad = "{{Hostile}}"
            $row = [pscustomobject]@{ Name = "n$bad"; Prompt = "p$bad"; UserId = "user-1" }
            $job = $row | New-CogVideo
            $row | New-CogVideo -WhatIf
            $row | New-CogVideo -Size "9$bad" -Model cogvideox-2 -ErrorAction Continue
            $result = $job | Wait-CogVideo
            $result | Save-CogVideo -WhatIf
            $job, $result | ForEach-Object { $_ | Format-Table; $_ | Format-List; "$_" }
            $job; $result
            $result; $job
            $text = [psobject]"x$bad"
            $text | Export-CogVideoGallery page.html -ErrorAction Continue
            [pscustomobject]@{ "Colour$bad" = 1 } | Wait-CogVideo -ErrorAction Continue
            Get-CogVideoJob -Name "none$($bad.Replace('[', ''))" -ErrorAction Continue
            foreach ($e in $Error) { $e.CategoryInfo.TargetName; "$($e.CategoryInfo)" }
            foreach ($line in 'Wait-CogVideo -Id ', 'Get-CogVideoJob -Id ')
            {
                foreach ($match in [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches)
                {
                    $match.ToolTip; $match.ListItemText; $match.CompletionText
                }
            }
            """;
        OfflineRun run = await OfflineRun.RunAsync(Script);

        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput", "CogVideo.InvalidInput", "CogVideo.InvalidInput", "CogVideo.NotFound"], run.ErrorIds);
        Assert.Contains("n [31m 1m", run.Shell.Output, StringComparison.Ordinal);
        AssertHarmless(run.Shell);
    }

    /// <summary>As in a script that connects and submits: the shell would write the job in the connection's form.</summary>
    [Fact]
    public async Task F124_A_job_after_a_connection_is_shown_as_a_job()
    {
        OfflineRun run = await OfflineRun.RunAsync("Connect-CogVideo; New-CogVideo one -Name first");

        Assert.Contains("KeySource : ZHIPUAI_API_KEY", run.Shell.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^Status +ElapsedSec +Id +Name +Prompt$", run.Shell.Output);
    }

    /// <summary>
    /// Every property of every type that has a view, in every view: as our objects hold them, and as anybody can write them into a file of
    /// Export-Clixml, where a number or a time may be a text.
    /// </summary>
    [Fact]
    public async Task F120_No_value_in_any_view_steers_the_terminal()
    {
        string[][] views = [.. Views.Descendants("View").SelectMany(view =>
            view.Descendants("TypeName").Select(type => new[]
            {
                type.Value, view.Element("TableControl") is null ? "Format-List" : "Format-Table", view.Element("Name")!.Value,
            }))];
        string script = $$"""
            $null = Get-CogVideoModel
            $bad = "{{Hostile}}"
            function Show($type, $command, $view)
            {
                $fresh = ($type -replace '^Deserialized\.') -as [type]
                $names = $fresh.GetProperties().Name
                $objects = @(if ($type -notlike 'Deserialized.*' -and $fresh.GetConstructors().Count -gt 0)
                {
                    $object = $fresh::new()
                    foreach ($p in $fresh.GetProperties()) { if ($p.PropertyType -eq [string]) { $object.($p.Name) = "V$($p.Name)$bad" } }
                    $object
                }
                else
                {
                    $one = [pscustomobject]@{}; $many = [pscustomobject]@{}
                    foreach ($name in $names)
                    {
                        $one.PSObject.Properties.Add([psnoteproperty]::new($name, "V$name$bad"))
                        $many.PSObject.Properties.Add([psnoteproperty]::new($name, @("V$name$bad", "second$bad")))
                    }
                    foreach ($object in $one, $many) { $object.PSObject.TypeNames.Insert(0, $type); $object }
                })
                foreach ($object in $objects) { if ($view) { & $command -InputObject $object -View $view } else { & $command -InputObject $object } }
            }
            {{string.Concat(views.Select(view => $"Show '{view[0]}' '{view[1]}' '{(view[1] == "Format-List" ? "" : view[2])}'\n"))}}
            """;

        PwshResult result = await PwshProcess.RunAsync(new PwshSetup { Import = true }, "-Command", script);

        AssertHarmless(result);
        Assert.Equal("", result.Error);
        // All that the views name was there to be seen, if not in its whole length
        foreach (XElement label in Views.Descendants("Label"))
            Assert.Contains("V" + label.Value[..Math.Min(3, label.Value.Length)], result.Output, StringComparison.Ordinal);
    }

    /// <summary>What others wrote into a journal, or into a file of Export-Clixml.</summary>
    [Fact]
    public async Task F120_Nothing_that_a_journal_says_steers_the_terminal()
    {
        const string Script = """"
            $null = New-CogVideo one -Name first -JournalPath run.jsonl | Wait-CogVideo
            $text = [IO.File]::ReadAllText("$PWD/run.jsonl")
            $bad = '\u0007\u001b[31m\u009b1m\u202e'
            $text = $text.Replace('"Success"', """Done$bad""").Replace('"first"', """first$bad""")
            [IO.File]::WriteAllText("$PWD/odd.jsonl", $text)
            Get-CogVideoJob odd.jsonl
            Get-CogVideoJob odd.jsonl | Format-List
            [IO.File]::WriteAllText("$PWD/id.jsonl", ($text -replace '"id":"\d', '"id":"=1'))
            Get-CogVideoJob id.jsonl -ErrorAction Continue
            """";
        OfflineRun run = await OfflineRun.RunAsync(Script);

        AssertHarmless(run.Shell);
        Assert.Matches("Unknown +[0-9.]+ \\d{19} first", run.Shell.Output);
        Assert.DoesNotContain("=1", run.Shell.Output, StringComparison.Ordinal);
        Assert.Equal(["CogVideo.JournalUnreadable"], run.ErrorIds.Distinct());
    }

    [Theory]
    [InlineData("Jobs", 24)]
    [InlineData("Outcome", 33)]
    [InlineData("Models", 16)]
    [InlineData("Connections", 16)]
    public void Of_80_columns_a_table_leaves_many_to_the_last_one(string view, int columns)
    {
        XElement headers = Views.Descendants("View")
            .Single(v => v.Element("Name")!.Value == view).Descendants("TableHeaders").Single();
        int[] widths = headers.Elements().Select(header => (int?)header.Element("Width") ?? 0).ToArray();

        Assert.Equal(0, widths[^1]);
        Assert.InRange(80 - widths.Sum(width => width + 1) + 1, columns, 80);
    }

    [Fact]
    public void Every_view_is_also_that_of_objects_from_another_session()
    {
        Assert.All(Views.Descendants("ViewSelectedBy"), selection =>
        {
            string[] types = selection.Elements().Select(type => type.Value).ToArray();
            string[] fresh = [.. types.Where(type => !type.StartsWith("Deserialized.", StringComparison.Ordinal))];
            Assert.Equal(fresh.SelectMany(type => new[] { type, "Deserialized." + type }), types);
        });
    }

    /// <summary>So that what is seen can be sorted by, and no value gets past the class that makes it harmless.</summary>
    [Fact]
    public async Task F124_A_column_has_the_name_of_the_property_that_it_shows()
    {
        Assert.Empty(Views.Descendants("PropertyName"));
        Assert.All(Views.Descendants("View"), view =>
        {
            string[] names = [.. view.Descendants("Label").Select(label => label.Value)];
            string[] scripts = [.. view.Descendants("ScriptBlock").Where(script => script.Parent!.Name != "ItemSelectionCondition").Select(script => script.Value)];
            Assert.All(names.Zip(scripts), pair => Assert.Matches($@"^\[ZhipuVideo\.Views\.Format\]::\w+\(\$_\.{pair.First}(, \$ExecutionContext\.\S+\('PSStyle'\))?\)$", pair.Second));
            Assert.Equal(names.Length, scripts.Length);
        });

        string[] pairs = [.. Views.Descendants("View").SelectMany(view => view.Descendants("TypeName").Take(1)
            .SelectMany(type => view.Descendants("Label").Select(label => $"{type.Value}.{label.Value}")))];
        // A result has all that a job has
        string script = "$null = Get-CogVideoModel; " + string.Concat(pairs.Select(pair => pair.Replace("CogVideoJob.", "CogVideoResult.", StringComparison.Ordinal))
            .Select(pair => $"if (-not [{pair[..pair.LastIndexOf('.')]}].GetProperty('{pair[(pair.LastIndexOf('.') + 1)..]}')) {{ '{pair}' }}; "));
        PwshResult result = await PwshProcess.RunAsync(new PwshSetup { Import = true }, "-Command", script);
        Assert.Equal(("", ""), (result.Output, result.Error));
    }

    private static void AssertHarmless(PwshResult result) =>
        Assert.DoesNotContain(result.Output + result.Error, c => (c != '\n' && char.IsControl(c)) || c is '\u202E' or '\u2066' or '\u2028');
}
