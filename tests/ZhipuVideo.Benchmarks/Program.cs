using System;
using System.Globalization;
using ZhipuVideo.Benchmarks;
using ZhipuVideo.Benchmarks.Client;
using ZhipuVideo.Benchmarks.Download;
using ZhipuVideo.Benchmarks.Journaling;
using ZhipuVideo.Benchmarks.Simulation;

switch (args)
{
    case []:
        BenchmarkRow.PrintHeader();
        await foreach (BenchmarkRow row in ClientBenchmark.RunAsync(20_000)) row.Print();
        return SimulateCommand.Run([]) + await JournalBenchmark.PrintAsync() + await DownloadBenchmark.PrintAsync();
    case ["client", .. string[] jobs]:
        BenchmarkRow.PrintHeader();
        int count = jobs.Length > 0 ? int.Parse(jobs[0], CultureInfo.InvariantCulture) : 20_000;
        await foreach (BenchmarkRow row in ClientBenchmark.RunAsync(count)) row.Print();
        return 0;
    case ["journal"]:
        return await JournalBenchmark.PrintAsync();
    case ["download"]:
        return await DownloadBenchmark.PrintAsync();
    case ["simulate", .. string[] rest]:
        return SimulateCommand.Run(rest);
    case ["counting-server", string looks, string seconds]:
        await CountingServer.RunAsync(int.Parse(looks, CultureInfo.InvariantCulture), double.Parse(seconds, CultureInfo.InvariantCulture));
        return 0;
    case ["download-server", string folder]:
        FileServer.Run(folder);
        return 0;
    default:
        Console.Error.WriteLine("Usage: ZhipuVideo.Benchmarks [client [JOBS] | simulate | journal | download]; all of them without a word");
        return 2;
}
