using System.Buffers.Binary;
using ZhipuVideo.Download;
using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Benchmarks.Download;

/// <summary>
/// Downloads over loopback to the same disk, by this client and by curl in turns; each figure is a median. The server is a process of its
/// own that sends from the page cache by sendfile, and is not the bottleneck. Ours ends with every byte flushed to the disk itself and
/// the folder synced; curl ends when the last byte is handed to the system.
/// </summary>
internal sealed class DownloadBenchmark : IDisposable
{
    private const int Rounds = 5;
    private const long Megabyte = 1024 * 1024;
    private const long FileBytes = 512 * Megabyte;
    private const int LineRate = 12_500_000;
    private const int LineBytes = 100_000_000;

    private readonly TemporaryFolder _folder = new();
    private readonly Process _server;
    private readonly string _origin;

    private DownloadBenchmark()
    {
        Write("large", FileBytes);
        Write("small", 4 * Megabyte);
        Write("huge", 2 * FileBytes);
        Write("line", LineBytes);
        _server = ChildProcess.StartSelf("download-server", _folder);
        _origin = "http://127.0.0.1:" + _server.StandardOutput.ReadLine();
    }

    /// <summary>Runs all of it; takes about two minutes and 6 GB of disk.</summary>
    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        using DownloadBenchmark benchmark = new DownloadBenchmark();
        _ = await benchmark.OursAsync("large", 1);
        foreach (int files in (int[])[1, 4])
            foreach (BenchmarkRow row in await benchmark.CompareAsync(files)) yield return row;
        yield return await benchmark.AllocationAsync();
        foreach (BenchmarkRow row in await benchmark.FactsAsync()) yield return row;
        yield return await benchmark.LineAsync();
        yield return benchmark.Heap();
    }

    /// <summary>What the process with the small heap runs: saves four files and says how much memory it had at most, in MB.</summary>
    internal static async Task SaveFourAsync(string origin, string folder)
    {
        await SaveAsync(origin, "huge", 4, folder);
        Console.WriteLine(Process.GetCurrentProcess().PeakWorkingSet64 / Megabyte);
    }

    public void Dispose()
    {
        _server.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
        _folder.Dispose();
    }

    private async Task<BenchmarkRow[]> CompareAsync(int files)
    {
        List<Run> ours = [];
        List<Run> curls = [];
        for (int i = 0; i < Rounds; i++)
        {
            // In turns, and each first as often as the other: the disk has moods
            if (i % 2 == 0) ours.Add(await OursAsync("large", files));
            curls.Add(Curl("large", files));
            if (i % 2 == 1) ours.Add(await OursAsync("large", files));
        }
        double megabytes = files * FileBytes / (double)Megabyte;
        string name = files == 1 ? "MB/s, one 512 MB file" : $"MB/s, {files} files of 512 MB at once";
        return
        [
            Row(name, ours, curls, run => megabytes / run.Seconds, ">= 1.0"),
            Row($"CPU seconds per GB, {files} at once", ours, curls, run => run.CpuSeconds / megabytes * 1024, "<= 1.25"),
        ];
    }

    private static BenchmarkRow Row(string name, List<Run> ours, List<Run> references, Func<Run, double> figure, string target) =>
        BenchmarkRow.OfPairs(name, ours.Select(figure).ToList(), references.Select(figure).ToList(), target);

    private async Task<BenchmarkRow> AllocationAsync()
    {
        // The difference of two sizes is what grows with the size; the smaller one's total is what each file costs
        long[] sizes = [await AllocatedAsync("small", 8), await AllocatedAsync("large", 2)];
        return new BenchmarkRow("KiB allocated for a 512 MB file", sizes[1] / 1024.0, null, sizes[1] / 1024.0, "<= 64");
    }

    /// <summary>What a look into a video costs, in fragments whose pictures all say how long they are, and in one piece ten times as long.</summary>
    private async Task<BenchmarkRow[]> FactsAsync()
    {
        const int files = 20;
        const int looks = 5000;
        double download = (await OursAsync("small", files)).CpuSeconds / files;
        Mp4File fragments = new() { Seconds = 10, Fps = 60, Fragments = 10, HasTimes = true, DataLength = (int)(4 * Megabyte / 10) };
        Run small = Look(fragments, looks);
        Run large = Look(fragments with { DataLength = fragments.DataLength * 10 }, looks);
        double look = small.CpuSeconds / looks;
        return
        [
            new("CPU ms of a look into a 4 MB video, of its download", look * 1000, download * 1000, look / download, "<= 0.02"),
            new("bytes allocated by a look into 40 MB, as times 4 MB", large.Allocated / looks, small.Allocated / looks, large.Allocated / (double)small.Allocated, "<= 1.05"),
        ];
    }

    private Run Look(Mp4File video, int looks)
    {
        string path = _folder.Write("video", video.ToBytes());
        Run start = default;
        for (int i = -looks; i < looks; i++)
        {
            if (i == 0) start = Now(ofChildren: false); // what came before was warming up
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            _ = Mp4Reader.Read(file);
        }
        return Now(ofChildren: false) - start;
    }

    private async Task<long> AllocatedAsync(string file, int files)
    {
        long least = long.MaxValue;
        for (int i = 0; i < files; i++) least = Math.Min(least, (await OursAsync(file, 1)).Allocated);
        return least;
    }

    private async Task<BenchmarkRow> LineAsync()
    {
        Run run = await OursAsync($"line?rate={LineRate}&cut=10000000", 1);
        double rate = LineBytes / run.Seconds;
        return new BenchmarkRow("MB/s of a 12.5 MB/s line cut every 10 MB", rate / 1e6, LineRate / 1e6, rate / LineRate, ">= 0.97");
    }

    private async Task<Run> OursAsync(string file, int files)
    {
        string target = Directory.CreateDirectory(Path.Combine(_folder, "ours")).FullName;
        Run start = Now(ofChildren: false);
        await SaveAsync(_origin, file, files, target);
        Run run = Now(ofChildren: false) - start;
        Clean(target);
        return run;
    }

    private static async Task SaveAsync(string origin, string file, int files, string folder)
    {
        using Downloader downloader = new Downloader(new VideoFolder(folder, new Clock(TimeProvider.System)), new DownloaderOptions { AllowHttp = true });
        await Task.WhenAll(Enumerable.Range(0, files).Select(i => downloader.SaveAsync(
            new CogVideoResult { Id = $"{i}", Status = CogVideoStatus.Success, Url = $"{origin}/{file}" }, new SaveOptions(), CancellationToken.None)));
    }

    private BenchmarkRow Heap()
    {
        const int limit = 400;
        string target = Directory.CreateDirectory(Path.Combine(_folder, "heap")).FullName;
        // For the child, which inherits it
        Environment.SetEnvironmentVariable("DOTNET_GCHeapHardLimit", $"{limit * 1_000_000L:x}");
        using Process child = ChildProcess.StartSelf("download-four", _origin, target);
        Environment.SetEnvironmentVariable("DOTNET_GCHeapHardLimit", null);
        double peak = double.Parse(child.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
        Clean(target);
        return new BenchmarkRow("MB of memory for 4 files of 1 GB, heap limit 400", peak, limit, peak / limit, "<= 1.0");
    }

    private Run Curl(string file, int files)
    {
        string target = Directory.CreateDirectory(Path.Combine(_folder, "curl")).FullName;
        string[] parallel = files == 1 ? [] : ["--parallel", "--parallel-max", $"{files}"];
        IEnumerable<string> outputs = Enumerable.Range(0, files).SelectMany(i => new[] { "--output", Path.Combine(target, $"{i}"), $"{_origin}/{file}" });
        Run start = Now(ofChildren: true);
        using (Process curl = ChildProcess.Start("curl", ["--silent", .. parallel, .. outputs])) curl.WaitForExit();
        Run run = Now(ofChildren: true) - start;
        Clean(target);
        return run;
    }

    // Dirty pages of one run must not slow the next
    private static void Clean(string folder)
    {
        Directory.Delete(folder, recursive: true);
        using Process sync = ChildProcess.Start("sync", []);
        sync.WaitForExit();
    }

    private static Run Now(bool ofChildren) => new(
        Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, Native.CpuSeconds(ofChildren), GC.GetTotalAllocatedBytes(precise: true));

    private void Write(string name, long length)
    {
        byte[] block = new byte[Megabyte];
        new Random(1).NextBytes(block);
        using FileStream file = File.Create(Path.Combine(_folder, name));
        for (long left = length; left > 0; left -= block.Length)
            file.Write(block, 0, (int)Math.Min(left, block.Length));
        byte[] head = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(head, 24);
        Encoding.ASCII.GetBytes("ftypisom").CopyTo(head, 4);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(24), (int)(length - 24));
        Encoding.ASCII.GetBytes("mdat").CopyTo(head, 28);
        file.Position = 0;
        file.Write(head);
    }

    private readonly record struct Run(double Seconds, double CpuSeconds, long Allocated)
    {
        public static Run operator -(Run end, Run start) =>
            new(end.Seconds - start.Seconds, end.CpuSeconds - start.CpuSeconds, end.Allocated - start.Allocated);
    }
}
