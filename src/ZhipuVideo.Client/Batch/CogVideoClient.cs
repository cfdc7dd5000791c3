using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Http;
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
/// The service for C#: submit, look, wait. The cmdlets use the same parts. All clients of a process that use one key at one address
/// share slots, polls and connections; dispose a client to give its share back.
/// </summary>
public sealed class CogVideoClient : IDisposable
{
    private const int LookTries = 4;

    private readonly SchedulerLease _lease;
    private readonly SubmissionRun _run;

    /// <summary>A client of an endpoint.</summary>
    public CogVideoClient(ServiceEndpoint endpoint, CogVideoClientOptions? options = null)
    {
        Endpoint = endpoint ?? throw new ArgumentNullException(nameof(endpoint));
        options ??= new CogVideoClientOptions();
        SchedulerRegistry accounts = options.Accounts
            ?? (options.Time == TimeProvider.System ? SchedulerRegistry.Shared : new SchedulerRegistry(options.Time));
        _lease = accounts.Find(endpoint).Lease(options.CreateHandler, options.TimeoutScale);
        _run = BeginRun(new SubmissionOptions { MostUnclear = int.MaxValue }); // whoever submits one by one sees each reply, and decides
    }

    /// <summary>Where it speaks to.</summary>
    public ServiceEndpoint Endpoint { get; }

    internal AccountScheduler Scheduler => _lease.Scheduler;

    /// <summary>
    /// Submits one request and returns its job once the service has accepted it. It waits for a slot as long as needed; it never pays twice:
    /// an unclear outcome is <see cref="ErrorReason.SubmissionUnconfirmed"/>, with the <c>request_id</c> in the exception.
    /// </summary>
    public Task<CogVideoJob> SubmitAsync(VideoRequest request, CancellationToken cancellationToken = default)
    {
        if (request is null) throw new ArgumentNullException(nameof(request));
        return _run.SubmitAsync(new PreparedRequest(request), request.RequestId ?? NewRequestId(), NoLog.Instance, cancellationToken);
    }

    /// <summary>One look at a job. Throws <see cref="ErrorReason.NotFound"/> when there is no such task.</summary>
    public Task<CogVideoResult> GetResultAsync(CogVideoItem job, CancellationToken cancellationToken = default) =>
        GetResultAsync(job ?? throw new ArgumentNullException(nameof(job)), null, cancellationToken);

    /// <summary>One look at a job. An end that was seen before stays its end, whatever the service says now.</summary>
    /// <param name="job">The job.</param>
    /// <param name="contradicted">Told what the service says now, when it takes an end back.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal async Task<CogVideoResult> GetResultAsync(CogVideoItem job, Action<string>? contradicted, CancellationToken cancellationToken)
    {
        ServiceReply reply = await StatusQuery.GetAsync(Scheduler, job.Id, LookTries, cancellationToken).ConfigureAwait(false);
        if (!reply.IsTask) throw Results.Error(reply, job);
        CogVideoResult result = Results.Of(job, reply, Scheduler.Clock.UtcNow, null);
        Scheduler.MarkDuplicate(result);
        if (Scheduler.FindEnd(job.Id) is { } end && end.Status != result.Status)
        {
            contradicted?.Invoke(reply.RawStatus ?? "null");
            return new CogVideoResult(job, end);
        }
        await Scheduler.ObserveAsync(result).ConfigureAwait(false);
        return result;
    }

    /// <summary>
    /// Waits until a job ends, Success or Fail. Throws <see cref="ErrorReason.OperationTimeout"/> after <paramref name="timeoutSeconds"/>
    /// (0 = never); the job goes on at the service.
    /// </summary>
    public Task<CogVideoResult> WaitAsync(CogVideoItem job, double timeoutSeconds = 0, CancellationToken cancellationToken = default) =>
        Scheduler.WaitAsync(
            job ?? throw new ArgumentNullException(nameof(job)), new WaitOptions { TimeoutSeconds = timeoutSeconds }, cancellationToken);

    /// <summary>One free look-up of an id that cannot exist: a refused key throws <see cref="ErrorReason.AuthenticationFailed"/>.</summary>
    public async Task CheckKeyAsync(CancellationToken cancellationToken = default)
    {
        ServiceReply reply = await StatusQuery.GetAsync(Scheduler, "0", tries: 1, cancellationToken).ConfigureAwait(false);
        if (!reply.IsTask && Results.Error(reply, Endpoint.BaseUri) is { StopsRun: true } refused) throw refused;
    }

    /// <summary>Gives its share of the connections back.</summary>
    public void Dispose() => _lease.Dispose();

    internal static string NewRequestId() => Guid.NewGuid().ToString("N");

    internal SubmissionRun BeginRun(SubmissionOptions options) => new(Scheduler, options);
}
