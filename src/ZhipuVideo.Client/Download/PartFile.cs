using System;
using System.IO;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// The temporary file that a download grows in, from its place (<see cref="PartFileStore"/>) to the rename that gives it its final name.
/// </summary>
internal sealed class PartFile : IDisposable
{
    /// <summary>How many bytes at a seam are compared with the remote's before more are added.</summary>
    internal const int Overlap = 64 * 1024;

    /// <summary>
    /// How many bytes may gather before the system is asked to write them, so that the flush at the end is short and can be stopped for.
    /// </summary>
    private const int WriteBehind = 16 * 1024 * 1024;

    /// <summary>
    /// How far ahead of the last byte room is kept on the disk: enough that a file does not lie there in crumbs, little enough that a
    /// server that announces gigabytes takes none from others.
    /// </summary>
    private const int ReservedAhead = 64 * 1024 * 1024;

    private readonly DiskCalls _disk;
    private readonly FileStream _stream;
    private readonly string _job;
    private readonly FileStatus? _folder;
    private bool _open = true;
    private long _handedOver;
    private long _reserved;

    /// <param name="disk">What renames it.</param>
    /// <param name="stream">It, open and locked; what it holds is kept.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="job">How messages name the job.</param>
    internal PartFile(DiskCalls disk, FileStream stream, string path, string job)
    {
        _disk = disk;
        _stream = stream;
        _stream.Position = stream.Length;
        FilePath = path;
        _folder = Disk.FolderOf(path);
        _job = job;
        Length = stream.Length;
        _handedOver = Length;
        _reserved = Length;
    }

    /// <summary>How long the file will be, as far as that is known.</summary>
    internal long? ExpectedLength { get; set; }

    /// <summary>Where it is now.</summary>
    internal string FilePath { get; }

    /// <summary>How many bytes it holds.</summary>
    internal long Length { get; private set; }

    internal void Append(byte[] buffer, int count)
    {
        try
        {
            Reserve(Length + count);
            _stream.Write(buffer, 0, count);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw Failures.Write(_job, FilePath, e);
        }

        Length += count;
        if (Length - _handedOver >= WriteBehind)
        {
            Disk.StartWriting(_stream.SafeFileHandle, _handedOver, Length - _handedOver);
            _handedOver = Length;
        }
    }

    /// <summary>Empties the file: what it holds and what comes are not one entity.</summary>
    internal void Restart()
    {
        Try(() => _stream.SetLength(0));
        Length = 0;
        _handedOver = 0;
        _reserved = 0;
    }

    /// <summary>Reads back what is there; fewer than <paramref name="count"/> bytes only at the end.</summary>
    internal int Read(long offset, byte[] buffer, int count)
    {
        int read = 0;
        Try(() =>
        {
            _stream.Position = offset;
            read = _stream.Fill(buffer, count);
            _stream.Position = Length;
        });
        return read;
    }

    /// <summary>
    /// Brings every byte to the disk itself. Where that fails the file is removed: the system may have dropped any of its bytes, tells this
    /// only once, and a later run, which looks at the last bytes, would not see it.
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
            throw Failures.Flush(_job, FilePath, e);
        }
    }

    /// <summary>Gives the file its final name if nothing else has it; false when the name is taken.</summary>
    internal bool TryRename(string path) => TryPlace(path, () => _disk.TryRename(FilePath, path));

    /// <summary>Gives the file its final name, in place of whatever file has it.</summary>
    internal void Replace(string path) => TryPlace(path, () =>
    {
        _disk.Replace(FilePath, path);
        return true;
    });

    /// <summary>Whether a file holds the same length, and the same first and last 64 KiB.</summary>
    internal bool HasSameContent(string path)
    {
        if (!File.Exists(path) || (Disk.StatusOf(path) is { } status && status.Kind != FileKind.Regular))
        {
            return false;
        }

        using FileStream other = Disk.OpenToRead(path);
        if (other.Length != Length)
        {
            return false;
        }

        byte[] mine = new byte[Overlap];
        byte[] theirs = new byte[Overlap];
        foreach (long offset in new[] { 0, Math.Max(0, Length - Overlap) })
        {
            other.Position = offset;
            int count = Read(offset, mine, Overlap);
            if (other.Fill(theirs, Overlap) != count || !mine.AsSpan(0, count).SequenceEqual(theirs.AsSpan(0, count)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Closes the file and removes it.</summary>
    internal void Discard()
    {
        if (_open)
        {
            // Removed while locked: nobody can claim it in between
            TryDelete(FilePath);
            Close();
        }
    }

    /// <summary>
    /// Closes the file; an empty one is removed, any other stays for a later run, without the room that was kept for what did not come.
    /// </summary>
    public void Dispose()
    {
        if (Length == 0)
        {
            Discard();
        }

        if (_open && _reserved > Length)
        {
            try
            {
                _stream.SetLength(Length);
            }
            catch (Exception e) when (Disk.IsFailure(e))
            {
                // The disk is unwell, and has said so before
            }
        }

        Close();
    }

    // The rename goes by path. That the folder was moved away meanwhile, and another put in its place, shows by what the path leads to
    private bool TryPlace(string path, Func<bool> rename)
    {
        try
        {
            if (!rename())
            {
                return false;
            }
        }
        catch (Exception e) when (Disk.IsFailure(e) && _folder is { } folder && Disk.FolderOf(FilePath)?.IsSameFile(folder) != true)
        {
            throw Moved(path);
        }

        if (!IsAt(path))
        {
            throw Moved(path);
        }

        Close();
        return true;
    }

    // True also where the system does not tell files apart
    private bool IsAt(string path) =>
        Disk.StatusOf(_stream.SafeFileHandle) is not { } mine || (Disk.StatusOf(path) is { } there && there.IsSameFile(mine));

    private CogVideoException Moved(string path) =>
        Failures.FolderMoved(_job, Path.GetDirectoryName(path)!, Disk.PathOf(_stream.SafeFileHandle));

    private void Reserve(long length)
    {
        if (length <= _reserved || ExpectedLength is not long expected || length > expected)
        {
            return;
        }

        long reserved = Math.Min(expected, length + ReservedAhead);
        Disk.Reserve(_stream.SafeFileHandle, _reserved, reserved - _reserved);
        _reserved = reserved;
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw Failures.Write(_job, FilePath, e);
        }
    }

    private void Close()
    {
        _open = false;
        _stream.Dispose();
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            // Somebody looks at it; a later run of the job claims it
        }
    }
}
