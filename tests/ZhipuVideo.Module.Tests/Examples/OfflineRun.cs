using System.IO;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using ZhipuVideo.Tests.Console;

namespace ZhipuVideo.Tests.Examples;

/// <summary>A run of the console with the emulator inside, seen from both ends: what a person saw, and which requests arrived.</summary>
/// <param name="Console">Streams and exit code.</param>
/// <param name="ErrorIds">The id of every error that was written, in order, without the cmdlet's name.</param>
/// <param name="Requests">The requests as the emulator remembers them.</param>
internal sealed record OfflineRun(ConsoleResult Console, string[] ErrorIds, JsonArray Requests)
{
    // The emulator is asked in the script that it answers, because it ends with the console
    private const string Before = """
        $control = [Net.Http.HttpClient]::new()
        $control.BaseAddress = [uri]::new([uri]$env:ZHIPUAI_BASE_URL, '/_control/')
        $null = $control.PostAsync('settings', [Net.Http.StringContent]::new('{"service_time":0.2}')).Result

        """;

    private const string After = """

        $ids = @($Error | ForEach-Object { if ($_.FullyQualifiedErrorId) { $_.FullyQualifiedErrorId.Split(',')[0] } })
        [Array]::Reverse($ids)
        [IO.File]::WriteAllLines("$PSScriptRoot/errors.txt", [string[]]$ids)
        [IO.File]::WriteAllText("$PSScriptRoot/requests.json", $control.GetStringAsync('requests').Result)
        """;

    /// <summary>Runs PowerShell text; tasks of the service take 0.2 s.</summary>
    /// <param name="folder">The current location.</param>
    /// <param name="text">The text.</param>
    /// <param name="import">Import the module first.</param>
    public static async Task<OfflineRun> RunAsync(string folder, string text, bool import = true)
    {
        using var scratch = new TemporaryFolder();
        string script = scratch.Write("run.ps1", Before + text + After);
        ConsoleResult result = await ConsoleProcess.RunAsync(new ConsoleSetup { Folder = folder, Import = import }, "--offline", script);
        string errors = Path.Combine(scratch.FullName, "errors.txt");
        Assert.True(File.Exists(errors), "The script broke off: " + result.Error);
        return new OfflineRun(
            result,
            await File.ReadAllLinesAsync(errors),
            JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(scratch.FullName, "requests.json")))!.AsArray());
    }
}
