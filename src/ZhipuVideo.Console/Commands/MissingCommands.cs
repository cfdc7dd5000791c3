using System;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ZhipuVideo.Console.Commands;

/// <summary>
/// The engine comes from NuGet without the module Microsoft.PowerShell.Utility. Three of its cmdlets are supplied here, and only
/// while that module is nowhere on PSModulePath: where it is, the engine loads the real ones by itself. A module that brings one of
/// them and is imported later comes first, as with any two commands of one name.
/// </summary>
internal static class MissingCommands
{
    private const string Module = "Microsoft.PowerShell.Utility";

    // What belongs to Windows PowerShell 5.1 does not load in this engine, although its folder is on the path of every process
    private static readonly string WindowsPowerShell = Path.Combine(Environment.SystemDirectory, "WindowsPowerShell");

    /// <summary>Adds the commands that nothing else on this machine supplies.</summary>
    /// <param name="state">The state from which the runspace will be made.</param>
    public static void Supply(InitialSessionState state)
    {
        if (IsInstalled())
            return;

        state.Commands.Add(
        [
            new SessionStateCmdletEntry("Import-Csv", typeof(ImportCsvCommand), helpFileName: null),
            new SessionStateCmdletEntry("Format-Table", typeof(FormatTableCommand), helpFileName: null),
            new SessionStateCmdletEntry("Format-List", typeof(FormatListCommand), helpFileName: null),
        ]);
    }

    private static bool IsInstalled() =>
        ModuleIntrinsics.GetModulePath(Environment.GetEnvironmentVariable("PSModulePath"), null, null)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => !folder.StartsWith(WindowsPowerShell, StringComparison.OrdinalIgnoreCase))
            .Select(folder => new DirectoryInfo(Path.Combine(folder, Module)))
            .Any(folder => folder.Exists && folder.EnumerateFiles(Module + ".psd1", SearchOption.AllDirectories).Any());
}
