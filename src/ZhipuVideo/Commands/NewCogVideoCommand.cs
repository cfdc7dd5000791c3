using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>
/// Submits rows and emits one job the moment each is accepted. Rows are held back, at most ThrottleLimit of them, while the account has
/// no free slot; the client itself watches the slots, so that this works with or without Wait-CogVideo behind it.
/// </summary>
[Cmdlet(VerbsCommon.New, "CogVideo", DefaultParameterSetName = ApiKeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(CogVideoJob))]
public sealed class NewCogVideoCommand : SubmissionCommand
{
    private readonly PlanSum _sum = new();
    private readonly StoppedItems _notSubmitted = new();
    private readonly Dictionary<ErrorReason, (CogVideoException Cause, StoppedItems Rows)> _withheld = [];
    private RowPlanner _rows = null!; // with -WhatIf one that only looks
    private int _emitted;
    private CogVideoJob? _unrecorded; // the first that was accepted when its journal was lost
    private bool _hasWarnedStop;

    private protected override bool MayLackKey => IsWhatIf;

    private protected override BatchStage Stage => BatchStage.Submit;

    /// <summary>Opens the journal before anything flows: a second writer, or a folder that is not there, costs nothing. With -WhatIf it is only read.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            VideoBatchOptions options = SubmissionOptions;
            if (IsWhatIf)
            {
                Wait(stop => Task.Run(() => _rows = RowPlanner.Peek(options), stop));
                if (options.BilledLimit is { } limit) _sum.SetLimit(limit, _rows.CountBilled());
                return;
            }
            OpenBatch(options);
            _rows = Batch.Planner;
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, Shown(JournalPath));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        State.Progress.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        if (Pump.Token.IsCancellationRequested) return;
        FinishRows();
        if (IsWhatIf) WriteInformation(new HostInformationMessage { Message = _sum.ToString() }, ["PSHOST"]); // shown like the lines of -WhatIf
        else WriteStop();
        base.EndProcessing();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Pump.Settle(); // before the journal is closed to what rows that were not sent say
        _rows?.Dispose(); // with -WhatIf nobody else closes the journal
        base.Dispose(disposing);
    }

    private protected override void OnRowRefused()
    {
        State.Progress.Count(BatchCount.Refused);
        _sum.AddRefused();
    }

    private protected override void Process(VideoRequest request, PSObject? row, int number)
    {
        RowPlan plan = _rows.Add(request);
        bool isSent = _sum.Add(plan);
        if (!plan.IsSent && TellsMore) WriteVerbose(Messages.Format(MessageKey.VerboseRowKnown, request.Label, plan.Known));
        string action = CogVideoModel.IsBilled(request.Model) ? MessageKey.ActionSubmitBilled : MessageKey.ActionSubmit;
        if (isSent && !Confirm(request.Label, Messages.Format(action, request.Model))) return;
        if (IsWhatIf) return;
        if (Batch.Stopped is not null && plan.IsSent) Stop(plan, row, number);
        else Pump.Start(stop => SubmitAsync(plan, row, number, stop));
        Pump.DrainWhile(() => Pump.Running >= ThrottleLimit);
        CheckStopped();
    }

    private async Task SubmitAsync(RowPlan plan, PSObject? row, int number, CancellationToken stop)
    {
        try
        {
            CogVideoJob job = await Batch.SubmitAsync(plan, stop).ConfigureAwait(false);
            Pump.Post(() => Emit(job, plan));
        }
        catch (CogVideoException e) when (e.AcceptedJob is { } job)
        {
            Pump.Post(() =>
            {
                Emit(job, plan);
                if (Batch.Stopped is null) WriteError(e, job); // else it is told at the end, once for all
                else _unrecorded ??= job;
            });
        }
        catch (CogVideoException e) when (e.StopsRun)
        {
            Pump.Post(() => Stop(plan, row, number));
        }
        catch (CogVideoException e) when (e.Reason is ErrorReason.BilledLimitReached or ErrorReason.UntilPassed)
        {
            Pump.Post(() => Withhold(e, plan, row, number));
        }
        catch (CogVideoException e)
        {
            State.Progress.Count(e.Reason == ErrorReason.SubmissionUnconfirmed ? BatchCount.Unconfirmed : BatchCount.Refused);
            Pump.Post(() => WriteErrors(e, plan, row));
        }
    }

    private void Emit(CogVideoJob job, RowPlan plan)
    {
        _emitted++;
        State.Progress.Count(BatchCount.Submitted);
        if (plan.IsSent && CogVideoModel.IsBilled(job.Model)) State.Progress.CountBilled(job.Model!);
        WriteObject(job);
    }

    private void Stop(RowPlan plan, PSObject? row, int number)
    {
        State.Progress.Count(BatchCount.Refused);
        _notSubmitted.Add(row ?? (object)plan.Request.ToUnsentJob(), number);
    }

    /// <summary>The brake and the clock keep back what is new, and nothing else: one error at the end tells of all.</summary>
    private void Withhold(CogVideoException why, RowPlan plan, PSObject? row, int number)
    {
        State.Progress.Count(BatchCount.Refused);
        if (!_withheld.TryGetValue(why.Reason, out (CogVideoException Cause, StoppedItems Rows) withheld)) _withheld[why.Reason] = withheld = (why, new StoppedItems());
        withheld.Rows.Add(row ?? (object)plan.Request.ToUnsentJob(), number);
    }

    /// <summary>What may have been charged is shown by its request_id, jobs that share an id each; else the row itself, which can be mended and piped again.</summary>
    private void WriteErrors(CogVideoException error, RowPlan plan, PSObject? row)
    {
        foreach (CogVideoJob job in error.ConflictingJobs) WriteError(error, job);
        if (error.ConflictingJobs.Count > 0) return;
        bool mayBePaid = error.Item?.Status == CogVideoStatus.Unconfirmed;
        WriteError(error, row is null || mayBePaid ? (object?)error.Item ?? plan.Request.ToUnsentJob() : row);
    }

    /// <summary>
    /// A refused key or an empty account ends the run: at once while nothing has been accepted; later it is one error at the end, because a
    /// terminating error here would destroy what Wait and Save still hold, or keep from them what the journal knows.
    /// </summary>
    private void CheckStopped()
    {
        if (Batch.Stopped is not { } cause || _hasWarnedStop) return;
        Pump.DrainWhile(() => Pump.Running > 0);
        if (Pump.Token.IsCancellationRequested || _notSubmitted.Count == 0) return; // the row that it came with has an error of its own
        if (_emitted == 0 && !Batch.IsRestarted) ThrowTerminatingError(cause, _notSubmitted.First);
        _hasWarnedStop = true;
        WriteWarning(Messages.Format(MessageKey.WarnRunStopped, cause.Message));
    }

    private void WriteStop()
    {
        CheckStopped();
        if (_notSubmitted.CreateError(Batch.Stopped, MessageKey.RowsNotSubmitted) is { } stopped) WriteError(stopped);
        else if (Batch.Stopped is { } lost && _unrecorded is not null) WriteError(lost, _unrecorded);
        foreach ((CogVideoException cause, StoppedItems rows) in _withheld.Values) WriteError(rows.CreateError(cause, MessageKey.RowsNotSubmitted)!);
        if (Batch.RecordFailure is { } failure) WriteError(failure, JournalPath);
    }
}
