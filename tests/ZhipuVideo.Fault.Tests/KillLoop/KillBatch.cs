using System.Security.Cryptography;

namespace ZhipuVideo.Tests.KillLoop;

/// <summary>
/// A batch of rows, submitted, waited for and saved by one pipeline that is killed and started again until it comes to its end.
/// Each run calls the journal by another of its names. Whether request ids can be looked up, how long tasks take and how slow the service is differs from batch to batch.
/// </summary>
internal sealed class KillBatch : IAsyncDisposable
{
    /// <summary>No batch needs so many runs, were it killed at the worst moment every time.</summary>
    private const int MostRuns = 300;

    private const string Script = """
        param([string] $Csv, [string] $Journal, [string] $Videos, [string] $Retry, [int] $Limit)
        Import-Csv $Csv |
            New-CogVideo -JournalPath $Journal -RetryUnconfirmed:($Retry -eq 'yes') -BilledLimit $Limit -ErrorAction Continue |
            Wait-CogVideo -ErrorAction Continue |
            Save-CogVideo -DestinationPath $Videos -IncludeCover -ErrorAction Continue
        """;

    private static readonly KillPoint[] Points = Enum.GetValues<KillPoint>();
    private static readonly JournalName[] Names = Enum.GetValues<JournalName>();

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _links = new();
    private readonly Random _random;
    private readonly EmulatorServer _emulator;
    private readonly string[] _names;
    private readonly HashSet<string> _billed;
    private readonly int _limit;
    private readonly bool _findsRequestIds;
    private readonly bool _retries;
    private readonly string _script;
    private readonly string _csv;
    private readonly string _journal;
    private readonly string _videos;
    private string _lastOutput = "";

    private KillBatch(Random random, EmulatorServer emulator)
    {
        _random = random;
        _emulator = emulator;
        _findsRequestIds = emulator.State.Settings.ResolveRequestIds;
        _retries = _findsRequestIds || random.Next(2) == 0;
        _names = Enumerable.Range(1, random.Next(3, 9)).Select(i => $"row{i}").ToArray();
        _billed = [.. _names.Where(_ => random.Next(2) == 0)];
        _limit = random.Next(_billed.Count + 2);
        _script = _folder.Write("run.ps1", Script);
        _csv = _folder.Write("prompts.csv", "Prompt,Name,Model\n" + string.Concat(_names.Select(name => $"一只猫 {name},{name},{(_billed.Contains(name) ? "cogvideox-2" : "")}\n")));
        _journal = Path.Combine(_folder.FullName, "run.jsonl");
        _videos = Path.Combine(_folder.FullName, "videos");
    }

    /// <summary>What this batch is, for the report of a failure.</summary>
    public string Description =>
        $"{_names.Length} rows, request ids {(_findsRequestIds ? "found" : "not found")}, {(_retries ? "-RetryUnconfirmed" : "no retry")}, {_billed.Count} billed and {_limit} allowed";

    public static async Task<KillBatch> CreateAsync(int seed)
    {
        Random random = new(seed);
        EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Seed = seed,
            Log = false,
            Settings = new EmulatorSettings
            {
                ServiceTime = 0.4 * random.NextDouble(),
                Sigma = 0.4,
                Latency = 40 * random.NextDouble(),
                Concurrency = random.Next(1, 6),
                FileSize = random.Next(100_000, 2_000_000),
                ResolveRequestIds = random.Next(2) == 0,
            },
        });
        if (random.Next(2) == 0) emulator.State.Add(new Fault { Kind = FaultKind.Slow, Phase = RequestPhase.Download, Bytes = random.Next(1, 8) * 1_000_000 });
        return new KillBatch(random, emulator);
    }

    /// <summary>Starts the pipeline again and again until it ends by itself, then checks what it has left.</summary>
    /// <param name="mayKill">Asked before every kill.</param>
    public async Task RunAsync(Func<KillPoint, bool> mayKill)
    {
        for (int run = 1; ; run++)
        {
            Assert.True(run <= MostRuns, $"after {MostRuns} runs the batch has not ended: {_lastOutput}");
            if (!await RunOnceAsync(mayKill)) break;
        }
        await CheckAsync();
        await CheckNothingIsLeftToDoAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _emulator.DisposeAsync();
        _links.Dispose();
        _folder.Dispose();
    }

    /// <summary>One run; true when it was killed.</summary>
    private async Task<bool> RunOnceAsync(Func<KillPoint, bool> mayKill)
    {
        KillPoint point = Points[_random.Next(Points.Length)];
        int nth = _random.Next(1, 4);
        TimeSpan delay = TimeSpan.FromMilliseconds(point == KillPoint.AnyTime ? _random.Next(1500) : _random.Next(2) * _random.Next(8));
        Observation seen = new(_journal, _videos, _emulator.State);
        long openings = seen.Openings;
        long before = point == KillPoint.AnyTime ? 0 : seen.Count(point);
        using PwshProcess process = Start();
        while (!process.HasExited && !(point == KillPoint.AnyTime ? seen.Openings > openings : seen.Count(point) >= before + nth))
            Thread.Sleep(1); // a kill must fall where the state was seen, not when a pool finds time
        Thread.Sleep(delay);
        bool killed = !process.HasExited && mayKill(point);
        if (killed) process.Kill();
        PwshResult result = await process.EndAsync();
        _lastOutput = $"exit code {result.ExitCode}\n{result.Output}{result.Error}";
        if (!killed) Assert.True(result.ExitCode == 0, _lastOutput);
        return killed;
    }

    private PwshProcess Start() => PwshProcess.Start(
        PwshSetup.Connected(_emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey, _folder),
        _script, "-Csv", _csv, "-Journal", JournalNames.PathOf(_journal, Names[_random.Next(Names.Length)], _links.FullName), "-Videos", _videos, "-Retry", _retries ? "yes" : "no", "-Limit", $"{_limit}");

    private async Task CheckAsync()
    {
        Dictionary<string, List<VideoTask>> tasks = _emulator.State.Tasks
            .GroupBy(task => task.Prompt!.Split(' ')[1])
            .ToDictionary(group => group.Key, group => group.ToList());
        Dictionary<string, string> states = JournalText.ReadStates(_journal);
        List<string> expectedFiles = [];
        int paidFor = _emulator.State.Tasks.Count(task => _billed.Contains(task.Prompt!.Split(' ')[1]));
        int counted = _billed.Count(name => states.TryGetValue(name, out string? state) && state != "notAccepted");
        Assert.True(paidFor <= _limit, $"{paidFor} billed requests, and {_limit} allowed");
        Assert.Equal(_billed.Order(), JournalText.ReadBilled(_journal).Concat(_billed.Where(name => !states.ContainsKey(name))).Distinct().Order());
        foreach (string name in _names)
        {
            List<VideoTask> paid = tasks.GetValueOrDefault(name, []);
            Assert.True(paid.Count <= 1, $"{name} was paid {paid.Count} times");
            string state = states.GetValueOrDefault(name, "unknown");
            if (_billed.Contains(name) && state is "unknown" or "notAccepted")
            {
                Assert.True(counted >= _limit && paid.Count == 0, $"{name} is {state}, and {counted} of {_limit} are used up");
                continue;
            }
            if (state == "intent" && !_findsRequestIds)
            {
                // Listed as unconfirmed; with -RetryUnconfirmed only where the service has it and does not say under which id
                Assert.True(!_retries || paid.Count == 1, $"{name} was never paid and not sent again");
                continue;
            }
            Assert.True(state == "saved", $"{name} is {state}; {_lastOutput}");
            VideoTask task = Assert.Single(paid);
            expectedFiles.AddRange([$"{name}.mp4", $"{name}.png"]);
            Assert.Equal(await HashAtServerAsync(task.Id), HashOnDisk(Path.Combine(_videos, $"{name}.mp4")));
        }
        IEnumerable<string> files = Directory.Exists(_videos) ? Directory.GetFileSystemEntries(_videos).Select(path => Path.GetFileName(path)) : [];
        Assert.Equal(expectedFiles.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        string[] rest = ["prompts.csv", "run.jsonl", "run.jsonl.lock", "run.ps1", .. expectedFiles.Count > 0 ? ["videos"] : (string[])[]];
        Assert.Equal(rest, Directory.GetFileSystemEntries(_folder.FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        string journal = await File.ReadAllTextAsync(_journal);
        Assert.DoesNotContain("offlineDemoKey", journal, StringComparison.Ordinal);
        Assert.DoesNotContain(_emulator.FilesUri.Authority, journal, StringComparison.Ordinal);
    }

    /// <summary>The same line once more: nothing is submitted or downloaded, and what is saved is not even asked for.</summary>
    private async Task CheckNothingIsLeftToDoAsync()
    {
        bool isComplete = JournalText.ReadStates(_journal).Values.All(state => state == "saved");
        EmulatorStats before = _emulator.State.Stats;
        using PwshProcess process = Start();
        PwshResult result = await process.EndAsync();
        Assert.True(result.ExitCode == 0, result.Error);
        EmulatorStats after = _emulator.State.Stats;
        foreach (string phase in isComplete ? (string[])["create", "poll", "download", "cover"] : ["download", "cover"])
            Assert.Equal((phase, before.Requests.GetValueOrDefault(phase)), (phase, after.Requests.GetValueOrDefault(phase)));
        Assert.Equal(before.Accepted.Values.Sum(), after.Accepted.Values.Sum());
    }

    private async Task<string> HashAtServerAsync(string id)
    {
        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new("Bearer", EmulatorOptions.DemoKey);
        using JsonDocument result = JsonDocument.Parse(await http.GetStringAsync($"{_emulator.BaseUri}/async-result/{id}"));
        string url = result.RootElement.GetProperty("video_result")[0].GetProperty("url").GetString()!;
        return Convert.ToHexString(SHA256.HashData(await http.GetByteArrayAsync(url)));
    }

    private static string HashOnDisk(string path) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)));
}
