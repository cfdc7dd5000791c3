using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>
/// Saves results as files that can be trusted: a final name only ever holds complete, checked bytes. Several are saved at once, the
/// others queue; nothing here blocks its caller.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    private readonly DownloaderOptions _options;
    private readonly HttpMessageInvoker _http;
    private readonly SemaphoreSlim _turns;
    private readonly CancellationTokenSource _stop = new();
    private readonly NameClaims _names = new();
    private readonly Dictionary<string, Save> _saves = new(StringComparer.Ordinal);

    internal Downloader(DownloaderOptions options)
    {
        _options = options;
        _http = new HttpMessageInvoker(options.CreateHandler?.Invoke() ?? DownloadHandler.Create(options));
        _turns = new SemaphoreSlim(options.ThrottleLimit);
    }

    /// <summary>Files and bytes so far.</summary>
    internal DownloadProgress Progress { get; } = new();

    /// <summary>A job of this batch will follow under its name: of twins the id decides who gets the name, whichever is complete first.</summary>
    internal void Expect(CogVideoItem job, string directory) => SaveJob.Expect(job, directory, _names);

    /// <summary>Queues a result and returns at once. The same job with the same name is downloaded once, however often it comes.</summary>
    /// <exception cref="CogVideoException">In the task: why the video could not be saved.</exception>
    internal Task<SavedVideo> SaveAsync(SaveRequest request, CancellationToken cancellationToken)
    {
        Progress.Accept();
        SaveJob job;
        try
        {
            job = new SaveJob(request, _http, _options, _names, Progress);
        }
        catch (CogVideoException e)
        {
            Progress.Start();
            Progress.End(saved: false);
            return Task.FromException<SavedVideo>(e);
        }

        lock (_saves)
        {
            _saves.TryGetValue(job.Key, out Save? before);
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            // Queued here, not on the pool: turns are taken in the order of the calls
            Task? turn = before is null ? _turns.WaitAsync(stop.Token) : null;
            Task<SavedVideo> save = Task.Run(() => RunAsync(job, request.Result, before, turn, stop), CancellationToken.None);
            _saves[job.Key] = new Save(request.Result.RequestId, save);
            return save;
        }
    }

    /// <summary>Cancels what is under way, closes all connections and files, and keeps what was received for a later run.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
        Task[] saves;
        lock (_saves)
        {
            saves = [.. _saves.Values.Select(save => save.Task)];
        }

        // Only a disk that hangs takes longer, and nobody waits for that
        _ = Task.WhenAny(Task.WhenAll(saves)).Wait(Patience);
    }

    private async Task<SavedVideo> RunAsync(SaveJob job, CogVideoResult result, Save? before, Task? turn, CancellationTokenSource stop)
    {
        bool saved = false;
        bool started = false;
        try
        {
            if (before is not null)
            {
                await Task.WhenAny(before.Task).ConfigureAwait(false);
                if (before.RequestId is not null && result.RequestId is not null && before.RequestId != result.RequestId)
                {
                    throw Failures.DuplicateId(result);
                }
            }

            await (turn ?? _turns.WaitAsync(stop.Token)).ConfigureAwait(false);
            started = true;
            Progress.Start();
            SavedVideo video = before is { Task.Status: TaskStatus.RanToCompletion }
                ? before.Task.Result with { AlreadyThere = true }
                : await job.RunAsync(stop.Token).ConfigureAwait(false);
            saved = true;
            return video;
        }
        finally
        {
            if (started)
            {
                _turns.Release();
            }
            else
            {
                Progress.Start();
            }

            Progress.End(saved);
            stop.Dispose();
        }
    }

    private sealed record Save(string? RequestId, Task<SavedVideo> Task);
}
