using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Http;

namespace ZhipuVideo.Storage;

/// <summary>
/// A folder that videos are put in. Their part files are <c>.&lt;stem&gt;.&lt;id&gt;.&lt;random&gt;.part</c> beside them, so that the last
/// rename stays on one disk. A part file is locked while a run holds it, and its random part is that run's: a later run of the same job
/// claims what a dead one left by locking it and renaming it to a random part of its own. Whoever cannot do both leaves it alone.
/// <para>
/// Part files are created exclusively, and no link is followed. What was left is gone on with only in a folder in which nobody else can
/// create, rename or remove files: anywhere else its name may have been given to another file of this user's, which its owner and the
/// number of its links would not tell. There it is removed, and never opened for writing.
/// </para>
/// </summary>
/// <param name="folder">Its full path.</param>
/// <param name="clock">The clock of delays and of what is abandoned.</param>
/// <param name="disk">The calls that part files are opened and renamed by; null = the system's.</param>
/// <param name="renameTimeout">
/// How long a rename is tried again while something else holds the file (antivirus, indexer); null = 5 seconds.
/// </param>
internal sealed class VideoFolder(string folder, Clock clock, Disk? disk = null, TimeSpan? renameTimeout = null) : IVideoStore
{
    private const string Extension = ".part";
    private const int RandomLength = 8;

    /// <summary>
    /// Where locks do not hold, a part file that nobody has written to for so long is nobody's: a live run writes or gives up sooner.
    /// </summary>
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    public string Place { get; } = DestinationFolder.Trim(folder);

    // A name that would be too long for this folder is cut; .NET Framework takes 259 characters for a whole path
    public int MaxStemBytes =>
#if NETFRAMEWORK
        FileNames.GetMaxStem(Place.Length, 259);
#else
        FileNames.MaxStemBytes;
#endif

    internal Clock Clock => clock;

    internal Disk Disk { get; } = disk ?? Disk.Real;

    internal TimeSpan RenameTimeout { get; } = renameTimeout ?? TimeSpan.FromSeconds(5);

    public string GetPath(string name) => Path.Combine(Place, name);

    public string GetName(string path) => Path.GetFileName(path);

    public ValueTask<bool> ExistsAsync(string name, string job, CancellationToken cancellationToken)
    {
        string path = GetPath(name);
        RefuseLink(path, job);
        return new ValueTask<bool>(Try(job, path, () => Disk.Exists(path)));
    }

    public ValueTask<Stream?> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return new ValueTask<Stream?>(RegularFile.TryOpen(GetPath(name), follow: false));
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            return default;
        }
    }

    public IPartFile Create(PartName name)
    {
        string path = CreatePath(name);
        return Try(name.Job, path, () => new PartFile(this, Disk.CreateAlone(path), path, name.Job));
    }

    /// <summary>
    /// The longest part file that nobody holds, renamed to be ours; the others of this job are removed, and in a folder of others all of them.
    /// </summary>
    public ValueTask<IPartFile?> ClaimAsync(PartName name, CancellationToken cancellationToken)
    {
        bool isPrivate = Disk.IsPrivate(Place);
        PartFile? longest = null;
        foreach (string path in Try(name.Job, Place, () => FindLeftovers(name)))
        {
            PartFile? claimed = TryClaim(path, isPrivate ? CreatePath(name) : null, name.Job);
            if (claimed?.Length > (longest?.Length ?? -1)) (longest, claimed) = (claimed, longest);
            claimed?.Discard();
        }
        return new ValueTask<IPartFile?>(longest);
    }

    internal static void RefuseLink(string path, string job)
    {
        if (Try(job, path, () => Disk.IsLink(path)))
            throw new CogVideoException(ErrorReason.DestinationUnusable, MessageKey.SaveLinkInTheWay, job, path) { AdviceKey = MessageKey.AdviceLinkInTheWay };
    }

    /// <summary>What a failure of the disk is called; a full one is told from all else by the system's error number.</summary>
    internal static CogVideoException Failure(string job, string path, Exception cause, string fullKey = MessageKey.SaveDiskFull) => Disk.IsFull(cause)
        ? new CogVideoException(ErrorReason.DiskFull, fullKey, job, path)
        : new CogVideoException(ErrorReason.WriteFailed, MessageKey.SaveWriteFailed, job, path, cause.Message);

    private string[] FindLeftovers(PartName name)
    {
        string prefix = Prefix(name);
        // The pattern has no text before its star: Wine matches none that has, and what begins as it should is seen below
        return [.. from path in Directory.EnumerateFiles(Place, "*" + Extension)
            let file = Path.GetFileName(path)
            where file.Length == prefix.Length + RandomLength + Extension.Length && file.StartsWith(prefix, StringComparison.Ordinal)
            select path];
    }

    /// <param name="path">What was left.</param>
    /// <param name="ours">Its new name; null: it must not be gone on with, only removed.</param>
    /// <param name="job">How messages name the job.</param>
    private PartFile? TryClaim(string path, string? ours, string job)
    {
        FileStream? stream = null;
        PartFile? claimed = null;
        try
        {
            bool isFile = Disk.TryFindStatus(path, follow: false) is not { Kind: not FileKind.Regular };
            FileAccess access = ours is null ? FileAccess.Read : FileAccess.ReadWrite;
            DateTime written = File.GetLastWriteTimeUtc(path);
            if (isFile) stream = Disk.OpenAlone(path, access);
            bool isLocked = isFile && IsLocked(path, access);
            if (isFile && !isLocked && clock.UtcNow - written < AbandonedAfter) return null;
            if (ours is null || !isFile)
            {
                // While it is locked: nobody can claim it in between. A link or a pipe no run of ours has left
                File.Delete(path);
                return null;
            }

            // Before it has our name, or another run would find it under that, as old as it was
            if (!isLocked) File.SetLastWriteTimeUtc(path, clock.UtcNow);
            if (!Disk.TryRename(path, ours)) return null;
            claimed = new PartFile(this, stream!, ours, job);
            // What was written just before a power cut may have holes, anywhere
            if (written < clock.UtcNow - Uptime) claimed.Restart();
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
            Disk.OpenAlone(path, access).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // How long the machine has been on, of the system's monotonic clock
    private TimeSpan Uptime => TimeSpan.FromSeconds(clock.Time.GetTimestamp() / (double)clock.Time.TimestampFrequency);

    private string CreatePath(PartName name) => GetPath(Prefix(name) + Guid.NewGuid().ToString("N").Substring(0, RandomLength) + Extension);

    private static string Prefix(PartName name) => $".{name.Stem}.{name.Id}.";

    internal static T Try<T>(string job, string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            throw Failure(job, path, e);
        }
    }
}
