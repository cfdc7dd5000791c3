using System;
using System.IO;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Journaling;

/// <summary>What can be wrong with a journal, as errors that say what to do.</summary>
internal static class JournalErrors
{
    /// <summary>Calls the store, and makes an error of ours of what it throws.</summary>
    /// <param name="path">The journal's path.</param>
    /// <param name="call">Opens the journal, or looks at it.</param>
    /// <param name="isRead">Whether it is only read: what is not there is then missing, not a place that cannot be written.</param>
    internal static T Translate<T>(string path, Func<T> call, bool isRead = false)
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
                LogException { Fault: LogFault.Held } => CreateLocked(path),
                LogException { Fault: LogFault.Lost } => CreateLost(path),
                LogException { Fault: LogFault.NotAFile, Name: var name } => Unusable(MessageKey.JournalNotAFile, name),
                LogException { Fault: LogFault.DanglingLink, Name: var name } => Unusable(MessageKey.JournalDanglingLink, name),
                LogException => Unusable(MessageKey.JournalNoLocks, path),
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
        cause is LogException { Fault: LogFault.Lost } ? CreateLost(path)
        : Disk.IsFull(cause) ? Create(ErrorReason.DiskFull, MessageKey.JournalDiskFull, MessageKey.AdviceJournalDiskFull, path)
        : new CogVideoException(ErrorReason.WriteFailed, MessageKey.JournalWriteFailed, path, cause.Message);

    internal static CogVideoException CreateLost(string path) => new(ErrorReason.JournalLost, MessageKey.JournalLost, path) { StopsRun = true };

    private static CogVideoException Create(ErrorReason reason, string messageKey, string? adviceKey, params object?[] arguments) =>
        new(reason, messageKey, arguments) { AdviceKey = adviceKey };

    /// <summary>Another process holds it; its id stands in the journal.</summary>
    private static CogVideoException CreateLocked(string path)
    {
        try
        {
            using Stream file = FileLogStore.Instance.OpenRead(path);
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
