using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Journaling;

/// <summary>What a journal knows of how tasks of a model run, for a run that is started again.</summary>
/// <param name="Model">The model's code.</param>
/// <param name="ServiceTimes">How long the newest tasks took that succeeded, in the order in which they ended.</param>
/// <param name="MaxInFlight">The most that ran together.</param>
internal sealed record WarmStart(string Model, IReadOnlyList<ServiceTimeSample> ServiceTimes, int MaxInFlight);

/// <summary>One task: the length of the video that was asked for, in seconds, and how many seconds it took.</summary>
internal readonly record struct ServiceTimeSample(int? Duration, double Seconds);

/// <summary>
/// Gathers it while a journal is replayed. Only what was accepted and ended within one opening of the journal counts: of a task whose process
/// ended before it did, the end was seen too late, and which tasks ran beside it nobody knows. A failed task held a slot like others, but may have
/// failed early, so its time says nothing.
/// </summary>
internal sealed class WarmStartReader
{
    /// <summary>Of each model; a schedule learns from fewer.</summary>
    private const int MaxSamples = 256;

    private readonly Dictionary<JournalRow, RunningTask> _running = []; // those that were about to be sent in this opening
    private readonly List<(string Model, long From, long To)> _ended = [];
    private readonly Dictionary<string, List<ServiceTimeSample>> _serviceTimes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _maxInFlight = new(StringComparer.Ordinal);

    internal void BeginOpening()
    {
        foreach (IGrouping<string, (string Model, long From, long To)> ofModel in _ended.GroupBy(task => task.Model))
        {
            _maxInFlight.TryGetValue(ofModel.Key, out int max);
            int inFlight = 0;
            foreach ((_, int change) in ofModel.SelectMany(task => ((long Line, int Change)[])[(task.From, 1), (task.To, -1)]).OrderBy(change => change.Line))
                max = Math.Max(max, inFlight += change);
            _maxInFlight[ofModel.Key] = max;
        }
        _running.Clear();
        _ended.Clear();
    }

    internal void Add(JournalRow row, JournalRecord record, long line)
    {
        if (record.State == JournalState.Intent) _running[row] = new RunningTask(record.Request?.Model, record.Request?.Duration, 0, null);
        if (!_running.TryGetValue(row, out RunningTask task)) return;
        if (record.State == JournalState.Accepted) _running[row] = task with { Accepted = line, SubmittedAt = record.SubmittedAt?.ToUniversalTime() };
        if (record.State != JournalState.Ended) return;
        _running.Remove(row);
        if (task.Model is null || task.Accepted == 0) return;
        _ended.Add((task.Model, task.Accepted, line));
        double? seconds = record.Result?.ElapsedSec ?? (record.Result?.EndedAt - task.SubmittedAt)?.TotalSeconds;
        if (seconds is not (> 0 and < double.PositiveInfinity) || !CogVideoStatus.Is(record.Status, CogVideoStatus.Success)) return;
        if (!_serviceTimes.TryGetValue(task.Model, out List<ServiceTimeSample>? samples)) _serviceTimes[task.Model] = samples = [];
        samples.Add(new ServiceTimeSample(task.Duration, seconds.Value));
    }

    internal IReadOnlyList<WarmStart> Read()
    {
        BeginOpening();
        return [.. _maxInFlight.Select(model =>
            new WarmStart(model.Key, _serviceTimes.TryGetValue(model.Key, out List<ServiceTimeSample>? samples) ? samples.Skip(samples.Count - MaxSamples).ToList() : [], model.Value))];
    }

    /// <summary>A task that this opening has sent, and the line that says that it was accepted; 0 = as yet none does.</summary>
    private readonly record struct RunningTask(string? Model, int? Duration, long Accepted, DateTime? SubmittedAt);
}
