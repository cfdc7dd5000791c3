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
        CogVideoException Unusable(string messageKey, params object?[] arguments) => new(
            isRead ? ErrorReason.JournalUnreadable : ErrorReason.DestinationUnusable, messageKey, arguments)
        {
            AdviceKey = isRead ? MessageKey.AdviceJournalToRead : MessageKey.AdviceJournalToWrite,
        };
        try
        {
            return call();
        }
        catch (Exception e) when (e is FileNotFoundException || (isRead && e is DirectoryNotFoundException))
        {
            throw CreateMissing(path);
        }
        catch (DirectoryNotFoundException)
        {
            throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.JournalFolderMissing, path, Path.GetDirectoryName(path))
            {
                AdviceKey = MessageKey.AdviceJournalFolderMissing,
            };
        }
        catch (LogException e)
        {
            throw e.Fault switch
            {
                LogFault.Held => CreateLocked(path),
                LogFault.NotAFile => Unusable(MessageKey.JournalNotAFile, e.Name),
                LogFault.DanglingLink => Unusable(MessageKey.JournalDanglingLink, e.Name),
                LogFault.NoLocks => Unusable(MessageKey.JournalNoLocks, path),
                _ => CreateLost(path),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Unusable(MessageKey.JournalNotWritable, path, e.Message);
        }
    }

    /// <summary>What is to be read is not there.</summary>
    internal static CogVideoException CreateMissing(string path) => new(ErrorReason.NotFound, MessageKey.JournalMissing, path)
    {
        AdviceKey = MessageKey.AdviceJournalMissing,
    };

    /// <summary>The file is not a journal: there is no line in it to repair.</summary>
    internal static CogVideoException CreateNotOne(string path) => new(ErrorReason.JournalUnreadable, MessageKey.JournalNotOne, path)
    {
        AdviceKey = MessageKey.AdviceJournalNotOne,
    };

    /// <summary>A line is not a record, or those before it are missing (<paramref name="isOrphan"/>).</summary>
    internal static CogVideoException CreateUnreadable(string path, long line, bool isOrphan) => new(
        ErrorReason.JournalUnreadable, isOrphan ? MessageKey.JournalOrphan : MessageKey.JournalUnreadable, path, line)
    {
        AdviceKey = isOrphan ? MessageKey.AdviceJournalOrphan : null,
    };

    /// <summary>What was handed in was not written.</summary>
    internal static CogVideoException CreateNotWritten(string path, Exception cause) =>
        cause is LogException { Fault: LogFault.Lost } ? CreateLost(path)
        : Disk.IsFull(cause) ? new CogVideoException(ErrorReason.DiskFull, MessageKey.JournalDiskFull, path) { AdviceKey = MessageKey.AdviceJournalDiskFull }
        : new CogVideoException(ErrorReason.WriteFailed, MessageKey.JournalWriteFailed, path, cause.Message);

    private static CogVideoException CreateLost(string path) => new(ErrorReason.JournalLost, MessageKey.JournalLost, path) { StopsRun = true };

    /// <summary>Another process holds it; its id stands in the journal.</summary>
    private static CogVideoException CreateLocked(string path)
    {
        try
        {
            if (Journal.Replay(path).Holder is var (pid, host)) return new CogVideoException(ErrorReason.JournalLocked, MessageKey.JournalLocked, path, pid, host);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CogVideoException)
        {
            // It has only just begun, or what it writes cannot be read here
        }
        return new CogVideoException(ErrorReason.JournalLocked, MessageKey.JournalLockedByUnknown, path);
    }
}
