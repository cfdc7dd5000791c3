using Azure.Storage.Blobs;
using ZhipuVideo.Emulator;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;
using BlobClient = ZhipuVideo.Storage.Blob.BlobClient;

namespace ZhipuVideo.Benchmarks.Storage;

/// <summary>What a journal and videos in a container cost; against Azurite, beside the official client.</summary>
internal static class StorageBenchmark
{
    private const int Rounds = 5, Callers = 64, VideoLength = 64 << 20;

    /// <summary>Runs all of it; takes about a minute. No rows where npm is missing.</summary>
    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        if (Azurite.Missing is not null) yield break;
        Azurite azurite = await Azurite.GetAsync();
        BlobContainerClient container = await azurite.CreateContainerAsync();
        StorageAccess access = new();
        string place = access.Add($"{azurite.Endpoint}/{container.Name}", azurite.Key);
        yield return await SubmitAsync(access, place);
        yield return await OpenAsync(access, container, place);
        yield return await MoveAsync(access, container, place);
    }

    private static async Task<BenchmarkRow> SubmitAsync(StorageAccess access, string place)
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings { Latency = 100, Concurrency = int.MaxValue, ServiceTime = 3600 },
        });
        ServiceEndpoint endpoint = new(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri);
        using CogVideoClient client = new(endpoint); // keeps the connections of one batch for the next
        List<double> with = [];
        List<double> without = [];
        _ = await SubmissionsPerSecondAsync(endpoint, new VideoBatchOptions());
        for (int i = 0; i < Rounds; i++)
        {
            without.Add(await SubmissionsPerSecondAsync(endpoint, new VideoBatchOptions()));
            with.Add(await SubmissionsPerSecondAsync(endpoint, new VideoBatchOptions { JournalPath = $"{place}/run{i}.jsonl", Storage = access }));
        }
        return BenchmarkRow.OfPairs("submissions a second, 64 at once, 100 ms, journal in Azurite / none", with, without, ">= 0.85");
    }

    private static async Task<double> SubmissionsPerSecondAsync(ServiceEndpoint endpoint, VideoBatchOptions options)
    {
        const int Rows = Callers * 20;
        await using VideoBatch batch = await VideoBatch.OpenAsync(endpoint, options);
        int next = 0;
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int row; (row = Interlocked.Increment(ref next)) <= Rows;)
                await batch.SubmitAsync(new VideoRequest { Prompt = FormattableString.Invariant($"一只猫 {row}") });
        })));
        return Rows / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Blocks that the second opening of a long journal reads: the first has made it short.</summary>
    private static async Task<BenchmarkRow> OpenAsync(StorageAccess access, BlobContainerClient container, string place)
    {
        const int Blocks = 5_000;
        string path = place + "/long.jsonl";
        using (IAppendLog log = new BlobLogStore(access).Open(path, mayCreate: true))
        {
            log.Cut(0);
            byte[] line = Encoding.UTF8.GetBytes(new string('x', 250) + "\n");
            for (int i = 0; i < Blocks; i++) log.Append(line, line.Length);
        }
        using (IAppendLog log = new BlobLogStore(access).Open(path, mayCreate: false)) log.Cut(log.Length);
        int read = (await container.GetBlobClient("long.jsonl").GetPropertiesAsync()).Value.BlobCommittedBlockCount;
        read += 1; // the checkpoint, in blocks of 4 MiB
        return new BenchmarkRow("blocks read at the second opening / written (the first reads all)", read, Blocks, (double)read / Blocks, "<= 0.1");
    }

    /// <summary>MB a second of a video of 64 MiB, in the pieces in which it comes from the service.</summary>
    private static async Task<BenchmarkRow> MoveAsync(StorageAccess access, BlobContainerClient container, string place)
    {
        byte[] video = new byte[VideoLength];
        new Random(1).NextBytes(video);
        List<double> ours = [];
        List<double> references = [];
        for (int i = 0; i < Rounds; i++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            await container.GetBlobClient($"reference{i}.mp4").UploadAsync(new MemoryStream(video), overwrite: true);
            references.Add(VideoLength / clock.Elapsed.TotalSeconds / 1e6);
            clock.Restart();
            BlobAddress blob = BlobAddress.Parse($"{place}/ours{i}.mp4");
            using BlobClient client = access.CreateClient(blob);
            using BlobUpload upload = new(client, blob);
            byte[] piece = new byte[256 * 1024];
            using MemoryStream source = new(video);
            for (int read; (read = await source.ReadAsync(piece)) > 0;) await upload.AddAsync(piece, read, default);
            await upload.PlaceAsync(blob, "video/mp4", replace: true, default);
            ours.Add(VideoLength / clock.Elapsed.TotalSeconds / 1e6);
        }
        return BenchmarkRow.OfPairs("MB a second of a move to the container / Azure.Storage.Blobs", ours, references, ">= 0.9");
    }
}
