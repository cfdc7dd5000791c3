using System;
using System.Threading.Tasks;
using ZhipuVideo.Console.Host;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Console;

/// <summary>The service's emulator inside this process, for as long as the scripts run.</summary>
internal static class OfflineService
{
    /// <summary>Starts it on a free loopback port and points the module at it, by environment variables of this process only.</summary>
    /// <param name="screen">Is told that nothing leaves this machine.</param>
    /// <returns>The emulator; disposing it stops it.</returns>
    public static async Task<EmulatorServer> StartAsync(Screen screen)
    {
        EmulatorServer emulator = await EmulatorServer.StartAsync();
        Environment.SetEnvironmentVariable("ZHIPUAI_API_KEY", EmulatorOptions.DemoKey);
        Environment.SetEnvironmentVariable("ZHIPUAI_BASE_URL", emulator.BaseUri.ToString());
        screen.WriteNotice($"Offline: an emulator at {emulator.BaseUri} answers instead of the service. Nothing is billed.");
        return emulator;
    }
}
