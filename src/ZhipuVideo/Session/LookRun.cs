using System;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Pipeline;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Session;

/// <summary>
/// The looks of one cmdlet. The first goes alone; when the service refuses the key, and so every look, that is one error with the count of
/// the jobs that were not looked at.
/// </summary>
internal sealed class LookRun
{
    private readonly FailFastGate _gate = new();
    private object? _first;
    private int _missed;

    /// <summary>What to say at the end; null when every look was made. Pipeline thread only.</summary>
    internal ErrorRecord? Refusal => _gate.Stopped is { } cause && _missed > 0
        ? ErrorRecords.From(cause.Because(MessageKey.JobsNotLookedAt, _missed), _first)
        : null;

    /// <summary>Looks, unless the service has refused a look before.</summary>
    internal Task<T> RunAsync<T>(Func<Task<T>> look, CancellationToken stop) => _gate.RunAsync(look, stop);

    /// <summary>Counts a job that was refused, or not looked at, for a reason that holds for all. Pipeline thread only.</summary>
    internal void Miss(object job)
    {
        _missed++;
        _first ??= job;
    }
}
