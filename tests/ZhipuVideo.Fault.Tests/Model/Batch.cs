namespace ZhipuVideo.Tests.Model;

/// <summary>The real client and journal beside the model: each command is done to both, and then they must agree.</summary>
internal sealed class Batch : IFaults
{
    private readonly World _world = new(1);
    private readonly SimulatedService _service;
    private readonly BatchModel _model;
    private readonly Traffic _traffic = new();
    private readonly string _folder;
    private readonly string _journal;
    private readonly Dictionary<ModelRow, CogVideoJob> _jobs = [];
    private SimulatedProcess _process = null!; // until it is started
    private SimulatedDisk _disk = null!;
    private SimulatedBatch _client = null!;
    private (bool RetryUnconfirmed, bool RetryFailed, int? Limit) _options;
    private JournalName _name;
    private WireFault _fault;

    private Batch(string folder, bool findsRequestIds)
    {
        _folder = folder;
        _journal = Path.Combine(folder, $"{Guid.NewGuid():N}.jsonl");
        _model = new BatchModel(findsRequestIds);
        _service = new SimulatedService(_world) { Slots = 1000, FindsRequestIds = findsRequestIds, ServiceTime = () => 1e9 };
    }

    WireFault IFaults.NextSubmission() => (_fault, WireFault.None) is var (next, none) && (_fault = none) == none ? next : none;

    WireFault IFaults.NextPoll() => WireFault.None;

    /// <summary>Does commands to a new batch; throws where the client and the model part.</summary>
    public static async Task RunAsync(IReadOnlyList<Command> commands, string folder, bool findsRequestIds)
    {
        Batch batch = new(folder, findsRequestIds);
        await batch.StartAsync();
        try
        {
            foreach (Command command in commands)
            {
                batch._world.Note(command.ToString());
                await batch.DoAsync(command);
                batch.Compare();
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\n{string.Join('\n', batch._world.Trace)}", e);
        }
        finally
        {
            batch._client.Dispose();
        }
    }

    private Task DoAsync(Command command) => command switch
    {
        Command.Submit submit => SubmitAsync(submit),
        Command.Complete complete => CompleteAsync(complete),
        Command.Poll poll => PollAsync(poll.Job),
        Command.Resume resume => ResumeAsync(resume.Dies, (resume.RetryUnconfirmed, resume.RetryFailed, resume.Limit), resume.Name),
        _ => throw new ArgumentOutOfRangeException(nameof(command)),
    };

    private async Task SubmitAsync(Command.Submit submit)
    {
        ModelRow row = _model.Claim(submit.Text);
        Death death = _model.WillSend(row) ? submit.Death : Death.None;
        int posts = _traffic.Posts;
        _fault = submit.Fault;
        if (death == Death.Writing) _disk.DiesAtWrite = 0;
        VideoRequest request = new() { Prompt = $"text{submit.Text}", Model = "cogvideox-2" };
        Task<CogVideoJob> submission = _client.Batch.SubmitAsync(request, CancellationToken.None);
        await _world.RunAsync(() => submission.IsCompleted || !_process.IsAlive || (death == Death.Sent && _traffic.Posts > posts));
        if (death == Death.None)
        {
            await _world.RunAsync(() => submission.IsCompleted);
            string outcome = await OutcomeAsync(submission);
            Assert.Contains(outcome, _model.Submit(row, submit.Fault));
            if (submission.IsCompletedSuccessfully) _jobs[row] = await submission;
            _fault = WireFault.None;
            return;
        }
        _process.Die();
        double arrived = _world.Now + 1;
        _world.After(1, () => { });
        await _world.RunAsync(() => _world.Now >= arrived);
        _fault = WireFault.None;
        if (death == Death.Sent) _model.SubmitAndDie(row, submit.Fault);
        await ResumeAsync(dies: true, _options, _name);
        // A line that was written in whole counts, although nobody was told
        if (death == Death.Writing && StateOf(row) == JournalState.Intent) _model.SubmitAndDie(row, WireFault.RequestLost);
    }

    private static async Task<string> OutcomeAsync(Task<CogVideoJob> submission)
    {
        Assert.True(submission.IsCompleted, "nothing can happen any more");
        try
        {
            await submission;
            return "Accepted";
        }
        catch (CogVideoException e)
        {
            return e.Reason.ToString();
        }
    }

    private Task CompleteAsync(Command.Complete complete)
    {
        int[] running = Enumerable.Range(0, _model.Tasks.Count).Where(i => !_model.Tasks[i].HasEnded).ToArray();
        if (complete.Task < running.Length)
        {
            int index = running[complete.Task];
            _service.Tasks[index].Ends = _world.Now;
            _service.Tasks[index].Fails = _model.Tasks[index].Fails = complete.Fails;
            _model.Tasks[index].HasEnded = true;
        }
        return Task.CompletedTask;
    }

    private async Task PollAsync(int number)
    {
        ModelRow[] known = _model.Rows.Values.Where(row => row.State is JournalState.Accepted or JournalState.Ended && _jobs.ContainsKey(row)).ToArray();
        if (number >= known.Length) return;
        ModelRow row = known[number];
        Task<CogVideoResult> wait = _client.Batch.WaitAsync(_jobs[row], new WaitOptions { TimeoutSeconds = 60 });
        await _world.RunAsync(() => wait.IsCompleted);
        if (row.Tasks[^1].HasEnded)
        {
            Assert.Equal(row.Tasks[^1].Fails ? CogVideoStatus.Fail : CogVideoStatus.Success, (await wait).Status);
            row.State = JournalState.Ended;
        }
        else
        {
            Assert.Equal(ErrorReason.OperationTimeout, (await Assert.ThrowsAsync<CogVideoException>(() => wait)).Reason);
        }
    }

    private async Task ResumeAsync(bool dies, (bool RetryUnconfirmed, bool RetryFailed, int? Limit) options, JournalName name)
    {
        if (dies) _process.Die();
        _client.Dispose();
        _options = options;
        _name = name;
        _model.Begin(options.RetryUnconfirmed, options.RetryFailed, options.Limit);
        await StartAsync();
    }

    private async Task StartAsync()
    {
        _process = new SimulatedProcess(_world);
        _disk = new SimulatedDisk(_world, _process);
        VideoBatchOptions options = new()
        {
            RetryUnconfirmed = _options.RetryUnconfirmed,
            JournalPath = JournalNames.PathOf(_journal, _name, _folder),
            MaxUnclear = int.MaxValue, // the model knows of no run that stops
            RetryFailed = _options.RetryFailed,
            BilledLimit = _options.Limit,
            Logs = _disk.Logs,
            Writers = _disk,
            Time = _process,
        };
        SimulatedProcess process = _process;
        SimulatedNetwork Connect() => new(_world, process, _service, this, _traffic, _options.RetryUnconfirmed);
        _client = await SimulatedBatch.OpenAsync(_process, _disk, Connect, options);
    }

    private void Compare()
    {
        _disk.Drain();
        Assert.Equal(_model.Tasks.Count, _service.Tasks.Count);
        Dictionary<(int, int), JournalState> journal = ReadJournal();
        foreach (((int Text, int Occurrence) key, ModelRow row) in _model.Rows)
        {
            // An end is recorded as soon as it is seen, and polls for the slots' sake may see it before anybody asks
            bool maySeeEnd = row.State == JournalState.Accepted && row.Tasks[^1].HasEnded;
            if (maySeeEnd && journal.GetValueOrDefault(key) == JournalState.Ended) row.State = JournalState.Ended;
            Assert.Equal((key, row.State), (key, journal.GetValueOrDefault(key)));
        }
        Assert.True(journal.Keys.All(_model.Rows.ContainsKey), "the journal has a row that nobody has submitted");
    }

    private JournalState StateOf(ModelRow row) => ReadJournal().GetValueOrDefault(_model.Rows.Single(known => known.Value == row).Key);

    private Dictionary<(int Text, int Occurrence), JournalState> ReadJournal() => Journal.Read(_journal, e => Assert.Fail(e.Message)).ToDictionary(
        entry => (int.Parse(entry.Job.Prompt!["text".Length..], CultureInfo.InvariantCulture), entry.Occurrence), entry => entry.State);
}
