using System.Collections.Concurrent;
using ZhipuVideo.Download;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>Queueing, stopping and what a killed run leaves (fault table, lines 49 to 51 and 54).</summary>
[Trait("Phase", "download")]
public sealed class StopTests : DownloadTest
{
    private static new readonly byte[] Video = ServedFile.Video(1_000_000);

    [Theory]
    [Each(true, false)]
    public async Task F51_A_stop_ends_everything_and_the_next_run_goes_on(bool byDispose)
    {
        ServedFile file = new ServedFile(Video) { Break = connection => connection.StallAsync() };
        Serve(async (request, connection) =>
        {
            if (request.Range is null) file.Breaks.Enqueue(400_000);

            await file.ServeAsync(request, connection);
        });
        using CancellationTokenSource stop = new CancellationTokenSource();
        Downloader downloader = Create(Options(throttle: 2));
        Task<SavedVideo>[] saves = SaveAll(downloader, 5, stop: stop.Token);
        await UntilAsync(() => downloader.Progress.BytesDone == 800_000);
        Assert.Equal(2, Server.Requests.Count);

        if (byDispose) downloader.Dispose();
        else await stop.CancelAsync();

        await AssertStoppedAsync(saves);

        await UntilAsync(() => Server.OpenConnections == 0);
        Assert.Empty(Files);
        Assert.Equal(2, Parts.Length);
        Assert.All(Parts, part => Assert.Equal(400_000, new FileInfo(part).Length));

        Downloader next = Create(Options());
        await Task.WhenAll(SaveAll(next, 2));
        Assert.Equal(["clip0.mp4", "clip1.mp4"], Files);
        AssertBytes(Video, "clip0.mp4");
        Assert.Empty(Parts);
        Assert.Equal(2, Server.Requests.Count(request => request.Range?.From > 0));
    }

    [Fact]
    public async Task Thirty_results_are_taken_at_once_and_saved_four_at_a_time()
    {
        int running = 0;
        ConcurrentBag<int> seen = [];
        TaskCompletionSource gate = new TaskCompletionSource();
        Serve(async (request, connection) =>
        {
            seen.Add(Interlocked.Increment(ref running));
            await gate.Task;
            Interlocked.Decrement(ref running);
            await new ServedFile(Video).ServeAsync(request, connection);
        });
        Downloader downloader = Create(Options(throttle: 4));
        Task<SavedVideo>[] saves = SaveAll(downloader, 30);
        Assert.All(saves, save => Assert.False(save.IsCompleted));
        await UntilAsync(() => Volatile.Read(ref running) == 4);
        gate.SetResult();
        await Task.WhenAll(saves);
        Assert.Equal(4, seen.Max());
        Assert.Equal(30, Files.Length);
        Assert.Empty(Parts);
    }

    [Fact]
    public async Task F55_Progress_never_falls_when_a_file_begins_anew()
    {
        Serve(new ServedFile(Video, 700_000, 300_000) { IgnoresRange = true });
        Downloader downloader = Create();
        Task<SavedVideo> save = SaveAsync(downloader, Request());
        List<long> seen = new List<long>();
        while (!save.IsCompleted)
        {
            seen.Add(downloader.Progress.BytesDone);
            await Task.Yield();
        }

        await save;
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(Video.Length, downloader.Progress.BytesDone);
    }

    [Fact]
    public async Task F50_What_was_written_before_a_restart_of_the_machine_is_not_built_upon()
    {
        File.SetLastWriteTimeUtc(Leave(Video.AsSpan(0, 600_000)), new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Serve(Video);
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all"], Ranges);
    }

    [Fact]
    public async Task F54_A_starved_thread_pool_is_slow_but_ends()
    {
        using StarvedPool starved = new();
        Serve(Video);
        await SaveAndCheckAsync(Video);
    }
}
