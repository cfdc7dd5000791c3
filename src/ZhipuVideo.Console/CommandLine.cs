using System;
using System.Collections.Generic;
using System.IO;

namespace ZhipuVideo.Console;

/// <summary>What the person asked for.</summary>
/// <param name="Offline">Bring the emulator along and point the module at it.</param>
/// <param name="Import">Import the module before anything else.</param>
/// <param name="Help">Only show the help.</param>
/// <param name="ScriptPath">Full path of the script to run, if it is one.</param>
/// <param name="ScriptArguments">What followed the script, as it was typed.</param>
/// <param name="CommandText">The text to run, if it is that; <c>-</c> reads commands from standard input.</param>
internal sealed record CommandLine(
    bool Offline,
    bool Import,
    bool Help,
    string? ScriptPath,
    IReadOnlyList<string> ScriptArguments,
    string? CommandText)
{
    /// <summary>The text of <c>--help</c>.</summary>
    public const string HelpText = """
        Runs PowerShell in this process, with the ZhipuVideo module imported; no installed PowerShell is needed.

        ZhipuVideo.Console [--offline] [--no-import] SCRIPT.ps1 [script arguments]
        ZhipuVideo.Console [--offline] [--no-import] -Command TEXT
        ZhipuVideo.Console [--offline] [--no-import]

          SCRIPT.ps1     a script; its arguments follow as at a prompt: -DestinationPath videos -Force
          -Command TEXT  PowerShell text, to the end of the line; - reads commands from standard input
          (neither)      a prompt, on a terminal
          --offline      answers come from an emulator inside this process: no key, no network, no cost
          --no-import    do not import the module
          --help         this text

        Results go to standard output, everything else (errors, warnings, progress) to standard error.
        Exit code: N after `exit N`, 1 after an uncaught terminating error, 130 when stopped, 64 for a wrong command line, else 0.

        """;

    /// <summary>Reads the arguments of the process.</summary>
    /// <param name="arguments">The arguments, without the program's name.</param>
    /// <exception cref="UsageException">An option is unknown, a value is missing, or the script does not exist.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var result = new CommandLine(Offline: false, Import: true, Help: false, null, [], null);
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i].ToUpperInvariant())
            {
                case "--OFFLINE":
                    result = result with { Offline = true };
                    break;
                case "--NO-IMPORT":
                    result = result with { Import = false };
                    break;
                case "--HELP" or "-HELP" or "-H" or "-?":
                    return result with { Help = true };
                case "-COMMAND" or "-C" when i + 1 < arguments.Count:
                    return result with { CommandText = string.Join(' ', Rest(arguments, i + 1)) };
                case "-COMMAND" or "-C":
                    throw new UsageException("-Command needs the text to run.");
                case ['-', ..]:
                    throw new UsageException($"Unknown option '{arguments[i]}'. Options of a script come after its path.");
                default:
                    return result with { ScriptPath = FindScript(arguments[i]), ScriptArguments = Rest(arguments, i + 1) };
            }
        }

        return result;
    }

    private static List<string> Rest(IReadOnlyList<string> arguments, int start)
    {
        var rest = new List<string>(arguments.Count - start);
        for (int i = start; i < arguments.Count; i++)
            rest.Add(arguments[i]);

        return rest;
    }

    private static string FindScript(string path)
    {
        string fullPath = Path.GetFullPath(path);
        if (!string.Equals(Path.GetExtension(path), ".ps1", StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"'{path}' is not a script: its name must end in .ps1. To run text, use -Command.");
        if (!File.Exists(fullPath))
            throw new UsageException($"The script '{fullPath}' does not exist.");

        return fullPath;
    }
}
