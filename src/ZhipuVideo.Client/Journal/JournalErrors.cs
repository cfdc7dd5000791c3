using System;
using System.IO;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Journaling;

/// <summary>What can be wrong with a journal, as errors that say what to do.</summary>
internal static class JournalErrors
{
    /// <summary>Calls the store, and makes an error of ours of what it throws.</summary>
    /// <param name="path">The journal's path.</param>
    /// <param name="store">Where it is.</param>
    /// <param name="call">Opens the journal, or looks at it.</param>
    /// <param name="isRead">Whether it is only read: what is not there is then missing, not a place that cannot be written.</param>
    internal static T Translate<T>(string path, ILogStore store, Func<T> call, bool isRead = false)
    {
        CogVideoException Unusable(string messageKey, params object?[] arguments) => isRead
            ? Create(ErrorReason.JournalUnreadable, messageKey, MessageKey.AdviceJournalToRead, arguments)
            : Create(ErrorReason.DestinationUnusable, messageKey, MessageKey.AdviceJournalToWrite, arguments);
        try
        {
            return call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw e switch
            {
                FileNotFoundException => CreateMissing(path),
                DirectoryNotFoundException when isRead => CreateMissing(path),
                DirectoryNotFoundException => Create(
                    ErrorReason.DestinationUnusable, MessageKey.JournalFolderMissing, MessageKey.AdviceJournalFolderMissing, path, Path.GetDirectoryName(path)),
                LogException { Fault: LogFault.Held } => CreateLocked(path, store),
                LogException { Fault: LogFault.NotAFile, Name: var name } when BlobAddress.Is(name) => Unusable(MessageKey.BlobNotALog, name),
                LogException { Fault: LogFault.NotAFile, Name: var name } => Unusable(MessageKey.JournalNotAFile, name),
                LogException { Fault: LogFault.DanglingLink, Name: var name } => Unusable(MessageKey.JournalDanglingLink, name),
                LogException { Fault: LogFault.NoLocks } => Unusable(MessageKey.JournalNoLocks, path),
                LogException { Fault: LogFault.NoContainer } => Create(
                    isRead ? ErrorReason.NotFound : ErrorReason.DestinationUnusable, MessageKey.BlobNoContainer, MessageKey.AdviceBlobNoContainer, path),
                LogException => CreateNotWritten(path, e),
                _ => Unusable(MessageKey.JournalNotWritable, path, e.Message),
            };
        }
    }

    /// <summary>What is to be read is not there.</summary>
    internal static CogVideoException CreateMissing(string path) => Create(ErrorReason.NotFound, MessageKey.JournalMissing, MessageKey.AdviceJournalMissing, path);

    /// <summary>The file is not a journal: there is no line in it to repair.</summary>
    internal static CogVideoException CreateNotOne(string path) =>
        Create(ErrorReason.JournalUnreadable, MessageKey.JournalNotOne, MessageKey.AdviceJournalNotOne, path);

    /// <summary>A line is not a record, or those before it are missing (<paramref name="isOrphan"/>).</summary>
    internal static CogVideoException CreateUnreadable(string path, long line, bool isOrphan) => isOrphan
        ? Create(ErrorReason.JournalUnreadable, MessageKey.JournalOrphan, MessageKey.AdviceJournalOrphan, path, line)
        : Create(ErrorReason.JournalUnreadable, MessageKey.JournalUnreadable, null, path, line);

    /// <summary>What was handed in was not written.</summary>
    internal static CogVideoException CreateNotWritten(string path, Exception cause) =>
        cause is LogException log ? CreateFailed(path, log)
        : Disk.IsFull(cause) ? Create(ErrorReason.DiskFull, MessageKey.JournalDiskFull, MessageKey.AdviceJournalDiskFull, path)
        : new CogVideoException(ErrorReason.WriteFailed, MessageKey.JournalWriteFailed, path, cause.Message);

    internal static CogVideoException CreateLost(string path) => BlobAddress.Is(path)
        ? new(ErrorReason.JournalLost, MessageKey.BlobJournalLost, path) { StopsRun = true, AdviceKey = MessageKey.AdviceBlobJournalLost }
        : new(ErrorReason.JournalLost, MessageKey.JournalLost, path) { StopsRun = true };

    private static CogVideoException CreateFailed(string path, LogException cause) => cause.Fault switch
    {
        LogFault.Full => new(ErrorReason.JournalFull, MessageKey.JournalFull, path) { StopsRun = true },
        LogFault.Denied => new(ErrorReason.StorageDenied, MessageKey.StorageDenied, path, cause.Detail) { StopsRun = true },
        LogFault.Unavailable => new(ErrorReason.StorageUnavailable, MessageKey.StorageUnavailable, path, cause.Detail) { StopsRun = true },
        _ => CreateLost(path),
    };

    private static CogVideoException Create(ErrorReason reason, string messageKey, string? adviceKey, params object?[] arguments) =>
        new(reason, messageKey, arguments) { AdviceKey = adviceKey };

    /// <summary>Another process holds it; its id stands in the journal.</summary>
    private static CogVideoException CreateLocked(string path, ILogStore store)
    {
        try
        {
            using Stream file = store.OpenRead(path);
            JournalIndex index = new(path);
            _ = index.Replay(file);
            if (index.Holder is var (pid, host)) return new CogVideoException(ErrorReason.JournalLocked, MessageKey.JournalLocked, path, pid, host);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CogVideoException)
        {
            // It has only just begun, or what it writes cannot be read here
        }
        return new CogVideoException(ErrorReason.JournalLocked, MessageKey.JournalLockedByUnknown, path);
    }
}
