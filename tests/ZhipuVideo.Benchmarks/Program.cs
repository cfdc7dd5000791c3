using System;
using ZhipuVideo.Benchmarks.Download;
using ZhipuVideo.Benchmarks.Journaling;
using ZhipuVideo.Benchmarks.Simulation;

switch (args)
{
    case ["journal"]:
        return await JournalBenchmark.PrintAsync();
    case ["download"]:
        return await DownloadBenchmark.PrintAsync();
    case ["download-server", string folder]:
        FileServer.Run(folder);
        return 0;
    case ["download-four", string origin, string folder]:
        await DownloadBenchmark.SaveFourAsync(origin, folder);
        return 0;
    case ["simulate", ..]:
        SimulateCommand.Polling(20);
        SimulateCommand.Slots(20);
        SimulateCommand.Outage(20);
        return 0;
    default:
        Console.Error.WriteLine("Usage: ZhipuVideo.Benchmarks simulate | journal | download");
        return 2;
}
