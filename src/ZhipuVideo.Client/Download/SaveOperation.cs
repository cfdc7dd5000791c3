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
internal sealed class SaveOperation
{
    internal const string VideoExtension = ".mp4";

    private readonly CogVideoResult _result;
    private readonly SaveOptions _saveOptions;
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
    internal SaveOperation(
        CogVideoResult result,
        SaveOptions saveOptions,
        string folder,
        RoutedInvoker http,
        DownloaderOptions options,
        NameClaims names,
        DownloadProgress progress,
        DownloadSlot slot)
    {
        if (CogVideoStatus.IsFailure(result.Status)) throw DownloadErrors.JobFailed(result);
        if (!CogVideoStatus.Is(result.Status, CogVideoStatus.Success)) throw DownloadErrors.JobNotFinished(result);
        _links = new DownloadLinks(result, options);
        if (_links.GetVideo(0) is not string link || string.IsNullOrWhiteSpace(link)) throw DownloadErrors.ResultMissing(result);

        _result = result;
        _saveOptions = saveOptions;
        _folder = folder;
        _http = http;
        _options = options;
        _names = names;
        _progress = progress;
        _slot = slot;
        _job = DownloadErrors.GetLabel(result);
        _id = FileNames.FromId(result.Id.Length > 0 ? result.Id : result.RequestId ?? link);
        _stem = ChooseStem(folder, _id, saveOptions.FileName, result.Name, FileNames.FromPrompt(result.Prompt, _id));
        names.Want(_stem + VideoExtension, _id);
    }

    /// <summary>The first of several wishes that a video's name can be made of, without its extension; else the id.</summary>
    internal static string ChooseStem(string folder, string id, params string?[] wishes)
    {
        // A name that would be too long for this folder is cut; .NET Framework takes 259 characters for a whole path
#if NETFRAMEWORK
        int room = Math.Min(FileNames.MaxStemBytes, Math.Max(8, 259 - folder.Length - (255 - FileNames.MaxStemBytes)));
#else
        const int room = FileNames.MaxStemBytes;
#endif
        foreach (string? wish in wishes) if (FileNames.Safe(wish ?? "", VideoExtension, room) is { Length: > 0 } stem) return stem;
        return id;
    }

    internal async Task<SavedVideo> RunAsync(CancellationToken cancellationToken)
    {
        SavedVideo saved = await SaveAsync(Media.Video, () => _links.GetVideo(0), _stem, cancellationToken).ConfigureAwait(false);
        string stem = Path.GetFileNameWithoutExtension(saved.Path);
        List<string> more = [];
        for (int i = 1; _links.GetVideo(i) is not null; i++)
        {
            int index = i;
            string next = stem + "-" + (i + 1).ToString(CultureInfo.InvariantCulture);
            more.Add((await SaveAsync(Media.Video, () => _links.GetVideo(index), next, cancellationToken).ConfigureAwait(false)).Path);
        }

        saved = saved with { AdditionalPaths = more };
        if (!_saveOptions.IncludeCover) return saved;
        if (string.IsNullOrWhiteSpace(_links.Cover)) return saved with { CoverError = DownloadErrors.CoverMissing(_result) };
        try
        {
            return saved with { CoverPath = (await SaveAsync(Media.Image, () => _links.Cover, stem, cancellationToken).ConfigureAwait(false)).Path };
        }
        catch (CogVideoException e)
        {
            return saved with { CoverError = e };
        }
    }

    private async Task<SavedVideo> SaveAsync(Media media, Func<string?> pick, string stem, CancellationToken cancellationToken)
    {
        bool isVideo = media == Media.Video;
        // The host that has the video is up to date: its cover is waited for, but not for long
        TimeSpan publishTimeout = isVideo ? _options.PublishTimeout : TimeSpan.FromTicks(_options.PublishTimeout.Ticks / 10);
        RemoteFile remote = new(_http, _options, _links, pick, _slot, publishTimeout, _job);
        try
        {
            foreach (string extension in isVideo ? [VideoExtension] : FileSignature.ImageExtensions)
                if (await FindOursAsync(remote, stem, extension, cancellationToken).ConfigureAwait(false) is { } ours) return ours;

            // Of a cover, the part file's name is another than the video's
            PartFileStore store = CreateStore(isVideo ? stem : stem + ".cover");
            using ResumableTransfer transfer = new(remote, media, _progress, store, _options.MaxLength);
            using PartFile part = await transfer.RunAsync(cancellationToken).ConfigureAwait(false);
            part.Flush();
            cancellationToken.ThrowIfCancellationRequested();
            return await PlaceAsync(part, stem, isVideo ? VideoExtension : GetImageExtension(part), cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            // Hosts, types and broken headers are a server's words
            throw e.Mask(_options.Key);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            // Not a file but its folder: gone since it was found good, or its disk is
            throw DownloadErrors.Write(_job, _folder, e);
        }
    }

    private async Task<SavedVideo?> FindOursAsync(RemoteFile remote, string stem, string extension, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            string name = GetCandidate(stem, extension, i);
            string path = Path.Combine(_folder, name);
            if (i > 1 && !Disk.Exists(path)) return null;
            RefuseLink(path);
            bool isOurs = !_saveOptions.Force && _names.MayTake(name, _id) && File.Exists(path)
                && await ContentMatch.IsSameAsync(remote, path, cancellationToken).ConfigureAwait(false) && _names.TryTake(name, _id);
            if (!isOurs) continue;
            CreateStore(stem).Claim()?.Discard();
            long length = new FileInfo(path).Length;
            _progress.Expect(length);
            _progress.Receive(length);
            return new SavedVideo { Path = path, Length = length, AlreadyThere = true };
        }
    }

    private async Task<SavedVideo> PlaceAsync(PartFile part, string stem, string extension, CancellationToken cancellationToken)
    {
        long length = part.Length;
        for (int i = 0; ; i++)
        {
            string name = GetCandidate(stem, extension, i);
            if (!_names.TryTake(name, _id)) continue;
            string path = Path.Combine(_folder, name);
            RefuseLink(path);
            if (await RetryWhileLockedAsync(
                () => part.TryRename(path, replace: _saveOptions.Force && !Directory.Exists(path)),
                e => throw (Disk.IsFull(e) ? DownloadErrors.Write(_job, path, e) : DownloadErrors.RenameFailed(_job, part.FilePath, path, e.Message)),
                cancellationToken).ConfigureAwait(false))
            {
                Disk.SyncFolder(_folder);
                return new SavedVideo { Path = path, Length = length };
            }

            // A file that another process holds all the time cannot be compared: it is not known to be ours
            if (await RetryWhileLockedAsync(() => ContentMatch.IsSame(part, path), static _ => false, cancellationToken).ConfigureAwait(false))
            {
                part.Discard();
                return new SavedVideo { Path = path, Length = length, AlreadyThere = true };
            }
        }
    }

    /// <summary>Tries again while something else holds a file: an antivirus, an indexer, another run that is just closing it.</summary>
    private async Task<bool> RetryWhileLockedAsync(Func<bool> action, Func<Exception, bool> giveUp, CancellationToken cancellationToken)
    {
        double end = _options.Clock.Now + _options.RenameTimeout.TotalSeconds;
        while (true)
        {
            try
            {
                return action();
            }
            catch (Exception e) when (Disk.IsFailure(e))
            {
                if (Disk.IsFull(e) || _options.Clock.Now >= end) return giveUp(e);
            }
            await _options.Clock.DelayAsync(0.1, cancellationToken).ConfigureAwait(false);
        }
    }

    private void RefuseLink(string path)
    {
        if (Disk.IsLink(path)) throw DownloadErrors.LinkInTheWay(_job, path);
    }

    private PartFileStore CreateStore(string stem) => new(_options, _folder, stem, _id, _job);

    private string GetCandidate(string stem, string extension, int number) => number switch
    {
        0 => stem + extension,
        1 => $"{stem}-{_id}{extension}",
        _ => string.Format(CultureInfo.InvariantCulture, "{0}-{1}-{2}{3}", stem, _id, number, extension),
    };

    private static string GetImageExtension(PartFile part)
    {
        byte[] head = new byte[FileSignature.Length];
        return FileSignature.GetImageExtension(head.AsSpan(0, part.Read(0, head, head.Length)))!;
    }
}
