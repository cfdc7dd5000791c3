namespace ZhipuVideo.Emulator;

/// <summary>What can go wrong. Faults that strike the same request add up.</summary>
public enum FaultKind
{
    // On the wire, in any phase

    /// <summary>The work is done, the reply is held back for <see cref="Fault.Seconds"/>.</summary>
    Delay,

    /// <summary>The work is done, no reply ever comes.</summary>
    Hang,

    /// <summary>The connection is closed before the body is read; a prompt cannot be matched yet.</summary>
    DropBefore,

    /// <summary>The connection is closed after the body was read, and nothing was done.</summary>
    Drop,

    /// <summary>The work is done (a submission is accepted and billed), then the connection is closed: the reply is lost.</summary>
    DropAccepted,

    /// <summary>The whole length is announced, <see cref="Fault.Bytes"/> of the body are sent, then the connection is closed.</summary>
    Cut,

    /// <summary>The body comes at <see cref="Fault.Bytes"/> a second.</summary>
    Slow,

    /// <summary>The reply gives no length: it comes in chunks. Together with Cut the last chunk never comes.</summary>
    Chunked,

    // Another reply in place of the right one, in any phase

    /// <summary>
    /// A refusal with <see cref="Fault.Status"/> (503 when absent), <see cref="Fault.Code"/>, <see cref="Fault.Message"/> and
    /// <see cref="Fault.Headers"/>.
    /// </summary>
    Status,

    /// <summary>What the service's gateway says of a path that does not exist: <c>200 {"code":500,"msg":"404 NOT_FOUND","success":false}</c>.</summary>
    NoSuchPath,

    /// <summary>A gateway's HTML page, status 502 unless <see cref="Fault.Status"/> says otherwise.</summary>
    Html,

    /// <summary>No body.</summary>
    Empty,

    /// <summary>The first half of the body, its length honestly announced.</summary>
    Truncate,

    /// <summary>Bytes without meaning.</summary>
    Garbage,

    /// <summary>The body of <see cref="Fault.Value"/>, as it is.</summary>
    Body,

    /// <summary>The content type of <see cref="Fault.Value"/>; none when it is absent.</summary>
    ContentType,

    /// <summary>The body compressed (in memory: not for files of gigabytes), with Content-Encoding: gzip.</summary>
    Gzip,

    /// <summary>A byte order mark before the body.</summary>
    Bom,

    /// <summary>The body in UTF-16.</summary>
    Utf16,

    // What the reply to a submission says

    /// <summary>The task ends in FAIL in the very reply that accepts it.</summary>
    FailAtOnce,

    /// <summary>The task stays in PROCESSING.</summary>
    Stall,

    /// <summary>The reply has no id.</summary>
    MissingId,

    /// <summary>The reply gives the id as a number.</summary>
    NumericId,

    /// <summary>The reply gives the id of the task accepted before.</summary>
    DuplicateId,

    /// <summary>The reply, to a submission or a look, gives <see cref="Fault.Value"/> as task_status; null and numbers as such.</summary>
    TaskStatus,

    // What a look at a task says

    /// <summary>
    /// SUCCESS without a link: <see cref="Fault.Value"/> is <c>null</c>, <c>empty</c> (an empty list), <c>no-url</c> (an entry without
    /// url) or a text to be given as url; absent means no video_result at all.
    /// </summary>
    NoUrl,

    // Files

    /// <summary>A range is asked for, the whole file is sent.</summary>
    IgnoreRange,

    /// <summary>A range is answered with one that starts a byte later.</summary>
    WrongRange,

    /// <summary>From this request on, the file has other bytes and another ETag.</summary>
    ChangeFile,

    /// <summary>The ETag is weak.</summary>
    WeakEtag,

    /// <summary>Neither ETag nor Last-Modified.</summary>
    NoEtag,
}

/// <summary>The forms of refusals that were seen.</summary>
public enum RefusalForm
{
    /// <summary><c>{"error":{"code":"1214","message":".."}}</c>.</summary>
    Nested,

    /// <summary>The same with the code as a number.</summary>
    Number,

    /// <summary><c>{"code":"1214","message":".."}</c>.</summary>
    Flat,

    /// <summary><c>{"code":1214,"msg":"..","success":false}</c>.</summary>
    Gateway,
}
