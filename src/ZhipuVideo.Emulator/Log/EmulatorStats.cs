using System.Collections.Generic;

namespace ZhipuVideo.Emulator;

/// <summary>Counts since the start or the last reset; they are kept even when the log is off.</summary>
public sealed class EmulatorStats
{
    /// <summary>Requests by phase.</summary>
    public IReadOnlyDictionary<string, long> Requests { get; init; } = new Dictionary<string, long>();

    /// <summary>The most requests of a phase that were open at one moment.</summary>
    public IReadOnlyDictionary<string, long> MaxOpenRequests { get; init; } = new Dictionary<string, long>();

    /// <summary>Refusals by business code.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();

    /// <summary>Tasks accepted, by model: on the real service, what is billed.</summary>
    public IReadOnlyDictionary<string, long> Accepted { get; init; } = new Dictionary<string, long>();

    /// <summary>The most tasks of a model that one account had in flight at one moment.</summary>
    public IReadOnlyDictionary<string, long> MaxTasksInFlight { get; init; } = new Dictionary<string, long>();

    /// <summary>Bytes of videos and covers sent.</summary>
    public long BytesSent { get; init; }
}
