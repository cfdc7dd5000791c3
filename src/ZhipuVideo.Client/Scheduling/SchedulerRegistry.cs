using System;
using System.Collections.Generic;

namespace ZhipuVideo.Scheduling;

/// <summary>The schedulers of a process, one for each address and key. Injected, so that tests do not disturb each other.</summary>
/// <param name="time">The clock; null = the system's.</param>
/// <param name="random">Uniform in [0, 1), thread-safe; null = the system's.</param>
/// <param name="run">Where the loops run; null = on the thread pool.</param>
internal sealed class SchedulerRegistry(TimeProvider? time = null, Func<double>? random = null, Action<Action>? run = null)
{
    private readonly List<AccountScheduler> _schedulers = [];

    internal static SchedulerRegistry Shared { get; } = new();

    internal AccountScheduler Find(ServiceEndpoint endpoint)
    {
        lock (_schedulers)
        {
            AccountScheduler? known = _schedulers.Find(known => known.Endpoint.IsSame(endpoint));
            if (known is null) _schedulers.Add(known = new AccountScheduler(endpoint, time ?? TimeProvider.System, random, run));
            return known;
        }
    }

    /// <summary>Forgets an account, and with it the key and what was learned of its slots, unless a run still uses it.</summary>
    internal void Remove(ServiceEndpoint endpoint)
    {
        lock (_schedulers) _schedulers.RemoveAll(known => known.IsIdle && known.Endpoint.IsSame(endpoint));
    }
}
