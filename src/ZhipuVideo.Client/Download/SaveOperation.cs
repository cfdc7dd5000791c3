using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
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
    private readonly SaveOptions _options;
    private readonly DownloadContext _context;
    private readonly DownloadSlot _slot;
    private readonly DownloadLinks _links;
    private readonly string _job;
    private readonly string _id;
    private readonly string _stem;

    /// <exception cref="CogVideoException">The result is not one that can be saved.</exception>
    internal SaveOperation(CogVideoResult result, SaveOptions options, DownloadContext context, DownloadSlot slot)
    {
        if (CogVideoStatus.IsFailure(result.Status)) throw DownloadErrors.JobFailed(result);
        if (!CogVideoStatus.Is(result.Status, CogVideoStatus.Success)) throw DownloadErrors.JobNotFinished(result);
        _links = new DownloadLinks(result, context.Options);
        if (_links.GetVideo(0) is not string link || string.IsNullOrWhiteSpace(link))
            throw result.ErrorCode == nameof(ErrorReason.ResultExpired) ? DownloadErrors.TaskGone(result) : DownloadErrors.ResultMissing(result);

        _result = result;
        _options = options;
        _context = context;
        _slot = slot;
        _job = DownloadErrors.GetLabel(result);
        _id = FileNames.FromId(result.Id.Length > 0 ? result.Id : result.RequestId ?? link);
        _stem = ChooseStem(context.Store, _id, options.FileName, result.Name, FileNames.FromPrompt(result.Prompt, _id));
        context.Names.Want(_stem + VideoExtension, _id);
    }

    /// <summary>The first of several wishes that a video's name can be made of, without its extension; else the id.</summary>
    internal static string ChooseStem(IVideoStore store, string id, params string?[] wishes)
    {
        foreach (string? wish in wishes) if (FileNames.Safe(wish ?? "", VideoExtension, store.MaxStemBytes) is { Length: > 0 } stem) return stem;
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
        if (!_options.IncludeCover) return saved;
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
        TimeSpan publishTimeout = isVideo ? _context.Options.PublishTimeout : TimeSpan.FromTicks(_context.Options.PublishTimeout.Ticks / 10);
        RemoteFile remote = new(_context.Http, _context.Options, _links, pick, _slot, publishTimeout, _job);
        try
        {
            foreach (string extension in isVideo ? [VideoExtension] : FileSignature.ImageExtensions)
                if (await FindOursAsync(remote, stem, extension, cancellationToken).ConfigureAwait(false) is { } ours) return ours;

            // Of a cover, the part file's name is another than the video's
            PartName name = CreatePartName(isVideo ? stem : stem + ".cover");
            using ResumableTransfer transfer = new(remote, media, _context.Progress, _context.Store, name, _context.Options.MaxLength);
            using IPartFile part = await transfer.RunAsync(cancellationToken).ConfigureAwait(false);
            return await PlaceAsync(part, stem, isVideo ? VideoExtension : GetImageExtension(part), cancellationToken).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            // Hosts, types and broken headers are a server's words
            throw e.Mask(_context.Options.Key);
        }
    }

    private async Task<SavedVideo?> FindOursAsync(RemoteFile remote, string stem, string extension, CancellationToken cancellationToken)
    {
        for (int i = 0; ; i++)
        {
            string name = GetCandidate(stem, extension, i);
            bool exists = await _context.Store.ExistsAsync(name, _job, cancellationToken).ConfigureAwait(false);
            if (i > 1 && !exists) return null;
            if (!exists || _options.Force || !_context.Names.MayTake(name, _id)
                || await RemoteComparison.FindSameAsync(remote, _context.Store, name, cancellationToken).ConfigureAwait(false) is not { } length
                || !_context.Names.TryTake(name, _id)) continue;
            (await _context.Store.ClaimAsync(CreatePartName(stem), cancellationToken).ConfigureAwait(false))?.Discard();
            _context.Progress.Expect(length);
            _context.Progress.Receive(length);
            return new SavedVideo { Path = _context.Store.GetPath(name), Length = length, AlreadyThere = true };
        }
    }

    private async Task<SavedVideo> PlaceAsync(IPartFile part, string stem, string extension, CancellationToken cancellationToken)
    {
        long length = part.Length;
        for (int i = 0; ; i++)
        {
            string name = GetCandidate(stem, extension, i);
            if (!_context.Names.TryTake(name, _id)) continue;
            Placement placement = await part.PlaceAsync(name, _options.Force, cancellationToken).ConfigureAwait(false);
            if (placement != Placement.Taken)
                return new SavedVideo { Path = _context.Store.GetPath(name), Length = length, AlreadyThere = placement == Placement.AlreadyThere };
        }
    }

    private PartName CreatePartName(string stem) => new(stem, _id, _job);

    private string GetCandidate(string stem, string extension, int number) => number switch
    {
        0 => stem + extension,
        1 => $"{stem}-{_id}{extension}",
        _ => string.Format(CultureInfo.InvariantCulture, "{0}-{1}-{2}{3}", stem, _id, number, extension),
    };

    private static string GetImageExtension(IPartFile part)
    {
        byte[] head = new byte[FileSignature.Length];
        return FileSignature.GetImageExtension(head.AsSpan(0, part.Read(0, head, head.Length)))!;
    }
}
