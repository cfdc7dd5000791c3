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

    [Theory]
    [InlineData("Prompt,Size\n一只猫,\n", "Prompt=[一只猫] Size=[]")] // an empty cell is empty
    [InlineData("\uFEFFPrompt,Size\n猫,1x1\n", "Prompt=[猫] Size=[1x1]")] // the byte order mark is no part of the name
    [InlineData("Prompt,Size,Fps\n猫\n", "Prompt=[猫] Size=null Fps=null")] // missing cells are null
    [InlineData("Prompt\n猫,too,many\n", "Prompt=[猫]")]
    [InlineData("Prompt,Size\r\n\"two\r\nlines, and a comma\",s\r\n", "Prompt=[two~lines, and a comma] Size=[s]")]
    [InlineData("A,B\n\"say \"\"hi\"\"\",x\n", "A=[say \"hi\"] B=[x]")]
    [InlineData("A,B\n  x , \" y \" \n", "A=[x ] B=[ y ]")] // blanks before a cell and around quotes do not count
    [InlineData("A,B\n5\" screen,x\n", "A=[5\" screen] B=[x]")]
    [InlineData("#TYPE Some.Type\nA\n1\n", "A=[1]")]
    [InlineData("A,B,,\n\n1,2,3\n\n", "A=[1] B=[2]")] // empty lines, and names missing at the end, do not count
    [InlineData("A\nlast line without an end", "A=[last line without an end]")]
    [InlineData("A\n1\n2\n", "A=[1]\nA=[2]")]
    [InlineData("A,B\n", "")]
    [InlineData("", "")]
    public async Task Rows_are_those_of_the_real_one(string csv, string rows)
    {
        using var folder = new TemporaryFolder();
        folder.Write("prompts.csv", csv);

        ConsoleResult result = await ConsoleProcess.RunAsync(
            new ConsoleSetup { Folder = folder.FullName }, "-Command", "Import-Csv prompts.csv" + ShowCells);

        Assert.Equal(new ConsoleResult(0, rows.Length == 0 ? "" : rows + "\n", ""), result);
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

    [Theory]
    [InlineData("gb18030", "gb18030")]
    [InlineData("gb18030", "54936")]
    [InlineData("utf-16", "unicode")]
    [InlineData("utf-8", "utf8")]
    public async Task Other_encodings_are_named(string written, string named)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        using var folder = new TemporaryFolder();
        string path = folder.Write("encoded.csv", Encoding.GetEncoding(written).GetBytes("名称,提示\n猫,月球上的猫\n"));

        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", $"Import-Csv '{path}' -Encoding {named}" + ShowCells);

        Assert.Equal(new ConsoleResult(0, "名称=[猫] 提示=[月球上的猫]\n", ""), result);
    }

    [Fact]
    public async Task A_byte_order_mark_wins_over_the_named_encoding()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("marked.csv", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("提示\n猫\n")]);

        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", $"Import-Csv '{path}' -Encoding utf8" + ShowCells);

        Assert.Equal("提示=[猫]\n", result.Output);
    }

    [Theory]
    [InlineData("-Delimiter ';' -Header P, Q", "P=[a,b] Q=[c]")]
    [InlineData("-Header P", "P=[a]")]
    [InlineData(", ';'", "")] // a second path by mistake: an error below
    public async Task Parameters(string parameters, string rows)
    {
        using var folder = new TemporaryFolder();
        folder.Write("plain.csv", "a,b;c\n");

        ConsoleResult result = await ConsoleProcess.RunAsync(
            new ConsoleSetup { Folder = folder.FullName }, "-Command", $"Import-Csv plain.csv {parameters}" + ShowCells);

        Assert.Equal(rows, result.Output.TrimEnd());
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
            "$ExecutionContext.SessionState.Path.SetLocation('sub') | Out-Null; Import-Csv two.csv",
        ];

        ConsoleResult result = await ConsoleProcess.RunAsync(
            new ConsoleSetup { Folder = folder.FullName },
            "-Command",
            string.Join("; ", commands.Select(command => $"({command} | ForEach-Object A) -join ','")));

        Assert.Equal(new ConsoleResult(0, "1,2\n1\n2\n1\n2\n", ""), result);
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

    [Theory]
    [InlineData("Import-Csv missing.csv", "missing.csv")]
    [InlineData("Import-Csv twice.csv", "'a' is there more than once")]
    [InlineData("Import-Csv twice.csv -Encoding klingon", "'klingon' is not the name of an encoding")]
    public async Task What_cannot_be_read_is_a_terminating_error(string command, string message)
    {
        using var folder = new TemporaryFolder();
        folder.Write("twice.csv", "a,A\n1,2\n");

        ConsoleResult result = await ConsoleProcess.RunAsync(new ConsoleSetup { Folder = folder.FullName }, "-Command", command);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("Import-Csv: ", result.Error);
        Assert.Contains(message, result.Error);
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
}
