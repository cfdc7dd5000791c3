using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Protocol;

/// <summary>What a refusal calls for.</summary>
internal enum Verdict
{
    /// <summary>This item fails, the others go on.</summary>
    ItemFails,

    /// <summary>Nothing more may be submitted: every further request would be refused too.</summary>
    StopsRun,

    /// <summary>All slots are taken (1302): wait until a task ends.</summary>
    WaitForSlot,

    /// <summary>Too fast, or overloaded (1303, 1305, 1312, 1120): nobody submits for a while.</summary>
    SlowDown,

    /// <summary>It failed before it was accepted (1200, 1230, 1234): it may be sent again.</summary>
    NotAccepted,

    /// <summary>The service has this request already (1231).</summary>
    Duplicate,

    /// <summary>There is no such task (1233).</summary>
    NotFound,

    /// <summary>Not the service's word: an outage of something in between, and nobody can say whether a submission was accepted.</summary>
    Unclear,
}

/// <summary>What an error is, and what it calls for.</summary>
/// <param name="Verdict">What it calls for.</param>
/// <param name="Reason">What the user is told.</param>
/// <param name="IsKnown">Whether its code stands in the table; else its HTTP status had to do.</param>
internal readonly record struct ErrorClass(Verdict Verdict, ErrorReason Reason, bool IsKnown);

/// <summary>
/// The service's error codes, and the one place that decides whether a reply is the service's own word. Gateways, firewalls, proxies,
/// portals and relays answer with pages and JSON of their own, in any status; only JSON in a form of the service, with a code that it has,
/// ends a job or a run, or says that a submission was refused.
/// </summary>
/// <remarks>
/// Codes come before HTTP statuses: 429 alone can mean "wait" (1302, 1303, 1305) or "stop" (1113, 1304). That 1200, 1230, 1234, 1305 and
/// 1312 are answered before anything is accepted is an assumption that the service does not confirm.
/// </remarks>
internal static class ErrorTable
{
    private static readonly Dictionary<string, ErrorClass> Rows = CreateRows();

    /// <summary>
    /// Whether a refusal is the service's last word on the row itself: what it does not want of this key, this account or just now says nothing
    /// of the row.
    /// </summary>
    internal static bool RejectsRow(ErrorReason reason, string? code) =>
        reason is ErrorReason.ContentRejected || (code is not null && reason is ErrorReason.InvalidRequest or ErrorReason.PromptTooLong);

    /// <summary>The codes of the table; for the tests that walk it.</summary>
    internal static IReadOnlyCollection<string> Codes => Rows.Keys;

    /// <summary>What a reply means that is not the task or the acceptance that was asked for.</summary>
    internal static ErrorClass Classify(ServiceReply reply)
    {
        if (!reply.IsJson || !reply.IsJsonType) return Outage(reply.HttpStatus);
        if (reply.Code is { } code && Rows.TryGetValue(code.Trim(), out ErrorClass row)) return row;
        if (reply.IsNoSuchPath) return new ErrorClass(Verdict.StopsRun, ErrorReason.ApiUnavailable, true);
        int status = reply.StatusInBody ?? reply.HttpStatus;
        if (reply.IsModerated && status < 500) return new ErrorClass(Verdict.ItemFails, ErrorReason.ContentRejected, true);
        bool isOwn = IsServiceCode(reply.Code) || reply.StatusInBody is not null;
        return status switch
        {
            429 => Other(Verdict.SlowDown, ErrorReason.LimitExceeded),
            _ when !isOwn => Outage(status),
            401 => Other(Verdict.StopsRun, ErrorReason.AuthenticationFailed),
            403 => Other(Verdict.StopsRun, ErrorReason.PermissionDenied),
            404 => Other(Verdict.NotFound, ErrorReason.NotFound),
            407 or 408 => Outage(status),
            >= 400 and < 500 => Other(Verdict.ItemFails, ErrorReason.InvalidRequest),
            _ => Outage(status),
        };
    }

    private static ErrorClass Outage(int status) =>
        Other(Verdict.Unclear, status is 408 or >= 500 ? ErrorReason.ServiceUnavailable : ErrorReason.InvalidResponse);

    private static ErrorClass Other(Verdict verdict, ErrorReason reason) => new(verdict, reason, false);

    /// <summary>All of them have four digits and begin with a 1; new ones appear without a release of this module.</summary>
    private static bool IsServiceCode(string? code) =>
        code is { Length: 4 } && code[0] == '1' && code[1] is >= '0' and <= '9' && code[2] is >= '0' and <= '9' && code[3] is >= '0' and <= '9';

    private static Dictionary<string, ErrorClass> CreateRows()
    {
        (Verdict Verdict, ErrorReason Reason, string Codes)[] rows =
        [
            (Verdict.StopsRun, ErrorReason.AuthenticationFailed, "1000 1001 1002 1003 1004 1005"),
            (Verdict.StopsRun, ErrorReason.AccountUnavailable, "1110 1111 1112 1121"),
            (Verdict.StopsRun, ErrorReason.InsufficientBalance, "1113"),
            (Verdict.SlowDown, ErrorReason.LimitExceeded, "1120 1303 1305 1312"),
            (Verdict.NotAccepted, ErrorReason.ServiceUnavailable, "1200 1230 1234"),
            (Verdict.ItemFails, ErrorReason.InvalidRequest, "1210 1211 1212 1213 1214 1215"),
            (Verdict.StopsRun, ErrorReason.PermissionDenied, "1220"),
            (Verdict.StopsRun, ErrorReason.ApiUnavailable, "1221 1222"),
            (Verdict.Duplicate, ErrorReason.AcceptedIdUnknown, "1231"),
            (Verdict.NotFound, ErrorReason.NotFound, "1233"),
            (Verdict.ItemFails, ErrorReason.PromptTooLong, "1261"),
            (Verdict.ItemFails, ErrorReason.ContentRejected, "1300 1301"),
            (Verdict.WaitForSlot, ErrorReason.LimitExceeded, "1302"),
            // Quotas of a day, of 5 hours, of 7 days; a plan or a kind of key that lacks the model
            (Verdict.StopsRun, ErrorReason.QuotaExceeded, "1304 1308 1309 1310 1311 1313"),
            (Verdict.StopsRun, ErrorReason.QuotaExceeded, "1314 1315 1316 1317 1318 1319 1320 1321"),
            // Relays that sell many services under one key answer these by themselves, before they pass anything on
            (Verdict.ItemFails, ErrorReason.InvalidRequest, "model_not_found model_price_error"),
            (Verdict.ItemFails, ErrorReason.ContentRejected, "sensitive_words_detected content_policy_violation"),
            (Verdict.StopsRun, ErrorReason.AuthenticationFailed, "invalid_api_key"),
            (Verdict.StopsRun, ErrorReason.PermissionDenied, "access_denied"),
            (Verdict.StopsRun, ErrorReason.InsufficientBalance, "insufficient_quota insufficient_user_quota pre_consume_token_quota_failed"),
            (Verdict.SlowDown, ErrorReason.LimitExceeded, "rate_limit_exceeded"),
        ];
        return rows
            .SelectMany(row => row.Codes.Split(' ').Select(code => (code, row)))
            .ToDictionary(pair => pair.code, pair => new ErrorClass(pair.row.Verdict, pair.row.Reason, true), StringComparer.OrdinalIgnoreCase);
    }
}
