using System;
using System.Linq;

namespace ZhipuVideo.Protocol;

/// <summary>Makes results and errors out of replies.</summary>
internal static class Results
{
    /// <summary>What a success without a link has as its error code.</summary>
    internal const string Missing = "ResultMissing";

    /// <summary>The codes for a model that is not known: the service's, and that of relays before it.</summary>
    private static readonly string[] ModelUnknown = ["1211", "model_not_found"];

    private const int MaxText = 500;

    /// <summary>The result of a job. <paramref name="age"/>: seconds since its submission on a monotonic clock, when that was seen.</summary>
    internal static CogVideoResult Create(CogVideoItem job, ServiceReply reply, DateTime utcNow, double? age)
    {
        bool isEnd = CogVideoStatus.IsEnd(reply.Status);
        bool isSuccess = reply.Status == CogVideoStatus.Success; // what such a reply says besides tells of the call: "ok"
        CogVideoResult result = new(job)
        {
            Status = reply.Status ?? CogVideoStatus.Unknown,
            VideoUrls = reply.Urls?.ToArray() ?? [],
            CoverUrls = reply.CoverUrls?.ToArray() ?? [],
            ErrorCode = isSuccess ? null : Clean(reply.Code),
            ErrorMessage = isSuccess ? null : Clean(reply.Message),
            EndedAt = isEnd ? utcNow : null,
        };
        result.RequestId ??= reply.RequestId;
        result.Model ??= reply.Model;
        result.Url = result.VideoUrls.FirstOrDefault();
        result.CoverUrl = result.CoverUrls.FirstOrDefault();
        if (isEnd) result.ElapsedSec = Round(age ?? (utcNow - job.SubmittedAt)?.TotalSeconds);
        if (isSuccess && result.Url is null)
        {
            result.ErrorCode = Missing;
            result.Explanation = new CogVideoException(ErrorReason.ResultMissing, MessageKey.ResultMissing, result, Clean(reply.Fields) ?? "");
        }
        return result;
    }

    /// <summary>The error that a refusal means, with the service's own code and words.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="subject">What was asked for.</param>
    /// <param name="isSubmission">Nobody has asked for a task: what is not there is something else.</param>
    internal static CogVideoException CreateError(ServiceReply reply, object? subject, bool isSubmission = false)
    {
        ErrorClass error = ErrorTable.Classify(reply);
        // Our own words are an error, which is put into the language of who reads the one around it
        object words = Clean(reply.Message)?.TrimEnd('。', '.') is { Length: > 0 } message ? message // the code follows it
            : Clean(reply.Fields) is { Length: > 0 } fields ? new CogVideoException(error.Reason, MessageKey.ReplyFields, fields)
            : new CogVideoException(error.Reason, MessageKey.NoWords);
        string? code = Clean(reply.Code);
        string shown = code ?? "HTTP " + reply.HttpStatus;
        CogVideoException exception = error.Reason == ErrorReason.ApiUnavailable && reply.IsNoSuchPath
            ? new(error.Reason, MessageKey.NoSuchApi, reply.BaseUri, words, shown)
            : ModelUnknown.Contains(code)
                ? new(error.Reason, MessageKey.ErrorModelUnknown, subject, words, shown, CogVideoModel.Catalogue.Select(m => m.Model))
                : new(error.Reason, isSubmission && error.Reason == ErrorReason.NotFound ? MessageKey.SubmissionNotFound : "Error_" + error.Reason, subject, words, shown);
        exception.Code = code;
        exception.HttpStatus = reply.HttpStatus;
        exception.RequestId = reply.RequestId;
        exception.StopsRun = error.Verdict == Verdict.StopsRun;
        return exception;
    }

    /// <summary>A reply may hold anything: nothing that steers a terminal, no more than 500 characters.</summary>
    private static string? Clean(string? text) =>
        text is null ? null : ScreenText.Sanitize(text.Length > MaxText ? text.Substring(0, MaxText) : text);

    private static double? Round(double? seconds) => seconds is double s ? Math.Round(Math.Max(s, 0), 3) : null;
}
