using ZhipuVideo.Files;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A disk that has no room at the last moment, and one whose locks keep nobody out (fault table, lines 42 and 47).</summary>
[Trait("Phase", "download")]
public sealed class DiskTests : DownloadTest
{
    [Theory]
    [InlineData(true, ErrorReason.DiskFull)]
    [InlineData(false, ErrorReason.WriteFailed)]
    public async Task F42_What_was_flushed_in_vain_is_removed_and_downloaded_anew(bool isFull, ErrorReason reason)
    {
        Serve(Video);
        IOException fault = isFull ? WatchedFile.NoRoom() : new IOException("Input/output error");

        Disk = new FaultyDisk { FlushFault = fault };
        await FailAsync(reason, says: Folder.FullName);
        Assert.Empty(Parts);
        Disk = Disk.Real;
        await SaveAndCheckAsync(Video);
        Assert.Equal(["all", "all"], Ranges);
    }

    [Theory]
    [Each(false, true)]
    public async Task F42_A_rename_without_room_keeps_what_is_complete(bool force)
    {
        Serve(Video);

        Disk = new FaultyDisk { RenameFault = WatchedFile.NoRoom() };
        await FailAsync(ErrorReason.DiskFull, request: Request(force: force));

        AssertBytes(Video, Path.GetFileName(Parts.Single()));
        Disk = Disk.Real;
        await SaveAndCheckAsync(Video, request: Request(force: force));
        Assert.Equal(["all", $"bytes={Video.Length - ContentMatch.SampleLength}-"], Ranges);
    }

    [Fact]
    public async Task F47_Where_locks_keep_nobody_out_a_part_file_is_claimed_by_one_run_alone()
    {
        ServedFile file = new(Video);
        SemaphoreSlim asked = new(0);
        TaskCompletionSource go = new();
        Serve(async (request, connection) =>
        {
            asked.Release();
            await go.Task;
            await file.ServeAsync(request, connection);
        });
        LeaveAbandoned();
        Disk = new UnlockedDisk();
        Task<SavedVideo> first = SaveAsync();
        await asked.WaitAsync(); // it has the part file and has not written to it yet
        Task<SavedVideo> second = SaveAsync();
        await asked.WaitAsync();
        go.SetResult();

        SavedVideo[] saved = await Task.WhenAll(first, second);

        AssertSaved(Video);
        Assert.Single(saved, video => !video.AlreadyThere);
        Assert.Equal([$"bytes={200_000 - ContentMatch.SampleLength}-", "all"], Ranges);
    }

    [Fact]
    public async Task F47_Where_locks_keep_nobody_out_eight_runs_for_one_name_and_one_part_file_end_with_one_file()
    {
        Serve(Video);
        Disk = new UnlockedDisk();
        for (int round = 0; round < 10; round++)
        {
            LeaveAbandoned();
            SavedVideo[] saved = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => Task.Run(() => SaveAsync())));

            AssertSaved(Video);
            Assert.Single(saved, video => !video.AlreadyThere);
            File.Delete(saved[0].Path);
        }
    }

    // By a run that died longer ago than any live one is silent
    private void LeaveAbandoned() => File.SetLastWriteTimeUtc(Leave(Video.AsSpan(0, 200_000)), DateTime.UtcNow.AddMinutes(-11));

    /// <summary>A disk, such as some network shares, that grants every lock to everybody.</summary>
    private sealed class UnlockedDisk : Disk
    {
        internal override FileStream CreateAlone(string path) => Open(path, FileMode.CreateNew);

        internal override FileStream OpenAlone(string path, FileAccess access) => Open(path, FileMode.Open);

        private static FileStream Open(string path, FileMode mode) =>
            new(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
    }

    /// <summary>The real disk but for the last steps.</summary>
    private sealed class FaultyDisk : Disk
    {
        internal IOException? FlushFault { get; init; }

        internal IOException? RenameFault { get; init; }

        internal override FileStream CreateAlone(string path) =>
            FlushFault is null ? base.CreateAlone(path) : new WatchedFile(base.CreateAlone(path).SafeFileHandle) { FlushFault = FlushFault };

        internal override bool TryRename(string from, string to) => RenameFault is null ? base.TryRename(from, to) : throw RenameFault;

        internal override void Replace(string from, string to) => throw RenameFault!;
    }
}
