using System;
using System.Linq;

namespace ZhipuVideo;

/// <summary>Makes results and errors out of replies.</summary>
internal static class Results
{
    /// <summary>What a success without a link has as its error code.</summary>
    internal const string Missing = "ResultMissing";

    private const int LongestText = 500;

    /// <summary>The result of a job. <paramref name="age"/>: seconds since its submission on a monotonic clock, when that was seen.</summary>
    internal static CogVideoResult Of(CogVideoItem job, ServiceReply reply, DateTime utcNow, double? age)
    {
        bool isEnd = CogVideoStatus.IsEnd(reply.Status);
        CogVideoResult result = new(job)
        {
            Status = reply.Status ?? CogVideoStatus.Unknown,
            VideoUrls = reply.Urls?.ToArray() ?? [],
            CoverUrls = reply.CoverUrls?.ToArray() ?? [],
            ErrorCode = Clean(reply.Code),
            ErrorMessage = Clean(reply.Message),
            EndedAt = isEnd ? utcNow : null,
        };
        result.RequestId ??= reply.RequestId;
        result.Model ??= reply.Model;
        result.Url = result.VideoUrls.FirstOrDefault();
        result.CoverUrl = result.CoverUrls.FirstOrDefault();
        if (isEnd) result.ElapsedSec = Round(age ?? (utcNow - job.SubmittedAt)?.TotalSeconds);
        if (result.Status == CogVideoStatus.Success && result.Url is null)
        {
            result.ErrorCode = Missing;
            result.ErrorMessage = Messages.Format(MessageKey.ResultMissing, result);
        }
        return result;
    }

    /// <summary>The error that a refusal means, with the service's own code and words.</summary>
    internal static CogVideoException Error(ServiceReply reply, object? subject)
    {
        (Verdict verdict, ErrorReason reason) = ErrorTable.Classify(reply.HttpStatus, reply.Code, reply.IsModerated);
        string words = Clean(reply.Message) is { Length: > 0 } message ? message : Messages.Format(MessageKey.NoWords);
        string? code = Clean(reply.Code);
        return new CogVideoException(reason, "Error_" + reason, subject, words, code ?? "HTTP " + reply.HttpStatus)
        {
            Code = code,
            HttpStatus = reply.HttpStatus,
            RequestId = reply.RequestId,
            StopsRun = verdict == Verdict.StopsRun,
        };
    }

    /// <summary>A reply may hold anything: nothing that steers a terminal, no more than 500 characters.</summary>
    private static string? Clean(string? text) =>
        text is null ? null : ScreenText.Harmless(text.Length > LongestText ? text.Substring(0, LongestText) : text);

    private static double? Round(double? seconds) => seconds is double s ? Math.Round(Math.Max(s, 0), 3) : null;
}
