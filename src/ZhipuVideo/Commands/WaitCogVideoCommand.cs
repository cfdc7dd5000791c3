using System;
using System.IO;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>Emits each result the moment it ends, in order of completion, Success and Fail alike. It never blocks its upstream.</summary>
[Cmdlet(VerbsLifecycle.Wait, "CogVideo", DefaultParameterSetName = ApiKeySet)]
[OutputType(typeof(CogVideoResult))]
public sealed class WaitCogVideoCommand : JobCommand
{
    private readonly SeenJobs _seen = new();
    private JournalShelf _journals = null!;
    private LinkSeal _seal = null!;
    private CogVideoItem? _newest;

    /// <summary>Seconds a job is waited for, from when it is first seen here; 0 = for ever. It goes on at the service.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TimeoutSec { get; set; } = 3600;

    /// <summary>Looks every so many seconds instead of when the job is likely to end.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int PollIntervalSec { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!HasClient) return;
        _journals = new JournalShelf(new JournalOwner(Client.Endpoint), WriteWarning);
        _seal = new LinkSeal(Client.Endpoint.Key);
    }

    private protected override void Process(CogVideoResult job)
    {
        if (_seen.IsNew(job)) // waiting twice for one would emit, and save, it twice
        {
            State.Batch.Watched();
            _newest = job;
            Journal? journal = _journals.Of(job);
            if (journal is not null && EndInJournal(journal, job) is { } recorded) Emit(new CogVideoResult(job, recorded));
            else if (CogVideoStatus.IsEnd(job.Status) && (job.Url is not null || CogVideoStatus.IsFailure(job.Status))) Emit(WithReason(job));
            else if (job.Id.Length > 0) Pump.Start(stop => WaitAsync(job, journal, stop));
            else Pump.Start(stop => ConfirmAndWaitAsync(job, journal, stop));
        }
        Pump.Drain();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        State.Batch.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        base.EndProcessing();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _journals?.Dispose();
    }

    private protected override BatchStage Stage => BatchStage.Wait;

    private protected override void OnTick()
    {
        base.OnTick();
        State.Batch.Show(this, _newest is null ? 0 : Client.Scheduler.ExpectedSeconds(_newest));
    }

    private async Task ConfirmAndWaitAsync(CogVideoResult job, Journal? journal, CancellationToken stop)
    {
        CogVideoResult confirmed;
        try
        {
            confirmed = await LookRun.RunAsync(() => ConfirmedAsync(job, stop), stop).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            GiveUp(job, e);
            return;
        }
        await WaitAsync(confirmed, journal, stop).ConfigureAwait(false);
    }

    private async Task WaitAsync(CogVideoResult job, Journal? journal, CancellationToken stop)
    {
        WaitOptions options = new()
        {
            TimeoutSeconds = TimeoutSec,
            IntervalSeconds = PollIntervalSec,
            AskedToWait = why => Pump.Post(() => WriteWarning(why.Message)),
            SawUnknownStatus = status => Pump.Post(() => WriteWarning(Messages.Format(MessageKey.WarnUnknownStatus, job, status ?? "null"))),
        };
        CogVideoResult end;
        try
        {
            end = await Client.Scheduler.WaitAsync(job, options, stop).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            GiveUp(job, e);
            return;
        }
        try
        {
            // On disk before it is emitted, so that a restarted run need not ask again
            if (journal is not null) await journal.EndedAsync(end, _seal).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            Pump.Post(() =>
            {
                if (_journals.IsNews(e, journal!)) WriteError(e, new CogVideoJob(job));
            });
        }
        Pump.Post(() => Emit(end));
    }

    private void GiveUp(CogVideoResult job, CogVideoException error) => Pump.Post(() =>
    {
        State.Batch.GivenUp();
        WriteError(error, new CogVideoJob(job));
    });

    /// <summary>
    /// The end that the journal holds: of a saved video without links, since nothing needs them; else while its links are young.
    /// </summary>
    private CogVideoResult? EndInJournal(Journal journal, CogVideoResult job)
    {
        JournalEntry? entry = journal.Find(job.Id.Length > 0 ? job.Id : job.RequestId ?? "");
        if (entry is null || entry.State < JournalState.Ended) return null;
        bool isOnDisk = entry.State == JournalState.Saved && SavedFiles.IsWhole(entry, Path.GetDirectoryName(journal.Path)!);
        return isOnDisk ? entry.Result : entry.ResultWithLinks(_seal, DateTime.UtcNow);
    }

    /// <summary>A job that had failed when it was accepted does not say why: that was seen by who submitted it.</summary>
    private CogVideoResult WithReason(CogVideoResult job) =>
        job.ErrorCode is null && job.Id.Length > 0 && Client.Scheduler.FindEnd(job.Id) is { } end && end.Status == job.Status
            ? new CogVideoResult(job, end)
            : job;

    private void Emit(CogVideoResult result)
    {
        State.Batch.Ended(result.Status == CogVideoStatus.Success);
        State.Jobs.Observe(result);
        WriteObject(result);
    }
}
