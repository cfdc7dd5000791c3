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

    private readonly Dictionary<JournalEntry, long> _accepted = []; // the line, of those accepted in this opening
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
        _accepted.Clear();
        _ended.Clear();
    }

    internal void Add(JournalEntry entry, JournalRecord record, long line)
    {
        if (record.Kind == RecordKind.Accepted) _accepted[entry] = line;
        if (record.Kind != RecordKind.Ended || entry.Job.Model is not { } model || !_accepted.TryGetValue(entry, out long from)) return;
        _accepted.Remove(entry);
        _ended.Add((model, from, line));
        double? seconds = entry.ElapsedSec ?? (entry.EndedAt - entry.Job.SubmittedAt)?.TotalSeconds;
        if (seconds is not (> 0 and < double.PositiveInfinity) || entry.Job.Status != CogVideoStatus.Success) return;
        if (!_serviceTimes.TryGetValue(model, out List<ServiceTimeSample>? samples)) _serviceTimes[model] = samples = [];
        samples.Add(new ServiceTimeSample(entry.Job.Duration, seconds.Value));
    }

    internal IReadOnlyList<WarmStart> Read()
    {
        BeginOpening();
        return [.. _maxInFlight.Select(model =>
            new WarmStart(model.Key, _serviceTimes.TryGetValue(model.Key, out List<ServiceTimeSample>? samples) ? samples.Skip(samples.Count - MaxSamples).ToList() : [], model.Value))];
    }
}
