using System.Diagnostics;
using System.Threading.Tasks;
using Xunit.Abstractions;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>One of this program's commands in a process of its own.</summary>
internal static class OwnProcess
{
    /// <summary>Runs a command to its end, which must be a good one.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(ITestOutputHelper output, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(OwnProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        output.WriteLine(printed);
        Assert.True(process.ExitCode == 0, printed + await error);
        return printed;
    }
}
