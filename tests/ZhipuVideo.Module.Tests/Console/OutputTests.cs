using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>What is shown, and on which stream.</summary>
public class OutputTests
{
    private const string Record = "[System.Management.Automation.ProgressRecord]::new(1, 'Working', 'on it')";

    [Fact]
    public async Task Objects_are_a_table_whose_columns_stay_aligned_under_Chinese()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command", "[pscustomobject]@{ Name = '月球上的猫'; Fps = 30 }, [pscustomobject]@{ Name = 'dog'; Fps = 60 }");

        Assert.Equal("\nName       Fps\n----       ---\n月球上的猫  30\ndog         60\n\n", result.Output);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Format_Table_and_Format_List_are_the_engines()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", """
            $row = [pscustomobject]@{ A = 1; B = 'two'; C = 3 }
            $row | Format-Table C, @{ Name = 'Twice'; Expression = { $_.A * 2 } }
            $row | fl B
            """);

        Assert.Equal("\nC Twice\n- -----\n3     2\n\n\nB : two\n\n", result.Output);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public async Task A_modules_own_view_is_used()
    {
        using var folder = new TemporaryFolder();
        string view = folder.Write("Shown.format.ps1xml", """
            <Configuration><ViewDefinitions><View>
              <Name>Shown</Name><ViewSelectedBy><TypeName>Test.Shown</TypeName></ViewSelectedBy>
              <TableControl>
                <TableHeaders><TableColumnHeader><Label>Only this</Label></TableColumnHeader></TableHeaders>
                <TableRowEntries><TableRowEntry><TableColumnItems>
                  <TableColumnItem><PropertyName>A</PropertyName></TableColumnItem>
                </TableColumnItems></TableRowEntry></TableRowEntries>
              </TableControl>
            </View></ViewDefinitions></Configuration>
            """);
        string manifest = folder.Write("Shown.psd1", $"@{{ ModuleVersion = '1.0'; FormatsToProcess = '{view}' }}");

        ConsoleResult result = await ConsoleProcess.RunAsync(
            "-Command", $"Import-Module '{manifest}'; [pscustomobject]@{{ PSTypeName = 'Test.Shown'; A = 'x'; B = 'y' }}");

        Assert.Equal("\nOnly this\n---------\nx\n\n", result.Output);
    }

    [Theory]
    [InlineData("throw 'late'", 1)]
    [InlineData("exit 4", 4)]
    public async Task Rows_that_the_formatter_holds_back_are_shown_when_the_script_breaks_off(string end, int code)
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", $"[pscustomobject]@{{ Id = 'paid' }}; {end}");

        Assert.Equal("\nId\n--\npaid\n\n", result.Output);
        Assert.Equal(code, result.ExitCode);
    }

    [Fact]
    public async Task Only_results_are_on_standard_output()
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("streams.ps1", $$"""
            [CmdletBinding()] param()
            'result'
            $PSCmdlet.WriteWarning('小心')
            $PSCmdlet.WriteVerbose('detail')
            $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([Exception]::new('wrong'), 'Id', 'NotSpecified', $null))
            $PSCmdlet.WriteProgress({{Record}})
            """);

        ConsoleResult result = await ConsoleProcess.RunAsync(script, "-Verbose");

        Assert.Equal("result\n", result.Output);
        Assert.Contains("WARNING: 小心\n", result.Error);
        Assert.Contains("VERBOSE: detail\n", result.Error);
        Assert.Contains("streams.ps1: wrong\n", result.Error);
        Assert.Contains("Working: on it\n", result.Error);
        Assert.DoesNotContain('\x1b', result.Error);
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public async Task Progress_does_not_flood_a_log_and_says_how_it_ended()
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("progress.ps1", $$"""
            [CmdletBinding()] param()
            $record = {{Record}}
            foreach ($percent in 0..99) { $record.PercentComplete = $percent; $PSCmdlet.WriteProgress($record) }
            $record.RecordType = 'Completed'
            $PSCmdlet.WriteProgress($record)
            """);

        ConsoleResult result = await ConsoleProcess.RunAsync(script);

        Assert.Equal("Working: on it 0%\nWorking: on it 99%\n", result.Error);
    }

    [Theory]
    [InlineData("C")]
    [InlineData("zh_CN.GB18030")]
    public async Task Output_is_UTF_8_whatever_the_locale_says(string locale)
    {
        var setup = new ConsoleSetup { Environment = new() { ["LC_ALL"] = locale, ["LANG"] = locale } };

        ConsoleResult result = await ConsoleProcess.RunAsync(setup, "-Command", "'一只猫'; throw '坏了'");

        Assert.Equal("一只猫\n", result.Output);
        Assert.Contains("坏了", result.Error);
    }

    [Fact]
    public async Task The_language_is_that_of_the_environment()
    {
        var setup = new ConsoleSetup { Environment = new() { ["LC_ALL"] = "zh_CN.UTF-8" } };

        ConsoleResult result = await ConsoleProcess.RunAsync(
            setup, "-Command", "$PSUICulture; [cultureinfo]::CurrentUICulture.Name; $Host.CurrentUICulture.Name");

        Assert.Equal("zh-CN\nzh-CN\nzh-CN\n", result.Output);
    }
}
