using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>
/// An append log that is a file. How it keeps what <see cref="IAppendLog"/> promises:
/// <list type="table">
/// <item><term>alone</term><description>Windows: the file's own sharing. Linux: a lock of the open file on one byte far beyond its end, which
/// readers do not notice. macOS: <see cref="LockFile"/> alone. All three are tried with a second handle, which must fail. The lock files
/// beside all names are held too, for earlier versions.</description></item>
/// <item><term>identity</term><description>Device and number of the file: links, symbolic or hard, are names of it.</description></item>
/// <item><term>append</term><description>The length must be what was acknowledged, before and after each write, and on Linux the system puts
/// every write at the end: what an editor saved meanwhile is seen and never written into.</description></item>
/// <item><term>durable</term><description>A flush to the disk. After it all names must still lead to the file that is open.</description></item>
/// </list>
/// </summary>
internal sealed class FileLog : IAppendLog
{
    private readonly object _sync = new();
    private readonly List<Name> _names = [];
    private readonly FileStream _file;
    private readonly SafeFileHandle _handle;
    private readonly FileStream _stream;
    private readonly FileStream _reader;
    private readonly FileStatus _opened;
    private readonly bool _verifies;
    private readonly int _ownNames;
    private bool _isNew;

    private FileLog(string typed, string resolved, bool isNew, Func<SafeFileHandle, FileStream> wrap, bool verifies)
    {
        (_isNew, _verifies) = (isNew, verifies);
        try
        {
            Add(typed);
            if (resolved != typed) Add(resolved);
            _ownNames = _names.Count;
            _file = OwnerFile.OpenToWrite(resolved, FileShare.Read);
            _handle = _file.SafeFileHandle;
            _opened = Status;
            HoldAlone(resolved);
            _reader = OwnerFile.OpenToRead(resolved);
            if (!Disk.GetStatus(_reader.SafeFileHandle).IsSameFile(_opened)) throw new LogException(LogFault.Lost, resolved);
            Length = Status.Length; // now that nobody else adds to it
            Verify();
            _stream = wrap(_handle);
        }
        catch
        {
            Close();
            throw;
        }
    }

    public string Identity => _opened.Identity;

    public long Length { get; private set; }

    public Stream Reader => _reader;

    public string? Strangers => _opened.IsPrivate ? null : FormattableString.Invariant($"uid {_opened.Owner}, mode {Convert.ToString(_opened.Mode, 8)}");

    public TimeSpan Gather => TimeSpan.Zero;

    private FileStatus Status => Disk.GetStatus(_handle);

    /// <inheritdoc cref="ILogStore.Open"/>
    internal static FileLog Open(string path, bool mayCreate, Func<SafeFileHandle, FileStream> wrap, bool verifies)
    {
        bool isNew = false;
        if (Disk.FindStatus(path) is not { } found)
        {
            if (Disk.FindStatus(path, follow: false) is not null) throw new LogException(LogFault.DanglingLink, path);
            if (!mayCreate) throw new FileNotFoundException(null, path);
            isNew = OwnerFile.TryCreate(path); // else somebody was faster: then it is theirs, and is checked below
        }
        else if (found.Kind != FileKind.Regular) throw new LogException(LogFault.NotAFile, path);
        return new FileLog(path, Disk.Resolve(path), isNew, wrap, verifies);
    }

    public void Cut(long length)
    {
        if (length == Length) return;
        Verify();
        _stream.SetLength(length);
        Length = length;
    }

    public void Append(byte[] bytes, int count)
    {
        if (_verifies && Status.Length != Length) throw new LogException(LogFault.Lost, _names[0].Path);
        _stream.Position = Length;
        _stream.Write(bytes, 0, count);
        _stream.Flush(flushToDisk: true);
        Length += count;
        if (_isNew) Disk.SyncFolder(Path.GetDirectoryName(_names[0].Path)!);
        _isNew = false;
        if (_verifies) Verify();
    }

    public void BeginClose()
    {
        // A disk does not keep anybody waiting
    }

    // A lock does not run out, and each flush has looked
    public Task AdmitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void TakeBack(byte[] bytes, int count)
    {
        int left = (int)Math.Min(Status.Length - Length, count);
        if (left <= 0 || !IsAtItsNames(Length + left)) return;
        byte[] found = new byte[left];
        _reader.Position = Length;
        if (_reader.Fill(found, left) == left && found.AsSpan().SequenceEqual(bytes.AsSpan(0, left))) _stream.SetLength(Length);
    }

    public IDisposable? Hold(string name)
    {
        lock (_sync)
        {
            if (name == _names[0].Path || name == _names[_ownNames - 1].Path) return null;
            if (Disk.FindStatus(name) is not { } status || !status.IsSameFile(_opened)) throw new LogException(LogFault.Lost, name);
            return Add(name);
        }
    }

    public void Dispose() => Close();

    private void HoldAlone(string resolved)
    {
        if (Disk.IsWindows) LockFile.Prove(resolved, () => OwnerFile.OpenToWrite(resolved, FileShare.ReadWrite | FileShare.Delete));
#if NET
        else if (OperatingSystem.IsMacOS()) LockFile.Prove(resolved, () => LockFile.Take(resolved));
        else
        {
            if (FileLock.TryTakeFarByte(_handle) is false) throw new LogException(LogFault.Held, resolved);
            using FileStream second = OwnerFile.OpenToWrite(resolved, FileShare.ReadWrite);
            if (FileLock.TryTakeFarByte(second.SafeFileHandle) is not false) throw new LogException(LogFault.NoLocks, resolved);
        }
#endif
    }

    private void Verify()
    {
        if (!IsAtItsNames(Length)) throw new LogException(LogFault.Lost, _names[0].Path);
    }

    /// <summary>Whether every name leads to the open file, and that has this length.</summary>
    private bool IsAtItsNames(long length)
    {
        lock (_sync) return _names.TrueForAll(name => Disk.FindStatus(name.Path) is { } status && status.IsSameFile(_opened) && status.Length == length);
    }

    private Name Add(string path)
    {
        // Two names may have one lock file: that of a folder which is reached by a link
        bool isHeld = LockFile.Find(path) is { } beside && _names.Exists(held => held.Lock?.Status.IsSameFile(beside) == true);
        Name name = new(this, path, isHeld ? null : LockFile.Take(path));
        _names.Add(name);
        return name;
    }

    private void Close()
    {
        _stream?.Dispose();
        _reader?.Dispose();
        _file?.Dispose();
        // Last, so that the next holder finds all of it
        foreach (Name name in _names) name.Lock?.Dispose();
    }

    private sealed class Name(FileLog log, string path, LockFile? held) : IDisposable
    {
        internal string Path => path;

        internal LockFile? Lock => held;

        public void Dispose()
        {
            lock (log._sync) if (log._names.Remove(this)) held?.Dispose();
        }
    }
}
