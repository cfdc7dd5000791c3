namespace ZhipuVideo.Windows;

/// <summary>Runs programs for Windows where Wine is, on one processor: more of them and Wine 8 loses threads of .NET.</summary>
/// <param name="prefix">The folder of its drive C and registry.</param>
internal sealed class Wine(string prefix)
{
    internal static bool IsThere => Child.Exists("wine") && Child.Exists("wineserver") && Child.Exists("taskset");

    /// <summary>A path as Windows sees it.</summary>
    internal static string PathOf(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Makes the prefix, a Windows 10.</summary>
    internal async Task PrepareAsync()
    {
        Directory.CreateDirectory(prefix);
        foreach (string[] command in (string[][])[["wineboot", "-i"], ["wine", "winecfg", "-v", "win10"], ShowDotFiles, ["wineserver", "-w"]])
        {
            using Process process = Launch(new ProcessStartInfo(command[0], command[1..]));
            await process.WaitForExitAsync();
        }
    }

    /// <summary>Starts a program; its output is read line by line.</summary>
    internal Process Start(string program, params string[] arguments) =>
        Launch(new ProcessStartInfo("taskset", ["-c", "0", "wine", program, .. arguments]));

    // Left to itself, Wine hides files whose names begin with a dot, as part files do; Windows does not
    private static string[] ShowDotFiles => ["wine", "reg", "add", @"HKCU\Software\Wine", "/v", "ShowDotFiles", "/d", "Y", "/f"];

    /// <summary>Runs a program to its end, or to the end of its time.</summary>
    /// <returns>The lines that it wrote; the last says that it was killed, if it was.</returns>
    internal async Task<string[]> RunAsync(string program, TimeSpan limit, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        List<string> lines = [];
        using CancellationTokenSource late = new(limit);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(late.Token) is { } line) lines.Add(line.TrimEnd('\r'));
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            lines.Add("KILLED");
        }
        return [.. lines];
    }

    /// <summary>What Wine has to say of itself is passed over.</summary>
    private Process Launch(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.StandardOutputEncoding) = (true, true, Encoding.UTF8);
        start.Environment["WINEPREFIX"] = prefix;
        start.Environment["WINEDEBUG"] = "-all";
        // What .NET does with memory pages, and its second thread for garbage, are beyond Wine 8
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
