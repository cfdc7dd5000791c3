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
    /// <param name="folder">The current location.</param>
    /// <param name="text">The text.</param>
    /// <param name="import">Import the module first.</param>
    public static async Task<OfflineRun> RunAsync(string folder, string text, bool import = true)
    {
        using Emulator emulator = new();
        emulator.Set(new { service_time = 0.2 });
        using TemporaryFolder scratch = new();
        PwshSetup setup = new()
        {
            Folder = folder,
            Import = import,
            Environment = { ["ZHIPUAI_API_KEY"] = Tests.Shell.NewKey(), ["ZHIPUAI_BASE_URL"] = emulator.BaseUri },
        };

        PwshResult result = await PwshProcess.RunAsync(setup, "-File", scratch.Write("run.ps1", text + After));

        string errors = scratch["errors.txt"];
        Assert.True(File.Exists(errors), "The script broke off: " + result.Error);
        return new OfflineRun(result, await File.ReadAllLinesAsync(errors), emulator.Requests);
    }
}
