using ZhipuVideo.Benchmarks.Client;
using ZhipuVideo.Benchmarks.Download;
using ZhipuVideo.Benchmarks.Journaling;
using ZhipuVideo.Benchmarks.Pipeline;
using ZhipuVideo.Benchmarks.Prompt;
using ZhipuVideo.Benchmarks.Simulation;
using ZhipuVideo.Benchmarks.Storage;

namespace ZhipuVideo.Benchmarks;

/// <summary>One table, all of it or a part; and the simulations behind its figures of waiting.</summary>
internal static class Program
{
    private const int Jobs = 20_000;

    private static readonly Dictionary<string, Func<IAsyncEnumerable<BenchmarkRow>>> Parts = new()
    {
        ["client"] = () => ClientBenchmark.RunAsync(Jobs),
        ["schedule"] = () => ScheduleBenchmark.Run().ToAsyncEnumerable(),
        ["pipeline"] = PipelineBenchmark.RunAsync,
        ["plan"] = PlanBenchmark.RunAsync,
        ["prompt"] = PromptBenchmark.RunAsync,
        ["journal"] = JournalBenchmark.RunAsync,
        ["download"] = DownloadBenchmark.RunAsync,
        ["storage"] = StorageBenchmark.RunAsync,
    };

    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["simulate", .. string[] rest]:
                return SimulateCommand.Run(rest);
            // The other processes that some rows need
            case ["counting-server", string looks, string seconds]:
                await CountingServer.RunAsync(int.Parse(looks, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));
                return 0;
            case ["download-server", string folder]:
                FileServer.Run(folder);
                return 0;
            case ["download-four", string origin, string folder]:
                await DownloadBenchmark.SaveFourAsync(origin, folder);
                return 0;
            case ["bare-submission", string address]:
                await PromptBenchmark.SubmitBareAsync(address);
                return 0;
            default:
                if (arguments.FirstOrDefault(word => !Parts.ContainsKey(word)) is null) return await PrintAsync(arguments);
                await Console.Error.WriteLineAsync(
                    $"Usage: ZhipuVideo.Benchmarks [{string.Join("] [", Parts.Keys)}]; all of them without a word; simulate [polling|slots|restart|outage] [--seeds N]");
                return 2;
        }
    }

    /// <summary>Prints the parts as one table; what misses its target is marked, and is no failure of the command.</summary>
    private static async Task<int> PrintAsync(string[] parts)
    {
        BenchmarkRow.PrintHeader();
        int rows = 0;
        int missed = 0;
        foreach (string part in parts.Length > 0 ? parts : [.. Parts.Keys])
        {
            await foreach (BenchmarkRow row in Parts[part]())
            {
                row.Print();
                rows++;
                if (!row.IsMet) missed++;
            }
        }
        Console.WriteLine($"{rows - missed} of {rows} targets met");
        return 0;
    }
}
