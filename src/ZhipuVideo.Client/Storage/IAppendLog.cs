using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Storage;

/// <summary>
/// A log that only grows and that one process holds alone. It promises its writer four things, by whatever means the place has:
/// nobody else writes as long as it is open (exclusive hold); all names of one log have one identity; what is appended stands directly
/// behind what was acknowledged before (append); and it is acknowledged only when it is durable and still found under the log's names
/// (durable). A file keeps them by locks, flushes and by checking its names; an append blob by a lease and append positions.
/// </summary>
internal interface IAppendLog : IDisposable
{
    /// <summary>The same for all names of this log, and for no other log while this one is open.</summary>
    string Identity { get; }

    /// <summary>Bytes that are acknowledged.</summary>
    long Length { get; }

    /// <summary>Who else may write to the log, in the system's words; null when only this user may.</summary>
    string? Strangers { get; }

    /// <summary>Reads what is there, also while the log grows; it belongs to the log. One reader at a time.</summary>
    Stream Reader { get; }

    /// <summary>How long what nobody acts on may wait for more to be appended with it: where each append costs.</summary>
    TimeSpan Gather { get; }

    /// <summary>Cuts off a torn tail; once, before the first append.</summary>
    void Cut(long length);

    /// <summary>
    /// Appends and returns when the bytes are durable. Throws <see cref="LogException"/> with <see cref="LogFault.Lost"/> when the log is no
    /// longer what was opened: nothing is then known of what was appended, and nothing must be appended any more.
    /// </summary>
    void Append(byte[] bytes, int count);

    /// <summary>
    /// Completes when something may be begun that rests on what was appended: while the log is surely held and has room. Throws
    /// <see cref="LogException"/> when it never will be.
    /// </summary>
    Task AdmitAsync(CancellationToken cancellationToken);

    /// <summary>It will be disposed of: what is still to be appended is not waited for longer than a few seconds.</summary>
    void BeginClose();

    /// <summary>Removes what a failed append of these bytes has left, where that can be done and nothing else is there.</summary>
    void TakeBack(byte[] bytes, int count);

    /// <summary>
    /// Watches and holds a further name of the same log, until the returned hold is disposed of; null for a name that it was opened under,
    /// which is held anyway.
    /// </summary>
    IDisposable? Hold(string name);
}
