using System;

namespace ZhipuVideo.Download;

/// <summary>
/// The errors of saving. Their texts name the job, the value and what is allowed; of a link they name the host and nothing else.
/// </summary>
internal static class DownloadErrors
{
    internal static CogVideoException JobFailed(CogVideoResult result) =>
        new(ErrorReason.JobFailed, MessageKey.SaveJobFailed, GetLabel(result), result.ErrorMessage ?? result.ErrorCode ?? "-")
        {
            Code = result.ErrorCode,
        };

    internal static CogVideoException JobNotFinished(CogVideoResult result) =>
        new(ErrorReason.JobNotFinished, MessageKey.SaveJobNotFinished, GetLabel(result), result.Status);

    internal static CogVideoException ResultMissing(CogVideoResult result) =>
        new(ErrorReason.ResultMissing, MessageKey.SaveResultMissing, GetLabel(result));

    internal static CogVideoException CoverMissing(CogVideoResult result) =>
        new(ErrorReason.ResultMissing, MessageKey.SaveCoverMissing, GetLabel(result));

    internal static CogVideoException NotThereYet(string job, string host, int status, double waited) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveNotThereYet, job, host, status, Math.Round(waited)) { HttpStatus = status };

    internal static CogVideoException ResultExpired(string job, string host, int status) =>
        new(ErrorReason.ResultExpired, MessageKey.SaveResultExpired, job, host, status) { HttpStatus = status };

    /// <summary>The service does not know the task any more, and so has no link.</summary>
    internal static CogVideoException TaskGone(CogVideoResult result) =>
        new(ErrorReason.ResultExpired, MessageKey.SaveTaskGone, GetLabel(result), result.Id) { RequestId = result.RequestId };

    /// <summary>There is nothing at an address that belongs to no task.</summary>
    internal static CogVideoException NoSuchFile(string job, string host, int status) =>
        new(ErrorReason.NotFound, MessageKey.SaveNoSuchFile, job, host, status) { HttpStatus = status, AdviceKey = MessageKey.AdviceCheckAddress };

    /// <summary>The host asks for credentials, which it never gets.</summary>
    internal static CogVideoException NotForUs(string job, string host, int status) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, job, host, status) { HttpStatus = status, AdviceKey = MessageKey.AdviceCheckAddress };

    internal static CogVideoException WrongContent(string job, string host, string messageKey, string? value = null) =>
        new(ErrorReason.NotAVideo, messageKey, job, host, value);

    internal static CogVideoException LengthMismatch(string job, string host, long received, long? expected) => expected is long length
        ? new(ErrorReason.LengthMismatch, MessageKey.SaveLengthMismatch, job, host, received, length)
        : new(ErrorReason.LengthMismatch, MessageKey.SaveLengthUnknown, job, host, received);

    internal static CogVideoException Truncated(string job, string host, long received) =>
        new(ErrorReason.LengthMismatch, MessageKey.SaveTruncated, job, host, received);

    internal static CogVideoException Broken(string job, object host, long received, string why) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveBroken, job, host, received, why);

    internal static CogVideoException Stalled(string job, object host, long received, double seconds) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveStalled, job, host, received, seconds);

    internal static CogVideoException TooSlow(string job, string host, long received, double minRate) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveTooSlow, job, host, received, minRate);

    /// <summary>The server asks for a longer wait than there will be.</summary>
    internal static CogVideoException WaitTooLong(string job, string host, int status, double seconds, double limit) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveWaitTooLong, job, host, status, Math.Round(seconds), limit) { HttpStatus = status };

    internal static CogVideoException NoConnection(string job, object host, string why) =>
        new(ErrorReason.ConnectionFailed, MessageKey.SaveNoConnection, job, host, why);

    internal static CogVideoException Tls(string job, object host, string why) =>
        new(ErrorReason.TlsFailed, MessageKey.SaveTlsFailed, job, host, why);

    internal static CogVideoException HttpStatus(string job, object host, int status) =>
        new(status == 407 ? ErrorReason.ProxyAuthRequired : ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, job, host, status)
        {
            HttpStatus = status,
        };

    internal static CogVideoException Encoded(string job, string host, string encoding) =>
        new(ErrorReason.DownloadFailed, MessageKey.SaveEncoded, job, host, encoding);

    internal static CogVideoException SchemeRefused(string job, string scheme) =>
        new(ErrorReason.UrlRefused, MessageKey.SaveSchemeRefused, job, scheme);

    internal static CogVideoException NoHttps(string job, object host, string why) =>
        new(ErrorReason.UrlRefused, MessageKey.SaveNoHttps, job, host, why);

    internal static CogVideoException KeyInLink(string job) => new(ErrorReason.UrlRefused, MessageKey.SaveKeyInLink, job);

    internal static CogVideoException TooManyRedirects(string job, string host, int limit) =>
        new(ErrorReason.UrlRefused, MessageKey.SaveTooManyRedirects, job, host, limit);

    internal static CogVideoException TooLong(string job, string host, long limit, long? length) => length is long announced
        ? new(ErrorReason.ResponseTooLarge, MessageKey.SaveTooLongAnnounced, job, host, announced, limit)
        : new(ErrorReason.ResponseTooLarge, MessageKey.SaveTooLong, job, host, limit);

    /// <summary>How a message names a job: its name and its id. Of an address without a task it names the host and nothing else.</summary>
    internal static string GetLabel(CogVideoResult result)
    {
        string id = result.Id.Length > 0 ? result.Id : result.RequestId ?? "";
        if (string.IsNullOrWhiteSpace(result.Name)) return id.Length == 0 && Address.TryParseLink(result.Url ?? "", out Uri uri) ? uri.Host : id;
        return id.Length == 0 ? result.Name! : $"{result.Name} ({id})";
    }
}
