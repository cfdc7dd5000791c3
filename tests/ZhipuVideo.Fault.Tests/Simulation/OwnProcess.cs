namespace ZhipuVideo.Tests.Simulation;

/// <summary>One of this program's commands in a process of its own.</summary>
internal static class OwnProcess
{
    /// <summary>Runs a command to its end, which must be a good one.</summary>
    /// <returns>What it printed.</returns>
    public static async Task<string> RunAsync(ITestOutputHelper output, params string[] arguments)
    {
        (int exitCode, string printed, string error) = await Child.RunAsync("dotnet", [typeof(OwnProcess).Assembly.Location, .. arguments]);
        output.WriteLine(printed);
        Assert.True(exitCode == 0, printed + error);
        return printed;
    }
}
