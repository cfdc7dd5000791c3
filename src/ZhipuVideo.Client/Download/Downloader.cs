using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Saves results in one place, as files that can be trusted: a final name only ever holds complete, checked bytes. Several are saved at
/// once, the others queue; nothing here blocks its caller.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromMilliseconds(150);

    private readonly DownloadContext _context;
    private readonly DownloadQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _saves = []; // under way or queued

    /// <param name="store">Where they are saved.</param>
    /// <param name="options">What it is built from.</param>
    internal Downloader(IVideoStore store, DownloaderOptions options)
    {
        RoutedInvoker http = new(options.CreateHandler?.Invoke() ?? DownloadHandler.Create(options));
        _context = new DownloadContext(store, options, http, new NameClaims(), new DownloadProgress());
        _queue = new DownloadQueue(options.ThrottleLimit);
    }

    /// <summary>Files and bytes so far.</summary>
    internal DownloadProgress Progress => _context.Progress;

    /// <summary>A job of this batch will follow under its name: of several that want it the id decides, whichever is complete first.</summary>
    internal void Expect(CogVideoItem job)
    {
        string id = FileNames.FromId(job.Id);
        _context.Names.Want(SaveOperation.ChooseStem(_context.Store, id, job.Name, FileNames.FromPrompt(job.Prompt, id)) + SaveOperation.VideoExtension, id);
    }

    /// <summary>Queues a result and returns at once.</summary>
    /// <param name="result">Its status must be Success and it must have a link.</param>
    /// <param name="options">How it is saved.</param>
    /// <param name="cancellationToken">Gives up; what was received is kept for a later run.</param>
    /// <exception cref="CogVideoException">In the task: why the video could not be saved.</exception>
    internal Task<SavedVideo> SaveAsync(CogVideoResult result, SaveOptions options, CancellationToken cancellationToken)
    {
        Task<SavedVideo> save = RunAsync(result, options, cancellationToken);
        lock (_saves) _saves.Add(save);
        _ = save.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return save;
    }

    /// <summary>Cancels what is under way, closes all connections and files, and keeps what was received for a later run.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _context.Http.Dispose();
        Task[] saves;
        lock (_saves) saves = [.. _saves];
        // Only a disk that hangs takes longer, and nobody waits for that
        _ = Task.WhenAny(Task.WhenAll(saves)).Wait(DisposeTimeout);
    }

    private void Forget(Task save)
    {
        lock (_saves) _saves.Remove(save);
    }

    // Up to its first wait on the caller's thread: names are wanted and slots are taken in the order of the calls
    private async Task<SavedVideo> RunAsync(CogVideoResult result, SaveOptions options, CancellationToken cancellationToken)
    {
        Progress.Accept();
        DownloadSlot slot = new(_queue, Progress);
        bool isSaved = false;
        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            SaveOperation operation = new(result, options, _context, slot);
            await slot.TakeAsync(stop.Token).ConfigureAwait(false);
            SavedVideo video = await Task.Run(() => operation.RunAsync(stop.Token), CancellationToken.None).ConfigureAwait(false);
            isSaved = true;
            return video;
        }
        finally
        {
            slot.Leave();
            Progress.End(isSaved);
        }
    }
}

/// <summary>What the saves of one <see cref="Downloader"/> share.</summary>
internal sealed record DownloadContext(IVideoStore Store, DownloaderOptions Options, RoutedInvoker Http, NameClaims Names, DownloadProgress Progress);
