using System.Management.Automation;

namespace ZhipuVideo.Pipeline;

/// <summary>The one place where a failure of the client becomes an error record: stable id, category by cause, target, what to do.</summary>
internal static class ErrorRecords
{
    internal static ErrorRecord From(CogVideoException error, object? target)
    {
        ErrorRecord record = new(error, error.ErrorId, CategoryOf(error.Reason), target);
        record.CategoryInfo.TargetName = ScreenText.Line(record.CategoryInfo.TargetName); // Windows PowerShell shows it
        if (error.RecommendedAction.Length > 0)
            record.ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.RecommendedAction };
        return record;
    }

    private static ErrorCategory CategoryOf(ErrorReason reason) => reason switch
    {
        ErrorReason.InvalidInput or ErrorReason.InvalidApiKey or ErrorReason.InvalidBaseUri or ErrorReason.InvalidRequest
            or ErrorReason.PromptTooLong => ErrorCategory.InvalidArgument,
        ErrorReason.NoApiKey or ErrorReason.AuthenticationFailed or ErrorReason.ProxyAuthRequired => ErrorCategory.AuthenticationError,
        ErrorReason.PermissionDenied or ErrorReason.AccountUnavailable or ErrorReason.StorageDenied => ErrorCategory.PermissionDenied,
        ErrorReason.InsufficientBalance or ErrorReason.QuotaExceeded => ErrorCategory.QuotaExceeded,
        ErrorReason.LimitExceeded or ErrorReason.BilledLimitReached or ErrorReason.JournalFull => ErrorCategory.LimitsExceeded,
        ErrorReason.UntilPassed => ErrorCategory.OperationStopped,
        ErrorReason.ApiUnavailable or ErrorReason.ServiceUnavailable or ErrorReason.StorageUnavailable => ErrorCategory.ResourceUnavailable,
        ErrorReason.ConnectionFailed or ErrorReason.TlsFailed or ErrorReason.DownloadFailed or ErrorReason.LengthMismatch
            or ErrorReason.SubmissionUnconfirmed => ErrorCategory.ConnectionError,
        ErrorReason.ContentRejected or ErrorReason.RedirectBlocked or ErrorReason.UrlRefused => ErrorCategory.SecurityError,
        ErrorReason.NotFound or ErrorReason.ResultExpired or ErrorReason.ResultMissing or ErrorReason.AcceptedIdUnknown => ErrorCategory.ObjectNotFound,
        ErrorReason.OperationTimeout => ErrorCategory.OperationTimeout,
        ErrorReason.ResponseTooLarge or ErrorReason.InvalidResponse or ErrorReason.NotAVideo or ErrorReason.JournalUnreadable
            or ErrorReason.JournalTooNew or ErrorReason.DuplicateId => ErrorCategory.InvalidData,
        ErrorReason.JobFailed => ErrorCategory.InvalidResult,
        ErrorReason.JobNotFinished => ErrorCategory.InvalidOperation,
        ErrorReason.DestinationUnusable or ErrorReason.DiskFull or ErrorReason.WriteFailed or ErrorReason.RenameFailed
            or ErrorReason.JournalLost => ErrorCategory.WriteError,
        ErrorReason.JournalLocked => ErrorCategory.ResourceBusy,
        ErrorReason.InternalError => ErrorCategory.OperationStopped,
        _ => ErrorCategory.NotSpecified,
    };
}
