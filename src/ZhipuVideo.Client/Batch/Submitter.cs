using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Batch;

/// <summary>
/// Sends the rows of one batch. Each is charged at most once: a request is sent again only when it was surely not accepted; everything else
/// is unconfirmed and left to the user. Source of the rules: DESIGN section 4, the service's error table.
/// </summary>
internal sealed class Submitter(AccountScheduler scheduler, IJobStore store, VideoBatchOptions options)
{
    /// <summary>Sends of one request that fail before acceptance (not reached, 5xx with a code that says so).</summary>
    private const int MaxTries = 5;

    private const int MaxQueries = 3;
    private const double MaxRetryDelay = 30;
    private const double MaxDoubt = 256;

    private readonly FailFastGate _gate = new();
    private readonly Doubts _doubts = new(options.MaxUnclear);
    private readonly BilledLimit _limit = new(options.BilledLimit);

    internal CogVideoException? Stopped => _gate.Stopped;

    /// <summary>Counts the billed requests of earlier runs.</summary>
    internal void AddBilled(IEnumerable<string> requestIds) => _limit.Add(requestIds);

    /// <summary>
    /// The job of a row, newly accepted or known from before. Throws what stopped it: the row's own refusal,
    /// <see cref="ErrorReason.SubmissionUnconfirmed"/>, or, with <see cref="CogVideoException.StopsRun"/>, what stops all others too.
    /// </summary>
    internal async Task<CogVideoJob> SubmitAsync(RowPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Step == PlannedStep.Keep) return await KeepAsync(plan).ConfigureAwait(false);
        if (!plan.TryTake()) throw new InvalidOperationException(Messages.Format(MessageKey.PlanTaken, plan.Request.Label));
        CogVideoJob job = plan.Known ?? CreateJob(plan.Request, CreateRequestId(plan));
        RequestIdUse use = scheduler.RequestIds.Claim(job.RequestId!, plan.Prepared.ComputeIdentity(), plan.Planner?.Pass ?? 0, plan.Request.Label);
        try
        {
            use.MayBeAccepted |= plan.IsResend || plan.Known is not null;
            if (plan.Known is not null)
            {
                // Listed as unconfirmed while it is looked up; its intent stands in the journal
                await store.IntentAsync(job, row: null, plan.Request.Label).ConfigureAwait(false);
                if (await FindAsync(job, cancellationToken).ConfigureAwait(false) is { } found) return found;
                if (plan.Step == PlannedStep.LookUp) throw Unconfirmed.CreateError(plan.Request.Label, job, null, isResent: false);
                job = CreateJob(plan.Request, job.RequestId!);
            }
            Submission submission = new(plan, job, use) { ResendsLeft = options.RetryUnconfirmed && plan.Known is null ? 1 : 0 };
            return await SendWithinLimitAsync(submission, cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException e) when (e is { StopsRun: false, AcceptedJob: null, ConflictingJobs.Count: 0 })
        {
            e.RequestId = job.RequestId;
            e.Item = CreateItem(job, e, use);
            throw;
        }
        finally
        {
            scheduler.RequestIds.Release(job.RequestId!);
        }
    }

    /// <summary>A failed row has used up the request_id that it brought.</summary>
    private static string CreateRequestId(RowPlan plan) =>
        (plan.Row?.State == JournalState.Ended ? null : plan.Request.RequestId) ?? Guid.NewGuid().ToString("N");

    private CogVideoJob CreateJob(VideoRequest request, string requestId)
    {
        CogVideoJob job = request.ToJob(requestId);
        job.JournalPath = options.JournalPath;
        return job;
    }

    /// <summary>A row that was not accepted, as it stands.</summary>
    private static CogVideoItem CreateItem(CogVideoJob job, CogVideoException why, RequestIdUse use) =>
        use.MayBeAccepted ? new CogVideoJob(job)
        : ErrorTable.RejectsRow(why.Reason, why.Code) ? CogVideoResult.FromRejection(job, why.Code, why.Message)
        : new CogVideoJob(job) { Status = CogVideoStatus.Unknown };

    /// <summary>A row whose job an earlier run has left. One that was not seen to end may still hold a slot.</summary>
    private async Task<CogVideoJob> KeepAsync(RowPlan plan)
    {
        CogVideoJob known = plan.Known!;
        if (plan.Row!.ConflictsWith is { } earlier) throw DuplicateId.CreateError(earlier, known);
        if (plan.Row.State == JournalState.Accepted) scheduler.Polls.OnRecovered(known);
        await store.AcceptedAsync(known).ConfigureAwait(false);
        return known;
    }

    /// <summary>A row that is withheld by the limit is not the first that goes alone.</summary>
    private async Task<CogVideoJob> SendWithinLimitAsync(Submission row, CancellationToken cancellationToken)
    {
        bool isBilled = CogVideoModel.IsBilled(row.Model);
        if (isBilled) await _limit.EnterAsync(row.Job.RequestId!, cancellationToken).ConfigureAwait(false);
        try
        {
            return await _gate.RunAsync(() => SendAsync(row, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (isBilled) _limit.Settle(row.Job.RequestId!, counts: row.Use.MayBeAccepted || row is { IsRecorded: true, IsRefused: false });
        }
    }

    /// <summary>
    /// Sends until there is an outcome. Once a send of this request may have been accepted, no later refusal says anything of that one: it stays
    /// unconfirmed in the store, so that no run ever submits the row under another request_id.
    /// </summary>
    private async Task<CogVideoJob> SendAsync(Submission row, CancellationToken cancellationToken)
    {
        double untilPassed = options.Until is { } until ? Math.Max(0, (until.UtcDateTime - scheduler.Clock.UtcNow).TotalSeconds) : double.PositiveInfinity;
        double slotTimeout = options.SlotTimeoutSeconds > 0 ? options.SlotTimeoutSeconds : double.PositiveInfinity;
        row.EndsWithUntil = untilPassed <= slotTimeout;
        double seconds = Math.Min(untilPassed, slotTimeout);
        using CancellationTokenSource? timeout = seconds < double.PositiveInfinity
            ? Clock.CancelAfter(scheduler.Clock.Time, seconds)
            : null;
        using CancellationTokenRegistration stop = timeout is null
            ? default
            : cancellationToken.Register(static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        while (true)
        {
            await WaitForSlotAsync(row, timeout?.Token ?? cancellationToken, cancellationToken).ConfigureAwait(false);
            SubmissionOutcome outcome = await SendOnceAsync(row, cancellationToken).ConfigureAwait(false);
            if (await ResolveAsync(row, outcome, cancellationToken).ConfigureAwait(false) is { } job) return job;
        }
    }

    private async Task WaitForSlotAsync(Submission row, CancellationToken untilStarted, CancellationToken cancellationToken)
    {
        try
        {
            if (row.Tries > 0)
                await scheduler.Clock.DelayAsync(Backoff.Delay(row.Tries - 1, MaxRetryDelay, scheduler.Random), untilStarted).ConfigureAwait(false);
            await scheduler.EnterAsync(row.Model, untilStarted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or CogVideoException)
        {
            CogVideoException late = e as CogVideoException
                ?? (row.Last is not null && cancellationToken.IsCancellationRequested ? row.Last.Error! : row.EndsWithUntil ? UntilPassed(row) : SlotTimeout(row));
            if (row.IsRecorded) await RefuseAsync(row, late).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw late;
        }
        CogVideoException? stopped = Stopped;
        if (stopped is null && !IsLate) return;
        LeaveSlot(row.Model, RequestHealth.Unknown);
        if (stopped is not null && row is { IsRecorded: true, MayBeCharged: true }) throw Unconfirmed.CreateError(row.Label, row.Job, stopped, isResent: false);
        stopped ??= UntilPassed(row);
        if (row.IsRecorded) await RefuseAsync(row, stopped).ConfigureAwait(false);
        throw stopped;
    }

    private bool IsLate => options.Until?.UtcDateTime <= scheduler.Clock.UtcNow;

    /// <summary>A row that may have been accepted is not one that was withheld, and is told by its request_id.</summary>
    private CogVideoException UntilPassed(Submission row)
    {
        CogVideoException passed = new(
            ErrorReason.UntilPassed, MessageKey.UntilPassed, options.Until?.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture));
        return row.MayBeCharged ? Unconfirmed.CreateError(row.Label, row.Job, passed, isResent: false) : passed;
    }

    private async Task<SubmissionOutcome> SendOnceAsync(Submission row, CancellationToken cancellationToken)
    {
        using RequestContent content = row.Plan.Prepared.CreateContent(row.Job.RequestId!);
        double sentAt = 0;
        try
        {
            if (!row.IsRecorded)
            {
                await store.AdmitAsync(row.Job, cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                await store.IntentAsync(row.Job, row.Plan.Row, row.Label).ConfigureAwait(false);
                row.IsRecorded = true;
            }
            await store.AdmitAsync(row.Job, cancellationToken).ConfigureAwait(false); // a process may have been frozen while it was recorded
            if (IsLate) // also of what was frozen while its intent was written
            {
                LeaveSlot(row.Model, RequestHealth.Unknown);
                return new SubmissionOutcome(OutcomeKind.Refused, null, UntilPassed(row));
            }
            sentAt = scheduler.Clock.Now;
            return Classify(await scheduler.Transport.SubmitAsync(content, cancellationToken).ConfigureAwait(false), row, sentAt);
        }
        catch (Exception e) when (row.IsRecorded && e is TransportException or CogVideoException or OperationCanceledException or ObjectDisposedException)
        {
            return Classify(e, row, content, sentAt);
        }
        catch
        {
            LeaveSlot(row.Model, RequestHealth.Unknown);
            throw;
        }
    }

    /// <summary>The job once it is accepted; null when the row is to be sent again. Throws what ends the row.</summary>
    private async Task<CogVideoJob?> ResolveAsync(Submission row, SubmissionOutcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.Error is { } failed) failed.RequestId = row.Job.RequestId;
        switch (outcome.Kind)
        {
            case OutcomeKind.Accepted:
                row.Use.MayBeAccepted = true;
                return await AcceptAsync(row.Job, outcome.Reply!, slotTaken: true).ConfigureAwait(false);
            case OutcomeKind.TryLater:
                row.Last = outcome;
                row.Sends++;
                row.IsOurs |= outcome.Reply?.HttpStatus >= 500; // that it was not accepted is an assumption then
                if (!outcome.CountsAsTry || ++row.Tries < MaxTries) return null;
                await RefuseAsync(row, outcome.Error!).ConfigureAwait(false);
                throw outcome.Error!;
            case OutcomeKind.Refused:
                await RefuseAsync(row, outcome.Error!).ConfigureAwait(false);
                throw outcome.Error!;
            case OutcomeKind.Stopped:
                row.Use.MayBeAccepted |= outcome.Error is null;
                if (outcome.Error is { } unsent) await RefuseAsync(row, unsent).ConfigureAwait(false);
                throw new OperationCanceledException(cancellationToken);
            case OutcomeKind.Duplicate when !row.IsOurs: // sent for the first time: whose task that is, nobody here knows
                CogVideoException taken = DuplicateError(ErrorReason.InvalidRequest, MessageKey.RequestIdTaken, row, outcome);
                taken.AdviceKey = MessageKey.AdviceRequestIdTaken;
                await RefuseAsync(row, taken).ConfigureAwait(false);
                throw taken;
            case OutcomeKind.Duplicate:
                row.Use.MayBeAccepted = true;
                return await FindAsync(row.Job, cancellationToken).ConfigureAwait(false)
                    ?? throw DuplicateError(ErrorReason.AcceptedIdUnknown, MessageKey.AcceptedIdUnknown, row, outcome);
            default:
                row.Use.MayBeAccepted = true;
                if (await FindAsync(row.Job, cancellationToken).ConfigureAwait(false) is { } found)
                {
                    _doubts.Clear();
                    return found;
                }
                if (outcome.Stop is { } enough)
                {
                    _gate.Stop(enough);
                    scheduler.Resume(row.Model); // those that wait for it to be better are let go on, to find that out
                }
                if (row.ResendsLeft-- == 0) throw Unconfirmed.CreateError(row.Label, row.Job, outcome.Error, isResent: row.MayBeCharged);
                row.MayBeCharged = row.IsOurs = true; // the same request_id: had the first been accepted, the service says so (1231)
                return null;
        }
    }

    private static CogVideoException DuplicateError(ErrorReason reason, string messageKey, Submission row, SubmissionOutcome outcome) =>
        new(reason, messageKey, row.Label, row.Job.RequestId) { Code = outcome.Reply?.Code, HttpStatus = outcome.Reply?.HttpStatus };

    private async Task RefuseAsync(Submission row, CogVideoException why)
    {
        if (row.MayBeCharged) return;
        await store.NotAcceptedAsync(row.Job, why).ConfigureAwait(false);
        row.IsRefused = true;
    }

    /// <summary>A row has waited long enough: what it was told last, or else what holds up all rows of its model.</summary>
    private CogVideoException SlotTimeout(Submission row)
    {
        double seconds = options.SlotTimeoutSeconds;
        if (row.Last is { Error: { } last } answer)
        {
            CogVideoException why = answer.Reply is null ? last : ErrorOf(answer.Reply);
            return Late(last.Reason, why, last.Reason == ErrorReason.LimitExceeded, MessageKey.SlotTimeoutRefused, row.Label, seconds, row.Sends, why);
        }
        AccountState state = scheduler.State;
        CogVideoException? held = state.Outage ?? state.Slots.FirstOrDefault(slots => slots.Model == row.Model).Refusal;
        return Late(
            state.Outage is null ? ErrorReason.LimitExceeded : ErrorReason.OperationTimeout, held, true,
            held is null ? MessageKey.SlotTimeout : MessageKey.SlotTimeoutHeld, row.Label, seconds, held);

        static CogVideoException Late(ErrorReason reason, CogVideoException? why, bool mayWaitLonger, string messageKey, params object?[] arguments) =>
            new(reason, messageKey, arguments)
            {
                Code = why?.Code,
                HttpStatus = why?.HttpStatus,
                AdviceKey = mayWaitLonger ? MessageKey.AdviceSlotTimeout : null,
            };
    }

    private CogVideoException ErrorOf(ServiceReply reply) => Results.CreateError(reply, scheduler.Endpoint.BaseUri.Authority);

    private void LeaveSlot(string model, RequestHealth health, CogVideoException? why = null) =>
        scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), health, why);

    /// <summary>What became of a submission that got no reply which could be read; the limiter and the circuit are told.</summary>
    private SubmissionOutcome Classify(Exception failure, Submission row, RequestContent content, double sentAt)
    {
        switch (failure)
        {
            case TransportException { BodyStarted: true } e:
                return Unclear(null, e.Reason, row.Model, sentAt);
            case TransportException e:
                LeaveSlot(row.Model, RequestHealth.Failed, e.Reason);
                return new SubmissionOutcome(e.IsFinal ? OutcomeKind.Refused : OutcomeKind.TryLater, null, e.Reason, CountsAsTry: true);
            case CogVideoException e when content.Started && !content.IsWithheld: // the reply exceeded the size limit: outcome unknown
                return Unclear(null, e, row.Model, sentAt);
        }
        LeaveSlot(row.Model, RequestHealth.Unknown);
        if (failure is CogVideoException changed) return new SubmissionOutcome(OutcomeKind.Refused, null, changed); // a picture is no longer what it was
        CogVideoException? unsent = content.Started ? null : new(ErrorReason.OperationTimeout, MessageKey.StoppedBeforeSending, row.Label)
        {
            AdviceKey = MessageKey.AdviceRunAgain,
        };
        return new SubmissionOutcome(OutcomeKind.Stopped, null, unsent);
    }

    /// <summary>What a reply says became of it; the limiter and the circuit are told.</summary>
    private SubmissionOutcome Classify(ServiceReply reply, Submission row, double sentAt)
    {
        if (reply.IsAcceptance)
        {
            _doubts.Clear();
            return new SubmissionOutcome(OutcomeKind.Accepted, reply, null);
        }
        CogVideoException error = Results.CreateError(reply, row.Label, isSubmission: true);
        ErrorClass kind = ErrorTable.Classify(reply);
        if (kind.Verdict == Verdict.Unclear) return Unclear(reply, error, row.Model, sentAt);
        if (kind is { Verdict: Verdict.SlowDown, IsKnown: false }) return Unknown(reply, error, row.Model);
        _doubts.Clear();
        switch (kind.Verdict)
        {
            case Verdict.WaitForSlot:
                scheduler.Report(row.Model, (queue, now) => queue.Limiter.OnRejected(now, reply.RetryAfter), RequestHealth.Answered, ErrorOf(reply));
                return new SubmissionOutcome(OutcomeKind.TryLater, reply, error, CountsAsTry: reply.HttpStatus >= 500);
            case Verdict.SlowDown:
                return SlowDown(reply, error, row.Model);
            case Verdict.NotAccepted:
                LeaveSlot(row.Model, RequestHealth.Failed, ErrorOf(reply));
                return new SubmissionOutcome(OutcomeKind.TryLater, reply, error, CountsAsTry: true);
            default:
                LeaveSlot(row.Model, RequestHealth.Answered);
                return new SubmissionOutcome(kind.Verdict == Verdict.Duplicate ? OutcomeKind.Duplicate : OutcomeKind.Refused, reply, error);
        }
    }

    private SubmissionOutcome SlowDown(ServiceReply reply, CogVideoException error, string model, double atMost = double.PositiveInfinity)
    {
        scheduler.Report(model, (queue, now) => queue.SlowDown(now, reply.RetryAfter, atMost, scheduler.Random), RequestHealth.Answered, ErrorOf(reply));
        return new SubmissionOutcome(OutcomeKind.TryLater, reply, error, CountsAsTry: reply.HttpStatus >= 500);
    }

    /// <summary>A 429 whose code nobody knows may mean "wait" as well as "never": it is waited for, not in silence and not for ever.</summary>
    private SubmissionOutcome Unknown(ServiceReply reply, CogVideoException error, string model)
    {
        (bool isNews, bool isEnough) = _doubts.AddUnknown(reply.Code, scheduler.Clock.Now);
        if (isNews) options.Warn?.Invoke(error.Because(MessageKey.WarnUnknownLimit, Doubts.LongestUnknownWait / 60));
        if (!isEnough) return SlowDown(reply, error, model, Doubts.LongestUnknownWait);
        LeaveSlot(model, RequestHealth.Answered);
        error.StopsRun = true;
        return new SubmissionOutcome(OutcomeKind.Refused, reply, error);
    }

    /// <summary>
    /// Nobody can say whether it was accepted, and the next may meet the same: the run slows down to one at a time, and stops when it goes on.
    /// </summary>
    private SubmissionOutcome Unclear(ServiceReply? reply, CogVideoException error, string model, double sentAt)
    {
        (int count, bool isEnough) = _doubts.AddUnclear(sentAt, scheduler.Clock.Now);
        CogVideoException? stop = null;
        if (isEnough)
        {
            stop = error.Because(MessageKey.UnclearAgain, count);
            stop.StopsRun = true;
        }
        double asked = Math.Min(reply?.RetryAfter ?? 0, MaxDoubt);
        double delay = Math.Max(asked, Backoff.Delay(2 * (count - 1), MaxDoubt, scheduler.Random));
        scheduler.Report(model, (queue, now) => queue.Limiter.OnThrottled(now, delay), RequestHealth.Failed, reply is null ? error : ErrorOf(reply));
        return new SubmissionOutcome(OutcomeKind.Unconfirmed, reply, error, Stop: stop);
    }

    private async Task<CogVideoJob> AcceptAsync(CogVideoJob job, ServiceReply reply, bool slotTaken)
    {
        job.Id = reply.Id is { Length: > 0 } id ? id : job.RequestId!;
        job.SubmittedAt = scheduler.Clock.UtcNow;
        job.Status = CogVideoStatus.IsEnd(reply.Status) ? reply.Status! : CogVideoStatus.Processing;
        Task recorded = store.AcceptedAsync(job); // before anybody can look at it, and so record its end
        CogVideoException? duplicate = null;
        if (slotTaken) duplicate = await scheduler.Polls.OnAcceptedAsync(job).ConfigureAwait(false);
        else scheduler.Polls.OnRecovered(job);
        try
        {
            await recorded.ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            throw e.OfAccepted(job);
        }
        finally
        {
            // Also where the journal cannot be written: others may wait for this end
            if (job.Status != CogVideoStatus.Processing)
                await scheduler.Polls.ObserveAsync(Results.Create(job, reply, scheduler.Clock.UtcNow, 0)).ConfigureAwait(false);
        }
        if (duplicate is not null) throw duplicate;
        return job;
    }

    /// <summary>One look for a task by its request_id; null when the service does not know it or cannot say.</summary>
    private async Task<CogVideoJob?> FindAsync(CogVideoJob job, CancellationToken cancellationToken)
    {
        ServiceReply reply;
        try
        {
            reply = await scheduler.QueryAsync(job.RequestId!, MaxQueries, cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException)
        {
            return null;
        }
        if (!reply.IsTask) return null;
        return await AcceptAsync(job, reply, slotTaken: false).ConfigureAwait(false);
    }

    private enum OutcomeKind
    {
        Accepted,
        TryLater,
        Refused,
        Stopped,
        Duplicate,
        Unconfirmed,
    }

    private sealed record SubmissionOutcome(OutcomeKind Kind, ServiceReply? Reply, CogVideoException? Error, bool CountsAsTry = false, CogVideoException? Stop = null);

    private sealed class Submission(RowPlan plan, CogVideoJob job, RequestIdUse use)
    {
        internal RowPlan Plan => plan;

        internal CogVideoJob Job => job;

        internal RequestIdUse Use => use;

        internal string Model => job.Model!;

        internal string Label => plan.Request.Label;

        internal bool MayBeCharged { get; set; } = use.MayBeAccepted;

        /// <summary>A task under its request_id can only be its own: it was sent before, or this client has made the id.</summary>
        internal bool IsOurs { get; set; } = use.MayBeAccepted || job.RequestId != plan.Request.RequestId;

        internal bool IsRecorded { get; set; }

        /// <summary>It is recorded that it was not accepted.</summary>
        internal bool IsRefused { get; set; }

        /// <summary>What it waits for ends with <see cref="VideoBatchOptions.Until"/>, before its time for a slot is up.</summary>
        internal bool EndsWithUntil { get; set; }

        /// <summary>Sends that it may still be tried with while an earlier one may have been accepted.</summary>
        internal int ResendsLeft { get; set; }

        /// <summary>Sends that failed before acceptance and count against <see cref="MaxTries"/>.</summary>
        internal int Tries { get; set; }

        /// <summary>Sends that were told to come back later, and what the last of them was told.</summary>
        internal int Sends { get; set; }

        internal SubmissionOutcome? Last { get; set; }
    }
}
