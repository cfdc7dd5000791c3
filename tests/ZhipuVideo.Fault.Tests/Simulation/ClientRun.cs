using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>How a run is started.</summary>
internal sealed record ClientRunOptions
{
    public required IReadOnlyList<VideoRequest> Rows { get; init; }

    public int ThrottleLimit { get; init; } = 8;

    public double WaitTimeout { get; init; }

    public double PollInterval { get; init; }

    public bool RetryUnconfirmed { get; init; }
}

/// <summary>
/// One run of the pipeline New | Wait over some rows, made of the client's own parts as the cmdlets put them together.
/// </summary>
internal sealed class ClientRun : IDisposable
{
    /// <summary>The outcome of a row that Ctrl+C has overtaken.</summary>
    public const string Stopped = "stopped";

    private readonly World _world;
    private readonly SimulatedProcess _process;
    private readonly ClientRunOptions _options;
    private readonly SimulatedClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly string?[] _outcomes;
    private int _next;
    private int _sending;

    /// <summary>Takes over the client: disposing the run disposes it.</summary>
    public ClientRun(World world, SimulatedProcess process, SimulatedClient client, ClientRunOptions options)
    {
        (_world, _process, _client, _options) = (world, process, client, options);
        _outcomes = new string?[options.Rows.Count];
    }

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
        Feed();
    }

    /// <summary>Gives everything back, as a pipeline does at its end.</summary>
    public void Dispose()
    {
        _client.Dispose();
        _stop.Dispose();
    }

    private void Feed()
    {
        while (_next < _outcomes.Length && (_sending < _options.ThrottleLimit || _stop.IsCancellationRequested) && _process.IsAlive)
        {
            int row = _next++;
            if (_stop.IsCancellationRequested) End(row, Stopped);
            else if (_client.Run.Stopped is { } cause) End(row, cause.Reason.ToString());
            else _ = SubmitAsync(row);
        }
    }

    private async Task SubmitAsync(int row)
    {
        _sending++;
        try
        {
            CogVideoJob job = await _client.Rows.SubmitAsync(new PreparedRequest(_options.Rows[row]), _stop.Token);
            if (!_process.IsAlive) return;
            RowsWaiting--;
            bool isWritten = job.JournalPath is null || File.ReadAllText(job.JournalPath).Contains(job.Id, StringComparison.Ordinal);
            _world.Require(isWritten, $"I2: row {row + 1} was emitted before its id was on disk");
            _ = RecordEndAsync(job);
            if (_stop.IsCancellationRequested) End(row, Stopped);
            else _ = WaitAsync(row, job);
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

    private async Task WaitAsync(int row, CogVideoJob job)
    {
        if (_client.Journal?.Find(job.Id) is { State: >= JournalState.Ended } entry
            && entry.ResultWithLinks(_client.Seal, _process.GetUtcNow().UtcDateTime) is { } known)
        {
            End(row, known.Status);
            return;
        }
        double deadline = _options.WaitTimeout > 0 ? _world.Now + _options.WaitTimeout : double.PositiveInfinity;
        WaitOptions options = new()
        {
            TimeoutSeconds = _options.WaitTimeout,
            IntervalSeconds = _options.PollInterval,
            SawUnknownStatus = status => _world.Note($"row {row + 1}: unknown status {status}"),
        };
        try
        {
            CogVideoResult result = await _client.Client.Scheduler.WaitAsync(job, options, _stop.Token);
            await RecordEndAsync(row, result);
            End(row, _stop.IsCancellationRequested ? Stopped : result.Status);
        }
        catch (CogVideoException e)
        {
            if (e.Reason == ErrorReason.OperationTimeout)
            {
                double now = _world.Now;
                bool isInTime = now > deadline - 1e-6 && now < Math.Max(deadline, _process.FrozenUntil) + .01;
                _world.Require(isInTime, $"I5: row {row + 1} was given up at {now:F3} s and not at {deadline:F3} s");
            }
            End(row, e.Reason.ToString());
        }
        catch (OperationCanceledException)
        {
            End(row, Stopped);
        }
    }

    private async Task RecordEndAsync(int row, CogVideoResult result)
    {
        try
        {
            if (_process.IsAlive && !_stop.IsCancellationRequested) await _client.RecordEndAsync(result);
        }
        catch (CogVideoException e)
        {
            _world.Note($"row {row + 1}: {e.Reason}");
        }
    }

    private async Task RecordEndAsync(CogVideoJob job)
    {
        try
        {
            CogVideoResult result = await _client.Client.Scheduler.Ended(job.Id);
            if (_process.IsAlive && !_stop.IsCancellationRequested) _ = _client.Journal?.EndedAsync(new CogVideoResult(job, result), _client.Seal);
        }
        catch (OperationCanceledException)
        {
            // Nobody will know it here
        }
    }

    private void End(int row, string outcome)
    {
        if (!_process.IsAlive) return;
        _world.Note($"row {row + 1} {_options.Rows[row].Prompt}: {outcome}");
        _world.Require(_outcomes[row] is null, $"row {row + 1} has two outcomes: {_outcomes[row]} and {outcome}");
        _outcomes[row] = outcome;
    }
}
