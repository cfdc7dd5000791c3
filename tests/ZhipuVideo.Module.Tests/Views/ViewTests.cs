using System;
using System.Linq;
using System.Threading.Tasks;
using System.Xml.Linq;
using ZhipuVideo.Tests.Examples;

namespace ZhipuVideo.Tests.Views;

/// <summary>How objects look on the screen.</summary>
public class ViewTests
{
    private static readonly (string Call, string Cell)[] Cells =
    [
        ("Duration($null)", ""), ("Duration(-1)", ""), ("Duration(0)", "0.0s"), ("Duration(3.64)", "3.6s"), ("Duration(9.94)", "9.9s"),
        ("Duration(9.96)", "10s"), ("Duration(59.4)", "59s"), ("Duration(59.5)", "1m 00s"), ("Duration(125)", "2m 05s"),
        ("Duration(3599)", "59m 59s"), ("Duration(3600)", "1h 00m"), ("Duration(86399)", "23h 59m"), ("Duration(446400)", "5d 04h"),
        ("Duration(1e9)", "11574d"),
        ("Age($null, $now)", ""), ("Age($now, $now.AddSeconds(-5))", "0s"), ("Age($now, $now.AddSeconds(0.9))", "0s"),
        ("Age($now, $now.AddSeconds(59.9))", "59s"), ("Age($now, $now.AddSeconds(60))", "1m 00s"),
        ("Age($now.ToLocalTime(), $now.AddSeconds(60))", "1m 00s"),
        ("Size(0)", "0 B"), ("Size(999)", "999 B"), ("Size(1000)", "1.0 KB"), ("Size(19029)", "19 KB"), ("Size(999499)", "999 KB"),
        ("Size(999500)", "1.0 MB"), ("Size(4500000)", "4.5 MB"), ("Size(1234567890123)", "1.2 TB"),
        ("FileSize($null)", ""), ("FileSize('/no/such/file.mp4')", ""),
        ("Line($null)", ""), ("Line(\" a`r`n`r`nb`t`0c \")", "a b c"), ("Line(\"red`e[31m\")", "red [31m"),
        ("Line(\"exe.`u{202E}gpj`u{2066}\")", "exe. gpj"),
        ("Title('n', 'p')", "n: p"), ("Title('n', $null)", "n"), ("Title($null, 'p')", "p"), ("Title($null, $null)", ""),
        ("Outcome('n', 'p', $null, $null, '/here')", "n: p"), ("Outcome('n', 'p', 'why', $null, '/here')", "n: why"),
        ("Outcome('n', 'p', $null, \"${s}here${s}v${s}n.mp4\", \"${s}here\")", "v/n.mp4"),
        ("Outcome('n', 'p', $null, \"${s}hereafter${s}n.mp4\", \"${s}here\")", "n.mp4 (/hereafter)"),
        ("Id($null)", ""), ("Id('8868902201637896192')", "8868902201637896192"),
        ("Id('8b8f35d95f90482197eca36dbdd6c0ac')", "8b8f35d9...bdd6c0ac"),
        ("Range($null)", "-"), ("Range(@())", "-"), ("Range(@('a'))", "a"), ("Range(@('a', 'b'))", "a, b"), ("Range(@('a', 'b', 'c'))", "a .. c (3)"),
        ("Count(0, 1)", "0-1"), ("Count(2, 2)", "2"),
        ("Status('Fail', $null)", "Fail"), ("Status($null, $PSStyle)", ""), ("Status('Odd', $PSStyle)", "Odd"),
    ];

    [Fact]
    public async Task Cells_are_short_and_on_one_line()
    {
        string script = "$now = [datetime]::UtcNow; $s = [IO.Path]::DirectorySeparatorChar; "
            + string.Concat(Cells.Select(cell => $"'<' + [ZhipuVideo.Views.Format]::{cell.Call} + '>'; "))
            + "[cultureinfo]::CurrentCulture = 'de-DE'; [ZhipuVideo.Views.Format]::Duration(3.64)";

        PwshResult result = await PwshProcess.RunAsync(new PwshSetup { Import = true }, "-Command", script);

        Assert.Equal("", result.Error);
        Assert.Equal(
            [.. Cells.Select(cell => $"<{cell.Cell}>"), "3,6s"],
            result.Output.TrimEnd('\n').Split('\n').Select(line => line.Replace('\\', '/')));
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
        using var folder = new TemporaryFolder();

        OfflineRun run = await OfflineRun.RunAsync(folder.FullName, Script);

        string[] lines = run.Shell.Output.Split('\n');
        Assert.Matches(@"^Status +Age Id +Name: Prompt$", lines[1]);
        Assert.Matches(@"^Processing +\d+s \d{19} 月球上的猫: 一只橘猫在月球上追蝴蝶，低.*…$", lines[3]);
        Assert.Matches(@"^Processing +\d+s \d{19} two lines$", lines[4]);
        Assert.Equal(lines[3].IndexOf("月球", StringComparison.Ordinal), lines[1].IndexOf("Name", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("Success ", StringComparison.Ordinal) && line.EndsWith("月球上的猫.mp4", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_list_has_the_id_first_and_nothing_that_was_not_given()
    {
        using var folder = new TemporaryFolder();

        OfflineRun run = await OfflineRun.RunAsync(folder.FullName, "New-CogVideo 猫 -Duration 5 | Format-List");

        Assert.Equal(
            ["Id", "Status", "Prompt", "Model", "Duration", "SubmittedAt", "RequestId"],
            run.Shell.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(" : ")[0].Trim()));
    }

    [Fact]
    public async Task Nothing_that_a_row_says_steers_the_terminal()
    {
        // A bell, an 8-bit escape, a line break and an override of direction; a 7-bit escape the engine itself takes out of plain text
        const string Script = """
            $row = [pscustomobject]@{ Name = "n`a`u{9B}1m`u{202E}"; Prompt = "p`a`u{9B}1m`u{202E}"; UserId = "user`a`u{202E}" }
            $job = $row | New-CogVideo
            $row | New-CogVideo -WhatIf
            $row | New-CogVideo -Size "9`a`u{202E}" -Model cogvideox-2 -ErrorAction Continue
            $result = $job | Wait-CogVideo
            $result | Save-CogVideo -WhatIf
            $job, $result | ForEach-Object { $_ | Format-Table; $_ | Format-List }
            $completion = [System.Management.Automation.CommandCompletion]::CompleteInput('Wait-CogVideo -Id ', 18, $null)
            foreach ($match in $completion.CompletionMatches) { $match.ToolTip }
            """;
        using var folder = new TemporaryFolder();

        OfflineRun run = await OfflineRun.RunAsync(folder.FullName, Script);

        Assert.Equal(["CogVideo.InvalidInput"], run.ErrorIds);
        Assert.Contains("n 1m: p 1m", run.Shell.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Shell.Output + run.Shell.Error, c => c == '\u202E' || (c != '\n' && char.IsControl(c)));
    }

    [Theory]
    [InlineData("Jobs", 40)]
    [InlineData("Results", 33)]
    [InlineData("Models", 16)]
    [InlineData("Connections", 16)]
    public void Of_80_columns_a_table_leaves_many_to_the_last_one(string view, int columns)
    {
        XElement headers = XDocument.Load(Repository.PathOf("bin/ZhipuVideo.format.ps1xml")).Descendants("View")
            .Single(v => v.Element("Name")!.Value == view).Descendants("TableHeaders").Single();
        int[] widths = headers.Elements().Select(header => (int?)header.Element("Width") ?? 0).ToArray();

        Assert.Equal(0, widths[^1]);
        Assert.InRange(80 - widths.Sum(width => width + 1) + 1, columns, 80);
    }

    [Fact]
    public void Every_view_is_also_that_of_objects_from_another_session()
    {
        XDocument views = XDocument.Load(Repository.PathOf("bin/ZhipuVideo.format.ps1xml"));

        Assert.All(views.Descendants("ViewSelectedBy"), selection =>
        {
            string[] types = selection.Elements().Select(type => type.Value).ToArray();
            Assert.Equal([types[0], "Deserialized." + types[0]], types);
        });
    }
}
