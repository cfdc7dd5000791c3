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

/// <summary>One run of the pipeline New | Wait over some rows.</summary>
/// <remarks>Takes over the batch: disposing the run disposes it.</remarks>
internal sealed class ClientRun(World world, SimulatedProcess process, SimulatedBatch client, ClientRunOptions options) : IDisposable
{
    /// <summary>The outcome of a row that Ctrl+C has overtaken.</summary>
    public const string Stopped = "stopped";

    private readonly CancellationTokenSource _stop = new();
    private readonly string?[] _outcomes = new string?[options.Rows.Count];
    private int _next;
    private int _sending;

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
        world.Note("Ctrl+C");
        _stop.Cancel();
        Feed();
    }

    /// <summary>Gives everything back, as a pipeline does at its end.</summary>
    public void Dispose()
    {
        client.Dispose();
        _stop.Dispose();
    }

    private void Feed()
    {
        while (_next < _outcomes.Length && (_sending < options.ThrottleLimit || _stop.IsCancellationRequested) && process.IsAlive)
        {
            int row = _next++;
            if (_stop.IsCancellationRequested) End(row, Stopped);
            else if (client.Batch.Stopped is { } cause) End(row, cause.Reason.ToString());
            else _ = SubmitAsync(row);
        }
    }

    private async Task SubmitAsync(int row)
    {
        _sending++;
        try
        {
            CogVideoJob job = await client.Batch.SubmitAsync(options.Rows[row], _stop.Token);
            if (!process.IsAlive) return;
            RowsWaiting--;
            bool isWritten = job.JournalPath is null || File.ReadAllText(job.JournalPath).Contains(job.Id, StringComparison.Ordinal);
            world.Require(isWritten, $"I2: row {row + 1} was emitted before its id was on disk");
            _ = WaitAsync(row, job);
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
        double deadline = options.WaitTimeout > 0 ? world.Now + options.WaitTimeout : double.PositiveInfinity;
        WaitOptions wait = new()
        {
            TimeoutSeconds = options.WaitTimeout,
            IntervalSeconds = options.PollInterval,
            SawUnknownStatus = status => world.Note($"row {row + 1}: unknown status {status}"),
        };
        try
        {
            End(row, (await client.Batch.WaitAsync(job, wait, _stop.Token)).Status);
        }
        catch (CogVideoException e)
        {
            if (e.Reason == ErrorReason.OperationTimeout)
            {
                double now = world.Now;
                bool isInTime = now > deadline - 1e-6 && now < Math.Max(deadline, process.FrozenUntil) + .01;
                world.Require(isInTime, $"I5: row {row + 1} was given up at {now:F3} s and not at {deadline:F3} s");
            }
            End(row, e.Reason.ToString());
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            End(row, Stopped);
        }
    }

    private void End(int row, string outcome)
    {
        if (!process.IsAlive) return;
        world.Note($"row {row + 1} {options.Rows[row].Prompt}: {outcome}");
        world.Require(_outcomes[row] is null, $"row {row + 1} has two outcomes: {_outcomes[row]} and {outcome}");
        _outcomes[row] = outcome;
    }
}
