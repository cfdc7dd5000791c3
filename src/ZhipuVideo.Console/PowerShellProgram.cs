using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading.Tasks;

namespace ZhipuVideo.Console;

/// <summary>A pwsh that can be started.</summary>
/// <param name="FileName">A program, by path or by name.</param>
/// <param name="Arguments">What comes before pwsh's own arguments.</param>
internal sealed partial record PowerShellProgram(string FileName, params string[] Arguments)
{
    private static readonly Version Oldest = new(7, 4);

    /// <summary>The pwsh on PATH when it is new enough, else the tool of the manifest, fetched when it is missing.</summary>
    /// <param name="toolManifest">The full path of <c>dotnet-tools.json</c>.</param>
    /// <exception cref="FileNotFoundException">There is none, and none can be fetched.</exception>
    public static async Task<PowerShellProgram> FindAsync(string toolManifest)
    {
        string said = await ReadAsync("pwsh", "--version"); // PowerShell 7.6.9, or 7.5.0-preview.1
        if (Version.TryParse(said.Trim().Split(' ')[^1].Split('-')[0], out Version? onPath) && onPath >= Oldest) return new PowerShellProgram("pwsh");

        using JsonDocument tools = JsonDocument.Parse(await File.ReadAllTextAsync(toolManifest));
        string version = tools.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString()!;
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (FindTool(packages, version) is { } present) return present;

        string why = onPath is null ? "There is no pwsh on PATH that runs" : $"The pwsh on PATH is {onPath}, and the module needs {Oldest}";
        System.Console.Error.WriteLine($"{why}: fetching PowerShell {version} as a .NET tool, once.");
        string restored = await ReadAsync("dotnet", "tool", "restore", "--tool-manifest", toolManifest);
        string place = await ReadAsync("dotnet", "nuget", "locals", "global-packages", "--list");
        return FindTool(place.Split("global-packages: ")[^1].Trim(), version) ?? throw new FileNotFoundException($"""
            {restored.Trim()}
            {why}, and PowerShell {version} could not be fetched (above: what 'dotnet tool restore' says).
            Install PowerShell {Oldest} or newer (https://aka.ms/powershell), or run 'dotnet tool restore' where NuGet can be reached.
            """);
    }

    /// <summary>Runs it on this terminal until it ends. Ctrl+C is its own affair; a request to end is handed on.</summary>
    /// <param name="arguments">pwsh's arguments.</param>
    /// <param name="environment">Variables for it alone.</param>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        ProcessStartInfo start = new(FileName, [.. Arguments, .. arguments]);
        foreach ((string name, string? value) in environment) start.Environment[name] = value;
        start.Environment.TryAdd("POWERSHELL_TELEMETRY_OPTOUT", "1");
        start.Environment.TryAdd("POWERSHELL_UPDATECHECK", "Off");
        bool hasTerminal = !OperatingSystem.IsWindows() && !System.Console.IsInputRedirected;
        string terminal = hasTerminal ? (await ReadAsync("stty", "-g")).Trim() : "";
        using Process shell = Process.Start(start)!;
        void HandOn(PosixSignalContext context)
        {
            context.Cancel = true;
            if (context.Signal is PosixSignal.SIGTERM or PosixSignal.SIGHUP && !OperatingSystem.IsWindows()) _ = Kill(shell.Id, 15);
        }
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        PosixSignalRegistration[] registered = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, HandOn))];
        await shell.WaitForExitAsync();
        Array.ForEach(registered, registration => registration.Dispose());
        if (hasTerminal) await ReadAsync("stty", terminal); // a shell that crashed at its prompt has left it without echo
        return shell.ExitCode;
    }

    private static PowerShellProgram? FindTool(string packages, string version)
    {
        string folder = Path.Combine(packages, "powershell", version, "tools");
        string system = OperatingSystem.IsWindows() ? "win" : "unix";
        string? path = !Directory.Exists(folder) ? null : Directory.EnumerateFiles(folder, "pwsh.dll", SearchOption.AllDirectories)
            .FirstOrDefault(file => Path.GetFileName(Path.GetDirectoryName(file)) == system);
        return path is null ? null : new PowerShellProgram("dotnet", path);
    }

    private static async Task<string> ReadAsync(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            return await process.StandardOutput.ReadToEndAsync() + await errors;
        }
        catch (Win32Exception)
        {
            return ""; // there is no such program
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
