namespace ZhipuVideo.Tests.Examples;

/// <summary>A run of PowerShell against the emulator, seen from both ends: what a person saw, and which requests arrived.</summary>
/// <param name="Shell">Streams and exit code.</param>
/// <param name="ErrorIds">The id of every error that was written, in order, without the cmdlet's name.</param>
/// <param name="Requests">The requests as the emulator remembers them.</param>
internal sealed record OfflineRun(PwshResult Shell, string[] ErrorIds, IReadOnlyList<SeenRequest> Requests)
{
    private const string After = """

        $ids = @($Error | ForEach-Object { if ($_.FullyQualifiedErrorId) { $_.FullyQualifiedErrorId.Split(',')[0] } })
        [Array]::Reverse($ids)
        [IO.File]::WriteAllLines("$PSScriptRoot/errors.txt", [string[]]$ids)
        exit 0
        """;

    /// <summary>Runs PowerShell text; tasks of the service take 0.2 s.</summary>
    /// <param name="text">The text.</param>
    /// <param name="folder">The current location; an empty one that is gone afterwards.</param>
    /// <param name="import">Import the module first.</param>
    public static async Task<OfflineRun> RunAsync(string text, string? folder = null, bool import = true)
    {
        using Emulator emulator = new();
        emulator.Set(new { service_time = 0.2 });
        using TemporaryFolder scratch = new();
        folder ??= Directory.CreateDirectory(scratch["work"]).FullName;
        PwshSetup setup = PwshSetup.Connected(emulator.BaseUri, Tests.Shell.NewKey(), folder) with { Import = import };

        PwshResult result = await PwshProcess.RunAsync(setup, "-File", scratch.Write("run.ps1", text + After));

        string errors = scratch["errors.txt"];
        Assert.True(File.Exists(errors), "The script broke off: " + result.Error);
        return new OfflineRun(result, await File.ReadAllLinesAsync(errors), emulator.Requests);
    }
}
