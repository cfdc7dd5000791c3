using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;

namespace ZhipuVideo.Storage;

/// <summary>The temporary file that a download grows in, from its creation in a <see cref="VideoFolder"/> to the rename that gives it its final name.</summary>
internal sealed class PartFile : IPartFile
{
    /// <summary>How many bytes may gather before the system is asked to write them, so that the flush at the end is short and can be stopped for.</summary>
    private const int WriteBehind = 16 * 1024 * 1024;

    /// <summary>
    /// How far ahead of the last byte room is kept on the disk: enough that a file does not lie there in crumbs, little enough that a
    /// server that announces gigabytes takes none from others.
    /// </summary>
    private const int ReservedAhead = 64 * 1024 * 1024;

    private readonly VideoFolder _store;
    private readonly FileStream _stream;
    private readonly string _path;
    private readonly string _job;
    private readonly FileStatus? _folder;
    private bool _isOpen = true;
    private long _expected;
    private long _handedOver;
    private long _reserved;

    /// <param name="store">Where it is.</param>
    /// <param name="stream">It, open and locked; what it holds is kept.</param>
    /// <param name="path">Its full path.</param>
    /// <param name="job">How messages name the job.</param>
    internal PartFile(VideoFolder store, FileStream stream, string path, string job)
    {
        (_store, _stream, _path, _job) = (store, stream, path, job);
        _folder = Disk.TryFindStatus(store.Place);
        Length = _handedOver = _reserved = stream.Length;
    }

    public long Length { get; private set; }

    public void Expect(long length)
    {
        _expected = length;
        if (Disk.GetFreeBytes(_store.Place) is long free && length - Length > free)
            throw new CogVideoException(ErrorReason.DiskFull, MessageKey.SaveDiskTooSmall, _job, _store.Place, length - Length, free);
    }

    public ValueTask AppendAsync(byte[] buffer, int count, CancellationToken cancellationToken)
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
            throw VideoFolder.Failure(_job, _path, e);
        }
        Length += count;
        if (Length - _handedOver >= WriteBehind)
        {
            Disk.StartWriteback(_stream.SafeFileHandle, _handedOver, Length - _handedOver);
            _handedOver = Length;
        }
        return default;
    }

    public int Read(long offset, byte[] buffer, int count) => VideoFolder.Try(_job, _path, () =>
    {
        _stream.Position = offset;
        return _stream.Fill(buffer, count);
    });

    public void Restart() => Length = _handedOver = _reserved = VideoFolder.Try(_job, _path, () =>
    {
        _stream.SetLength(0);
        return 0;
    });

    /// <summary>
    /// Brings every byte to the disk itself, then renames. Where the first fails the file is removed: the system may have dropped any of its
    /// bytes, tells this only once, and a later run, which compares the last bytes, would not see it. The rename is tried again while something
    /// else holds a file: an antivirus, an indexer, another run that is just closing it. It goes by path: that the folder was moved away
    /// meanwhile, and another put in its place, shows by what the path leads to.
    /// </summary>
    public async Task<Placement> PlaceAsync(string name, bool replace, CancellationToken cancellationToken)
    {
        string path = _store.GetPath(name);
        try
        {
            // Also gives back what was reserved and not needed
            _stream.SetLength(Length);
            _stream.Flush(flushToDisk: true);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            Discard();
            throw VideoFolder.Failure(_job, _path, e, MessageKey.SaveDiskFullAtEnd);
        }
        cancellationToken.ThrowIfCancellationRequested();
        VideoFolder.RefuseLink(path, _job);

        bool isTaken = false;
        double end = _store.Clock.Now + _store.RenameTimeout.TotalSeconds;
        while (true)
        {
            try
            {
                if (replace && !Directory.Exists(path)) _store.Disk.Replace(_path, path);
                else isTaken = isTaken || !_store.Disk.TryRename(_path, path);
                if (isTaken && !IsSame(path)) return Placement.Taken;
                if (isTaken)
                {
                    Discard();
                    return Placement.AlreadyThere;
                }
                // Null where the system does not tell files apart
                if (Disk.TryGetStatus(_stream.SafeFileHandle) is { } mine && Disk.TryFindStatus(path, follow: false)?.IsSameFile(mine) != true) throw Moved();
                Close();
                Disk.SyncFolder(_store.Place);
                return Placement.Placed;
            }
            catch (Exception e) when (Disk.IsFailure(e))
            {
                if (!isTaken && _folder is { } folder && Disk.TryFindStatus(_store.Place)?.IsSameFile(folder) != true) throw Moved();
                if (Disk.IsFull(e)) throw VideoFolder.Failure(_job, path, e);
                // A file that another process holds all the time cannot be compared: it is not known to be ours
                if (isTaken && _store.Clock.Now >= end) return Placement.Taken;
                if (_store.Clock.Now >= end) throw new CogVideoException(ErrorReason.RenameFailed, MessageKey.SaveRenameFailed, _job, _path, path, e.Message);
            }
            await _store.Clock.DelayAsync(0.1, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Discard()
    {
        if (!_isOpen) return;
        try
        {
            // While it is locked: nobody can claim it in between
            File.Delete(_path);
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

    private void Reserve(long length)
    {
        if (length <= _reserved || length > _expected) return;
        long reserved = Math.Min(_expected, length + ReservedAhead);
        Disk.Reserve(_stream.SafeFileHandle, _reserved, reserved - _reserved);
        _reserved = reserved;
    }

    /// <summary>The folder's path leads to another folder than when the download began.</summary>
    private CogVideoException Moved()
    {
        string? file = Disk.GetPath(_stream.SafeFileHandle);
        string key = file is null ? MessageKey.SaveFolderMoved : MessageKey.SaveFolderMovedTo;
        return new CogVideoException(ErrorReason.DestinationUnusable, key, _job, _store.Place, file) { AdviceKey = MessageKey.AdviceFolderMoved };
    }

    /// <summary>Whether what has this name is a regular file, the same as this one.</summary>
    /// <exception cref="IOException">Somebody holds it.</exception>
    private bool IsSame(string path)
    {
        using FileStream? file = RegularFile.TryOpen(path, follow: false);
        return file is not null && this.IsSame(file);
    }

    private void Close()
    {
        _isOpen = false;
        _stream.Dispose();
    }
}
