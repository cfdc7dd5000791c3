using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace ZhipuVideo.Emulator.Faults;

/// <summary>The faults that are set, and how often each has met a request.</summary>
internal sealed class FaultPlan(Random random, TimeProvider time)
{
    private readonly Lock _gate = new();
    private volatile Armed[] _armed = [];

    public IReadOnlyList<Fault> Faults => Array.ConvertAll(_armed, armed => armed.Fault);

    public void Add(Fault fault)
    {
        if (fault is { Kind: FaultKind.DropBefore, Prompt: not null })
            throw new ArgumentException("DropBefore strikes before the prompt is read: it cannot choose by prompt.", nameof(fault));
        if (fault is { Kind: FaultKind.Slow, Bytes: <= 0 })
            throw new ArgumentException("Slow needs the bytes a second.", nameof(fault));
        if (fault.Phase is { } phase && PhasesOf(fault.Kind) is { Length: > 0 } phases && !phases.Contains(phase))
            throw new ArgumentException($"{fault.Kind} has no meaning for {phase}.", nameof(fault));
        DateTimeOffset ends = fault.Lasts is { } seconds ? time.GetUtcNow().AddSeconds(seconds) : DateTimeOffset.MaxValue;
        lock (_gate) _armed = [.. _armed, new Armed(fault, ends)];
    }

    public void Clear() => _armed = [];

    /// <summary>The faults that strike a request.</summary>
    /// <param name="phase">What the request is part of.</param>
    /// <param name="beforeReading">Whether only its first line and headers are known yet: each request is asked about twice.</param>
    /// <param name="prompt">The prompt of its task, when there is one.</param>
    public Struck Strike(RequestPhase phase, bool beforeReading, string? prompt)
    {
        Armed[] armed = _armed;
        if (armed.Length == 0) return Struck.None;
        lock (_gate)
        {
            return new Struck([.. armed
                .Where(one => (one.Fault.Kind == FaultKind.DropBefore) == beforeReading && Strikes(one, phase, prompt))
                .Select(one => one.Fault)]);
        }
    }

    /// <summary>The phases that a kind has a meaning for; none where it has one for all.</summary>
    private static RequestPhase[] PhasesOf(FaultKind kind) => kind switch
    {
        FaultKind.FailAtOnce or FaultKind.Stall or FaultKind.MissingId or FaultKind.NumericId or FaultKind.DuplicateId =>
            [RequestPhase.Create],
        FaultKind.TaskStatus => [RequestPhase.Create, RequestPhase.Poll],
        FaultKind.NoUrl => [RequestPhase.Poll],
        FaultKind.IgnoreRange or FaultKind.WrongRange or FaultKind.ChangeFile or FaultKind.WeakEtag or FaultKind.NoEtag =>
            [RequestPhase.Download],
        _ => [],
    };

    private bool Strikes(Armed one, RequestPhase phase, string? prompt)
    {
        Fault fault = one.Fault;
        bool matches = (fault.Phase is null || fault.Phase == phase)
            && (fault.Prompt is null || (prompt?.Contains(fault.Prompt, StringComparison.Ordinal) ?? false))
            && time.GetUtcNow() < one.Ends;
        if (!matches || ++one.Met < fault.Nth || one.Struck >= fault.Count) return false;
        if (fault.Probability < 1 && random.NextDouble() >= fault.Probability) return false;
        one.Struck++;
        return true;
    }

    private sealed class Armed(Fault fault, DateTimeOffset ends)
    {
        public Fault Fault { get; } = fault;

        public DateTimeOffset Ends { get; } = ends;

        public int Met { get; set; }

        public int Struck { get; set; }
    }
}
