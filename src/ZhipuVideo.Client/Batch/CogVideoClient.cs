using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo;

/// <summary>Where a client takes time and network from; the defaults are the real ones.</summary>
public sealed class CogVideoClientOptions
{
    /// <summary>The clock. Whoever brings one of its own shares slots and polls with nobody.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the handler of the API's connections; it must not follow redirects.</summary>
    public Func<HttpMessageHandler>? CreateHandler { get; init; }

    /// <summary>Factor on all time limits of single calls; tests shorten them.</summary>
    public double TimeoutScale { get; init; } = 1;

    internal SchedulerRegistry? Accounts { get; init; }
}

/// <summary>
/// A connection to the service, for single questions; <see cref="VideoBatch"/> submits, waits and saves. All clients of a process that use one
/// key at one address share slots, polls and connections; dispose a client to give its share back.
/// </summary>
public sealed class CogVideoClient : IDisposable
{
    internal const int MaxTries = 4;

    private AccountScheduler? _scheduler;

    /// <summary>A client of an endpoint.</summary>
    public CogVideoClient(ServiceEndpoint endpoint, CogVideoClientOptions? options = null)
    {
        Endpoint = endpoint ?? throw new ArgumentNullException(nameof(endpoint));
        options ??= new CogVideoClientOptions();
        SchedulerRegistry accounts = options.Accounts
            ?? (options.Time == TimeProvider.System ? SchedulerRegistry.Shared : new SchedulerRegistry(options.Time));
        _scheduler = accounts.Find(endpoint);
        _scheduler.Lease(options.CreateHandler, options.TimeoutScale);
    }

    /// <summary>Where it speaks to.</summary>
    public ServiceEndpoint Endpoint { get; }

    internal AccountScheduler Scheduler => _scheduler ?? throw new ObjectDisposedException(nameof(CogVideoClient));

    /// <summary>One status query of a job. Throws <see cref="ErrorReason.NotFound"/> when there is no such task.</summary>
    public Task<CogVideoResult> GetResultAsync(CogVideoItem job, CancellationToken cancellationToken = default) =>
        GetResultAsync(job ?? throw new ArgumentNullException(nameof(job)), null, cancellationToken);

    /// <summary>One status query of a job. An end that was seen before stays its end, whatever the service says now.</summary>
    /// <param name="job">The job.</param>
    /// <param name="contradicted">Told what the service says now, when it takes an end back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<CogVideoResult> GetResultAsync(CogVideoItem job, Action<string>? contradicted, CancellationToken cancellationToken)
    {
        ServiceReply reply = await Scheduler.QueryAsync(job.Id, MaxTries, cancellationToken).ConfigureAwait(false);
        if (!reply.IsTask) throw Results.CreateError(reply, job);
        CogVideoResult result = Results.Create(job, reply, Scheduler.Clock.UtcNow, null);
        CogVideoResult? end = await Scheduler.Polls.ObserveAsync(result).ConfigureAwait(false);
        if (end is null || end.Status == result.Status) return result;
        contradicted?.Invoke(reply.RawStatus ?? "null");
        return new CogVideoResult(job, end);
    }

    /// <summary>One free look-up of an id that cannot exist: a refused key throws <see cref="ErrorReason.AuthenticationFailed"/>.</summary>
    public async Task CheckKeyAsync(CancellationToken cancellationToken = default)
    {
        ServiceReply reply = await Scheduler.QueryAsync("0", tries: 1, cancellationToken).ConfigureAwait(false);
        if (!reply.IsTask && Results.CreateError(reply, Endpoint.BaseUri) is { StopsRun: true } refused) throw refused;
    }

    /// <summary>Gives its share of the connections back.</summary>
    public void Dispose() => Interlocked.Exchange(ref _scheduler, null)?.Release();
}
