using System;
using ZhipuVideo.Benchmarks.Journaling;

switch (args)
{
    case ["journal"]:
        return await JournalBenchmark.PrintAsync();
    default:
        Console.Error.WriteLine("Usage: ZhipuVideo.Benchmarks journal");
        return 2;
}
