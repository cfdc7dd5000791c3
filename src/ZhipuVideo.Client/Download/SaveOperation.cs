using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Files;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// One result on its way to its place: its videos, then its cover. A name that is taken by this job's own file is not downloaded again;
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
        (_result, _options, _context, _slot) = (result, options, context, slot);
        _links = new DownloadLinks(result, context.Options.Refresh);
        _job = GetLabel(result);
        string link = _links.GetVideo(0) ?? "";
        if (CogVideoStatus.IsFailure(result.Status))
        {
            string why = result.ErrorMessage ?? result.ErrorCode ?? "-";
            throw new CogVideoException(ErrorReason.JobFailed, MessageKey.SaveJobFailed, _job, why) { Code = result.ErrorCode };
        }
        if (!CogVideoStatus.Is(result.Status, CogVideoStatus.Success))
            throw new CogVideoException(ErrorReason.JobNotFinished, MessageKey.SaveJobNotFinished, _job, result.Status);
        if (string.IsNullOrWhiteSpace(link) && result.ErrorCode == nameof(ErrorReason.ResultExpired))
            throw new CogVideoException(ErrorReason.ResultExpired, MessageKey.SaveTaskGone, _job, result.Id) { RequestId = result.RequestId };
        if (string.IsNullOrWhiteSpace(link)) throw new CogVideoException(ErrorReason.ResultMissing, MessageKey.SaveResultMissing, _job);

        _id = FileNames.FromId(result.Id.Length > 0 ? result.Id : result.RequestId ?? link);
        _stem = ChooseStem(context.Store, _id, options.FileName, result.Name, FileNames.FromPrompt(result.Prompt, _id));
        context.Names.Want(_stem + VideoExtension, _id);
    }

    /// <summary>The first of several wishes that a video's name can be made of, without its extension; else the id.</summary>
    internal static string ChooseStem(IVideoStore store, string id, params string?[] wishes) =>
        wishes.Select(wish => FileNames.Safe(wish ?? "", VideoExtension, store.MaxStemBytes)).FirstOrDefault(stem => stem.Length > 0) ?? id;

    internal async Task<SavedVideo> RunAsync(CancellationToken cancellationToken)
    {
        SavedVideo saved = await SaveAsync(Media.Video, links => links.GetVideo(0), _stem, cancellationToken).ConfigureAwait(false);
        string stem = Path.GetFileNameWithoutExtension(_context.Store.GetName(saved.Path));
        List<string> more = [];
        for (int i = 1; _links.GetVideo(i) is not null; i++)
        {
            int index = i;
            string next = stem + "-" + (i + 1).ToString(CultureInfo.InvariantCulture);
            more.Add((await SaveAsync(Media.Video, links => links.GetVideo(index), next, cancellationToken).ConfigureAwait(false)).Path);
        }

        saved = saved with { AdditionalPaths = more };
        if (!_options.IncludeCover) return saved;
        try
        {
            if (string.IsNullOrWhiteSpace(_links.Cover)) throw new CogVideoException(ErrorReason.ResultMissing, MessageKey.SaveCoverMissing, _job);
            return saved with { CoverPath = (await SaveAsync(Media.Image, links => links.Cover, stem, cancellationToken).ConfigureAwait(false)).Path };
        }
        catch (CogVideoException e)
        {
            return saved with { CoverError = e };
        }
    }

    private async Task<SavedVideo> SaveAsync(Media media, Func<DownloadLinks, string?> pick, string stem, CancellationToken cancellationToken)
    {
        bool isVideo = media == Media.Video;
        // The host that has the video is up to date: its cover is waited for, but not for long
        TimeSpan publishTimeout = isVideo ? _context.Options.PublishTimeout : TimeSpan.FromTicks(_context.Options.PublishTimeout.Ticks / 10);
        RemoteFile remote = new(_context.Http, _context.Options, _links, pick, _slot, publishTimeout, _job);
        // Of a cover, the part file's name is another than the video's
        PartName name = new(isVideo ? stem : stem + ".cover", _id, _job);
        try
        {
            string? free = null;
            foreach (string extension in isVideo ? [VideoExtension] : FileSignature.ImageExtensions)
            {
                (SavedVideo? ours, free) = await FindOursAsync(remote, name, stem, extension, cancellationToken).ConfigureAwait(false);
                if (ours is not null) return ours;
            }
            name = name with { Target = isVideo ? free : null };

            using ResumableTransfer transfer = new(remote, media, _context.Progress, _context.Store, name, _context.Options.MaxLength);
            IPartFile part = await transfer.RunAsync(cancellationToken).ConfigureAwait(false);
            byte[] head = new byte[FileSignature.Length];
            int read = part.Read(0, head, head.Length);
            string ending = isVideo ? VideoExtension : FileSignature.GetImageExtension(head.AsSpan(0, read))!;
            for (int i = 0; ; i++)
            {
                string candidate = GetCandidate(stem, ending, i);
                if (!_context.Names.TryTake(candidate, _id)) continue;
                Placement placement = await part.PlaceAsync(candidate, _options.Force, cancellationToken).ConfigureAwait(false);
                if (placement == Placement.Taken) continue;
                if (placement == Placement.Again) return await SaveAsync(media, pick, stem, cancellationToken).ConfigureAwait(false);
                return await DescribeAsync(candidate, part.Length, placement == Placement.AlreadyThere, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (CogVideoException e)
        {
            // Hosts, types and broken headers are a server's words
            throw e.Mask(_context.Options.Key);
        }
    }

    /// <summary>What this job has saved before, else the first name that seems to be free.</summary>
    private async Task<(SavedVideo? Ours, string? Free)> FindOursAsync(RemoteFile remote, PartName part, string stem, string extension, CancellationToken cancellationToken)
    {
        string? free = null;
        for (int i = 0; ; i++)
        {
            string name = GetCandidate(stem, extension, i);
            bool exists = await _context.Store.ExistsAsync(name, _job, cancellationToken).ConfigureAwait(false);
            if ((!exists || _options.Force) && _context.Names.MayTake(name, _id)) free ??= name;
            if (i > 1 && !exists) return (null, free);
            if (!exists || _options.Force || !_context.Names.MayTake(name, _id)) continue;
            long? length = await RemoteComparison.FindSameAsync(remote, _context.Store, name, cancellationToken).ConfigureAwait(false);
            if (length is null || !_context.Names.TryTake(name, _id)) continue;
            (await _context.Store.ClaimAsync(part, cancellationToken).ConfigureAwait(false))?.Discard();
            _context.Progress.Expect(length.Value);
            _context.Progress.Receive(length.Value);
            return (await DescribeAsync(name, length.Value, isThere: true, cancellationToken).ConfigureAwait(false), free);
        }
    }

    /// <summary>What is in its place now, looked into if it is a video. It is saved: whatever keeps it from being read is no failure.</summary>
    private async Task<SavedVideo> DescribeAsync(string name, long length, bool isThere, CancellationToken cancellationToken)
    {
        SavedVideo saved = new() { Path = _context.Store.GetPath(name), Length = length, AlreadyThere = isThere };
        if (!name.EndsWith(VideoExtension, StringComparison.Ordinal)) return saved;
        try
        {
            using Stream? file = await _context.Store.OpenAsync(name, cancellationToken).ConfigureAwait(false);
            return file is null ? saved : saved with { Facts = Mp4Reader.Read(file) };
        }
        catch (Exception e) when (Disk.IsFailure(e) || e is CogVideoException or OperationCanceledException)
        {
            return saved;
        }
    }

    private string GetCandidate(string stem, string extension, int number) => number switch
    {
        0 => stem + extension,
        1 => $"{stem}-{_id}{extension}",
        _ => $"{stem}-{_id}-{number.ToString(CultureInfo.InvariantCulture)}{extension}",
    };

    /// <summary>How a message names a job: its name and its id. Of an address without a task it names the host and nothing else.</summary>
    private static string GetLabel(CogVideoResult result)
    {
        string id = result.Id.Length > 0 ? result.Id : result.RequestId ?? "";
        if (string.IsNullOrWhiteSpace(result.Name)) return id.Length == 0 && Address.TryParseLink(result.Url ?? "", out Uri uri) ? uri.Host : id;
        return id.Length == 0 ? result.Name! : $"{result.Name} ({id})";
    }
}
