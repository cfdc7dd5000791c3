using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using ZhipuVideo.Files;

namespace ZhipuVideo.Download;

/// <summary>
/// Where the part files of one download are: <c>.&lt;name&gt;.&lt;id&gt;.&lt;random&gt;.part</c> beside its target, so that the last
/// rename stays on one disk. A part file is locked while a run holds it, and its random part is that run's: a later run of the same job
/// claims what a dead one left by locking it and renaming it to a random part of its own. Whoever cannot do both leaves it alone.
/// <para>
/// Part files are created exclusively, and no link is followed. What was left is gone on with only in a folder in which nobody else can
/// create, rename or remove files: anywhere else its name may have been given to another file of this user's, which its owner and the
/// number of its links would not tell. There it is removed, and never opened for writing.
/// </para>
/// </summary>
internal sealed class PartFileStore
{
    private const string Extension = ".part";
    private const int RandomLength = 8;

    /// <summary>
    /// Where locks do not hold, a part file that nobody has written to for so long is nobody's: a live run writes or gives up sooner.
    /// </summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(10);

    private readonly DiskCalls _disk;
    private readonly string _prefix;
    private readonly string _job;

    /// <param name="disk">What opens and renames files.</param>
    /// <param name="folder">The target's folder.</param>
    /// <param name="name">The target's name without extension, made safe.</param>
    /// <param name="id">The job's id, made safe.</param>
    /// <param name="job">How messages name the job.</param>
    internal PartFileStore(DiskCalls disk, string folder, string name, string id, string job)
    {
        _disk = disk;
        Folder = folder;
        _prefix = $".{name}.{id}.";
        _job = job;
    }

    internal string Folder { get; }

    /// <summary>A new, empty part file.</summary>
    internal PartFile Create()
    {
        string path = NewPath();
        try
        {
            return new PartFile(_disk, _disk.CreatePart(path), path, _job);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw Failures.Write(_job, path, e);
        }
    }

    /// <summary>
    /// What an earlier run of this job left: the longest part file that nobody holds, renamed to be ours; the others of this job are
    /// removed, and in a folder of others all of them.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    internal PartFile? Claim()
    {
        bool isPrivate = Disk.IsPrivate(Folder);
        PartFile? best = null;
        foreach (string path in Leftovers())
        {
            PartFile? claimed = TryClaim(path, isPrivate ? NewPath() : null);
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

    private IEnumerable<string> Leftovers()
    {
        foreach (string path in Directory.EnumerateFiles(Folder, _prefix + "*" + Extension))
        {
            string file = Path.GetFileName(path);
            if (file.Length == _prefix.Length + RandomLength + Extension.Length && file.StartsWith(_prefix, StringComparison.Ordinal))
            {
                yield return path;
            }
        }
    }

    /// <param name="path">What was left.</param>
    /// <param name="ours">Its new name; null: it must not be gone on with, only removed.</param>
    private PartFile? TryClaim(string path, string? ours)
    {
        FileStream? stream = null;
        try
        {
            if (Disk.StatusOf(path) is { } status && status.Kind != FileKind.Regular)
            {
                // A link, a pipe: no run of ours has left it
                File.Delete(path);
                return null;
            }

            FileAccess access = ours is null ? FileAccess.Read : FileAccess.ReadWrite;
            DateTime written = File.GetLastWriteTimeUtc(path);
            stream = _disk.OpenPart(path, access);
            bool isLocked = IsLocked(path, access);
            if (!isLocked && DateTime.UtcNow - written < Abandoned)
            {
                stream.Dispose();
                return null;
            }

            if (ours is null)
            {
                // While it is locked: nobody can claim it in between
                File.Delete(path);
                stream.Dispose();
                return null;
            }

            if (!isLocked)
            {
                // Before it has our name, or another run would find it under that, as old as it was
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            }

            if (!_disk.TryRename(path, ours))
            {
                stream.Dispose();
                return null;
            }

            var part = new PartFile(_disk, stream, ours, _job);
            if (written < DateTime.UtcNow - Uptime)
            {
                // What was written just before a power cut may have holes, anywhere
                part.Restart();
            }

            return part;
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            stream?.Dispose();
            return null;
        }
    }

    // Some file systems lock nothing and say that they did
    private bool IsLocked(string path, FileAccess access)
    {
        try
        {
            _disk.OpenPart(path, access).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static TimeSpan Uptime => TimeSpan.FromSeconds(Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency);

    private string NewPath() => Path.Combine(Folder, _prefix + Guid.NewGuid().ToString("N").Substring(0, RandomLength) + Extension);
}
