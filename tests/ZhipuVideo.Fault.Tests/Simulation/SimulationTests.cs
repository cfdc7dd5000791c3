using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using Xunit.Abstractions;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>Ten thousand seeds are a command; see <see cref="Simulation"/>. Each runs in a process of its own; see <see cref="World"/>.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Two_hundred_lives_of_a_batch_break_no_invariant_and_go_the_same_way_twice()
    {
        string first = await RunAsync("simulate", "200", "1");
        string second = await RunAsync("simulate", "200", "1");

        Assert.Equal(Digest(first), Digest(second));
    }

    private static string Digest(string printed) => printed.Split('\n').Single(line => line.StartsWith("digest", StringComparison.Ordinal));

    private async Task<string> RunAsync(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(World).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        output.WriteLine(printed);
        Assert.True(process.ExitCode == 0, printed + await error);
        return printed;
    }
}
