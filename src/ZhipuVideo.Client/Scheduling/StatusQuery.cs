using System;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Scheduling;

/// <summary>Asks for the state of a task outside the schedule, with retries: asking costs nothing and changes nothing.</summary>
internal static class StatusQuery
{
    private const double MaxRetry = 8;

    /// <summary>The service's answer; what the network or an ailing server breaks is tried again, up to <paramref name="tries"/> times in all.</summary>
    internal static async Task<ServiceReply> GetAsync(AccountScheduler scheduler, string id, int tries, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            await scheduler.EnterAsync(model: null, cancellationToken).ConfigureAwait(false);
            CogVideoException? error = null;
            double? retryAfter = null;
            bool isAnswered = false;
            try
            {
                ServiceReply reply = await scheduler.Transport.PollAsync(id, cancellationToken).ConfigureAwait(false);
                Verdict? verdict = reply.IsTask ? null : ErrorTable.Classify(reply).Verdict;
                isAnswered = verdict is not (Verdict.Unclear or Verdict.NotAccepted);
                if (isAnswered && verdict is not (Verdict.SlowDown or Verdict.WaitForSlot)) return reply;
                error = Results.CreateError(reply, id);
                retryAfter = isAnswered ? reply.RetryAfter : Math.Min(reply.RetryAfter ?? 0, Backoff.MaxOutagePause);
            }
            catch (TransportException e)
            {
                error = e.Reason;
                if (e.IsFinal) throw error;
            }
            finally
            {
                scheduler.Report(
                    isAnswered ? RequestHealth.Answered : cancellationToken.IsCancellationRequested ? RequestHealth.Unknown : RequestHealth.Failed, error);
            }
            if (attempt >= tries) throw error;
            double delay = Math.Max(retryAfter ?? 0, Backoff.Delay(attempt - 1, MaxRetry, scheduler.Random));
            await scheduler.Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }
}
