using System.Net.Http.Headers;
using System.Text.Json;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Benchmarks.Prompt;

/// <summary>
/// What a person waits for who opens a shell: every figure from a fresh process, ours and the reference's in turn. The shell is the console
/// of this repository, which holds the engine from NuGet; there the engine itself is compiled as it goes, an installed PowerShell is faster.
/// </summary>
internal static class PromptBenchmark
{
    private const int Rounds = 11;

    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        string empty = Repository.PathOf($"tests/ZhipuVideo.Benchmarks/EmptyModule/bin/{Repository.Configuration}/net8.0/EmptyModule.psd1");
        yield return await CompareAsync(
            "ms of Import-Module / of a module with one empty cmdlet", () => InShellAsync("", $"Import-Module '{Repository.Manifest}'"), () => InShellAsync("", $"Import-Module '{empty}'"), "<= 2.0");

        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings { Concurrency = int.MaxValue, ServiceTime = 3600 },
        });
        string address = emulator.BaseUri.AbsoluteUri;
        yield return await CompareAsync(
            "ms from New-CogVideo to its first job / of a bare POST and parse",
            () => InShellAsync($"Import-Module '{Repository.Manifest}'; $env:ZHIPUAI_API_KEY = '{EmulatorOptions.DemoKey}'; $env:ZHIPUAI_BASE_URL = '{address}'", "$null = New-CogVideo 'a cat'"),
            () => ReadAsync(ChildProcess.StartSelf("bare-submission", address)),
            "<= 1.3");
    }

    /// <summary>The reference's side: a POST with nothing around it, and a look at its reply.</summary>
    internal static async Task SubmitBareAsync(string address)
    {
        long start = Stopwatch.GetTimestamp();
        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", EmulatorOptions.DemoKey);
        using StringContent content = new("{\"model\":\"cogvideox-flash\",\"prompt\":\"a cat\"}", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(new Uri(address + "/videos/generations"), content);
        using JsonDocument reply = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        _ = reply.RootElement.GetProperty("id").GetString();
        Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
    }

    private static async Task<BenchmarkRow> CompareAsync(string name, Func<Task<double>> ours, Func<Task<double>> reference, string target)
    {
        List<double> own = [];
        List<double> others = [];
        for (int round = 0; round < Rounds; round++)
        {
            own.Add(await ours());
            others.Add(await reference());
        }
        return BenchmarkRow.OfPairs(name, own, others, target);
    }

    /// <summary>Milliseconds that a command takes in a shell which has just started and has no other module to search.</summary>
    private static Task<double> InShellAsync(string before, string command) => ReadAsync(ChildProcess.Start(
        "dotnet",
        [
            Pwsh.Program, "-NoLogo", "-NoProfile", "-Command",
            $"$env:PSModulePath = ''; {before}; $clock = [Diagnostics.Stopwatch]::StartNew(); {command}; $clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)",
        ]));

    private static async Task<double> ReadAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return double.Parse(output, CultureInfo.InvariantCulture);
        }
    }
}
