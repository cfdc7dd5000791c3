using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Batch;

/// <summary>Where submissions are recorded: before they are sent, and when their outcome is known. What is recorded first cannot be lost.</summary>
internal interface ISubmissionLog
{
    /// <summary>It is about to be sent; until an outcome follows it counts as unconfirmed.</summary>
    Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken);

    /// <summary>It was surely not accepted: nothing is paid, and it may be sent again some day.</summary>
    Task NotAcceptedAsync(CogVideoJob job, CogVideoException why);

    /// <summary>It was accepted under the id of the job.</summary>
    Task AcceptedAsync(CogVideoJob job);
}

/// <summary>How a run of submissions behaves.</summary>
internal sealed class SubmissionOptions
{
    /// <summary>Seconds a row may wait for a slot; 0 = for ever.</summary>
    internal double SlotTimeoutSeconds { get; init; }

    /// <summary>Send what is unconfirmed once more, under the same <c>request_id</c>.</summary>
    internal bool RetryUnconfirmed { get; init; }

    /// <summary>The journal that the jobs carry on; null = none.</summary>
    internal string? JournalPath { get; init; }

    /// <summary>Told what people should know while rows wait, once each, on a background thread.</summary>
    internal Action<CogVideoException>? Notify { get; init; }

    /// <summary>So many unclear replies in a row stop the run; fewer where the service has not said a word yet.</summary>
    internal int MostUnclear { get; init; } = Doubts.MostUnclear;
}

/// <summary>
/// The submissions of one run (one New-CogVideo). Each is paid at most once: a request is sent again only when it was surely not accepted,
/// everything else is unconfirmed and left to the user. Source of the rules: DESIGN section 4, the service's error table.
/// </summary>
internal sealed class SubmissionRun
{
    /// <summary>Sends of one request that fail before acceptance (not reached, 5xx with a code that says so).</summary>
    private const int MostTries = 5;

    private const int MostLooks = 3;
    private const double LongestRetry = 30;
    private const double LongestDoubt = 256;

    private readonly AccountScheduler _scheduler;
    private readonly SubmissionOptions _options;
    private readonly FailFastGate _gate = new();
    private readonly Doubts _doubts;

    internal SubmissionRun(AccountScheduler scheduler, SubmissionOptions options)
    {
        _scheduler = scheduler;
        _options = options;
        _doubts = new Doubts(options.MostUnclear);
    }

    /// <summary>Why nothing more is submitted; null while the run goes on.</summary>
    internal CogVideoException? Stopped => _gate.Stopped;

    internal bool RetriesUnconfirmed => _options.RetryUnconfirmed;

    /// <summary>
    /// Submits one request and returns its job. Throws what stopped it: an item's own refusal, <see cref="ErrorReason.SubmissionUnconfirmed"/>,
    /// or, with <see cref="CogVideoException.StopsRun"/>, what stops all others too.
    /// </summary>
    /// <param name="request">What to submit.</param>
    /// <param name="requestId">The request_id to submit it under.</param>
    /// <param name="log">Where it is recorded.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="pass">The pass over rows that it belongs to: no two rows of one share a request_id; 0 = it stands alone.</param>
    /// <param name="isResend">The caller says that an earlier process has sent the row under this request_id.</param>
    internal Task<CogVideoJob> SubmitAsync(
        PreparedRequest request, string requestId, ISubmissionLog log, CancellationToken cancellationToken, long pass = 0, bool isResend = false)
    {
        CogVideoJob job = request.Request.ToJob(requestId);
        job.JournalPath = _options.JournalPath;
        return HoldAsync(request, job, pass, use =>
        {
            use.MayBeAccepted |= isResend;
            return SendAsync(request, job, log, use, _options.RetryUnconfirmed ? 1 : 0, cancellationToken);
        });
    }

    /// <summary>
    /// Settles a submission whose outcome an earlier run never learned: one look, then, if asked for, the same request once more.
    /// </summary>
    internal Task<CogVideoJob> SettleAsync(
        PreparedRequest request, CogVideoJob unconfirmed, ISubmissionLog log, CancellationToken cancellationToken, long pass = 0) =>
        HoldAsync(request, unconfirmed, pass, async use =>
        {
            use.MayBeAccepted = true;
            if (await FindAsync(unconfirmed, log, cancellationToken).ConfigureAwait(false) is { } found) return found;
            if (!_options.RetryUnconfirmed) throw Unconfirmed.Error(request.Request.Label, unconfirmed, null, isResent: false);
            CogVideoJob job = request.Request.ToJob(unconfirmed.RequestId!);
            job.JournalPath = _options.JournalPath;
            return await SendAsync(request, job, log, use, 0, cancellationToken).ConfigureAwait(false);
        });

    /// <summary>Holds the row's request_id while it is under way, and says of every failure whose it is.</summary>
    private async Task<CogVideoJob> HoldAsync(PreparedRequest request, CogVideoJob job, long pass, Func<RequestIdUse, Task<CogVideoJob>> submit)
    {
        RequestIdUse use = _scheduler.RequestIds.Claim(job.RequestId!, request.ComputeIdentity(), pass, request.Request.Label);
        try
        {
            return await submit(use).ConfigureAwait(false);
        }
        catch (CogVideoException e) when (e is { StopsRun: false, AcceptedJob: null, Twins.Count: 0 })
        {
            e.RequestId = job.RequestId;
            e.Item = ItemOf(job, e, use);
            throw;
        }
        finally
        {
            _scheduler.RequestIds.Release(job.RequestId!);
        }
    }

    /// <summary>A row that was not accepted, as it stands.</summary>
    private static CogVideoItem ItemOf(CogVideoJob job, CogVideoException why, RequestIdUse use) =>
        use.MayBeAccepted ? new CogVideoJob(job)
        : ErrorTable.RejectsRow(why.Reason, why.Code) ? CogVideoResult.FromRejection(job, why.Code, why.Message)
        : new CogVideoJob(job) { Status = CogVideoStatus.Unknown };

    private Task<CogVideoJob> SendAsync(
        PreparedRequest request, CogVideoJob job, ISubmissionLog log, RequestIdUse use, int resends, CancellationToken cancellationToken) =>
        _gate.RunAsync(() => SendUntilKnownAsync(request, job, log, use, resends, cancellationToken), cancellationToken);

    /// <summary>
    /// Sends until there is an outcome. Once a send of this request may have been accepted, no later refusal says anything of that one: it stays
    /// unconfirmed in the log, so that no run ever submits the row under another request_id.
    /// </summary>
    private async Task<CogVideoJob> SendUntilKnownAsync(
        PreparedRequest request, CogVideoJob job, ISubmissionLog log, RequestIdUse use, int resends, CancellationToken cancellationToken)
    {
        bool mayBePaid = use.MayBeAccepted;
        // A request_id that this client has made is nobody else's
        bool isOurs = mayBePaid || job.RequestId != request.Request.RequestId;
        using CancellationTokenSource? timeout = _options.SlotTimeoutSeconds > 0
            ? Clock.CancelAfter(_scheduler.Clock.Time, TimeSpan.FromSeconds(_options.SlotTimeoutSeconds))
            : null;
        using CancellationTokenRegistration stop = timeout is null
            ? default
            : cancellationToken.Register(static source => ((CancellationTokenSource)source!).Cancel(), timeout);
        CancellationToken untilStarted = timeout?.Token ?? cancellationToken;
        string model = job.Model!;

        bool isRecorded = false;
        Delivery? last = null;
        int sends = 0;
        for (int tries = 0; ;)
        {
            try
            {
                if (tries > 0) await _scheduler.Clock.DelayAsync(Backoff.Delay(tries - 1, LongestRetry, _scheduler.Random), untilStarted).ConfigureAwait(false);
                await _scheduler.EnterAsync(model, untilStarted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                CogVideoException late = last is not null && cancellationToken.IsCancellationRequested
                    ? last.Error!
                    : SlotTimeout(request.Request.Label, model, last, sends);
                if (isRecorded && !mayBePaid) await log.NotAcceptedAsync(job, late).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                throw late;
            }
            if (Stopped is { } stopped)
            {
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Unknown);
                if (isRecorded && mayBePaid) throw Unconfirmed.Error(request.Request.Label, job, stopped, isResent: false);
                if (isRecorded) await log.NotAcceptedAsync(job, stopped).ConfigureAwait(false);
                throw stopped;
            }
            if (!isRecorded)
            {
                try
                {
                    await log.IntentAsync(job, cancellationToken).ConfigureAwait(false);
                    isRecorded = true;
                }
                catch
                {
                    _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Unknown);
                    throw;
                }
            }

            Delivery delivery;
            double sentAt = _scheduler.Clock.Now;
            using (RequestContent content = request.CreateContent(job.RequestId!))
            {
                try
                {
                    ServiceReply reply = await _scheduler.Transport.SubmitAsync(content, cancellationToken).ConfigureAwait(false);
                    delivery = Judge(reply, request.Request.Label, model, sentAt);
                }
                catch (Exception e) when (e is TransportException or CogVideoException or OperationCanceledException)
                {
                    delivery = Judge(e, request.Request.Label, model, content, sentAt);
                }
            }
            if (delivery.Error is { } failed) failed.RequestId = job.RequestId;
            switch (delivery.Outcome)
            {
                case Outcome.Accepted:
                    use.MayBeAccepted = true;
                    return await AcceptAsync(job, delivery.Reply!, log, slotTaken: true).ConfigureAwait(false);
                case Outcome.TryLater:
                    last = delivery;
                    sends++;
                    isOurs |= delivery.Reply?.HttpStatus >= 500; // that it was not accepted is an assumption then
                    if (delivery.CountsAsTry && ++tries >= MostTries)
                    {
                        if (!mayBePaid) await log.NotAcceptedAsync(job, delivery.Error!).ConfigureAwait(false);
                        throw delivery.Error!;
                    }
                    break;
                case Outcome.Refused:
                    if (!mayBePaid) await log.NotAcceptedAsync(job, delivery.Error!).ConfigureAwait(false);
                    throw delivery.Error!;
                case Outcome.Stopped:
                    use.MayBeAccepted |= delivery.Error is null;
                    if (delivery.Error is { } unsent && !mayBePaid) await log.NotAcceptedAsync(job, unsent).ConfigureAwait(false);
                    throw new OperationCanceledException(cancellationToken);
                case Outcome.Duplicate when !isOurs: // sent for the first time: whose task that is, nobody here knows
                    CogVideoException taken = new(ErrorReason.InvalidRequest, MessageKey.RequestIdTaken, request.Request.Label, job.RequestId)
                    {
                        Code = delivery.Reply?.Code,
                        HttpStatus = delivery.Reply?.HttpStatus,
                        AdviceKey = MessageKey.AdviceRequestIdTaken,
                    };
                    await log.NotAcceptedAsync(job, taken).ConfigureAwait(false);
                    throw taken;
                case Outcome.Duplicate:
                    use.MayBeAccepted = true;
                    if (await FindAsync(job, log, cancellationToken).ConfigureAwait(false) is { } earlier) return earlier;
                    throw new CogVideoException(ErrorReason.AcceptedIdUnknown, MessageKey.AcceptedIdUnknown, request.Request.Label, job.RequestId)
                    {
                        Code = delivery.Reply?.Code,
                        HttpStatus = delivery.Reply?.HttpStatus,
                        RequestId = job.RequestId,
                    };
                default:
                    use.MayBeAccepted = true;
                    if (await FindAsync(job, log, cancellationToken).ConfigureAwait(false) is { } found)
                    {
                        _doubts.Clear();
                        return found;
                    }
                    if (delivery.Stop is { } enough) Stop(enough, model);
                    if (resends-- == 0) throw Unconfirmed.Error(request.Request.Label, job, delivery.Error, isResent: mayBePaid);
                    mayBePaid = isOurs = true; // the same request_id: had the first been accepted, the service says so (1231)
                    break;
            }
        }
    }

    /// <summary>A row has waited long enough: what it was told last, or else what holds up all rows of its model.</summary>
    private CogVideoException SlotTimeout(string label, string model, Delivery? last, int sends)
    {
        double seconds = _options.SlotTimeoutSeconds;
        if (last is not null)
        {
            CogVideoException why = last.Reply is null ? last.Error! : ErrorOf(last.Reply);
            return new CogVideoException(last.Error!.Reason, MessageKey.SlotTimeoutRefused, label, seconds, sends, why)
            {
                Code = why.Code,
                HttpStatus = why.HttpStatus,
                AdviceKey = last.Error.Reason == ErrorReason.LimitExceeded ? MessageKey.AdviceSlotTimeout : null,
                RequestId = last.Error.RequestId,
            };
        }
        AccountState state = _scheduler.State;
        CogVideoException? held = state.Outage ?? state.Slots.FirstOrDefault(slots => slots.Model == model).Refusal;
        ErrorReason reason = state.Outage is null ? ErrorReason.LimitExceeded : ErrorReason.OperationTimeout;
        return held is null
            ? new CogVideoException(reason, MessageKey.SlotTimeout, label, seconds) { AdviceKey = MessageKey.AdviceSlotTimeout }
            : new CogVideoException(reason, MessageKey.SlotTimeoutHeld, label, seconds, held)
            {
                Code = held.Code,
                HttpStatus = held.HttpStatus,
                AdviceKey = MessageKey.AdviceSlotTimeout,
            };
    }

    /// <summary>What a reply says, told of the service instead of a row.</summary>
    private CogVideoException ErrorOf(ServiceReply reply) => Results.Error(reply, _scheduler.Endpoint.BaseUri.Authority);

    /// <summary>What became of a submission that got no reply which could be read; the limiter and the circuit are told.</summary>
    private Delivery Judge(Exception failure, string label, string model, RequestContent content, double sentAt)
    {
        switch (failure)
        {
            case TransportException { BodyStarted: true } e:
                return Unclear(null, e.Reason, model, sentAt);
            case TransportException e:
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Failed, e.Reason);
                return new Delivery(e.IsFinal ? Outcome.Refused : Outcome.TryLater, null, e.Reason, CountsAsTry: true);
            case CogVideoException e when !content.Started || content.IsWithheld: // a picture is no longer what it was
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Unknown);
                return new Delivery(Outcome.Refused, null, e);
            case CogVideoException e: // the reply exceeded the size limit: outcome unknown
                return Unclear(null, e, model, sentAt);
            default:
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Unknown);
                CogVideoException? unsent = content.Started ? null : new(ErrorReason.OperationTimeout, MessageKey.StoppedBeforeSending, label)
                {
                    AdviceKey = MessageKey.AdviceRunAgain,
                };
                return new Delivery(Outcome.Stopped, null, unsent);
        }
    }

    /// <summary>What a reply says became of it; the limiter and the circuit are told.</summary>
    private Delivery Judge(ServiceReply reply, string label, string model, double sentAt)
    {
        if (reply.IsAcceptance)
        {
            _doubts.Clear();
            return new Delivery(Outcome.Accepted, reply, null);
        }
        CogVideoException error = Results.Error(reply, label, isSubmission: true);
        ErrorClass kind = ErrorTable.Classify(reply);
        if (kind.Verdict == Verdict.Unclear) return Unclear(reply, error, model, sentAt);
        if (kind is { Verdict: Verdict.SlowDown, IsKnown: false }) return Unknown(reply, error, model);
        _doubts.Clear();
        switch (kind.Verdict)
        {
            case Verdict.WaitForSlot:
                _scheduler.Report(model, (queue, now) => queue.Limiter.OnRejected(now, reply.RetryAfter), RequestHealth.Answered, ErrorOf(reply));
                return new Delivery(Outcome.TryLater, reply, error, CountsAsTry: reply.HttpStatus >= 500);
            case Verdict.SlowDown:
                return SlowDown(reply, error, model);
            case Verdict.NotAccepted:
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Failed, ErrorOf(reply));
                return new Delivery(Outcome.TryLater, reply, error, CountsAsTry: true);
            default:
                _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Answered);
                return new Delivery(kind.Verdict == Verdict.Duplicate ? Outcome.Duplicate : Outcome.Refused, reply, error);
        }
    }

    private Delivery SlowDown(ServiceReply reply, CogVideoException error, string model, double atMost = double.PositiveInfinity)
    {
        _scheduler.Report(model, (queue, now) => queue.SlowDown(now, reply.RetryAfter, atMost, _scheduler.Random), RequestHealth.Answered, ErrorOf(reply));
        return new Delivery(Outcome.TryLater, reply, error, CountsAsTry: reply.HttpStatus >= 500);
    }

    /// <summary>A 429 whose code nobody knows may mean "wait" as well as "never": it is waited for, not in silence and not for ever.</summary>
    private Delivery Unknown(ServiceReply reply, CogVideoException error, string model)
    {
        (bool isNews, bool isEnough) = _doubts.AddUnknown(reply.Code, _scheduler.Clock.Now);
        if (isNews) _options.Notify?.Invoke(error.Because(MessageKey.WarnUnknownLimit, Doubts.LongestUnknownWait / 60));
        if (!isEnough) return SlowDown(reply, error, model, Doubts.LongestUnknownWait);
        _scheduler.Report(model, static (queue, now) => queue.Limiter.OnIgnored(now), RequestHealth.Answered);
        error.StopsRun = true;
        return new Delivery(Outcome.Refused, reply, error);
    }

    /// <summary>
    /// Nobody can say whether it was accepted, and the next may meet the same: the run slows down to one at a time, and stops when it goes on.
    /// </summary>
    private Delivery Unclear(ServiceReply? reply, CogVideoException error, string model, double sentAt)
    {
        (int count, bool isEnough) = _doubts.AddUnclear(sentAt, _scheduler.Clock.Now);
        CogVideoException? stop = null;
        if (isEnough)
        {
            stop = error.Because(MessageKey.UnclearAgain, count);
            stop.StopsRun = true;
        }
        double asked = Math.Min(reply?.RetryAfter ?? 0, LongestDoubt);
        double delay = Math.Max(asked, Backoff.Delay(2 * (count - 1), LongestDoubt, _scheduler.Random));
        _scheduler.Report(model, (queue, now) => queue.Limiter.OnThrottled(now, delay), RequestHealth.Failed, reply is null ? error : ErrorOf(reply));
        return new Delivery(Outcome.Unconfirmed, reply, error, Stop: stop);
    }

    /// <summary>A job of an earlier process that was not seen to end may still hold a slot.</summary>
    internal void Adopt(CogVideoJob job) => _scheduler.OnRecovered(job);

    private async Task<CogVideoJob> AcceptAsync(CogVideoJob job, ServiceReply reply, ISubmissionLog log, bool slotTaken)
    {
        job.Id = reply.Id is { Length: > 0 } id ? id : job.RequestId!;
        job.SubmittedAt = _scheduler.Clock.UtcNow;
        job.Status = CogVideoStatus.IsEnd(reply.Status) ? reply.Status! : CogVideoStatus.Processing;
        Task recorded = log.AcceptedAsync(job); // before anybody can look at it, and so record its end
        CogVideoException? sharedId = null;
        if (slotTaken) sharedId = await _scheduler.OnAcceptedAsync(job).ConfigureAwait(false);
        else _scheduler.OnRecovered(job);
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
                await _scheduler.ObserveAsync(Results.Of(job, reply, _scheduler.Clock.UtcNow, 0)).ConfigureAwait(false);
        }
        if (sharedId is not null) throw sharedId;
        return job;
    }

    /// <summary>One look for a task by its request_id; null when the service does not know it or cannot say.</summary>
    private async Task<CogVideoJob?> FindAsync(CogVideoJob job, ISubmissionLog log, CancellationToken cancellationToken)
    {
        ServiceReply reply;
        try
        {
            reply = await StatusQuery.GetAsync(_scheduler, job.RequestId!, MostLooks, cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException)
        {
            return null;
        }
        if (!reply.IsTask) return null;
        return await AcceptAsync(job, reply, log, slotTaken: false).ConfigureAwait(false);
    }

    /// <summary>Nothing further is sent; those that wait are let go on, to find that out.</summary>
    private void Stop(CogVideoException why, string model)
    {
        _gate.Stop(why);
        _scheduler.Resume(model);
    }

    private enum Outcome
    {
        Accepted,
        TryLater,
        Refused,
        Stopped,
        Duplicate,
        Unconfirmed,
    }

    private sealed record Delivery(Outcome Outcome, ServiceReply? Reply, CogVideoException? Error, bool CountsAsTry = false, CogVideoException? Stop = null);
}
