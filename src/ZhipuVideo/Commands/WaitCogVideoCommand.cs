using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>Emits each result the moment it ends, in order of completion, Success and Fail alike. It never blocks its upstream.</summary>
[Cmdlet(VerbsLifecycle.Wait, "CogVideo", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(CogVideoResult))]
public sealed class WaitCogVideoCommand : JobCommand
{
    private readonly JobDeduplicator _seen = new();
    private CogVideoItem? _newest;

    /// <summary>Seconds a job is waited for, from when it is first seen here; 0 = for ever. It goes on at the service.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TimeoutSec { get; set; } = 3600;

    /// <summary>Polls every so many seconds instead of when the job is likely to end.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int PollIntervalSec { get; set; }

    private protected override BatchStage Stage => BatchStage.Wait;

    private protected override void Process(CogVideoResult job)
    {
        if (!_seen.TryAdd(job)) return; // waiting twice for one would emit, and save, it twice
        State.Progress.Count(BatchCount.Watched);
        _newest = job;
        Pump.Start(stop => WaitAsync(job, stop));
    }

    private protected override double ExpectedSeconds => _newest is null ? 0 : Client.Scheduler.Polls.ExpectedSeconds(_newest);

    private async Task WaitAsync(CogVideoResult job, CancellationToken stop)
    {
        WaitOptions options = new()
        {
            TimeoutSeconds = TimeoutSec,
            IntervalSeconds = PollIntervalSec,
            AskedToWait = why => Pump.Post(() => WriteWarning(why.Message)),
            SawUnknownStatus = status => Pump.Post(() => WriteWarning(Messages.Format(MessageKey.WarnUnknownStatus, job, status ?? "null"))),
        };
        try
        {
            CogVideoResult result = await Batch.WaitAsync(job, options, stop).ConfigureAwait(false);
            Pump.Post(() =>
            {
                State.Progress.Count(result.Status == CogVideoStatus.Success ? BatchCount.Done : BatchCount.Failed);
                WriteObject(result);
            });
        }
        catch (CogVideoException e)
        {
            Pump.Post(() =>
            {
                State.Progress.Count(BatchCount.GivenUp);
                WriteError(e, new CogVideoJob(job));
            });
        }
    }
}
