using System.Runtime.InteropServices;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Runtime;

/// <summary>The module says that it runs on PowerShell 7.4, that is on .NET 8: the built client runs there once, from a self-contained publish.</summary>
public sealed class Net8Tests
{
    [Fact]
    public async Task The_built_client_runs_on_dotnet_8()
    {
        using TemporaryFolder output = new();
        (int exitCode, string text, string error) = await Child.RunAsync(
            "dotnet", "publish", Repository.PathOf("tests/ZhipuVideo.Net8"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "-o", output, "-v", "q");
        Assert.True(exitCode == 0, text + error);
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0.2 } });

        (exitCode, text, error) = await Child.RunAsync(Path.Combine(output, "ZhipuVideo.Net8"), emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey);

        Assert.True(exitCode == 0, text + error);
        Assert.Equal($"8 Success {Assert.Single(emulator.State.Tasks).Id}", (text + error).Trim());
    }
}
