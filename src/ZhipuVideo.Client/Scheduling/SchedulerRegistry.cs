using System;
using System.Collections.Generic;
using System.Threading;
using ZhipuVideo.Http;

namespace ZhipuVideo.Scheduling;

/// <summary>A share of an account's connections.</summary>
internal sealed class SchedulerLease : IDisposable
{
    private AccountScheduler? _scheduler;

    internal SchedulerLease(AccountScheduler scheduler) => _scheduler = scheduler;

    internal AccountScheduler Scheduler => _scheduler ?? throw new ObjectDisposedException(nameof(SchedulerLease));

    public void Dispose() => Interlocked.Exchange(ref _scheduler, null)?.Release();
}

/// <summary>The schedulers of a process, one for each address and key. Injected, so that tests do not disturb each other.</summary>
internal sealed class SchedulerRegistry
{
    private readonly List<AccountScheduler> _schedulers = [];
    private readonly TimeProvider _time;
    private readonly Func<double>? _random;
    private readonly Action<Action>? _run;

    /// <param name="time">The clock; null = the system's.</param>
    /// <param name="random">Uniform in [0, 1), thread-safe; null = the system's.</param>
    /// <param name="run">Where the loops run; null = on the thread pool.</param>
    internal SchedulerRegistry(TimeProvider? time = null, Func<double>? random = null, Action<Action>? run = null)
    {
        _time = time ?? TimeProvider.System;
        _random = random;
        _run = run;
    }

    /// <summary>The one that all runs of this process share.</summary>
    internal static SchedulerRegistry Shared { get; } = new();

    internal AccountScheduler Find(ServiceEndpoint endpoint)
    {
        lock (_schedulers)
        {
            foreach (AccountScheduler known in _schedulers)
            {
                if (known.Endpoint.IsSame(endpoint)) return known;
            }
            AccountScheduler scheduler = new(endpoint, _time, _random, _run);
            _schedulers.Add(scheduler);
            return scheduler;
        }
    }

    /// <summary>Forgets an account, and with it the key and what was learned of its slots, unless a run still uses it.</summary>
    internal void Remove(ServiceEndpoint endpoint)
    {
        lock (_schedulers) _schedulers.RemoveAll(known => known.IsIdle && known.Endpoint.IsSame(endpoint));
    }
}
