namespace ZhipuVideo;

/// <summary>Why something failed; the stable error id is <c>CogVideo.</c> and this name.</summary>
public enum ErrorReason
{
    /// <summary>A row, parameter or picture cannot be used; nothing was sent for it.</summary>
    InvalidInput,

    /// <summary>No API key was given in any of the ways there are.</summary>
    NoApiKey,

    /// <summary>The API key cannot be one: empty, too long, or with characters that no header may carry.</summary>
    InvalidApiKey,

    /// <summary>The base URI is not an absolute https address, or http to a host other than this machine.</summary>
    InvalidBaseUri,

    /// <summary>The service refuses the key (HTTP 401, codes 1000 to 1005).</summary>
    AuthenticationFailed,

    /// <summary>The key may not use this API (HTTP 403, code 1220).</summary>
    PermissionDenied,

    /// <summary>The account is inactive, missing or locked (codes 1110, 1111, 1112, 1121).</summary>
    AccountUnavailable,

    /// <summary>The account is out of money (code 1113).</summary>
    InsufficientBalance,

    /// <summary>A daily or plan quota is used up, or the plan lacks the model (codes 1304, 1308 to 1311, 1313 to 1321).</summary>
    QuotaExceeded,

    /// <summary>The API is offline or does not exist (codes 1221, 1222), or is not at this address.</summary>
    ApiUnavailable,

    /// <summary>The service refuses a parameter (HTTP 400, codes 1210 to 1215).</summary>
    InvalidRequest,

    /// <summary>The service finds the prompt too long (code 1261).</summary>
    PromptTooLong,

    /// <summary>The service finds the content unsafe or against its policy (codes 1300, 1301).</summary>
    ContentRejected,

    /// <summary>All slots of the account stayed taken, or the service asked to slow down, until the time was up (HTTP 429).</summary>
    LimitExceeded,

    /// <summary>The service failed before it accepted anything, again and again (HTTP 5xx).</summary>
    ServiceUnavailable,

    /// <summary>No connection could be made, or it broke (DNS, refused, reset).</summary>
    ConnectionFailed,

    /// <summary>The server's certificate is not trusted, has expired, or is another host's.</summary>
    TlsFailed,

    /// <summary>The proxy asks for credentials (HTTP 407).</summary>
    ProxyAuthRequired,

    /// <summary>The server redirects to another origin or from https to http, or a submission to where it would not be repeated.</summary>
    RedirectBlocked,

    /// <summary>
    /// A reply is larger than 1 MiB or deeper than 64 levels, or a video is larger than is allowed (1 GiB unless told otherwise).
    /// </summary>
    ResponseTooLarge,

    /// <summary>A reply is not the service's own: a page or JSON of something in between, or not what the contract says.</summary>
    InvalidResponse,

    /// <summary>A submission may or may not have been accepted; it was not sent again.</summary>
    SubmissionUnconfirmed,

    /// <summary>The service says that it has this request already, but not under which id.</summary>
    AcceptedIdUnknown,

    /// <summary>The service gave two jobs the same id.</summary>
    DuplicateId,

    /// <summary>There is no such task (HTTP 404, code 1233), job, model, journal or file.</summary>
    NotFound,

    /// <summary>The time given was up; the job goes on at the service and can be waited for again.</summary>
    OperationTimeout,

    /// <summary>The task ended in FAIL: there is no video to save.</summary>
    JobFailed,

    /// <summary>The task has not ended yet.</summary>
    JobNotFinished,

    /// <summary>The task succeeded but the service gave no link.</summary>
    ResultMissing,

    /// <summary>The link has expired and the service gives no new one.</summary>
    ResultExpired,

    /// <summary>What the link leads to is no MP4 video.</summary>
    NotAVideo,

    /// <summary>The file is shorter or longer than the server said.</summary>
    LengthMismatch,

    /// <summary>The download broke and could not be resumed.</summary>
    DownloadFailed,

    /// <summary>A link that may not be followed: not http(s), plain http, or too many redirects.</summary>
    UrlRefused,

    /// <summary>The destination cannot be written.</summary>
    DestinationUnusable,

    /// <summary>The disk is full, or will be.</summary>
    DiskFull,

    /// <summary>The file could not be written.</summary>
    WriteFailed,

    /// <summary>The complete part file could not be given its name.</summary>
    RenameFailed,

    /// <summary>Another process writes to the journal.</summary>
    JournalLocked,

    /// <summary>The journal, or a line of it, cannot be read.</summary>
    JournalUnreadable,

    /// <summary>The journal was written by a newer version.</summary>
    JournalTooNew,

    /// <summary>The journal is no longer the file that was opened, or something else wrote to it; nothing more is submitted.</summary>
    JournalLost,

    /// <summary>The client itself failed: a defect. What was submitted goes on at the service and can be waited for again.</summary>
    InternalError,

    /// <summary>As many billed requests as the caller allows were submitted; free and known rows go on.</summary>
    BilledLimitReached,

    /// <summary>The moment has passed after which nothing more is to be submitted.</summary>
    UntilPassed,

    /// <summary>The journal's blob takes no more in this run; started again, the run goes on.</summary>
    JournalFull,

    /// <summary>The storage refuses the credential, or what was asked of it.</summary>
    StorageDenied,

    /// <summary>The storage cannot be reached, or is not well, for longer than is waited.</summary>
    StorageUnavailable,
}
