using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Rows;
using ZhipuVideo.Scheduling;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>
/// Submits rows and emits one job the moment each is accepted. Rows are held back, at most ThrottleLimit of them, while the account has
/// no free slot; the client itself watches the slots, so that this works with or without Wait-CogVideo behind it.
/// </summary>
[Cmdlet(VerbsCommon.New, "CogVideo", DefaultParameterSetName = ApiKeySet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(CogVideoJob))]
public sealed class NewCogVideoCommand : ServiceCommand
{
    private readonly Dictionary<string, object?> _bound = new(StringComparer.OrdinalIgnoreCase);
    private readonly PlanSum _sum = new();
    private Func<PreparedRequest, RowPlan> _plan = null!;
    private SubmissionRun? _run; // null: nothing is sent
    private RestartableRun? _rows;
    private JournalLease? _journal;
    private JournalRun? _journalRun;
    private LinkSeal? _seal;
    private CommandLine _commandLine = null!;
    private RowReader _reader = null!;
    private int _number;
    private int _emitted;
    private int _notSubmitted;
    private object? _stoppedAt; // the first row that was not submitted
    private int _stoppedNumber = int.MaxValue;
    private CogVideoJob? _unrecorded; // the first that was accepted when its journal was lost
    private bool _hasWarnedStop;

    /// <summary>A row: a text is the prompt, a file is the picture, anything else is read by its columns.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The text the video is made from; more than 512 characters is a warning, the service decides.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ObjectArgument]
    public string? Prompt { get; set; }

    /// <summary>Pictures: http(s) URLs, data URIs, or local files, which are checked and sent as data URIs. A cell holds several separated by <c>|</c>.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImageUrl", "image_url", "ImagePath", "FullName")]
    public string[]? Image { get; set; }

    /// <summary>The model's code; default that of Connect-CogVideo, else cogvideox-flash, which is free.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>speed or quality.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(QualityCompleter))]
    public string? Quality { get; set; }

    /// <summary>Whether to make sound: True, False, 1, 0, yes, no. A text, because the binder would make a switch of the cell 'True' false.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("with_audio")]
    [ArgumentCompleter(typeof(AudioCompleter))]
    public string? WithAudio { get; set; }

    /// <summary>Width x height in pixels.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(SizeCompleter))]
    public string? Size { get; set; }

    /// <summary>Frames per second.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(FpsCompleter))]
    public string? Fps { get; set; }

    /// <summary>Seconds of video.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(DurationCompleter))]
    public string? Duration { get; set; }

    /// <summary>The caller's own unique request_id; else one is made for each row.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("request_id")]
    public string? RequestId { get; set; }

    /// <summary>The end user's id, 6 to 128 characters.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("user_id")]
    public string? UserId { get; set; }

    /// <summary>A label; it becomes the file name. Never sent.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Name { get; set; }

    /// <summary>Further request fields, for what the service learns after this version.</summary>
    [Parameter]
    public Hashtable? AdditionalBody { get; set; }

    /// <summary>
    /// A file that makes the batch restartable: run the same line again after any crash, and what was accepted is not submitted again.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>With a journal: submits rows that ended in FAIL again, under a new request_id.</summary>
    [Parameter]
    public SwitchParameter RetryFailed { get; set; }

    /// <summary>Sends rows whose outcome is unknown once more, under the same request_id.</summary>
    [Parameter]
    public SwitchParameter RetryUnconfirmed { get; set; }

    /// <summary>Rows held at once: on the way, or waiting for a slot.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>Seconds a row may wait for a slot; 0 = for ever.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int TimeoutSec { get; set; }

    private protected override bool MayLackKey => IsWhatIf;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (RetryFailed && JournalPath is null)
            ThrowTerminatingError(new CogVideoException(ErrorReason.InvalidInput, MessageKey.RetryWithoutJournal), null);
        string? journalPath = OpenJournal();
        if (IsWhatIf)
        {
            BatchPlan plan = new(_journalRun, RetryFailed, RetryUnconfirmed);
            RequestIds ids = new(); // of this pass alone: nothing is taken from the rows that are sent later
            _plan = request =>
            {
                if (request.Request.RequestId is { } given) ids.Claim(given, request.ComputeIdentity(), plan.Pass, request.Request.Label);
                return plan.Add(request);
            };
        }
        else
        {
            _run = Client.BeginRun(new SubmissionOptions
            {
                SlotTimeoutSeconds = TimeoutSec,
                RetryUnconfirmed = RetryUnconfirmed,
                JournalPath = journalPath,
                Notify = why => Pump.Post(() => WriteWarning(why.Message)),
            });
            _rows = new RestartableRun(_run, _journalRun, State.Jobs, RetryFailed);
            _plan = _rows.Plan;
        }
        _commandLine = CommandLine.Read(this);
        _reader = new RowReader(
            _commandLine, State.Connection?.Model ?? CogVideoModel.Default, ResolvePath, WriteWarning);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject? row in Cells.Elements(InputObject)) ProcessRow(row);
    }

    private void ProcessRow(PSObject? row)
    {
        _number++;
        if (IsSkipped(row)) return;
        if (!IsWhatIf) State.Batch.Began();
        RowPlan plan;
        try
        {
            VideoRequest read = _reader.Read(row, _number, Bound());
            // Nobody remembers under which request_id it was sent: a new one would be a new task
            if (RetryUnconfirmed && JournalPath is null && read.RequestId is null)
                throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.RetryWithoutRequestId, read.Label);
            plan = _plan(new PreparedRequest(read));
        }
        catch (CogVideoException e)
        {
            State.Batch.Refused();
            _sum.AddRefused();
            WriteError(e, row ?? ObjectArgumentAttribute.Resolve(Prompt));
            Pump.Drain();
            return;
        }
        VideoRequest request = plan.Request.Request;
        _sum.Add(plan);
        if (!plan.IsSent) WriteVerbose(Messages.Format(MessageKey.VerboseRowKnown, request.Label, plan.Known));
        else if (!Confirm(request.Label, Messages.Format(MessageKey.ActionSubmit, request.Model))) return;
        if (IsWhatIf) return;
        if (_run!.Stopped is not null && plan.IsSent)
        {
            _notSubmitted++;
            State.Batch.Refused();
            _stoppedAt ??= row ?? (object)Unsent(request);
            Pump.Drain();
        }
        else
        {
            object? target = row;
            int number = _number;
            Pump.Start(stop => SubmitAsync(plan, target, number, stop));
            Pump.DrainWhile(() => Pump.Running >= ThrottleLimit);
        }
        CheckStopped();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        State.Batch.InputEnded(this);
        Pump.DrainWhile(() => Pump.Running > 0);
        if (Pump.Token.IsCancellationRequested) return;
        _reader.Finish();
        WarnOfEmptyRows();
        if (IsWhatIf) WriteSum();
        CheckStopped();
        if (_run?.Stopped is { } cause && _notSubmitted > 0) WriteError(cause.Because(MessageKey.RowsNotSubmitted, _notSubmitted), _stoppedAt);
        else if (_run?.Stopped is { } lost && _unrecorded is not null) WriteError(lost, _unrecorded);
        base.EndProcessing();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Pump.Settle(); // before the journal is closed to what it says
        base.Dispose(disposing);
        _journalRun?.Dispose();
        _journal?.Dispose();
    }

    private protected override BatchStage Stage => BatchStage.Submit;

    private protected override void OnTick()
    {
        base.OnTick();
        State.Batch.Show(this, 0);
    }

    /// <summary>The host shows it like the lines of -WhatIf, whatever $InformationPreference says; it can be redirected and kept like all information.</summary>
    private void WriteSum() => WriteInformation(new HostInformationMessage { Message = _sum.ToString() }, ["PSHOST"]);

    /// <summary>
    /// Opens the journal before anything flows: a second writer, or a folder that is not there, costs nothing. With -WhatIf it is only read.
    /// </summary>
    private string? OpenJournal()
    {
        if (JournalPath is null) return null;
        try
        {
            string path = ResolvePath(JournalPath);
            if (IsWhatIf)
            {
                _journalRun = Journal.Peek(path, line => WriteError(line, path));
                return path;
            }
            JournalOwner owner = new(Client.Endpoint);
            _journal = Journal.Open(path, owner: owner);
            Verify(_journal.Journal, owner);
            if (_journal.Journal.Strangers is { } strangers) WriteWarning(Messages.Format(MessageKey.WarnJournalStrangers, path, strangers));
            _journalRun = _journal.Journal.BeginRun();
            _seal = new LinkSeal(Client.Endpoint.Key);
            foreach (CogVideoException line in _journal.Journal.UnreadableLines) WriteError(line, path);
            return path;
        }
        catch (CogVideoException e)
        {
            ThrowTerminatingError(e, JournalPath);
            throw;
        }
    }

    /// <summary>Another key is another account's, until it is seen to know a task of the journal.</summary>
    private void Verify(Journal journal, JournalOwner owner)
    {
        CogVideoException? refusal = null;
        Pump.Start(async stop =>
        {
            try
            {
                await JournalAccount.VerifyAsync(journal, owner, Client, stop).ConfigureAwait(false);
            }
            catch (CogVideoException e)
            {
                refusal = e;
            }
        });
        Pump.DrainWhile(() => Pump.Running > 0);
        if (refusal is not null) throw refusal;
    }

    /// <summary>Keeps what the scheduler learns while it watches the slots, also when nobody waits. On a background thread.</summary>
    private async Task RecordEndAsync(CogVideoJob job)
    {
        CogVideoResult end;
        try
        {
            end = new CogVideoResult(job, await Client.Scheduler.Ended(job.Id).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            return;
        }
        if (Pump.Token.IsCancellationRequested) return;
        State.Jobs.Observe(end);
        if (_journal is not null) _ = _journal.Journal.EndedAsync(end, _seal!);
    }

    private Dictionary<string, object?> Bound()
    {
        _bound["Prompt"] = ObjectArgumentAttribute.Resolve(Prompt);
        _bound["Image"] = Image;
        _bound["Model"] = Model;
        _bound["Quality"] = Quality;
        _bound["WithAudio"] = WithAudio;
        _bound["Size"] = Size;
        _bound["Fps"] = Fps;
        _bound["Duration"] = Duration;
        _bound["RequestId"] = RequestId;
        _bound["UserId"] = UserId;
        _bound["Name"] = Name;
        _bound["AdditionalBody"] = AdditionalBody;
        return _bound;
    }

    private async Task SubmitAsync(RowPlan plan, object? row, int number, CancellationToken stop)
    {
        try
        {
            CogVideoJob job = await _rows!.SubmitAsync(plan, stop).ConfigureAwait(false);
            _ = RecordEndAsync(job);
            Pump.Post(() => Emit(job));
        }
        catch (CogVideoException e) when (e.AcceptedJob is { } job)
        {
            Pump.Post(() =>
            {
                Emit(job);
                if (_run!.Stopped is null) WriteError(e, job); // else it is told at the end, once for all
                else _unrecorded ??= job;
            });
        }
        catch (CogVideoException e) when (e.StopsRun)
        {
            State.Batch.Refused();
            Pump.Post(() =>
            {
                _notSubmitted++;
                if (number > _stoppedNumber) return;
                _stoppedNumber = number;
                _stoppedAt = row ?? Unsent(plan.Request.Request);
            });
        }
        catch (CogVideoException e) when (e.Twins.Count > 0)
        {
            State.Batch.Refused();
            Pump.Post(() =>
            {
                foreach (CogVideoJob twin in e.Twins) WriteError(e, twin);
            });
        }
        catch (CogVideoException e)
        {
            State.Batch.Refused();
            // What may have been paid for is shown by its request_id; else the row itself, which can be mended and piped again
            bool mayBePaid = e.Item?.Status == CogVideoStatus.Unconfirmed;
            object target = row is null || mayBePaid ? (object?)e.Item ?? Unsent(plan.Request.Request) : row;
            Pump.Post(() => WriteError(e, target));
        }
    }

    /// <summary>The job of a row that was never sent.</summary>
    private static CogVideoJob Unsent(VideoRequest request)
    {
        CogVideoJob job = request.ToJob(request.RequestId);
        job.Status = CogVideoStatus.Unknown;
        return job;
    }

    private void Emit(CogVideoJob job)
    {
        _emitted++;
        State.Batch.Submitted(job);
        WriteObject(job);
    }

    /// <summary>
    /// A refused key or an empty account ends the run: at once while nothing has been accepted; later it is one error at the end, because a
    /// terminating error here would destroy what Wait and Save still hold.
    /// </summary>
    private void CheckStopped()
    {
        if (_run?.Stopped is not { } cause || _hasWarnedStop) return;
        Pump.DrainWhile(() => Pump.Running > 0);
        if (Pump.Token.IsCancellationRequested) return;
        if (_notSubmitted == 0) return; // the row that it came with has an error of its own
        if (_emitted == 0) ThrowTerminatingError(cause, _stoppedAt);
        _hasWarnedStop = true;
        WriteWarning(Messages.Format(MessageKey.WarnRunStopped, cause.Message));
    }
}
