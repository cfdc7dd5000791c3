using System;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using ZhipuVideo.Console.Host;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Console;

/// <summary>Runs a script in the PowerShell engine with the module imported.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        System.Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        // The engine would report its start and the modules' names to its makers
        Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
        var screen = new Screen();
        try
        {
            CommandLine commandLine = CommandLine.Parse(arguments);
            if (commandLine.Help)
            {
                screen.WriteOutput(CommandLine.HelpText);
                return ExitCode.Success;
            }

            if (commandLine is { ScriptPath: null, CommandText: null } && System.Console.IsInputRedirected)
                throw new UsageException("There is nothing to run: give a script or -Command TEXT (- reads standard input).");

            return await RunAsync(commandLine, screen);
        }
        catch (UsageException exception)
        {
            screen.WriteError(exception.Message);
            screen.WriteNotice("Try --help.");
            return ExitCode.Usage;
        }
        catch (FileNotFoundException exception)
        {
            screen.WriteError(exception.Message);
            return ExitCode.Failure;
        }
    }

    private static async Task<int> RunAsync(CommandLine commandLine, Screen screen)
    {
        using var interruption = new Interruption(screen);
        await using EmulatorServer? emulator = commandLine.Offline ? await OfflineService.StartAsync(screen) : null;
        using var session = new Session(screen, interruption);
        if (commandLine.Import && session.Import(ModuleManifest.Find()) is var imported and not ExitCode.Success)
            return imported;

        return commandLine switch
        {
            { ScriptPath: { } path } => session.RunScript(path, commandLine.ScriptArguments),
            { CommandText: { } text and not "-" } => session.RunText(text),
            _ => new Prompt(session, screen).Run(),
        };
    }
}
