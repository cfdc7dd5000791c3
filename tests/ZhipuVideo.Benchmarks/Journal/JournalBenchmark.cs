using System.Text.Json;
using ZhipuVideo.Emulator;
using ZhipuVideo.Files;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Benchmarks.Journaling;

/// <summary>What the journal costs: reading it, holding it, and waiting for its flushes. The disk is the one of the temporary folder.</summary>
internal sealed class JournalBenchmark : IDisposable
{
    private const int Rounds = 5;
    private const int Callers = 64;

    private readonly TemporaryFolder _folder = new();

    private JournalBenchmark()
    {
    }

    /// <summary>Runs all of it; takes about a minute.</summary>
    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        using JournalBenchmark benchmark = new();
        yield return benchmark.Replay();
        yield return benchmark.Memory();
        yield return benchmark.MemoryOfLongPrompts();
        yield return await benchmark.AppendAsync();
        yield return await SubmitAsync(benchmark, latencyMs: 100, rows: 64 * 20, ">= 0.90");
        yield return await SubmitAsync(benchmark, latencyMs: 0, rows: 64 * 50, ">= 0.5");
        yield return await VerifyAsync(benchmark, rows: 64 * 20);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The reference reads the same lines with File.ReadLines and JsonDocument, and keeps nothing.</summary>
    private BenchmarkRow Replay()
    {
        string path = Write(rows: 25_000, promptLength: 100);
        List<double> ours = [];
        List<double> references = [];
        for (int i = 0; i < Rounds; i++)
        {
            ours.Add(Seconds(() => ReplayIndex(path)));
            references.Add(Seconds(() =>
            {
                foreach (string line in File.ReadLines(path)) JsonDocument.Parse(line).Dispose();
            }));
        }
        double median = BenchmarkRow.Median(ours);
        return new BenchmarkRow("seconds to replay 10^5 records", median, BenchmarkRow.Median(references), median, "<= 0.5");
    }

    /// <summary>The reference is what its texts alone would take as strings, each once.</summary>
    private BenchmarkRow Memory()
    {
        (double ours, double texts) = MemoryOf(rows: 100_000, promptLength: 60);
        return new BenchmarkRow("bytes held per finished row", ours, texts, ours, "<= 400");
    }

    private BenchmarkRow MemoryOfLongPrompts()
    {
        (double ours, _) = MemoryOf(rows: 20_000, promptLength: 4000);
        (double oursOfShort, _) = MemoryOf(rows: 20_000, promptLength: 10);
        return new BenchmarkRow("the same, prompts of 4,000 / of 10 characters", ours, oursOfShort, ours / oursOfShort, "<= 1.05");
    }

    private (double Ours, double Texts) MemoryOf(int rows, int promptLength)
    {
        string path = Write(rows, promptLength);
        double ours = BytesHeld(() => ReplayIndex(path)) / rows;
        double texts = Journal.Read(path, static line => throw line).Sum(
            row => BytesOf(row.Hash) + BytesOf(row.RequestId) + BytesOf(row.Job.Id) + BytesOf(row.Job.Model) + BytesOf(row.Job.Name) + BytesOf(row.Job.Prompt)
                + BytesOf(row.Result!.SavedPath)) / (double)rows;
        return (ours, texts);
    }

    /// <summary>A string of .NET: 22 bytes and two for each character, in steps of eight.</summary>
    private static int BytesOf(string? text) => text is null ? 0 : (22 + (2 * text.Length) + 7) / 8 * 8;

    /// <summary>Records a second with 64 callers, each waiting for its own; the reference flushes each record by itself.</summary>
    private async Task<BenchmarkRow> AppendAsync()
    {
        const int RecordsOfCaller = 100;
        List<double> ours = [];
        List<double> references = [];
        for (int i = 0; i < Rounds; i++)
        {
            using (JournalLease lease = Journal.Open(NewPath()))
            {
                using JournalRun run = lease.Journal.BeginRun();
                Stopwatch clock = Stopwatch.StartNew();
                await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
                {
                    for (int n = 0; n < RecordsOfCaller; n++)
                    {
                        string id = FormattableString.Invariant($"{caller}-{n}");
                        await lease.Journal.IntentAsync(run.Claim(id), NewJob(id), id);
                    }
                })));
                ours.Add(Callers * RecordsOfCaller / clock.Elapsed.TotalSeconds);
            }
            references.Add(FlushedWritesPerSecond(400));
        }
        return BenchmarkRow.OfPairs("records flushed a second, 64 callers / one by one", ours, references, ">= 8");
    }

    private double FlushedWritesPerSecond(int count)
    {
        using FileStream file = new(NewPath(), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
        byte[] line = new byte[400];
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < count; i++)
        {
            file.Write(line);
            file.Flush(flushToDisk: true);
        }
        return count / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Submissions a second against the emulator in this process, with a journal and without.</summary>
    private static async Task<BenchmarkRow> SubmitAsync(JournalBenchmark benchmark, double latencyMs, int rows, string target)
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings { Latency = latencyMs, Concurrency = int.MaxValue, ServiceTime = 3600 },
        });
        ServiceEndpoint endpoint = new(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri);
        using CogVideoClient client = new(endpoint); // keeps the connections of one batch for the next
        List<double> with = [];
        List<double> without = [];
        _ = await SubmissionsPerSecondAsync(endpoint, null, rows);
        for (int i = 0; i < Rounds; i++)
        {
            without.Add(await SubmissionsPerSecondAsync(endpoint, null, rows));
            with.Add(await SubmissionsPerSecondAsync(endpoint, benchmark.NewPath(), rows));
        }
        return BenchmarkRow.OfPairs(
            FormattableString.Invariant($"submissions a second, 64 at once, {latencyMs} ms latency"), with, without, target);
    }

    /// <summary>
    /// What it costs to look, once per commit, whether the journal is still the file at its names and as long as it was. The reference is the
    /// same journal without the look. Many short pairs take turns in who is first, so that a machine that is busy with something else strikes both.
    /// </summary>
    private static async Task<BenchmarkRow> VerifyAsync(JournalBenchmark benchmark, int rows)
    {
        const int Pairs = 60;
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings { Concurrency = int.MaxValue, ServiceTime = 3600 },
        });
        ServiceEndpoint endpoint = new(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri);
        using CogVideoClient client = new(endpoint); // keeps the connections of one batch for the next
        FileLogStore unverified = new(verifies: false);
        List<double> with = [];
        List<double> without = [];
        _ = await SubmissionsPerSecondAsync(endpoint, benchmark.NewPath(), rows);
        for (int i = 0; i < Pairs; i++)
        {
            if (i % 2 == 0) with.Add(await SubmissionsPerSecondAsync(endpoint, benchmark.NewPath(), rows));
            without.Add(await SubmissionsPerSecondAsync(endpoint, benchmark.NewPath(), rows, unverified));
            if (i % 2 == 1) with.Add(await SubmissionsPerSecondAsync(endpoint, benchmark.NewPath(), rows));
        }
        return BenchmarkRow.OfPairs("the same, the journal's place and length checked / not", with, without, ">= 0.98");
    }

    private static async Task<double> SubmissionsPerSecondAsync(ServiceEndpoint endpoint, string? journalPath, int rows, ILogStore? store = null)
    {
        await using VideoBatch batch = await VideoBatch.OpenAsync(endpoint, new VideoBatchOptions { JournalPath = journalPath, Logs = store });
        int next = 0;
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => Task.Run(async () =>
        {
            for (int row; (row = Interlocked.Increment(ref next)) <= rows;)
                await batch.SubmitAsync(new VideoRequest { Prompt = FormattableString.Invariant($"一只猫 {row}") });
        })));
        return rows / clock.Elapsed.TotalSeconds;
    }

    private static JournalIndex ReplayIndex(string path)
    {
        using FileStream file = RegularFile.TryOpen(path)!;
        JournalIndex index = new(path);
        index.Replay(file);
        return index;
    }

    /// <summary>A journal of saved rows, four records each; written without flushes.</summary>
    private string Write(int rows, int promptLength)
    {
        string path = NewPath();
        string prompt = new('猫', promptLength);
        using StreamWriter writer = new(path, append: false, new UTF8Encoding(false), 1 << 16);
        writer.Write("{\"journal\":\"ZhipuVideo\",\"schema\":1,\"at\":\"2025-03-01T12:00:00Z\",\"pid\":1,\"host\":\"host\"}\n");
        for (int i = 0; i < rows; i++)
        {
            string n = i.ToString("x32", CultureInfo.InvariantCulture);
            writer.Write($"{{\"record\":\"intent\",\"at\":\"2025-03-01T12:00:00Z\",\"requestId\":\"{n}\",\"hash\":\"{n}{n}\",\"occurrence\":1,");
            writer.Write($"\"model\":\"cogvideox-flash\",\"name\":\"row {i}\",\"prompt\":\"{prompt}\"}}\n");
            writer.Write($"{{\"record\":\"accepted\",\"at\":\"2025-03-01T12:00:01Z\",\"id\":\"task{n}\",\"requestId\":\"{n}\",\"hash\":\"{n}{n}\",");
            writer.Write("\"occurrence\":1,\"submittedAt\":\"2025-03-01T12:00:01Z\"}\n");
            writer.Write($"{{\"record\":\"ended\",\"at\":\"2025-03-01T12:01:01Z\",\"id\":\"task{n}\",\"requestId\":\"{n}\",\"status\":\"Success\",");
            writer.Write($"\"endedAt\":\"2025-03-01T12:01:01Z\",\"elapsedSec\":60.123,\"links\":\"{new string('A', 220)}\"}}\n");
            writer.Write($"{{\"record\":\"saved\",\"at\":\"2025-03-01T12:01:02Z\",\"id\":\"task{n}\",\"path\":\"/videos/row {i}.mp4\",\"length\":12345678}}\n");
        }
        return path;
    }

    private string NewPath() => Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".jsonl");

    private static CogVideoJob NewJob(string requestId) => new() { RequestId = requestId, Model = "cogvideox-flash", Prompt = new string('猫', 100) };

    private static double Seconds(Action action)
    {
        Stopwatch clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static double BytesHeld(Func<object> make)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        object held = make();
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(held);
        return after - before;
    }
}
