using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace ZhipuVideo.Download;

/// <summary>
/// The temporary file that a download grows in: <c>.&lt;name&gt;.&lt;id&gt;.&lt;random&gt;.part</c> beside its target, so that the last
/// rename stays on one disk. It is locked while a run holds it, and its random part is that run's: a later run of the same job claims
/// what a dead one left by locking it and renaming it to a random part of its own. Whoever cannot do both leaves it alone.
/// </summary>
internal sealed class PartFile : IDisposable
{
    /// <summary>How many bytes at a seam are compared with the remote's before more are added.</summary>
    internal const int Overlap = 64 * 1024;

    /// <summary>
    /// How many bytes may gather before the system is asked to write them, so that the flush at the end is short and can be stopped for.
    /// </summary>
    private const int WriteBehind = 16 * 1024 * 1024;

    private const string Extension = ".part";
    private const int RandomLength = 8;

    /// <summary>
    /// Where locks do not hold, a part file that nobody has written to for so long is nobody's: a live run writes or gives up sooner.
    /// </summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(10);

    private readonly FileStream _stream;
    private readonly string _job;
    private bool _open = true;
    private long _handedOver;

    private PartFile(FileStream stream, string path, string job)
    {
        _stream = stream;
        FilePath = path;
        _job = job;
        Length = stream.Length;
        _handedOver = Length;
    }

    /// <summary>Where it is now.</summary>
    internal string FilePath { get; }

    /// <summary>How many bytes it holds.</summary>
    internal long Length { get; private set; }

    /// <summary>A new, empty part file with room for <paramref name="size"/> bytes, where this is known.</summary>
    internal static PartFile Create(string folder, string name, string id, long? size, string job)
    {
        string path = NewPath(folder, name, id);
        try
        {
            return new PartFile(Open(path, FileMode.CreateNew, size), path, job);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw Failures.Write(job, path, e);
        }
    }

    /// <summary>
    /// What an earlier run of this job left: the longest part file that nobody holds, renamed to be ours; the others of this job are
    /// removed.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    internal static PartFile? Claim(string folder, string name, string id, string job)
    {
        PartFile? best = null;
        foreach (string path in Leftovers(folder, name, id))
        {
            PartFile? claimed = TryClaim(path, NewPath(folder, name, id), job);
            if (claimed is null)
            {
                continue;
            }

            if (best is null || claimed.Length > best.Length)
            {
                best?.Discard();
                best = claimed;
            }
            else
            {
                claimed.Discard();
            }
        }

        return best;
    }

    internal void Append(byte[] buffer, int count)
    {
        try
        {
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

    /// <summary>Brings every byte to the disk itself.</summary>
    internal void Flush() => Try(() =>
    {
        // Also gives back what was reserved and not needed
        _stream.SetLength(Length);
        _stream.Flush(flushToDisk: true);
    });

    /// <summary>Gives the file its final name if nothing else has it; false when the name is taken.</summary>
    internal bool TryRename(string path)
    {
        if (!Disk.TryRename(FilePath, path))
        {
            return false;
        }

        Close();
        return true;
    }

    /// <summary>Gives the file its final name, in place of whatever file has it.</summary>
    internal void Replace(string path)
    {
        Disk.Replace(FilePath, path);
        Close();
    }

    /// <summary>Whether a file holds the same length, and the same first and last 64 KiB.</summary>
    internal bool HasSameContent(string path)
    {
        if (!File.Exists(path))
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

    /// <summary>Closes the file; an empty one is removed, any other stays for a later run.</summary>
    public void Dispose()
    {
        if (Length == 0)
        {
            Discard();
        }

        Close();
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

    private static IEnumerable<string> Leftovers(string folder, string name, string id)
    {
        string prefix = $".{name}.{id}.";
        foreach (string path in Directory.EnumerateFiles(folder, prefix + "*" + Extension))
        {
            string file = Path.GetFileName(path);
            if (file.Length == prefix.Length + RandomLength + Extension.Length && file.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return path;
            }
        }
    }

    private static PartFile? TryClaim(string path, string ours, string job)
    {
        FileStream? stream = null;
        try
        {
            DateTime written = File.GetLastWriteTimeUtc(path);
            stream = Open(path, FileMode.Open, null);
            if ((!IsLocked(path) && DateTime.UtcNow - written < Abandoned) || !Disk.TryRename(path, ours))
            {
                stream.Dispose();
                return null;
            }

            var part = new PartFile(stream, ours, job);
            if (written < DateTime.UtcNow - Uptime)
            {
                // What was written just before a power cut may have holes, anywhere
                part.Restart();
            }

            stream.Position = part.Length;
            return part;
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            stream?.Dispose();
            return null;
        }
    }

    // Some file systems lock nothing and say that they did
    private static bool IsLocked(string path)
    {
        try
        {
            Open(path, FileMode.Open, null).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static TimeSpan Uptime => TimeSpan.FromSeconds(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency);

    private static string NewPath(string folder, string name, string id) =>
        Path.Combine(folder, $".{name}.{id}.{Guid.NewGuid().ToString("N").Substring(0, RandomLength)}{Extension}");

    private static FileStream Open(string path, FileMode mode, long? size)
    {
        // Elsewhere than on Windows, None is a lock that others see; on Windows, Delete is what lets us rename an open file and nobody
        // else open it
        FileShare share = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? FileShare.Delete : FileShare.None;
#if NET
        return new FileStream(path, new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
            PreallocationSize = size ?? 0,
        });
#else
        return new FileStream(path, mode, FileAccess.ReadWrite, share, 1);
#endif
    }
}
