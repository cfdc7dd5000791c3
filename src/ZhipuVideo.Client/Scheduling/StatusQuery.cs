using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Scheduling;

/// <summary>Looks at a task outside the schedule, with retries: looking costs nothing and changes nothing.</summary>
internal static class StatusQuery
{
    private const double LongestRetry = 8;

    /// <summary>The reply of one look; what the network or an ailing server breaks is tried again, up to <paramref name="tries"/> times in all.</summary>
    internal static async Task<ServiceReply> GetAsync(AccountScheduler account, string id, int tries, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            await account.EnterAsync(cancellationToken).ConfigureAwait(false);
            CogVideoException? error = null;
            double? retryAfter = null;
            bool isAnswered = false;
            try
            {
                ServiceReply reply = await account.Transport.PollAsync(id, statusOnly: false, cancellationToken).ConfigureAwait(false);
                Verdict? verdict = reply.IsTask ? null : ErrorTable.Classify(reply).Verdict;
                isAnswered = verdict is not (Verdict.Unclear or Verdict.NotAccepted);
                if (isAnswered && verdict is not (Verdict.SlowDown or Verdict.WaitForSlot)) return reply;
                error = Results.Error(reply, id);
                retryAfter = isAnswered ? reply.RetryAfter : System.Math.Min(reply.RetryAfter ?? 0, Backoff.MaxOutagePause);
            }
            catch (TransportException e)
            {
                error = e.Reason;
                if (e.Breakage == Breakage.Final) throw error;
            }
            finally
            {
                using Turn turn = account.BeginTurn(isReply: true);
                if (cancellationToken.IsCancellationRequested && !isAnswered) account.Left(turn.Now);
                else if (isAnswered) account.Answered(turn.Now);
                else account.Broke(turn.Now, error);
            }
            if (attempt >= tries) throw error;
            double delay = System.Math.Max(retryAfter ?? 0, Backoff.Delay(attempt - 1, LongestRetry, account.Random));
            await account.Clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }
}
