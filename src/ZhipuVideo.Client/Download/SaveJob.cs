using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// One result on its way to the disk: its videos, then its cover. A name that is taken by this job's own file is not downloaded again;
/// one that is taken by anything else becomes <c>Name-&lt;Id&gt;</c>, then <c>Name-&lt;Id&gt;-2</c> and so on: a paid video is always
/// saved and nothing is overwritten.
/// </summary>
internal sealed class SaveJob
{
    private const string VideoExtension = ".mp4";

    private readonly SaveRequest _request;
    private readonly RoutedInvoker _http;
    private readonly DownloaderOptions _options;
    private readonly NameClaims _names;
    private readonly DownloadProgress _progress;
    private readonly DownloadSlot _slot;
    private readonly DownloadLinks _links;
    private readonly string _job;
    private readonly string _folder;
    private readonly string _id;
    private readonly string _stem;

    /// <exception cref="CogVideoException">The result is not one that can be saved.</exception>
    internal SaveJob(SaveRequest request, string folder, RoutedInvoker http, DownloaderOptions options, NameClaims names, DownloadProgress progress, DownloadSlot slot)
    {
        CogVideoResult result = request.Result;
        if (CogVideoStatus.IsFailure(result.Status))
        {
            throw Failures.JobFailed(result);
        }

        if (!CogVideoStatus.Is(result.Status, CogVideoStatus.Success))
        {
            throw Failures.JobNotFinished(result);
        }

        _links = new DownloadLinks(result, options);
        if (_links.Video(0) is not string link || string.IsNullOrWhiteSpace(link))
        {
            throw Failures.ResultMissing(result);
        }

        _request = request;
        _http = http;
        _options = options;
        _names = names;
        _progress = progress;
        _slot = slot;
        _job = Failures.Label(result);
        _folder = folder;
        _id = SafeId(result.Id.Length > 0 ? result.Id : result.RequestId ?? link);
        _stem = FirstUsable(_folder, request.FileName, result.Name, FileNames.FromPrompt(result.Prompt, _id)) ?? _id;
        names.Want(_stem + VideoExtension, _id);
    }

    /// <summary>Says of a job that is not complete yet which name it will want.</summary>
    internal static void Expect(CogVideoItem job, string folder, NameClaims names)
    {
        string id = SafeId(job.Id);
        names.Want((FirstUsable(folder, job.Name, FileNames.FromPrompt(job.Prompt, id)) ?? id) + VideoExtension, id);
    }

    internal async Task<SavedVideo> RunAsync(CancellationToken cancellationToken)
    {
        SavedFile video = await SaveAsync(Media.Video, links => links.Video(0), _stem, cancellationToken).ConfigureAwait(false);
        string stem = Path.GetFileNameWithoutExtension(video.Path);

        var more = new List<string>();
        for (int i = 1; _links.Video(i) is not null; i++)
        {
            int index = i;
            string next = stem + "-" + (i + 1).ToString(CultureInfo.InvariantCulture);
            more.Add((await SaveAsync(Media.Video, links => links.Video(index), next, cancellationToken).ConfigureAwait(false)).Path);
        }

        var saved = new SavedVideo { Path = video.Path, Length = video.Length, AlreadyThere = video.AlreadyThere, AdditionalPaths = more };
        if (!_request.IncludeCover)
        {
            return saved;
        }

        if (string.IsNullOrWhiteSpace(_links.Cover))
        {
            return saved with { CoverError = Failures.CoverMissing(_request.Result) };
        }

        try
        {
            SavedFile picture = await SaveAsync(Media.Picture, links => links.Cover, stem, cancellationToken).ConfigureAwait(false);
            return saved with { CoverPath = picture.Path };
        }
        catch (CogVideoException e)
        {
            return saved with { CoverError = e };
        }
    }

    private async Task<SavedFile> SaveAsync(Media media, Func<DownloadLinks, string?> pick, string stem, CancellationToken cancellationToken)
    {
        try
        {
            return await SaveUnmaskedAsync(media, pick, stem, cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            // Hosts, types and broken headers are a server's words
            throw e.Mask(_options.Key);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            // Not a file but its folder: gone since it was found good, or its disk is
            throw Failures.Write(_job, _folder, e);
        }
    }

    private async Task<SavedFile> SaveUnmaskedAsync(Media media, Func<DownloadLinks, string?> pick, string stem, CancellationToken cancellationToken)
    {
        // The host that has the video is up to date: its cover is waited for, but not for long
        TimeSpan publishTimeout = media == Media.Video ? _options.PublishTimeout : TimeSpan.FromTicks(_options.PublishTimeout.Ticks / 10);
        var remote = new RemoteFile(_http, _options, _links, pick, _slot, publishTimeout, _job);
        string[] extensions = media == Media.Video ? [VideoExtension] : FileSignature.PictureExtensions;
        foreach (string extension in extensions)
        {
            if (await FindOursAsync(remote, stem, extension, cancellationToken).ConfigureAwait(false) is SavedFile ours)
            {
                return ours;
            }
        }

        // Of a cover, the part file's name is another than the video's
        PartFileStore store = PartsOf(media == Media.Video ? stem : stem + ".cover");
        using var transfer = new Transfer(remote, media, _progress, store, _options.MaxLength);
        using PartFile part = await transfer.RunAsync(cancellationToken).ConfigureAwait(false);
        part.Flush();
        cancellationToken.ThrowIfCancellationRequested();
        string deserved = media == Media.Video ? VideoExtension : PictureExtension(part);
        return await PlaceAsync(part, stem, deserved, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SavedFile?> FindOursAsync(RemoteFile remote, string stem, string extension, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            string name = Candidate(stem, extension, i);
            string path = Path.Combine(_folder, name);
            if (i > 1 && !Disk.Exists(path))
            {
                return null;
            }

            RefuseLink(path);
            if (!_request.Force && _names.MayTake(name, _id) && File.Exists(path)
                && await new Comparison(remote, path).RunAsync(cancellationToken).ConfigureAwait(false) && _names.TryTake(name, _id))
            {
                using PartFile? leftover = PartsOf(stem).Claim();
                leftover?.Discard();
                long length = new FileInfo(path).Length;
                _progress.Expect(length);
                _progress.Receive(length);
                return new SavedFile(path, length, true);
            }
        }
    }

    private async Task<SavedFile> PlaceAsync(PartFile part, string stem, string extension, CancellationToken cancellationToken)
    {
        long length = part.Length;
        for (int i = 0; ; i++)
        {
            string name = Candidate(stem, extension, i);
            if (!_names.TryTake(name, _id))
            {
                continue;
            }

            string path = Path.Combine(_folder, name);
            RefuseLink(path);
            if (await TryRenameAsync(part, path, cancellationToken).ConfigureAwait(false))
            {
                NativeFile.SyncFolder(_folder);
                return new SavedFile(path, length, false);
            }

            if (await HasSameContentAsync(part, path, cancellationToken).ConfigureAwait(false))
            {
                part.Discard();
                return new SavedFile(path, length, true);
            }
        }
    }

    private Task<bool> TryRenameAsync(PartFile part, string path, CancellationToken cancellationToken)
    {
        bool Rename()
        {
            if (!_request.Force || Directory.Exists(path))
            {
                return part.TryRename(path);
            }

            part.Replace(path);
            return true;
        }

        return PatientlyAsync(
            Rename,
            e => throw (Disk.IsFull(e) ? Failures.Write(_job, path, e) : Failures.RenameFailed(_job, part.FilePath, path, e.Message)),
            cancellationToken);
    }

    /// <summary>A file that another process holds all the time cannot be compared: it is not known to be ours.</summary>
    private Task<bool> HasSameContentAsync(PartFile part, string path, CancellationToken cancellationToken) =>
        PatientlyAsync(() => part.HasSameContent(path), static _ => false, cancellationToken);

    /// <summary>Tries again while something else holds a file: an antivirus, an indexer, another run that is just closing it.</summary>
    private async Task<bool> PatientlyAsync(Func<bool> action, Func<Exception, bool> giveUp, CancellationToken cancellationToken)
    {
        long start = _options.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return action();
            }
            catch (Exception e) when (Disk.IsFailure(e))
            {
                if (Disk.IsFull(e) || _options.Time.GetElapsedTime(start) >= _options.RenamePatience)
                {
                    return giveUp(e);
                }
            }

            await _options.Time.DelayAsync(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
        }
    }

    private void RefuseLink(string path)
    {
        if (Disk.IsLink(path))
        {
            throw Failures.LinkInTheWay(_job, path);
        }
    }

    private PartFileStore PartsOf(string stem) => new(_options.Disk, _folder, stem, _id, _job);

    private string Candidate(string stem, string extension, int number) => number switch
    {
        0 => stem + extension,
        1 => $"{stem}-{_id}{extension}",
        _ => string.Format(CultureInfo.InvariantCulture, "{0}-{1}-{2}{3}", stem, _id, number, extension),
    };

    private static string PictureExtension(PartFile part)
    {
        byte[] head = new byte[FileSignature.Length];
        return FileSignature.PictureExtension(head.AsSpan(0, part.Read(0, head, head.Length)))!;
    }

    // A name that would be too long for this folder is cut; .NET Framework takes 259 characters for a whole path
    private static string? FirstUsable(string folder, params string?[] names)
    {
#if NETFRAMEWORK
        int room = Math.Max(8, 259 - folder.Length - (255 - FileNames.MaxStemBytes));
#else
        const int room = FileNames.MaxStemBytes;
#endif
        foreach (string? name in names)
        {
            if (FileNames.Safe(name ?? "", VideoExtension, Math.Min(room, FileNames.MaxStemBytes)) is { Length: > 0 } stem)
            {
                return stem;
            }
        }

        return null;
    }

    // Two ids that are made safe stay two: where something had to give, a digest of the whole id is added (FNV-1a)
    private static string SafeId(string id)
    {
        string safe = FileNames.Safe(id, maxBytes: FileNames.MaxIdBytes);
        if (safe == id)
        {
            return safe;
        }

        ulong digest = 14695981039346656037;
        foreach (char c in id)
        {
            digest = unchecked((digest ^ c) * 1099511628211);
        }

        return FileNames.Safe(id, maxBytes: FileNames.MaxIdBytes - 17) + "-" + digest.ToString("x16", CultureInfo.InvariantCulture);
    }

    private sealed record SavedFile(string Path, long Length, bool AlreadyThere);
}
