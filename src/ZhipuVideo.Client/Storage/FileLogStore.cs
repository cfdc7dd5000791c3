using System;
using System.IO;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>Append logs that are files.</summary>
/// <param name="wrap">What writes to an opened file; a test puts a disk without room in its place.</param>
/// <param name="verifies">Whether the names are checked after each flush; a benchmark leaves it out to measure what it costs.</param>
internal sealed class FileLogStore(Func<SafeFileHandle, FileStream>? wrap = null, bool verifies = true) : ILogStore
{
    internal static readonly FileLogStore Instance = new();

    // A lock may outlive its holder for a moment: a process that is being started has all handles of the one that starts it until its program runs
    private const int HandoverTries = 10, HandoverDelay = 20;

    public string? Identify(string name) => Try(() => Disk.FindStatus(name)?.Identity);

    public IAppendLog Open(string name, bool mayCreate)
    {
        for (int left = HandoverTries; ; left--)
        {
            try
            {
                return Try(() => FileLog.Open(name, mayCreate, wrap ?? (static file => new FileStream(file, FileAccess.ReadWrite, 1)), verifies));
            }
            catch (LogException e) when (e.Fault == LogFault.Held && left > 0)
            {
                Thread.Sleep(HandoverDelay);
            }
        }
    }

    public Stream OpenRead(string name) => Try(() => OwnerFile.OpenToRead(name));

    private static T Try<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (NotAFileException e)
        {
            throw new LogException(LogFault.NotAFile, e.Path);
        }
    }
}
