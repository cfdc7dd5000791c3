namespace ZhipuVideo;

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

    /// <summary>Nobody can say whether it was accepted.</summary>
    Unclear,
}

/// <summary>
/// The service's error codes. Codes come before HTTP statuses: 429 alone can mean "wait" (1302, 1303, 1305) or "stop" (1113, 1304).
/// That 1200, 1230, 1234, 1305 and 1312 are answered before anything is accepted is an assumption that the service does not confirm.
/// </summary>
internal static class ErrorTable
{
    /// <summary>
    /// Whether a refusal is the service's last word on the row itself: what it does not want of this key, this account or just now says nothing
    /// of the row.
    /// </summary>
    internal static bool RejectsRow(ErrorReason reason, string? code) =>
        code is not null && reason is (ErrorReason.InvalidRequest or ErrorReason.PromptTooLong or ErrorReason.ContentRejected);

    internal static (Verdict Verdict, ErrorReason Reason) Classify(int httpStatus, string? code, bool isModerated)
    {
        switch (code)
        {
            case "1000" or "1001" or "1002" or "1003" or "1004" or "1005": return (Verdict.StopsRun, ErrorReason.AuthenticationFailed);
            case "1110" or "1111" or "1112" or "1121": return (Verdict.StopsRun, ErrorReason.AccountUnavailable);
            case "1113": return (Verdict.StopsRun, ErrorReason.InsufficientBalance);
            case "1304" or "1308" or "1309" or "1310" or "1311" or "1313": return (Verdict.StopsRun, ErrorReason.QuotaExceeded);
            case "1220": return (Verdict.StopsRun, ErrorReason.PermissionDenied);
            case "1221" or "1222": return (Verdict.StopsRun, ErrorReason.ApiUnavailable);
            case "1302": return (Verdict.WaitForSlot, ErrorReason.LimitExceeded);
            case "1303" or "1305" or "1312" or "1120": return (Verdict.SlowDown, ErrorReason.LimitExceeded);
            case "1200" or "1230" or "1234": return (Verdict.NotAccepted, ErrorReason.ServiceUnavailable);
            case "1231": return (Verdict.Duplicate, ErrorReason.AcceptedIdUnknown);
            case "1233": return (Verdict.NotFound, ErrorReason.NotFound);
            case "1261": return (Verdict.ItemFails, ErrorReason.PromptTooLong);
            case "1300" or "1301": return (Verdict.ItemFails, ErrorReason.ContentRejected);
            case "1210" or "1211" or "1212" or "1213" or "1214" or "1215": return (Verdict.ItemFails, ErrorReason.InvalidRequest);
        }
        // A flat {"code":401} in a reply of 200 carries the status in the body.
        int status = httpStatus is >= 200 and < 300 && code?.Length == 3 && int.TryParse(code, out int inBody) ? inBody : httpStatus;
        return status switch
        {
            _ when isModerated && status < 500 => (Verdict.ItemFails, ErrorReason.ContentRejected),
            401 => (Verdict.StopsRun, ErrorReason.AuthenticationFailed),
            403 => (Verdict.StopsRun, ErrorReason.PermissionDenied),
            404 => (Verdict.NotFound, ErrorReason.NotFound),
            407 => (Verdict.StopsRun, ErrorReason.ProxyAuthRequired),
            408 => (Verdict.Unclear, ErrorReason.ServiceUnavailable),
            429 => (Verdict.SlowDown, ErrorReason.LimitExceeded),
            >= 500 => (Verdict.Unclear, ErrorReason.ServiceUnavailable),
            >= 400 => (Verdict.ItemFails, ErrorReason.InvalidRequest),
            _ => (Verdict.Unclear, ErrorReason.InvalidResponse),
        };
    }
}
