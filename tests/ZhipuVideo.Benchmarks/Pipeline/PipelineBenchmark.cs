using System.Management.Automation;
using System.Management.Automation.Runspaces;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Benchmarks.Pipeline;

/// <summary>What a person at a prompt feels, measured in the PowerShell engine with the built module imported through its manifest.</summary>
internal sealed class PipelineBenchmark : IDisposable
{
    private const int Stops = 100;

    private readonly Runspace _runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());

    private PipelineBenchmark()
    {
        _runspace.Open();
        Run($"Import-Module '{Repository.Manifest}' -ErrorAction Stop");
    }

    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        using PipelineBenchmark benchmark = new();
        yield return await benchmark.OutputAsync();
        await foreach (BenchmarkRow row in benchmark.StopsAsync()) yield return row;
    }

    public void Dispose() => _runspace.Dispose();

    /// <summary>
    /// EndedAt is the moment at which the scheduler saw the end, on a background thread; the next command of the pipeline takes the time
    /// when it gets the result. Wait has all its input by then and holds the pipeline's thread.
    /// </summary>
    private async Task<BenchmarkRow> OutputAsync()
    {
        const int Jobs = 1000;
        await using EmulatorServer emulator = await StartAsync(new EmulatorSettings { Concurrency = int.MaxValue, ServiceTime = 5, Sigma = 0.35 });
        Connect(emulator.BaseUri.AbsoluteUri);
        List<double> p99 = [];
        for (int round = 0; round < 3; round++)
        {
            List<double> delays = Run($$"""
                $jobs = 1..{{Jobs}} | ForEach-Object { "row $_" } | New-CogVideo -ThrottleLimit 64
                $jobs | Wait-CogVideo | ForEach-Object { ([datetime]::UtcNow - $_.EndedAt).TotalMilliseconds }
                """).Select(o => (double)o.BaseObject).ToList();
            if (delays.Count != Jobs) throw new InvalidOperationException($"{delays.Count} results of {Jobs} jobs");
            p99.Add(BenchmarkRow.Quantile(delays, 0.99));
        }
        double median = BenchmarkRow.Median(p99);
        return new BenchmarkRow("ms from detection to pipeline output, p99 of 1,000 jobs", median, null, median, "<= 50");
    }

    /// <summary>From Stop to the end of the pipeline, in each phase of a run.</summary>
    private async IAsyncEnumerable<BenchmarkRow> StopsAsync()
    {
        await using EmulatorServer emulator = await StartAsync(new EmulatorSettings { Concurrency = 1, ServiceTime = 3600 });
        EmulatorState state = emulator.State;
        string address = emulator.BaseUri.AbsoluteUri;
        using RawServer silence = new((_, connection) => connection.HoldAsync(), readBodies: false);
        using TemporaryFolder folder = new();
        string picture = folder.WritePng("picture.png", 5 << 20);
        yield return await StopAsync(
            "binding", address, "1..1000000000 | ForEach-Object { '' } | New-CogVideo", pipeline => pipeline.Streams.Error.Count > 20);
        yield return await StopAsync("connecting", silence.Origin.Replace("http:", "https:", StringComparison.Ordinal), "'a cat' | New-CogVideo", _ => silence.IsSpokenTo);
        yield return await StopAsync("sending", silence.Origin, $"New-CogVideo 'a cat' -Image '{picture}'", _ => silence.IsSpokenTo);
        yield return await StopAsync("waiting for a slot", address, "'one', 'two' | New-CogVideo", _ => state.Stats.Refused.ContainsKey("1302"));
        Fault hang = new() { Kind = FaultKind.Hang, Phase = RequestPhase.Poll };
        yield return await StopAsync("polling", address, "'1' | Wait-CogVideo", _ => Looks(state) > 0, hang);
        yield return await StopAsync("sleeping", address, "'one' | New-CogVideo | Wait-CogVideo -PollIntervalSec 3600", _ => state.Tasks.Count > 0);

        async Task<BenchmarkRow> StopAsync(string phase, string baseUri, string script, Func<PowerShell, bool> isThere, Fault? fault = null)
        {
            List<double> times = [];
            for (int i = 0; i < Stops; i++)
            {
                state.Reset();
                if (fault is not null) state.Add(fault);
                silence.Reset();
                Connect(baseUri);
                times.Add(await StopOnceAsync(script, isThere));
            }
            double p99 = BenchmarkRow.Quantile(times, 0.99);
            return new BenchmarkRow($"ms to stop while {phase}, p99 of {Stops}", p99, null, p99, "<= 200");
        }
    }

    private async Task<double> StopOnceAsync(string script, Func<PowerShell, bool> isThere)
    {
        using PowerShell pipeline = PowerShell.Create(_runspace).AddScript(script);
        IAsyncResult running = pipeline.BeginInvoke();
        while (!isThere(pipeline))
        {
            if (running.IsCompleted) throw new InvalidOperationException("it ended by itself: " + string.Join("; ", pipeline.Streams.Error));
            await Task.Delay(1);
        }
        await Task.Delay(5); // past the moment that was seen
        Stopwatch clock = Stopwatch.StartNew();
        pipeline.Stop();
        running.AsyncWaitHandle.WaitOne();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static Task<EmulatorServer> StartAsync(EmulatorSettings settings) =>
        EmulatorServer.StartAsync(new EmulatorOptions { Log = false, Settings = settings });

    private static long Looks(EmulatorState state) => state.Stats.Requests.TryGetValue("poll", out long looks) ? looks : 0;

    /// <summary>Under a key of its own: what one run has learned does not help or hinder the next.</summary>
    private void Connect(string baseUri) =>
        Run($"Connect-CogVideo -ApiKey {Guid.NewGuid():N}.{Guid.NewGuid().ToString("N")[..16]} -BaseUri {baseUri} -SkipCheck");

    private ICollection<PSObject> Run(string script)
    {
        using PowerShell pipeline = PowerShell.Create(_runspace).AddScript(script);
        ICollection<PSObject> output = pipeline.Invoke();
        return pipeline.Streams.Error.Count == 0 ? output : throw new InvalidOperationException(pipeline.Streams.Error[0].ToString());
    }
}
