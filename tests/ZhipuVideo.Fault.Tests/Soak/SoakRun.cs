namespace ZhipuVideo.Tests.Soak;

/// <summary>
/// The built module in one process and one pipeline for an hour: twenty thousand jobs, each submitted, waited for and saved, while one
/// request in twenty of each phase meets a fault. Its handles and sockets must stay as they are once it is warm, its memory may grow by little, and in the end
/// every row is paid once and saved whole.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- soak [--short]</code>
/// </summary>
internal sealed class SoakRun : IDisposable
{
    private const int Slots = 20;
    private const int FileSize = 60_000;
    private const double FaultRate = .05;

    /// <summary>A run gets this many times the time it was planned for.</summary>
    private const double Patience = 4;

    private const int MostRuns = 5;

    /// <summary>
    /// What a thousand jobs may leave on the heap, in megabytes: of each the journal's index keeps some 140 bytes, and hashes say that its id
    /// and its file's name are taken, in tables that double. No other object may be left: the runspace's own list is full, at ten thousand
    /// jobs, when this is measured. The least that any sample of a sixth of all jobs holds is compared: what is in flight or lies in the
    /// platform's pools of buffers moves single samples by two megabytes.
    /// </summary>
    private const double MostHeapGrowth = .5;

    /// <summary>The same for the resident memory, which the collector gives back when it likes.</summary>
    private const double MostGrowth = 1.5;

    /// <summary>By so many the mean of handles, sockets or threads may move; one left by every fault would be three hundred.</summary>
    private const int MostMoreHandles = 8;

    private const int JobsPerHeapSample = 250;

    /// <summary>Before so many jobs a process is not warm, and its memory says nothing.</summary>
    private const int FewestJobs = 5000;

    private const string Script = """
        param([string] $Csv, [string] $Journal, [string] $Videos, [string] $Heap, [int] $Every)
        $saved = 0
        Import-Csv $Csv |
            New-CogVideo -JournalPath $Journal -RetryUnconfirmed -ThrottleLimit 32 -ErrorAction Continue |
            Wait-CogVideo -ErrorAction Continue |
            Save-CogVideo -DestinationPath $Videos -ThrottleLimit 8 -ErrorAction Continue |
            ForEach-Object {
                $saved++
                if ($saved % $Every -eq 0) { [IO.File]::AppendAllText($Heap, "$saved $([GC]::GetTotalMemory($true))`n") }
            }
        """;

    /// <summary>By phase, in the words of the emulator's own switch.</summary>
    private static readonly Dictionary<string, string[]> Faults = new()
    {
        ["create"] =
        [
            "drop-before", "drop", "drop-accepted,reset", "status,status=500,code=1230", "status,status=503,accepted", "status,status=429,code=1302", "html",
            "truncate", "missing-id", "numeric-id",
        ],
        ["poll"] = ["drop-before", "drop,reset", "status,status=503", "html", "truncate", "task-status,value=QUEUED", "no-url", "gzip"],
        ["download"] =
        [
            "drop-before", "cut,bytes=20000", "cut,bytes=40000,reset", "status,status=503", "ignore-range", "chunked", "weak-etag", "html",
        ],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly int _jobs;
    private readonly TimeSpan _planned;
    private readonly Action<string> _print;

    private SoakRun(int jobs, TimeSpan planned, Action<string> print) => (_jobs, _planned, _print) = (jobs, planned, print);

    private string Journal => _folder["run.jsonl"];

    private string Videos => _folder["videos"];

    private string Heap => _folder["heap.txt"];

    /// <summary>Runs so many jobs in about that time; throws when something grows or is lost.</summary>
    public static async Task RunAsync(int jobs, TimeSpan planned, Action<string> print)
    {
        using SoakRun soak = new(jobs, planned, print);
        await soak.RunAsync();
    }

    public void Dispose() => _folder.Dispose();

    private async Task RunAsync()
    {
        IEnumerable<string> rows = Enumerable.Range(1, _jobs).Select(i => $"text row{i:D5},row{i:D5}\n");
        string csv = _folder.Write("prompts.csv", "Prompt,Name\n" + string.Concat(rows));
        string script = _folder.Write("soak.ps1", Script);
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings
            {
                Concurrency = Slots,
                ServiceTime = .8 * Slots * _planned.TotalSeconds / _jobs,
                Sigma = .3,
                Latency = 2,
                FileSize = FileSize,
            },
        });
        foreach ((string phase, string[] faults) in Faults)
            foreach (string fault in faults) emulator.State.Add(Fault.Parse(string.Create(CultureInfo.InvariantCulture, $"{phase}:{fault},probability={FaultRate / faults.Length}")));

        long began = Stopwatch.GetTimestamp();
        List<ProcessSample> samples = await RunOnceAsync(emulator, script, csv);
        HeapSample[] heap = File.Exists(Heap) ? File.ReadLines(Heap).Select(HeapSample.Parse).ToArray() : [];
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        int runs = 1;
        // A row whose resend met a fault too is unconfirmed, and left to the person, who runs the same line again
        for (; runs < MostRuns && JournalText.ReadStates(Journal).Values.Any(state => state != "saved"); runs++)
            await RunOnceAsync(emulator, script, csv);
        CheckWhole(emulator);
        EmulatorStats stats = emulator.State.Stats;
        _print($"{_jobs} jobs in {seconds:F0} s, {_jobs / seconds:F0} a second; every row paid once and saved whole, after {runs} runs of the same line");
        foreach (string phase in Faults.Keys)
            _print($"  {phase,-9}{stats.Requests.GetValueOrDefault(phase) / (double)_jobs:F2} requests a job");
        CheckFlat(samples, heap);
    }

    private async Task<List<ProcessSample>> RunOnceAsync(EmulatorServer emulator, string script, string csv)
    {
        PwshSetup setup = PwshSetup.Connected(emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey, _folder);
        // Else the platform tries how many threads do the most work, up to forty here, and each keeps pooled buffers of its own
        setup.Environment["DOTNET_HillClimbing_Disable"] = "1";
        using PwshProcess shell = PwshProcess.Start(
            setup, script, "-Csv", csv, "-Journal", Journal, "-Videos", Videos, "-Heap", Heap, "-Every", $"{JobsPerHeapSample}");
        using Process process = Process.GetProcessById(shell.Id);
        List<ProcessSample> samples = await WatchAsync(process);
        PwshResult result = await shell.EndAsync();
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        return samples;
    }

    private async Task<List<ProcessSample>> WatchAsync(Process process)
    {
        List<ProcessSample> samples = [];
        long began = Stopwatch.GetTimestamp();
        TimeSpan pause = _planned / 60;
        Task end = process.WaitForExitAsync();
        while (await Task.WhenAny(end, Task.Delay(pause)) != end)
        {
            int done = Directory.Exists(Videos) ? Directory.GetFiles(Videos, "*.mp4").Length : 0;
            if (process.HasExited) break;
            ProcessSample sample = ProcessSample.Take(process, done);
            samples.Add(sample);
            if (samples.Count % 6 == 0)
                _print($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:F0} s {sample}");
            if (Stopwatch.GetElapsedTime(began) < _planned * Patience) continue;
            process.Kill();
            Assert.Fail($"I5: {sample.Jobs} of {_jobs} jobs after {Patience} times the planned time");
        }
        await end;
        return samples;
    }

    /// <summary>I1, I2, I3, I7: paid once, none lost, and nothing in the folder but whole videos.</summary>
    private void CheckWhole(EmulatorServer emulator)
    {
        string[] paid = emulator.State.Tasks.Select(task => task.Prompt!).Order(StringComparer.Ordinal).ToArray();
        Assert.True(paid.Length == paid.Distinct().Count(), "I1: a row was paid twice");
        Dictionary<string, string> states = JournalText.ReadStates(Journal);
        string[] unsaved = states.Where(row => row.Value != "saved").Select(row => $"{row.Key} is {row.Value}").ToArray();
        Assert.True(paid.Length == _jobs && states.Count == _jobs && unsaved.Length == 0, $"I2: {string.Join(", ", unsaved.Take(5))}");
        string[] files = Directory.GetFileSystemEntries(Videos);
        Assert.Equal(_jobs, files.Length);
        Assert.All(files, file => Assert.True(file.EndsWith(".mp4", StringComparison.Ordinal) && new FileInfo(file).Length == FileSize, $"I3: {file}"));
    }

    /// <summary>Once it is warm, in the second half of the jobs, nothing grows but the little that a job leaves behind.</summary>
    private void CheckFlat(List<ProcessSample> samples, HeapSample[] heap)
    {
        ProcessSample[] warm = samples.Where(sample => sample.Jobs >= _jobs / 2).ToArray();
        if (_jobs < FewestJobs || warm.Length < 12) return;
        ProcessSample[] first = warm[..(warm.Length / 3)];
        ProcessSample[] last = warm[^(warm.Length / 3)..];
        double growth = Slope(warm.Select(s => (s.Jobs / 1000.0, s.Megabytes)).ToArray());
        double heapGrowth = (Least(heap, _jobs * 5 / 6) - Least(heap, _jobs / 2)) / (_jobs / 3000.0);
        _print($"once warm, in a thousand jobs: heap {heapGrowth:F2} MB more of {heap[^1].Megabytes:F0}, "
            + $"resident {growth:F2} MB more of {last.Average(s => s.Megabytes):F0}");
        Assert.True(heapGrowth < MostHeapGrowth, $"the heap grows by {heapGrowth:F2} MB in a thousand jobs");
        Assert.True(growth < MostGrowth, $"memory grows by {growth:F2} MB in a thousand jobs");
        foreach ((string name, Func<ProcessSample, int> count) in
            new (string, Func<ProcessSample, int>)[] { ("handles", s => s.Handles), ("sockets", s => s.Sockets), ("threads", s => s.Threads) })
        {
            _print($"  {first.Average(count):F0} and {last.Average(count):F0} {name}");
            Assert.True(last.Average(count) < first.Average(count) + MostMoreHandles, $"{name} grow");
        }
    }

    /// <summary>What the heap holds at least in the sixth of all jobs that begins with this one.</summary>
    private double Least(HeapSample[] heap, int job) =>
        heap.Where(sample => sample.Jobs >= job && sample.Jobs < job + _jobs / 6).Min(sample => sample.Megabytes);

    /// <summary>Of the line nearest to all points.</summary>
    private static double Slope((double X, double Y)[] points)
    {
        double x = points.Average(p => p.X), y = points.Average(p => p.Y);
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }

    /// <summary>What the process's heap holds after a full collection.</summary>
    private sealed record HeapSample(int Jobs, double Megabytes)
    {
        internal static HeapSample Parse(string line)
        {
            string[] words = line.Split(' ');
            return new HeapSample(int.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture) / 1048576.0);
        }
    }
}
