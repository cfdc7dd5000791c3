using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>How errors read, and what they do to the exit code.</summary>
public class ErrorTests
{
    [Fact]
    public async Task A_cmdlets_error_is_one_message_and_not_the_end()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", "Test-ModuleManifest nowhere.psd1; 'on'");

        Assert.StartsWith("Test-ModuleManifest: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal("on\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    [Theory]
    [InlineData("throw 'broken'", "")] // ends the script
    [InlineData("1/0", "on\n")] // ends the statement
    [InlineData("Get-Module -Nope", "on\n")]
    [InlineData("no-such-command", "on\n")]
    [InlineData("Test-ModuleManifest nowhere.psd1 -ErrorAction Stop", "")]
    public async Task An_uncaught_terminating_error_ends_in_1(string statement, string output)
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", $"{statement}; 'on'");

        Assert.Equal((1, output), (result.ExitCode, result.Output));
        Assert.NotEmpty(result.Error);
        Assert.DoesNotContain("ErrorActionPreference", result.Error);
    }

    [Fact]
    public async Task A_caught_error_is_none()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", "try { throw 'broken' } catch { 'caught' }");

        Assert.Equal(new ConsoleResult(0, "caught\n", ""), result);
    }

    [Fact]
    public async Task An_error_of_a_script_file_says_where()
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("where.ps1", "'first'\nthrow 'broken'\n");

        ConsoleResult result = await ConsoleProcess.RunAsync(script);

        Assert.StartsWith($"Error: broken\nAt {script}:2 char:1\n", result.Error);
    }

    [Fact]
    public async Task A_script_that_does_not_parse_runs_not_at_all()
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("unfinished.ps1", "'first'\nif (");

        ConsoleResult result = await ConsoleProcess.RunAsync(script);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains($"{script}:2", result.Error);
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("exit 0", 0)]
    [InlineData("dotnet no-such-thing 2>$null; 'on'", 0)] // a native command's code is not the script's
    [InlineData("dotnet no-such-thing 2>$null; exit $LASTEXITCODE", 1)]
    [InlineData("function Stop-It { exit 5 } Stop-It; 'on'", 5)]
    public async Task Exit_in_a_script_file_is_the_exit_code(string text, int code)
    {
        using var folder = new TemporaryFolder();

        ConsoleResult result = await ConsoleProcess.RunAsync(folder.Write("exit.ps1", text));

        Assert.Equal(code, result.ExitCode);
    }

    [Fact]
    public async Task A_script_called_by_a_script_ends_alone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("inner.ps1", "exit 9");

        string script = folder.Write("outer.ps1", "& $PSScriptRoot/inner.ps1; \"after $LASTEXITCODE\"");

        ConsoleResult result = await ConsoleProcess.RunAsync(script);

        Assert.Equal(new ConsoleResult(0, "after 9\n", ""), result);
    }

    [Fact]
    public async Task A_question_that_nobody_answers_is_an_error_and_never_a_yes()
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("ask.ps1", """
            [CmdletBinding(SupportsShouldProcess)] param()
            if ($PSCmdlet.ShouldProcess('videos', 'pay')) { 'paid' }
            """);

        ConsoleResult result = await ConsoleProcess.RunAsync(script, "-Confirm");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("nobody to answer", result.Error);
    }

    [Theory]
    [InlineData("y", "paid\n")]
    [InlineData("n", "")]
    public async Task A_question_is_answered_from_standard_input(string answer, string output)
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("ask.ps1", """
            [CmdletBinding(SupportsShouldProcess)] param()
            if ($PSCmdlet.ShouldProcess('videos', 'pay')) { 'paid' }
            """);

        ConsoleResult result = await ConsoleProcess.RunAsync(new ConsoleSetup { Input = answer + "\n" }, script, "-Confirm");

        Assert.Equal((0, output), (result.ExitCode, result.Output));
    }
}
