using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>Import-Csv as the console supplies it, where there is no shell's own.</summary>
public class ImportCsvTests
{
    // Every cell in brackets, so that blanks and null show
    private const string ShowCells = " | ForEach-Object { ($_.PSObject.Properties | ForEach-Object { "
        + "if ($null -eq $_.Value) { \"$($_.Name)=null\" } else { \"$($_.Name)=[$($_.Value -replace '\\r?\\n', '~')]\" } }) -join ' ' }";

    /// <summary>A file and its rows.</summary>
    public static TheoryData<string, string> Files { get; } = new()
    {
        { "Prompt,Size\n一只猫,\n", "Prompt=[一只猫] Size=[]" }, // an empty cell is empty
        { "\uFEFFPrompt,Size\n猫,1x1\n", "Prompt=[猫] Size=[1x1]" }, // the byte order mark is no part of the name
        { "Prompt,Size,Fps\n猫\n", "Prompt=[猫] Size=null Fps=null" }, // missing cells are null
        { "Prompt\n猫,too,many\n", "Prompt=[猫]" },
        { "Prompt,Size\r\n\"two\r\nlines, and a comma\",s\r\n", "Prompt=[two~lines, and a comma] Size=[s]" },
        { "A,B\n\"say \"\"hi\"\"\",x\n", "A=[say \"hi\"] B=[x]" },
        { "A,B\n  x , \" y \" \n", "A=[x ] B=[ y ]" }, // blanks before a cell and around quotes do not count
        { "A,B\n5\" screen,x\n", "A=[5\" screen] B=[x]" },
        { "#TYPE Some.Type\nA\n1\n", "A=[1]" },
        { "A,B,,\n\n1,2,3\n\n", "A=[1] B=[2]" }, // empty lines, and names missing at the end, do not count
        { "A\nlast line without an end", "A=[last line without an end]" },
        { "A\n1\n2\n", "A=[1]\nA=[2]" },
        { "A,B\n", "" },
        { "", "" },
    };

    // One process reads all the files: starting it is what takes time
    private static readonly Lazy<Task<string[]>> RowsOfFiles = new(ReadFilesAsync);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Rows_are_those_of_the_real_one(string csv, string rows)
    {
        int index = Files.TakeWhile(file => !csv.Equals(file[0])).Count();

        Assert.Equal(rows, (await RowsOfFiles.Value)[index]);
    }

    [Fact]
    public async Task Rows_are_custom_objects_of_strings()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("types.csv", "Fps\n30\n");

        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command", $"$row = Import-Csv '{path}'; $row.PSObject.TypeNames[0]; $row.Fps.GetType().Name; $row.Fps + 1");

        Assert.Equal("System.Management.Automation.PSCustomObject\nString\n301\n", result.Output);
    }

    [Fact]
    public async Task Encodings_are_named_unless_the_file_has_a_byte_order_mark()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var folder = new TemporaryFolder();
        const string Text = "名称,提示\n猫,月球上的猫\n";
        folder.Write("gb.csv", Encoding.GetEncoding("gb18030").GetBytes(Text));
        folder.Write("utf16.csv", Encoding.Unicode.GetBytes(Text));
        folder.Write("marked.csv", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Text)]);
        folder.Write("utf8.csv", Text);
        string[] parameters =
        [
            "gb.csv -Encoding gb18030", "gb.csv -Encoding 54936", "utf16.csv -Encoding unicode", "marked.csv -Encoding utf8",
            "utf8.csv -Encoding utf8", "utf8.csv -Encoding ([Text.Encoding]::UTF8)",
        ];

        ConsoleResult result = await RunInAsync(folder, parameters.Select(parameter => $"Import-Csv {parameter}{ShowCells}"));

        string expected = string.Concat(Enumerable.Repeat("名称=[猫] 提示=[月球上的猫]\n", parameters.Length));
        Assert.Equal(new ConsoleResult(0, expected, ""), result);
    }

    [Fact]
    public async Task Delimiter_and_header_are_parameters()
    {
        using var folder = new TemporaryFolder();
        folder.Write("plain.csv", "a,b;c\n");

        ConsoleResult result = await RunInAsync(
            folder, [$"Import-Csv plain.csv -Delimiter ';' -Header P, Q{ShowCells}", $"Import-Csv plain.csv -Header P{ShowCells}"]);

        Assert.Equal(new ConsoleResult(0, "P=[a,b] Q=[c]\nP=[a]\n", ""), result);
    }

    [Fact]
    public async Task Paths_may_be_wildcards_literal_piped_or_of_another_location()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sub/[1].csv", "A\n1\n");
        folder.Write("sub/two.csv", "A\n2\n");
        string[] commands =
        [
            "Import-Csv sub/*.csv",
            "Import-Csv -LiteralPath sub/[1].csv",
            "'sub/two.csv' | Import-Csv",
            "[pscustomobject]@{ PSPath = 'sub/[1].csv' } | Import-Csv",
            "$ExecutionContext.SessionState.Path.SetLocation('sub') | ForEach-Object { Import-Csv two.csv }",
            "Import-Csv -LiteralPath two.csv", // the location stays
        ];

        ConsoleResult result = await RunInAsync(folder, commands.Select(command => $"({command} | ForEach-Object A) -join ','"));

        Assert.Equal(new ConsoleResult(0, "1,2\n1\n2\n1\n2\n2\n", ""), result);
    }

    [Fact]
    public async Task Columns_without_a_name_get_one_and_a_warning()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("unnamed.csv", "A,,,B\n1,2,3,4\n");

        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", $"Import-Csv '{path}'" + ShowCells);

        Assert.Equal("A=[1] H1=[2] H2=[3] B=[4]\n", result.Output);
        Assert.StartsWith("WARNING: ", result.Error);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_terminating_error()
    {
        using var folder = new TemporaryFolder();
        folder.Write("twice.csv", "a,A\n1,2\n");

        ConsoleResult result = await RunInAsync(
            folder, ["Import-Csv -LiteralPath missing.csv", "Import-Csv twice.csv", "Import-Csv twice.csv -Encoding klingon"]);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Collection(
            result.Error.TrimEnd().Split('\n'),
            line => Assert.Matches("^Import-Csv: .*missing.csv", line),
            line => Assert.Equal("Import-Csv: The column 'a' is there more than once.", line),
            line => Assert.Matches("^Import-Csv: .*'klingon' is not the name of an encoding", line));
    }

    [Fact]
    public async Task A_long_file_is_read_row_by_row()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("long.csv", "Prompt,Size\n" + string.Concat(Enumerable.Repeat(new string('x', 1000) + ",s\n", 100_000)));

        // The heap after the last of 100 MB of rows holds none of them
        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command",
            $"$before = [GC]::GetTotalMemory($true); $count = 0; Import-Csv '{path}' | ForEach-Object {{ "
            + "$count++; if ($count -eq 100000) { [GC]::GetTotalMemory($true) - $before -lt 10MB } }; $count");

        Assert.Equal("True\n100000\n", result.Output);
    }

    private static async Task<string[]> ReadFilesAsync()
    {
        using var folder = new TemporaryFolder();
        IEnumerable<string> paths = Files.Select((file, i) => folder.Write($"{i}.csv", (string)file[0])).ToArray();
        ConsoleResult result = await RunInAsync(folder, paths.Select(path => $"Import-Csv '{path}'{ShowCells}; '--'"));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output.Split("--\n").Select(rows => rows.TrimEnd()).ToArray();
    }

    private static Task<ConsoleResult> RunInAsync(TemporaryFolder folder, IEnumerable<string> commands) =>
        ConsoleProcess.RunAsync(new ConsoleSetup { Folder = folder.FullName }, "-Command", string.Join("; ", commands));
}
