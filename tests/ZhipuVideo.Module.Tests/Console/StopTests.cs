using System.IO;
using System.Threading.Tasks;

namespace ZhipuVideo.Tests.Console;

/// <summary>Ctrl+C and its like.</summary>
public class StopTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_stops_the_pipeline_which_cleans_up(string signal)
    {
        using var folder = new TemporaryFolder();
        string script = folder.Write("endless.ps1", """
            try { 'running'; while ($true) { [Threading.Thread]::Sleep(10) } }
            finally { [IO.File]::WriteAllText("$PSScriptRoot/cleaned", 'up') }
            'never'
            """);
        using ConsoleProcess process = ConsoleProcess.Start(new ConsoleSetup(), script);
        await process.FirstLine;

        await process.SignalAsync(signal);
        ConsoleResult result = await process.EndAsync();

        Assert.Equal((130, "running\n"), (result.ExitCode, result.Output));
        Assert.Equal("Stopping. A second Ctrl+C ends at once.\n", result.Error);
        Assert.True(File.Exists(Path.Combine(folder.FullName, "cleaned")));
    }

    [Fact]
    public async Task A_second_signal_ends_a_script_that_does_not_stop()
    {
        using ConsoleProcess process = ConsoleProcess.Start(
            new ConsoleSetup(), "-Command", "'running'; [Threading.Thread]::Sleep([Threading.Timeout]::Infinite)");
        await process.FirstLine;

        await process.SignalAsync("INT");
        await process.FirstErrorLine; // it stops now, but the script does not notice
        await process.SignalAsync("INT");
        ConsoleResult result = await process.EndAsync();

        Assert.Equal(130, result.ExitCode);
    }
}
