using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Journaling;
using ZhipuVideo.Polling;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>How a run is started.</summary>
internal sealed record ClientRunOptions
{
    public required IReadOnlyList<VideoRequest> Rows { get; init; }

    /// <summary>The journal; null = none.</summary>
    public string? JournalPath { get; init; }

    public int ThrottleLimit { get; init; } = 8;

    public double SlotTimeout { get; init; }

    public double WaitTimeout { get; init; }

    public double PollInterval { get; init; }

    public bool RetryUnconfirmed { get; init; }

    public bool RetryFailed { get; init; }
}

/// <summary>
/// One run of the pipeline New | Wait over some rows, made of the client's own parts as the cmdlets put them together.
/// </summary>
internal sealed class ClientRun : IDisposable
{
    /// <summary>The outcome of a row that Ctrl+C has overtaken.</summary>
    public const string Stopped = "stopped";

    private static readonly ServiceEndpoint Endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.simulatedKey0000"));

    private readonly World _world;
    private readonly SimulatedProcess _process;
    private readonly ClientRunOptions _options;
    private readonly JournalLease? _lease;
    private readonly JournalRun? _journalRun;
    private readonly LinkSeal _seal = new(Endpoint.Key);
    private readonly CogVideoClient _client;
    private readonly SubmissionRun _run;
    private readonly RestartableRun _rows;
    private readonly CancellationTokenSource _stop = new();
    private readonly string?[] _outcomes;
    private readonly List<(string Id, Ticket Ticket)> _open = [];
    private int _next;
    private int _sending;

    /// <exception cref="CogVideoException">The journal cannot be opened.</exception>
    public ClientRun(
        World world, SimulatedProcess process, SimulatedDisk disk, Func<SimulatedNetwork> connect, ClientRunOptions options, JobList jobs)
    {
        (_world, _process, _options, Disk) = (world, process, options, disk);
        _outcomes = new string?[options.Rows.Count];
        if (options.JournalPath is string path)
        {
            _lease = Journal.Open(path, process, disk.Open, disk);
            _journalRun = _lease.Journal.BeginRun();
        }
        _client = new CogVideoClient(Endpoint, new CogVideoClientOptions { Time = process, CreateHandler = connect, Accounts = process.Accounts });
        _run = _client.BeginRun(new SubmissionOptions
        {
            SlotTimeoutSeconds = options.SlotTimeout,
            RetryUnconfirmed = options.RetryUnconfirmed,
            JournalPath = options.JournalPath,
        });
        _rows = new RestartableRun(_run, _journalRun, jobs, options.RetryFailed);
        _client.Account.Poller.EndSeen += Record;
    }

    public SimulatedDisk Disk { get; }

    /// <summary>How each row ended: a status, an <see cref="ErrorReason"/>, or <see cref="Stopped"/>; null while nobody knows.</summary>
    public IReadOnlyList<string?> Outcomes => _outcomes;

    /// <summary>Whether every row has its outcome and nothing is under way.</summary>
    public bool IsOver => _sending == 0 && !_outcomes.Contains(null);

    /// <summary>Rows that have no task yet and want one.</summary>
    public int RowsWaiting { get; private set; }

    /// <summary>Takes as many rows in as may be held at once.</summary>
    public void Start()
    {
        RowsWaiting = _outcomes.Length;
        Feed();
    }

    /// <summary>Ctrl+C.</summary>
    public void Stop()
    {
        _world.Note("Ctrl+C");
        _stop.Cancel();
        foreach ((string id, Ticket ticket) in _open.ToArray())
        {
            _client.Account.Poller.Unwatch(id, ticket);
            ticket.End(Stopped);
        }
        Feed();
    }

    /// <summary>Gives everything back, as a pipeline does at its end.</summary>
    public void Dispose()
    {
        _client.Account.Poller.EndSeen -= Record;
        _client.Dispose();
        Disk.Drain();
        _journalRun?.Dispose();
        _lease?.Dispose();
        _stop.Dispose();
    }

    private void Feed()
    {
        while (_next < _outcomes.Length && (_sending < _options.ThrottleLimit || _stop.IsCancellationRequested) && _process.IsAlive)
        {
            int row = _next++;
            if (_stop.IsCancellationRequested) End(row, Stopped);
            else if (_run.Stopped is { } cause) End(row, cause.Reason.ToString());
            else _ = SubmitAsync(row);
        }
    }

    private async Task SubmitAsync(int row)
    {
        _sending++;
        try
        {
            CogVideoJob job = await _rows.SubmitAsync(_options.Rows[row].Prepare(), _stop.Token);
            if (!_process.IsAlive) return;
            RowsWaiting--;
            if (_stop.IsCancellationRequested) End(row, Stopped);
            else Wait(row, job);
        }
        catch (CogVideoException e)
        {
            RowsWaiting--;
            End(row, e.Reason.ToString());
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            End(row, Stopped);
        }
        finally
        {
            _sending--;
            Feed();
        }
    }

    private void Wait(int row, CogVideoJob job)
    {
        Ticket ticket = new(this, row, job);
        if (_lease?.Journal.Find(job.Id) is { State: >= JournalState.Ended } entry
            && entry.ResultWithLinks(_seal, _process.GetUtcNow().UtcDateTime) is { } known)
        {
            ticket.End(known.Status);
            return;
        }
        _open.Add((job.Id, ticket));
        _client.Account.Poller.Watch(job, ticket, _options.WaitTimeout, _options.PollInterval);
    }

    private void Record(CogVideoResult result)
    {
        if (_process.IsAlive) _ = _lease?.Journal.EndedAsync(result, _seal);
    }

    private void End(int row, string outcome)
    {
        if (!_process.IsAlive) return;
        _world.Note($"row {row + 1} {_options.Rows[row].Prompt}: {outcome}");
        _world.Require(_outcomes[row] is null, $"row {row + 1} has two outcomes: {_outcomes[row]} and {outcome}");
        _outcomes[row] = outcome;
    }

    /// <summary>A row that is waited for.</summary>
    private sealed class Ticket(ClientRun run, int row, CogVideoJob job) : IJobWatcher
    {
        private readonly double _deadline = run._options.WaitTimeout > 0 ? run._world.Now + run._options.WaitTimeout : double.PositiveInfinity;

        public void Ended(CogVideoResult result) => _ = RecordAndEndAsync(new CogVideoResult(job, result));

        public void GaveUp(CogVideoException error)
        {
            if (error.Reason == ErrorReason.OperationTimeout)
            {
                double now = run._world.Now;
                bool isInTime = now > _deadline - 1e-6 && now < Math.Max(_deadline, run._process.FrozenUntil) + .01;
                run._world.Require(isInTime, $"I5: row {row + 1} was given up at {now:F3} s and not at {_deadline:F3} s");
            }
            End(error.Reason.ToString());
        }

        public void SawUnknownStatus(string? status) => run._world.Note($"row {row + 1}: unknown status {status}");

        public void End(string outcome)
        {
            run._open.Remove((job.Id, this));
            run.End(row, outcome);
        }

        private async Task RecordAndEndAsync(CogVideoResult result)
        {
            if (!run._process.IsAlive || run._stop.IsCancellationRequested) return;
            try
            {
                if (run._lease?.Journal is { } journal && journal.Find(result.Id) is { State: < JournalState.Ended })
                    await journal.EndedAsync(result, run._seal);
            }
            catch (CogVideoException e)
            {
                run._world.Note($"row {row + 1}: {e.Reason}");
            }
            if (!run._stop.IsCancellationRequested) End(result.Status);
        }
    }
}
