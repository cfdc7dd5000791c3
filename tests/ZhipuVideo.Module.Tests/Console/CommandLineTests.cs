using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>The console's own arguments and those it hands on to a script.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("videos dir|True|-5|x", "-DestinationPath", "videos dir", "-Force", "-Number", "-5", "x")]
    [InlineData("视频|True|6|x", "-Force", "6", "-Dest:视频", "x")]
    [InlineData("a|False|7|", "-Force:$false", "a", "7")]
    [InlineData("$(throw 1); 'a\"|False|0|", "$(throw 1); 'a\"")]
    public async Task Script_parameters_bind_as_at_a_prompt(string bound, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("参数.ps1", """
            param([string]$DestinationPath, [switch]$Force, [int]$Number, $Rest)
            "$DestinationPath|$Force|$Number|$Rest"
            """);

        ConsoleResult result = await ConsoleProcess.RunAsync([script, .. arguments]);

        Assert.Equal(new ConsoleResult(0, bound + "\n", ""), result);
    }

    [Fact]
    public async Task A_script_is_found_from_the_working_directory_and_knows_where_it_is()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sub/here.ps1", "$PSScriptRoot; $MyInvocation.MyCommand.Name; $PWD.Path");

        ConsoleResult result = await ConsoleProcess.RunAsync(new ConsoleSetup { Folder = folder.FullName }, "sub/here.ps1");

        Assert.Equal([folder.FullName + "/sub", "here.ps1", folder.FullName, ""], result.Output.Replace('\\', '/').Split('\n'));
    }

    [Fact]
    public async Task Command_takes_the_rest_of_the_line()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("-Command", "'a'", "-eq", "'A'");

        Assert.Equal("True\n", result.Output);
    }

    [Fact]
    public async Task Commands_are_read_from_standard_input()
    {
        var setup = new ConsoleSetup { Input = "$a = '猫'\nif ($a) {\n\"$a 1\"\n}\nthrow 'one'\n\"$a 2\"\nexit 7\n'never'\n" };

        ConsoleResult result = await ConsoleProcess.RunAsync(setup, "-Command", "-");

        Assert.Equal(new ConsoleResult(7, "猫 1\n猫 2\n", "Error: one\n"), result);
    }

    [Theory]
    [InlineData("--nope")]
    [InlineData("-Command")]
    [InlineData("missing.ps1")]
    [InlineData("no-script.txt")]
    [InlineData()]
    public async Task A_wrong_command_line_is_64_and_says_why(params string[] arguments)
    {
        ConsoleResult result = await ConsoleProcess.RunAsync(arguments);

        Assert.Equal((64, ""), (result.ExitCode, result.Output));
        Assert.Contains("--help", result.Error);
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        ConsoleResult result = await ConsoleProcess.RunAsync("--help");

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.All(["--offline", "--no-import", "-Command", "SCRIPT.ps1", "--help"], option => Assert.Contains(option, result.Output));
    }
}
