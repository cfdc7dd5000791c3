using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ZhipuVideo.Files;
using ZhipuVideo.Http;

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
/// <param name="options">The disk and the clock.</param>
/// <param name="folder">The target's folder.</param>
/// <param name="name">The target's name without extension, made safe.</param>
/// <param name="id">The job's id, made safe.</param>
/// <param name="job">How messages name the job.</param>
internal sealed class PartFileStore(DownloaderOptions options, string folder, string name, string id, string job)
{
    private const string Extension = ".part";
    private const int RandomLength = 8;

    /// <summary>
    /// Where locks do not hold, a part file that nobody has written to for so long is nobody's: a live run writes or gives up sooner.
    /// </summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    private readonly Disk _disk = options.Disk;
    private readonly Clock _clock = options.Clock;
    private readonly string _prefix = $".{name}.{id}.";

    internal string Folder => folder;

    /// <summary>A new, empty part file.</summary>
    internal PartFile Create()
    {
        string path = CreatePath();
        try
        {
            return new PartFile(_disk, _disk.CreateAlone(path), path, job);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw DownloadErrors.Write(job, path, e);
        }
    }

    /// <summary>
    /// What an earlier run of this job left: the longest part file that nobody holds, renamed to be ours; the others of this job are
    /// removed, and in a folder of others all of them.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    internal PartFile? Claim()
    {
        bool isPrivate = Disk.IsPrivate(folder);
        PartFile? longest = null;
        foreach (string path in FindLeftovers())
        {
            PartFile? claimed = TryClaim(path, isPrivate ? CreatePath() : null);
            if (claimed?.Length > (longest?.Length ?? -1)) (longest, claimed) = (claimed, longest);
            claimed?.Discard();
        }
        return longest;
    }

    private IEnumerable<string> FindLeftovers() =>
        from path in Directory.EnumerateFiles(folder, _prefix + "*" + Extension)
        let file = Path.GetFileName(path)
        where file.Length == _prefix.Length + RandomLength + Extension.Length && file.StartsWith(_prefix, StringComparison.Ordinal)
        select path;

    /// <param name="path">What was left.</param>
    /// <param name="ours">Its new name; null: it must not be gone on with, only removed.</param>
    private PartFile? TryClaim(string path, string? ours)
    {
        FileStream? stream = null;
        PartFile? claimed = null;
        try
        {
            if (Disk.TryFindStatus(path, follow: false) is { Kind: not FileKind.Regular })
            {
                // A link, a pipe: no run of ours has left it
                File.Delete(path);
                return null;
            }

            FileAccess access = ours is null ? FileAccess.Read : FileAccess.ReadWrite;
            DateTime written = File.GetLastWriteTimeUtc(path);
            stream = _disk.OpenAlone(path, access);
            bool isLocked = IsLocked(path, access);
            if (!isLocked && _clock.UtcNow - written < AbandonedAfter) return null;
            if (ours is null)
            {
                // While it is locked: nobody can claim it in between
                File.Delete(path);
                return null;
            }

            // Before it has our name, or another run would find it under that, as old as it was
            if (!isLocked) File.SetLastWriteTimeUtc(path, _clock.UtcNow);
            if (!_disk.TryRename(path, ours)) return null;
            claimed = new PartFile(_disk, stream, ours, job);
            // What was written just before a power cut may have holes, anywhere
            if (written < _clock.UtcNow - Uptime) claimed.Restart();
            return claimed;
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            return null;
        }
        finally
        {
            if (claimed is null) stream?.Dispose();
        }
    }

    // Some file systems lock nothing and say that they did
    private bool IsLocked(string path, FileAccess access)
    {
        try
        {
            _disk.OpenAlone(path, access).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // How long the machine has been on, of the system's monotonic clock
    private TimeSpan Uptime => TimeSpan.FromSeconds(_clock.Time.GetTimestamp() / (double)_clock.Time.TimestampFrequency);

    private string CreatePath() => Path.Combine(folder, _prefix + Guid.NewGuid().ToString("N").Substring(0, RandomLength) + Extension);
}
