using System;
using System.IO;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>
/// The empty file <c>&lt;log&gt;.lock</c> beside a log. Earlier versions know no other lock, and macOS has no other. It stays on disk:
/// deleting it would let two processes hold two different files of that name.
/// </summary>
internal sealed class LockFile : IDisposable
{
    private readonly FileStream _file;

    private LockFile(FileStream file, FileStatus status) => (_file, Status) = (file, status);

    internal FileStatus Status { get; }

    internal static FileStatus? Find(string log) => Disk.FindStatus(NameFor(log), follow: false);

    /// <summary>Takes the lock. Throws <see cref="LogException"/> when somebody has it, or when it cannot be one.</summary>
    internal static LockFile Take(string log)
    {
        string path = NameFor(log);
        if (!OwnerFile.TryCreate(path) && Disk.FindStatus(path, follow: false) is { Kind: not FileKind.Regular })
            throw new LogException(LogFault.NotAFile, path);
        FileStream file = OwnerFile.OpenToWrite(path, FileShare.None);
        try
        {
#if NET
            // Where this lock does not work, earlier versions had none either; what keeps our own kind out is proven elsewhere
            if (!OperatingSystem.IsWindows() && FileLock.TryTake(file.SafeFileHandle, isShared: false) is false) throw new LogException(LogFault.Held, log);
#endif
            return new LockFile(file, Disk.GetStatus(file.SafeFileHandle));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Throws when somebody else could take it now: some file systems lock nothing and say that they did.</summary>
    /// <param name="log">The log.</param>
    /// <param name="takeAgain">Takes what is held a second time.</param>
    internal static void Prove(string log, Func<IDisposable> takeAgain)
    {
        try
        {
            takeAgain().Dispose();
        }
        catch (LogException e) when (e.Fault == LogFault.Held)
        {
            return;
        }
        throw new LogException(LogFault.NoLocks, log);
    }

    public void Dispose() => _file.Dispose();

    private static string NameFor(string log) => log + ".lock";
}
