using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using ZhipuVideo.Client.Tests.Support;
using ZhipuVideo.Download;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A disk that has no room at the last moment (fault table, line 42).</summary>
[Trait("Phase", "download")]
public sealed class DiskTests : DownloadTest
{
    private static readonly byte[] Video = RemoteFile.Video(300_000);

    [Theory]
    [InlineData(true, ErrorReason.DiskFull)]
    [InlineData(false, ErrorReason.WriteFailed)]
    public async Task F42_What_was_flushed_in_vain_is_removed_and_downloaded_anew(bool isFull, ErrorReason reason)
    {
        Serve(new RemoteFile(Video));
        IOException fault = isFull ? WatchedFile.NoRoom() : new IOException("Input/output error");

        CogVideoException error = await FailAsync(reason, OnDisk(new FaultyDisk { FlushFault = fault }));

        Assert.Contains(Folder, error.Message, StringComparison.Ordinal);
        Assert.Empty(Parts);
        await SaveAsync();
        AssertSaved(Video);
        Assert.Equal(["all", "all"], Ranges);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task F42_A_rename_without_room_keeps_what_is_complete(bool force)
    {
        Serve(new RemoteFile(Video));

        await FailAsync(ErrorReason.DiskFull, OnDisk(new FaultyDisk { RenameFault = WatchedFile.NoRoom() }), Request(force: force));

        AssertBytes(Video, Parts.Single());
        await SaveAsync(request: Request(force: force));
        AssertSaved(Video);
        Assert.Equal(["all", $"bytes={Video.Length - PartFile.Overlap}-"], Ranges);
    }

    private static DownloaderOptions OnDisk(DiskCalls disk) => new() { AllowHttp = true, Disk = disk };

    /// <summary>The real disk but for the last steps.</summary>
    private sealed class FaultyDisk : DiskCalls
    {
        internal IOException? FlushFault { get; init; }

        internal IOException? RenameFault { get; init; }

        internal override FileStream OpenPart(string path, FileMode mode, long? size) =>
            FlushFault is null ? base.OpenPart(path, mode, size) : new WatchedFile(path, FileShare.None) { FlushFault = FlushFault };

        internal override bool TryRename(string from, string to) => RenameFault is null ? base.TryRename(from, to) : throw RenameFault;

        internal override void Replace(string from, string to) => throw RenameFault!;
    }
}
