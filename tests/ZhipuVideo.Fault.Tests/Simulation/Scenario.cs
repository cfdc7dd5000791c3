using ZhipuVideo.Batch;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>
/// The life of one batch, drawn from a seed: its rows, the service, the weather, and one run after the other on the same journal, each of
/// which may come to its end, be stopped, or die at any moment; the last one meets fair weather. After each, the invariants are checked.
/// </summary>
internal sealed class Scenario
{
    /// <summary>No run takes longer than this, whatever goes wrong: seconds.</summary>
    private const double Patience = 48 * 3600;

    private readonly World _world;
    private readonly Weather _weather;
    private readonly SimulatedService _service;
    private readonly Traffic _traffic = new();
    private readonly MemoryJobStore _jobs = new();
    private readonly VideoRequest[] _rows;
    private readonly string? _journal;
    private readonly int _restarts;
    private readonly bool _retryFailed;
    private readonly int? _limit; // of billed requests
    private SimulatedProcess _process;
    private IReadOnlyList<string?> _outcomes = [];
    private double _measuredAt;
    private int _mayBeUsed;

    private Scenario(int seed, string folder)
    {
        _world = new World(seed);
        _weather = new Weather(_world);
        double typical = _world.OneOf(2.0, 10, 40, 120, 300);
        double spread = _world.Between(0.0, .8);
        double failures = _world.OneOf(0, 0, .1, .5);
        _service = new SimulatedService(_world)
        {
            Slots = _world.Between(1, 7),
            FindsRequestIds = _world.Chance(.5),
            Lag = _world.OneOf(0, 0, 0, 2, 20),
            ServiceTime = () => typical * Math.Exp(spread * Normal()),
            Fails = () => _world.Chance(failures),
            Accepted = CheckIntent,
        };
        _journal = _world.Chance(.85) ? Path.Combine(folder, $"{seed}.jsonl") : null;
        _restarts = _journal is null ? 0 : _world.Between(0, 4);
        _retryFailed = _world.Chance(.2);
        _limit = _world.Chance(.3) ? _world.Between(0, 24) : null;
        int texts = _world.Between(1, 24);
        _rows = Enumerable.Range(0, _world.Between(1, 24)).Select(_ => NewRow(_world.Between(1, texts))).ToArray();
        _process = new SimulatedProcess(_world);
    }

    /// <summary>Slot-seconds that were used, and that lay idle while rows waited; of a batch in fair weather only.</summary>
    public (double Used, double Idle) Slots { get; private set; }

    public int Tasks => _service.Tasks.Count;

    public int Posts => _traffic.Posts;

    public int Looks => _traffic.Looks;

    public int Runs { get; private set; }

    public IReadOnlyList<string> Trace => _world.Trace;

    public static async Task<Scenario> RunAsync(int seed, string folder)
    {
        Scenario scenario = new(seed, folder);
        try
        {
            await scenario.RunAsync();
        }
        catch (Exception e)
        {
            throw new SimulationFailure(seed, e, scenario.Trace);
        }
        return scenario;
    }

    private async Task RunAsync()
    {
        string found = _service.FindsRequestIds ? "found" : "not found";
        _world.Note($"{_rows.Length} rows, {_service.Slots} slots, request ids {found}, lag {_service.Lag} s");
        _world.Note(_weather.ToString());
        ShareSlots();
        bool isFairThroughout = _weather.IsFair && _restarts == 0 && !_retryFailed && _limit is null;
        if (isFairThroughout) _mayBeUsed = _service.Slots;
        for (int i = 0; i < _restarts; i++) await RunOnceAsync(isLast: false);
        if (_restarts > 0) await CheckQuietAsync(700); // until what was late has arrived and can be found
        _weather.Clear();
        await RunOnceAsync(isLast: true);
        CheckEnd();
    }

    /// <summary>Somebody else takes slots and gives them back; the limit itself may change.</summary>
    private void ShareSlots()
    {
        if (_weather.IsFair || _world.Chance(.6)) return;
        int limit = _service.Slots;
        for (int i = _world.Between(1, 6); i > 0; i--)
        {
            int taken = _world.Between(0, limit);
            _world.After(_world.Between(0.0, 4000), () => _service.Taken = taken);
        }
        _world.After(4001, () => _service.Taken = 0);
    }

    private async Task RunOnceAsync(bool isLast)
    {
        Runs++;
        if (!_process.IsAlive) _process = new SimulatedProcess(_world);
        SimulatedDisk disk = new(_world, _process);
        ClientRunOptions options = new()
        {
            Rows = _rows,
            ThrottleLimit = _world.Between(1, 10),
            WaitTimeout = isLast ? 0 : _world.OneOf(0, 3600, _world.Between(1.0, 600)),
            PollInterval = _world.Chance(.9) ? 0 : _world.Between(1, 60),
            RetryUnconfirmed = (isLast || _world.Chance(.3)) && _journal is not null, // else nobody remembers under which request_id
        };
        if (isLast) _service.FindsRequestIds |= _world.Chance(.5);
        _world.Note($"run {Runs}: throttle {options.ThrottleLimit}, ends within {options.WaitTimeout:F0} s"
            + (options.RetryUnconfirmed ? ", retries the unconfirmed" : ""));
        DateTimeOffset? until = isLast || _world.Chance(.8) ? null : _process.GetUtcNow().AddSeconds(_world.Between(0.0, 900));
        Func<bool> ends = isLast ? () => false : DrawEnd(disk);
        try
        {
            VideoBatchOptions submission = new()
            {
                SlotTimeoutSeconds = isLast || _world.Chance(.7) ? 0 : _world.Between(1.0, 900),
                RetryUnconfirmed = options.RetryUnconfirmed,
                JournalPath = _journal,
                RetryFailed = _retryFailed && _journal is not null,
                BilledLimit = _limit,
                Until = until,
                Jobs = _jobs,
                Logs = disk.Logs,
                Writers = disk,
                Time = _process,
            };
            _world.Note($"rows wait for slots {submission.SlotTimeoutSeconds:F0} s");
            _world.Note($"at most {_limit} billed, until {until:T}");
            SimulatedNetwork Connect() => new(_world, _process, _service, _weather, _traffic, options.RetryUnconfirmed) { Until = until };
            using ClientRun run = new(_world, _process, await SimulatedBatch.OpenAsync(_process, disk, Connect, submission), options);
            await RunToEndAsync(run, ends);
            _outcomes = run.Outcomes;
        }
        catch (CogVideoException e) when (e.Reason == ErrorReason.DiskFull || !_process.IsAlive)
        {
            _world.Note("no room for the journal, or nobody left to write it");
        }
        CheckPaid();
        await CheckQuietAsync(isLast ? 0 : _world.OneOf(0.0, 5, 700));
    }

    private async Task RunToEndAsync(ClientRun run, Func<bool> ends)
    {
        double deadline = _world.Now + Patience;
        run.Start();
        bool isMoving = await _world.RunAsync(() =>
        {
            Measure(run);
            return !_process.IsAlive || ends() || run.IsOver || _world.Now > deadline;
        });
        string stall = isMoving ? "takes for ever" : "nothing can happen any more";
        Assert.True(!_process.IsAlive || ends() || run.IsOver, $"I5: {stall}, {Describe(run)}");
        if (run.IsOver || !_process.IsAlive) return;
        if (_world.Chance(.5)) _process.Die();
        else await StopAsync(run);
    }

    /// <summary>When a run is to end before its time, or what is to happen to it.</summary>
    private Func<bool> DrawEnd(SimulatedDisk disk)
    {
        if (_world.Chance(.1)) _process.After(_world.Between(1.0, 400), () => _process.Freeze(_world.OneOf(5, 300, 8 * 3600)));
        if (_world.Chance(.1)) _process.After(_world.Between(1.0, 400), () => _process.SetWallClock(_world.OneOf(-3600, 3600)));
        long events = _world.Events;
        long count = _world.Between(1, 40) * _world.Between(1, 40);
        switch (_world.Between(0, 4))
        {
            case 0:
                return () => false;
            case 1:
                disk.DiesAtWrite = _world.Between(0, 3 * _rows.Length);
                return () => false;
            case 2 when _world.Chance(.3):
                disk.FullAtWrite = _world.Between(0, 3 * _rows.Length);
                return () => false;
            default:
                return () => _world.Events - events >= count;
        }
    }

    private async Task StopAsync(ClientRun run)
    {
        double start = Math.Max(_world.Now, _process.FrozenUntil);
        run.Stop();
        await _world.RunAsync(() => run.IsOver);
        Assert.True(run.IsOver && _world.Now - start <= .2, $"I5: stopping took {_world.Now - start:F3} s, {Describe(run)}");
    }

    /// <summary>Once a run is closed nothing of it reaches the service any more, but what was already on its way.</summary>
    private async Task CheckQuietAsync(double seconds)
    {
        (int posts, int looks) = (_traffic.Posts, _traffic.Looks);
        double until = _world.Now + seconds;
        _world.After(seconds, () => { });
        await _world.RunAsync(() => _world.Now >= until);
        Assert.Equal((posts, looks), (_traffic.Posts, _traffic.Looks));
    }

    /// <summary>I2, at the moment of payment: a task that is accepted stands on disk as an intent already, or in the list.</summary>
    private void CheckIntent(SimulatedTask task)
    {
        bool isListed = _journal is null ? _jobs.Shows(task) : File.ReadAllText(_journal).Contains(task.RequestId, StringComparison.Ordinal);
        Assert.True(isListed, $"I2: task {task.Id} was accepted and nobody had written down that it was sent");
        int rows = _rows.Count(row => row.Prompt == task.Prompt);
        int paid = _service.Tasks.Count(other => other.Prompt == task.Prompt && !(_retryFailed && HasFailed(other)));
        Assert.True(_limit is null || _service.Tasks.Count <= _limit, $"I1: {_service.Tasks.Count} billed tasks, and {_limit} allowed");
        Assert.True(paid <= rows, $"I1: {task.Prompt} was paid {paid} times for {rows} rows");
    }

    /// <summary>I2: every task is known by its id or listed as unconfirmed.</summary>
    private void CheckPaid()
    {
        List<JournalEntry> entries = _journal is null ? [] : Journal.Read(_journal, e => Assert.Fail(e.Message)).ToList();
        foreach (SimulatedTask task in _service.Tasks.Where(task => !task.IsHidden))
        {
            bool isSuperseded = _retryFailed && HasFailed(task);
            bool isListed = _journal is null
                ? _jobs.Shows(task)
                : entries.Exists(entry => entry.Job.Id == task.Id || (entry.State == JournalState.Intent && entry.RequestId == task.RequestId)
                    || (entry.State >= JournalState.Accepted && entry.Job.Id == task.RequestId));
            Assert.True(isListed || isSuperseded, $"I2: task {task.Id} of {task.Prompt} is lost");
        }
        foreach (JournalEntry entry in entries.Where(entry => entry.State == JournalState.NotAccepted))
            Assert.DoesNotContain(_service.Tasks, task => task.RequestId == entry.RequestId);
    }

    /// <summary>After a last run in fair weather nothing is left to do but what only a person can settle.</summary>
    private void CheckEnd()
    {
        if (_journal is null && !_weather.IsFair) return;
        for (int i = 0; i < _rows.Length; i++)
        {
            string outcome = _outcomes[i]!;
            bool isSettled = outcome is CogVideoStatus.Success or CogVideoStatus.Fail;
            bool isUnknown = outcome is nameof(ErrorReason.AcceptedIdUnknown) or nameof(ErrorReason.SubmissionUnconfirmed);
            // Of two rows with one id the later one is told so in every run
            bool isTwin = outcome == nameof(ErrorReason.DuplicateId) && _service.Tasks.Any(task => task.IsHidden && task.Prompt == _rows[i].Prompt);
            bool isWithheld = outcome == nameof(ErrorReason.BilledLimitReached) && (_journal is null ? _service.Tasks.Count : CountBilled(_journal)) >= _limit;
            Assert.True(isSettled || isTwin || isWithheld || (isUnknown && !_service.FindsRequestIds), $"row {i + 1} {_rows[i].Prompt} ended as {outcome}");
        }
    }

    private static int CountBilled(string journal)
    {
        using FileStream file = File.Open(journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        JournalIndex index = new(journal);
        _ = index.Replay(file);
        return index.Billed.Count();
    }

    /// <summary>Adds up how the slots were used since the last event.</summary>
    private void Measure(ClientRun run)
    {
        if (_mayBeUsed == 0) return;
        double seconds = _world.Now - _measuredAt;
        _measuredAt = _world.Now;
        int running = _service.Running;
        int idle = Math.Max(0, Math.Min(run.RowsWaiting, _mayBeUsed - running));
        Slots = (Slots.Used + (seconds * running), Slots.Idle + (seconds * idle));
    }

    private bool HasFailed(SimulatedTask task) => task.Fails && task.Ends <= _world.Now;

    private static string Describe(ClientRun run) =>
        string.Join(", ", Enumerable.Range(0, run.Outcomes.Count).Where(i => run.Outcomes[i] is null).Select(i => $"row {i + 1} is open"));

    private VideoRequest NewRow(int text) => new()
    {
        Prompt = $"text{text}",
        Name = $"name{text}",
        Label = $"row {text}",
        Model = _limit is null ? "cogvideox-flash" : "cogvideox-2",
    };

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _world.Random())) * Math.Cos(2 * Math.PI * _world.Random());
}

/// <summary>A seed that broke an invariant.</summary>
internal sealed class SimulationFailure(int seed, Exception cause, IReadOnlyList<string> trace)
    : Exception($"Seed {seed}: {cause.Message}", cause)
{
    public IReadOnlyList<string> Trace { get; } = trace;
}
