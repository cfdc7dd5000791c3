namespace ZhipuVideo;

/// <summary>A submission that may or may not have been accepted, and what its owner can do without paying twice.</summary>
internal static class Unconfirmed
{
    /// <param name="label">How the row is called in messages.</param>
    /// <param name="job">The job as it was sent. What its journal knows, the next run looks for by itself; without one only the request_id does.</param>
    /// <param name="cause">What came instead of an answer; null when nothing is known of that any more.</param>
    /// <param name="isResent">The same request was sent more than once.</param>
    internal static CogVideoException CreateError(string label, CogVideoItem job, CogVideoException? cause, bool isResent) => new(
        ErrorReason.SubmissionUnconfirmed,
        isResent ? MessageKey.SubmissionUnconfirmedAgain : MessageKey.SubmissionUnconfirmed,
        label,
        job.RequestId,
        cause ?? new CogVideoException(ErrorReason.SubmissionUnconfirmed, MessageKey.CauseInterrupted))
    {
        Code = cause?.Code,
        HttpStatus = cause?.HttpStatus,
        RequestId = job.RequestId,
        AdviceKey = string.IsNullOrEmpty(job.JournalPath) ? MessageKey.AdviceUnconfirmedAlone : null,
    };
}
