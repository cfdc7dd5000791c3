using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Download;

/// <summary>
/// Saves results in one place, as files that can be trusted: a final name only ever holds complete, checked bytes. Several are saved at
/// once, the others queue; nothing here blocks its caller.
/// </summary>
/// <param name="store">Where they are saved.</param>
/// <param name="options">What it is built from.</param>
internal sealed class Downloader(IVideoStore store, DownloaderOptions options) : IDisposable
{
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromMilliseconds(150);

    private readonly DownloadContext _context = new(
        store, options, new RoutedInvoker(options.CreateHandler?.Invoke() ?? HttpHandlers.CreateForDownloads(options.AllowHttp, options.ThrottleLimit)));
    private readonly SemaphoreSlim _slots = new(options.ThrottleLimit);
    private readonly StrongBox<int> _waiting = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CountdownEvent _open = new(1); // this, and the saves under way or queued

    internal DownloadProgress Progress => _context.Progress;

    /// <summary>A job of this batch will follow under its name: of several that want it the id decides, whichever is complete first.</summary>
    internal void Expect(CogVideoItem job)
    {
        string id = FileNames.FromId(job.Id);
        _context.Names.Want(SaveOperation.ChooseStem(store, id, job.Name, FileNames.FromPrompt(job.Prompt, id)) + SaveOperation.VideoExtension, id);
    }

    /// <summary>
    /// Queues a result and returns at once. Up to its first wait it runs on the caller's thread: names are wanted and slots are taken in the
    /// order of the calls.
    /// </summary>
    /// <param name="result">Its status must be Success and it must have a link.</param>
    /// <param name="how">How it is saved.</param>
    /// <param name="cancellationToken">Gives up; what was received is kept for a later run.</param>
    /// <exception cref="CogVideoException">In the task: why the video could not be saved.</exception>
    internal async Task<SavedVideo> SaveAsync(CogVideoResult result, SaveOptions how, CancellationToken cancellationToken)
    {
        DownloadSlot slot = new(_slots, _waiting);
        bool isCounted = _open.TryAddCount();
        try
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            SaveOperation operation = new(result, how, _context, slot);
            await slot.TakeAsync(stop.Token).ConfigureAwait(false);
            return await Task.Run(() => operation.RunAsync(stop.Token), CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            slot.Leave();
            if (isCounted) _open.Signal();
        }
    }

    /// <summary>Cancels what is under way, closes all connections and files, and keeps what was received for a later run.</summary>
    public void Dispose()
    {
        if (_stop.IsCancellationRequested) return;
        _stop.Cancel();
        _context.Http.Dispose();
        _open.Signal();
        // Only a disk that hangs takes longer, and nobody waits for that
        _open.Wait(DisposeTimeout);
        (store as IDisposable)?.Dispose();
    }
}

/// <summary>What the saves of one <see cref="Downloader"/> share.</summary>
internal sealed record DownloadContext(IVideoStore Store, DownloaderOptions Options, RoutedInvoker Http)
{
    internal NameClaims Names { get; } = new();

    internal DownloadProgress Progress { get; } = new();
}
