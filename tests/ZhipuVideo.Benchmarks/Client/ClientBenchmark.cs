using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime;
using System.Text.Json;
using ZhipuVideo.Emulator;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Benchmarks.Client;

/// <summary>What the client itself costs, beside a bare HttpClient loop that does and parses the same requests.</summary>
internal static class ClientBenchmark
{
    private const int Rounds = 5;
    private const int ThroughputRounds = 15;
    private const int MostWarmUps = 10;
    private const int UnderWay = 64;
    private const int Looks = 3;

    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync(int jobs)
    {
        yield return await SubmissionAsync();
        foreach (BenchmarkRow row in await ThroughputAsync(jobs)) yield return row;
        foreach (BenchmarkRow row in await ScaleAsync()) yield return row;
        yield return await MakespanAsync();
    }

    /// <summary>200 rows, eight at once, 100 ms of latency: issue 2.</summary>
    private static async Task<BenchmarkRow> SubmissionAsync()
    {
        const int Rows = 200;
        const int AtOnce = 8;
        const double Ideal = Rows / (double)AtOnce * 0.1;
        List<double> ours = [];
        for (int round = 0; round < Rounds; round++)
        {
            await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
            {
                Log = false,
                Settings = new EmulatorSettings { Latency = 100, Concurrency = int.MaxValue, ServiceTime = 3600 },
            });
            await using VideoBatch batch = await OpenBatchAsync(emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey);
            Stopwatch clock = Stopwatch.StartNew();
            await SubmitAsync(batch, Rows, AtOnce, static _ => { });
            ours.Add(clock.Elapsed.TotalSeconds);
        }
        double median = BenchmarkRow.Median(ours);
        return new BenchmarkRow("seconds to submit 200 rows, 8 at once, 100 ms latency / ideal", median, Ideal, median / Ideal, "<= 1.3");
    }

    /// <summary>Jobs a second with one POST and three GETs each, and bytes allocated per request.</summary>
    private static async Task<BenchmarkRow[]> ThroughputAsync(int jobs)
    {
        using CountingServer server = CountingServer.Start(Looks);
        List<double> ours = [];
        List<double> bare = [];
        for (int round = 0; round < MostWarmUps && await CompilingAsync(() => DriveAsync(server, jobs), () => BareAsync(server, jobs)) > 0.01; round++)
        {
        }
        for (int round = 0; round < ThroughputRounds; round++)
        {
            ours.Add((await MeasureAsync(jobs, () => DriveAsync(server, jobs))).Rate);
            bare.Add((await MeasureAsync(jobs, () => BareAsync(server, jobs))).Rate);
        }
        return
        [
            BenchmarkRow.OfPairs("jobs a second, 1 POST + 3 GETs each, 64 requests under way", ours, bare, ">= 0.90"),
            await PollAllocationAsync(server),
        ];
    }

    /// <summary>
    /// Runs both once; the larger part of their time that went into compiling. The runtime compiles what is called often anew in the
    /// background, on the cores that are measured: a fifth of the client's first 20,000 jobs, a thirtieth of the bare loop's.
    /// </summary>
    private static async Task<double> CompilingAsync(params Func<Task>[] runs)
    {
        double most = 0;
        foreach (Func<Task> run in runs)
        {
            TimeSpan before = JitInfo.GetCompilationTime();
            Stopwatch clock = Stopwatch.StartNew();
            await run();
            most = Math.Max(most, (JitInfo.GetCompilationTime() - before) / clock.Elapsed);
        }
        return most;
    }

    private static async Task<(double Rate, double Bytes)> MeasureAsync(int jobs, Func<Task> run)
    {
        GC.Collect();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Stopwatch clock = Stopwatch.StartNew();
        await run();
        double seconds = clock.Elapsed.TotalSeconds;
        return (jobs / seconds, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)jobs);
    }

    private static CogVideoClient NewClient(string baseUri, string key) =>
        new(new ServiceEndpoint(ApiKey.Parse(key), baseUri), new CogVideoClientOptions { Accounts = new SchedulerRegistry() });

    private static Task<VideoBatch> OpenBatchAsync(string baseUri, string key) =>
        VideoBatch.OpenAsync(NewClient(baseUri, key), new VideoBatchOptions(), CancellationToken.None);

    private static async Task SubmitAsync(VideoBatch batch, int rows, int atOnce, Action<CogVideoJob> accepted)
    {
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            for (int row; (row = Interlocked.Increment(ref next)) <= rows;)
                accepted(await batch.SubmitAsync(new VideoRequest { Prompt = "一只猫在月光下奔跑" }));
        })));
    }

    /// <summary>Submits all and waits for all.</summary>
    private static async Task DriveAsync(VideoBatch batch, int jobs, int atOnce, WaitOptions options)
    {
        ConcurrentBag<Task> ends = [];
        await SubmitAsync(batch, jobs, atOnce, job => ends.Add(batch.WaitAsync(job, options)));
        await Task.WhenAll(ends);
    }

    /// <summary>
    /// With a fixed interval: the server ends a task at its third look, whenever that comes, so that a schedule which learns how long tasks
    /// take would learn from itself. It is short: at the end, when nothing else is to be done, it is waited for three times.
    /// </summary>
    private static async Task DriveAsync(CountingServer server, int jobs)
    {
        await using VideoBatch batch = await OpenBatchAsync(server.BaseUri, CountingServer.Key);
        await DriveAsync(batch, jobs, UnderWay, new WaitOptions { IntervalSeconds = 0.005 });
    }

    private static async Task BareAsync(CountingServer server, int jobs)
    {
        using HttpClient http = NewHttp();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, UnderWay).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= jobs)
            {
                using StringContent content = new(
                    "{\"model\":\"cogvideox-flash\",\"prompt\":\"一只猫在月光下奔跑\",\"request_id\":\"" + Guid.NewGuid().ToString("N") + "\"}",
                    Encoding.UTF8, "application/json");
                using HttpResponseMessage created = await http.PostAsync(new Uri(server.BaseUri + "/videos/generations"), content);
                using JsonDocument reply = JsonDocument.Parse(await created.Content.ReadAsByteArrayAsync());
                string id = reply.RootElement.GetProperty("id").GetString()!;
                for (int look = 0; look < Looks; look++) await BareLookAsync(http, server, id);
            }
        })));
    }

    private static async Task<string> BareLookAsync(HttpClient http, CountingServer server, string id)
    {
        using HttpResponseMessage looked = await http.GetAsync(new Uri(server.BaseUri + "/async-result/" + id));
        using JsonDocument result = JsonDocument.Parse(await looked.Content.ReadAsByteArrayAsync());
        return result.RootElement.GetProperty("task_status").GetString()!;
    }

    private static HttpClient NewHttp()
    {
        HttpClient http = new(new SocketsHttpHandler { MaxConnectionsPerServer = UnderWay, UseCookies = false });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", CountingServer.Key);
        http.DefaultRequestHeaders.UserAgent.ParseAdd("ZhipuVideo/0.1.0");
        return http;
    }

    /// <summary>Bytes allocated by a poll of a task that still runs: each is polled twice, and would end at the third poll.</summary>
    private static async Task<BenchmarkRow> PollAllocationAsync(CountingServer server)
    {
        const int Polls = 5000;
        List<double> ours = [];
        List<double> bare = [];
        using CogVideoClient client = NewClient(server.BaseUri, CountingServer.Key);
        using HttpClient http = NewHttp();
        for (int round = 0; round <= Rounds; round++)
        {
            (_, double own) = await MeasureAsync(Polls, async () =>
            {
                for (int i = 0; i < Polls; i++) await client.Scheduler.Transport.PollAsync($"r{round}-{i / 2}", CancellationToken.None);
            });
            (_, double other) = await MeasureAsync(Polls, async () =>
            {
                for (int i = 0; i < Polls; i++) await BareLookAsync(http, server, $"b{round}-{i / 2}");
            });
            if (round == 0) continue;
            ours.Add(own);
            bare.Add(other);
        }
        return BenchmarkRow.OfPairs("bytes allocated per poll", ours, bare, "<= 1.25");
    }

    /// <summary>Heap and CPU of many waiting jobs, on a virtual clock and a handler that answers at once.</summary>
    private static async Task<BenchmarkRow[]> ScaleAsync()
    {
        int[] counts = [1_000, 10_000, 100_000];
        List<double> heap = [];
        List<double> cpu = [];
        await MeasureWaitingAsync(1_000);
        foreach (int count in counts)
        {
            List<(double Heap, double Cpu)> runs = [];
            for (int round = 0; round < Rounds; round++) runs.Add(await MeasureWaitingAsync(count));
            heap.Add(BenchmarkRow.Median(runs.Select(r => r.Heap).ToList()));
            cpu.Add(BenchmarkRow.Median(runs.Select(r => r.Cpu).ToList()));
        }
        return
        [
            new("heap bytes per waiting job, 10,000 jobs", heap[1] / counts[1], null, heap[1] / counts[1], "<= 1024"),
            new("heap bytes per waiting job, 100,000 jobs", heap[2] / counts[2], null, heap[2] / counts[2], "<= 1024"),
            new("log-log slope of memory over 1k, 10k, 100k jobs", Slope(counts, heap), null, Slope(counts, heap), "<= 1.05"),
            new("log-log slope of CPU over 1k, 10k, 100k jobs", Slope(counts, cpu), null, Slope(counts, cpu), "<= 1.05"),
        ];
    }

    private static async Task<(double Heap, double Cpu)> MeasureWaitingAsync(int count)
    {
        VirtualClock time = new();
        RunningHandler handler = new();
        using CogVideoClient client = new(new ServiceEndpoint(ApiKey.Parse(CountingServer.Key), "http://127.0.0.1:9/api/paas/v4"), new CogVideoClientOptions
        {
            Time = time,
            CreateHandler = () => handler,
            Accounts = new SchedulerRegistry(time, new Random(1).NextDouble, run: static action => action()),
        });
        CogVideoJob[] jobs = Enumerable.Range(0, count).Select(i => new CogVideoJob
        {
            Id = (8_868_902_201_637_896_192 + i).ToString(CultureInfo.InvariantCulture),
            Model = "cogvideox-flash",
            Status = CogVideoStatus.Processing,
            SubmittedAt = time.GetUtcNow().UtcDateTime,
        }).ToArray();
        WaitOptions options = new() { TimeoutSeconds = 3600 };
        Task<CogVideoResult>[] waits = new Task<CogVideoResult>[count];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
        for (int i = 0; i < count; i++) waits[i] = client.Scheduler.Polls.WaitAsync(jobs[i], options, CancellationToken.None);
        for (int step = 0; step < 120; step++) time.Advance(1);
        double cpu = (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds;
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive((jobs, waits));
        double polls = handler.Requests / (double)count;
        if (polls < 1) throw new InvalidOperationException("the virtual clock did not poll");
        await Task.CompletedTask;
        return (after - before, cpu);
    }

    private static double Slope(int[] counts, List<double> values) =>
        Math.Log(values[^1] / values[0]) / Math.Log(counts[^1] / (double)counts[0]);

    /// <summary>Real time: N = 100 jobs of a median of 5 s on five slots, against lag-free list scheduling of the same durations.</summary>
    private static async Task<BenchmarkRow> MakespanAsync()
    {
        const int Jobs = 100;
        const int Slots = 5;
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Seed = 7,
            Settings = new EmulatorSettings { Concurrency = Slots, ServiceTime = 5, Sigma = 0.35 },
        });
        await using VideoBatch batch = await OpenBatchAsync(emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey);
        Stopwatch clock = Stopwatch.StartNew();
        await DriveAsync(batch, Jobs, 8, new WaitOptions());
        double seconds = clock.Elapsed.TotalSeconds;
        double best = ListSchedule(emulator.State.Tasks.Select(t => (t.Ends - t.Created).TotalSeconds), Slots);
        return new BenchmarkRow("list scheduling / makespan for real, T = 5 s, K = 5, N = 100 (s)", seconds, best, best / seconds, ">= 0.95");
    }

    private static double ListSchedule(IEnumerable<double> durations, int slots)
    {
        PriorityQueue<int, double> free = new(Enumerable.Range(0, slots).Select(s => (s, 0.0)));
        double end = 0;
        foreach (double duration in durations)
        {
            free.TryDequeue(out int slot, out double at);
            free.Enqueue(slot, at + duration);
            end = Math.Max(end, at + duration);
        }
        return end;
    }

    /// <summary>Answers every look at once: still running.</summary>
    private sealed class RunningHandler : HttpMessageHandler
    {
        private static readonly byte[] Body = "{\"task_status\":\"PROCESSING\"}"u8.ToArray();

        internal int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            ByteArrayContent content = new(Body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content });
        }
    }
}
