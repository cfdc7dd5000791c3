using System.Collections.Concurrent;
using System.Management.Automation;
using System.Threading.Tasks;
using ZhipuVideo.Polling;

namespace ZhipuVideo.Commands;

/// <summary>Emits each result the moment it ends, in order of completion, Success and Fail alike. It never blocks its upstream.</summary>
[Cmdlet(VerbsLifecycle.Wait, "CogVideo")]
[OutputType(typeof(CogVideoResult))]
public sealed class WaitCogVideoCommand : JobCommand
{
    private readonly ConcurrentDictionary<string, Ticket> _open = new(System.StringComparer.Ordinal);
    private CogVideoItem? _newest;

    /// <summary>Seconds a job is waited for, from when it is first seen here; 0 = for ever. It goes on at the service.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TimeoutSec { get; set; } = 3600;

    /// <summary>Looks every so many seconds instead of when the job is likely to end.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int PollIntervalSec { get; set; }

    private protected override void Process(CogVideoResult job)
    {
        if (!IsRepeated(job))
        {
            State.Batch.Watched();
            _newest = job;
            if (CogVideoStatus.IsEnd(job.Status) && (job.Url is not null || job.Status == CogVideoStatus.Fail)) Emit(job);
            else if (job.Id.Length > 0) Watch(job);
            else Pump.Start(async stop => await ConfirmAndWatchAsync(job, stop).ConfigureAwait(false));
        }
        Pump.Drain();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Pump.DrainWhile(() => Pump.Running > 0);
        State.Batch.Complete(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (Ticket ticket in _open.Values) Client.Account.Poller.Unwatch(ticket.Job.Id, ticket);
        base.Dispose(disposing);
    }

    private protected override void OnTick() =>
        State.Batch.Show(this, _newest is null ? 0 : Client.Account.Poller.ExpectedSeconds(_newest));

    private async Task ConfirmAndWatchAsync(CogVideoResult job, System.Threading.CancellationToken stop)
    {
        try
        {
            Watch(await ConfirmedAsync(job, stop).ConfigureAwait(false));
        }
        catch (CogVideoException e)
        {
            Pump.Post(() => WriteError(e, new CogVideoJob(job)));
        }
    }

    private void Watch(CogVideoResult job)
    {
        Ticket ticket = new(this, job);
        Pump.Begin();
        _open[job.Id] = ticket;
        Client.Account.Poller.Watch(job, ticket, TimeoutSec, PollIntervalSec);
    }

    private void Emit(CogVideoResult result)
    {
        State.Batch.Ended(result.Status == CogVideoStatus.Success);
        State.Jobs.Observe(result);
        WriteObject(result);
    }

    private void Close(Ticket ticket, System.Action output)
    {
        if (!_open.TryRemove(ticket.Job.Id, out _)) return;
        Pump.Post(output);
        Pump.End();
    }

    /// <summary>One job that is waited for.</summary>
    private sealed class Ticket(WaitCogVideoCommand owner, CogVideoResult job) : IJobWatcher
    {
        internal CogVideoResult Job => job;

        public void Ended(CogVideoResult result) => owner.Close(this, () => owner.Emit(new CogVideoResult(job, result)));

        public void GaveUp(CogVideoException error) => owner.Close(this, () => owner.WriteError(error, new CogVideoJob(job)));

        public void SawUnknownStatus(string? status) =>
            owner.Pump.Post(() => owner.WriteWarning(Messages.Format(MessageKey.WarnUnknownStatus, job, status ?? "null")));
    }
}
