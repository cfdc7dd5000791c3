using System;
using System.IO;
using Microsoft.Win32.SafeHandles;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>Append logs that are files.</summary>
/// <param name="wrap">What writes to an opened file; a test puts a disk without room in its place.</param>
/// <param name="verifies">Whether the names are checked after each flush; a benchmark leaves it out to measure what it costs.</param>
internal sealed class FileLogStore(Func<SafeFileHandle, FileStream>? wrap = null, bool verifies = true) : ILogStore
{
    internal static readonly FileLogStore Instance = new();

    public string? Identify(string name) => Try(() => Disk.FindStatus(name)?.Identity);

    public IAppendLog Open(string name, bool mayCreate) =>
        Try(() => FileLog.Open(name, mayCreate, wrap ?? (static file => new FileStream(file, FileAccess.ReadWrite, 1)), verifies));

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
