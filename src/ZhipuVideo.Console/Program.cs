using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Console;

/// <summary>Starts PowerShell with the module imported.</summary>
internal static class Program
{
    private const string Help = """
        Starts PowerShell with the ZhipuVideo module imported. It uses the pwsh on PATH if that is 7.4 or newer, else the version in
        .config/dotnet-tools.json, which it downloads once.

        Usage: dotnet run --project src/ZhipuVideo.Console -- [--offline] [SCRIPT.ps1 [ARGUMENTS] | -Command TEXT | PWSH OPTIONS]
          (none)       interactive prompt; leave it with exit
          SCRIPT.ps1   run a script
          -Command     run text
          --offline    use an emulator inside this program instead of the service: no key, no network, no cost
          --help       show this text

        Everything after --offline is passed to pwsh unchanged. The exit code is pwsh's; 64 is a usage error.
        """;

    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["--help", ..])
        {
            System.Console.WriteLine(Help);
            return 0;
        }

        bool offline = arguments is ["--offline", ..];
        string[] passedOn = offline ? arguments[1..] : arguments;
        try
        {
            string root = FindRoot();
            PowerShellProgram shell = await PowerShellProgram.FindAsync(Path.Combine(root, ".config", "dotnet-tools.json"));
            await using EmulatorServer? emulator = offline ? await EmulatorServer.StartAsync() : null;
            Dictionary<string, string?> environment = new()
            {
                // What Session.pssc reads
                ["ZHIPUVIDEO_CONSOLE_MODULE"] = Path.Combine(root, "ZhipuVideo.psd1"),
                ["ZHIPUVIDEO_CONSOLE_PROMPT"] = IsPrompt(passedOn) ? "yes" : null,
                ["ZHIPUVIDEO_CONSOLE_PLACE"] = emulator is null ? null : "offline ",
            };
            if (emulator is not null)
            {
                environment["ZHIPUAI_API_KEY"] = EmulatorOptions.DemoKey;
                environment["ZHIPUAI_BASE_URL"] = emulator.BaseUri.ToString();
                System.Console.Error.WriteLine($"Offline: an emulator at {emulator.BaseUri} answers instead of the service. Nothing is billed.");
            }

            return await shell.RunAsync(["-NoLogo", "-ConfigurationFile", Path.Combine(AppContext.BaseDirectory, "Session.pssc"), .. passedOn], environment);
        }
        catch (FileNotFoundException exception)
        {
            System.Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    // Whether pwsh, given these arguments, asks somebody for input: it runs no file and no text, or stays after it
    private static bool IsPrompt(string[] arguments) =>
        !System.Console.IsInputRedirected
        && (arguments.All(argument => argument is ['-', not ('c' or 'C' or 'f' or 'F' or 'e' or 'E'), ..])
            || arguments.Any(argument => argument.StartsWith("-noe", StringComparison.OrdinalIgnoreCase)));

    // The nearest folder above this program that has the manifest; the module is built there
    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ZhipuVideo.psd1"))) folder = Path.GetDirectoryName(folder);
        return folder is not null && File.Exists(Path.Combine(folder, "bin", "net8.0", "ZhipuVideo.dll"))
            ? folder
            : throw new FileNotFoundException($"The module is not built: 'dotnet build' makes it. It was looked for above '{AppContext.BaseDirectory}'.");
    }
}
