using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Download;

/// <summary>
/// Saves results in one folder, as files that can be trusted: a final name only ever holds complete, checked bytes. Several are saved at
/// once, the others queue; nothing here blocks its caller.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    private readonly string _folder;
    private readonly DownloaderOptions _options;
    private readonly RoutedInvoker _http;
    private readonly DownloadQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly NameClaims _names = new();
    private readonly HashSet<Task> _saves = []; // under way or queued

    /// <param name="folder">The full path of an existing folder (<see cref="DestinationFolder.Prepare"/>).</param>
    /// <param name="options">What it is built from.</param>
    internal Downloader(string folder, DownloaderOptions options)
    {
        _folder = DestinationFolder.Trim(folder);
        _options = options;
        _http = new RoutedInvoker(options.CreateHandler?.Invoke() ?? DownloadHandler.Create(options));
        _queue = new DownloadQueue(options.ThrottleLimit);
    }

    /// <summary>Files and bytes so far.</summary>
    internal DownloadProgress Progress { get; } = new();

    /// <summary>A job of this batch will follow under its name: of twins the id decides who gets the name, whichever is complete first.</summary>
    internal void Expect(CogVideoItem job) => SaveJob.Expect(job, _folder, _names);

    /// <summary>Queues a result and returns at once.</summary>
    /// <exception cref="CogVideoException">In the task: why the video could not be saved.</exception>
    internal Task<SavedVideo> SaveAsync(SaveRequest request, CancellationToken cancellationToken)
    {
        Progress.Accept();
        var slot = new DownloadSlot(_queue, Progress);
        SaveJob job;
        try
        {
            job = new SaveJob(request, _folder, _http, _options, _names, Progress, slot);
        }
        catch (CogVideoException e)
        {
            Progress.Start();
            Progress.End(saved: false);
            return Task.FromException<SavedVideo>(e);
        }

        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        // Queued here, not on the pool: slots are taken in the order of the calls
        Task taken = slot.TakeAsync(stop.Token);
        Task<SavedVideo> save = Task.Run(() => RunAsync(job, slot, taken, stop), CancellationToken.None);
        lock (_saves)
        {
            _saves.Add(save);
        }

        _ = save.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return save;
    }

    /// <summary>Cancels what is under way, closes all connections and files, and keeps what was received for a later run.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        Task[] saves;
        lock (_saves)
        {
            saves = [.. _saves];
        }

        // Only a disk that hangs takes longer, and nobody waits for that
        _ = Task.WhenAny(Task.WhenAll(saves)).Wait(Patience);
    }

    private void Forget(Task save)
    {
        lock (_saves)
        {
            _saves.Remove(save);
        }
    }

    private async Task<SavedVideo> RunAsync(SaveJob job, DownloadSlot slot, Task taken, CancellationTokenSource stop)
    {
        bool saved = false;
        try
        {
            await taken.ConfigureAwait(false);
            SavedVideo video = await job.RunAsync(stop.Token).ConfigureAwait(false);
            saved = true;
            return video;
        }
        finally
        {
            if (!slot.IsHeld)
            {
                // Stopped while it stood in line
                Progress.Start();
            }

            slot.GiveBack();
            Progress.End(saved);
            stop.Dispose();
        }
    }
}
