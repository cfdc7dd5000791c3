using System;
using System.IO;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// The temporary file that a download grows in, from its place (<see cref="PartFileStore"/>) to the rename that gives it its final name.
/// </summary>
internal sealed class PartFile : IDisposable
{
    /// <summary>
    /// How many bytes may gather before the system is asked to write them, so that the flush at the end is short and can be stopped for.
    /// </summary>
    private const int WriteBehind = 16 * 1024 * 1024;

    /// <summary>
    /// How far ahead of the last byte room is kept on the disk: enough that a file does not lie there in crumbs, little enough that a
    /// server that announces gigabytes takes none from others.
    /// </summary>
    private const int ReservedAhead = 64 * 1024 * 1024;

    private readonly Disk _disk;
    private readonly FileStream _stream;
    private readonly string _job;
    private readonly FileStatus? _folder;
    private bool _isOpen = true;
    private long _handedOver;
    private long _reserved;

    /// <param name="disk">What renames it.</param>
    /// <param name="stream">It, open and locked; what it holds is kept.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="job">How messages name the job.</param>
    internal PartFile(Disk disk, FileStream stream, string path, string job)
    {
        _disk = disk;
        _stream = stream;
        _job = job;
        _folder = FindFolder(path);
        FilePath = path;
        Length = _handedOver = _reserved = stream.Length;
    }

    /// <summary>How long the file will be, as far as that is known.</summary>
    internal long? ExpectedLength { get; set; }

    /// <summary>Where it is now.</summary>
    internal string FilePath { get; }

    /// <summary>How many bytes it holds.</summary>
    internal long Length { get; private set; }

    internal void Append(byte[] buffer, int count)
    {
        // Without a closure for each buffer
        try
        {
            Reserve(Length + count);
            _stream.Position = Length;
            _stream.Write(buffer, 0, count);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw DownloadErrors.Write(_job, FilePath, e);
        }
        Length += count;
        if (Length - _handedOver < WriteBehind) return;
        Disk.StartWriteback(_stream.SafeFileHandle, _handedOver, Length - _handedOver);
        _handedOver = Length;
    }

    /// <summary>Empties the file: what it holds and what comes are not one entity.</summary>
    internal void Restart()
    {
        Try(() =>
        {
            _stream.SetLength(0);
            return 0;
        });
        Length = _handedOver = _reserved = 0;
    }

    /// <summary>Reads back what is there; fewer than <paramref name="count"/> bytes only at the end.</summary>
    internal int Read(long offset, byte[] buffer, int count) => Try(() =>
    {
        _stream.Position = offset;
        return _stream.Fill(buffer, count);
    });

    /// <inheritdoc cref="ContentMatch.Holds"/>
    internal bool Holds(long offset, byte[] bytes, int count) => Try(() => _stream.Holds(offset, bytes, count));

    /// <summary>
    /// Brings every byte to the disk itself. Where that fails the file is removed: the system may have dropped any of its bytes, tells this
    /// only once, and a later run, which compares the last bytes, would not see it.
    /// </summary>
    internal void Flush()
    {
        try
        {
            // Also gives back what was reserved and not needed
            _stream.SetLength(Length);
            _stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            Discard();
            throw DownloadErrors.Flush(_job, FilePath, e);
        }
    }

    /// <summary>
    /// Gives the file its final name, if nothing else has it, and closes it. The rename goes by path. That the folder was moved away
    /// meanwhile, and another put in its place, shows by what the path leads to.
    /// </summary>
    /// <param name="path">Its name from now on.</param>
    /// <param name="replace">Whether it takes the place of whatever file has that name.</param>
    /// <returns>False when the name is taken.</returns>
    internal bool TryRename(string path, bool replace)
    {
        try
        {
            if (replace) _disk.Replace(FilePath, path);
            else if (!_disk.TryRename(FilePath, path)) return false;
        }
        catch (Exception e) when (Disk.IsFailure(e) && _folder is { } folder && FindFolder(FilePath)?.IsSameFile(folder) != true)
        {
            throw Moved(path);
        }
        if (!IsAt(path)) throw Moved(path);
        Close();
        return true;
    }

    /// <summary>Closes the file and removes it.</summary>
    internal void Discard()
    {
        if (!_isOpen) return;
        try
        {
            // While it is locked: nobody can claim it in between
            File.Delete(FilePath);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            // Somebody holds it; a later run of the job claims it
        }
        Close();
    }

    /// <summary>
    /// Closes the file; an empty one is removed, any other stays for a later run, without the room that was kept for what did not come.
    /// </summary>
    public void Dispose()
    {
        if (Length == 0) Discard();
        try
        {
            if (_isOpen && _reserved > Length) _stream.SetLength(Length);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            // The disk is unwell, and has said so before
        }
        Close();
    }

    // True also where the system does not tell files apart
    private bool IsAt(string path) =>
        Disk.TryGetStatus(_stream.SafeFileHandle) is not { } mine || Disk.TryFindStatus(path, follow: false)?.IsSameFile(mine) == true;

    private CogVideoException Moved(string path) =>
        DownloadErrors.FolderMoved(_job, Path.GetDirectoryName(path)!, Disk.GetPath(_stream.SafeFileHandle));

    private static FileStatus? FindFolder(string path) => Disk.TryFindStatus(Path.GetDirectoryName(path)!);

    private void Reserve(long length)
    {
        if (length <= _reserved || ExpectedLength is not long expected || length > expected) return;
        long reserved = Math.Min(expected, length + ReservedAhead);
        Disk.Reserve(_stream.SafeFileHandle, _reserved, reserved - _reserved);
        _reserved = reserved;
    }

    private T Try<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw DownloadErrors.Write(_job, FilePath, e);
        }
    }

    private void Close()
    {
        _isOpen = false;
        _stream.Dispose();
    }
}
