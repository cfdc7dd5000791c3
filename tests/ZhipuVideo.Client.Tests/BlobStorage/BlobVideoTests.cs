using Azure.Storage.Blobs.Models;
using ZhipuVideo.Client.Tests.Download;
using ZhipuVideo.Download;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Client.Tests.BlobStorage;

/// <summary>Videos that are put into a container: a name only ever holds a whole one, whatever breaks on either side.</summary>
[Trait("Phase", "download")]
public sealed class BlobVideoTests : BlobTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly byte[] Video = ServedFile.Video(9_000_001); // two whole blocks and a rest

    private string Folder => $"{Relay.Endpoint}/{Container.Name}/videos";

    [AzuriteFact]
    public async Task A_video_is_whole_typed_and_has_its_check_sum_and_the_next_run_does_not_download_it()
    {
        ServedFile file = new(Video);
        using RawServer server = new(file.ServeAsync);

        SavedVideo first = await SaveAsync(server);
        SavedVideo second = await SaveAsync(server);

        Assert.Equal((Folder + "/clip.mp4", Video.Length, false), (first.Path, first.Length, first.AlreadyThere));
        Assert.Equal((first.Path, true), (second.Path, second.AlreadyThere));
        await AssertWholeAsync("clip.mp4");
        BlobDownloadDetails details = (await Container.GetBlobClient("videos/clip.mp4").DownloadContentAsync()).Value.Details;
        Assert.Equal("video/mp4", details.ContentType);
        Assert.Equal(Md5.Compute(Video, 0, Video.Length), details.BlobContentHash ?? details.ContentHash);
        Assert.All(server.Requests.Skip(1), request => Assert.NotNull(request["Range"])); // compared, not downloaded
    }

    [AzuriteFact]
    public async Task F234_A_link_that_dies_in_the_middle_is_gone_on_with()
    {
        using RawServer server = new(new ServedFile(Video, 100_000, 5_000_000, 1).ServeAsync);

        await SaveAsync(server);

        await AssertWholeAsync("clip.mp4");
    }

    [AzuriteTheory]
    [InlineData("short", ErrorReason.LengthMismatch)]
    [InlineData("page", ErrorReason.NotAVideo)]
    [InlineData("dead", ErrorReason.DownloadFailed)]
    public async Task F235_What_is_not_a_whole_video_gets_no_name(string what, ErrorReason reason)
    {
        byte[] body = what == "page" ? Encoding.UTF8.GetBytes("<html>" + new string(' ', 1000)) : Video;
        ServedFile file = new(body) { ContentType = what == "page" ? "text/html" : "video/mp4" };
        using RawServer server = new(async (request, connection) =>
        {
            if (what == "page") await file.ServeAsync(request, connection);
            else if (what == "dead") connection.Reset();
            else await connection.SendAsync($"200 OK\r\nContent-Length: {body.Length - 5_000_000}", body.AsMemory(0, body.Length - 5_000_000));
        });

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(server));

        Assert.True(reason == error.Reason || what == "dead", error.Message);
        Assert.Empty(await NamesAsync());
    }

    [AzuriteFact]
    public async Task F236_A_commit_whose_answer_is_lost_is_settled_by_length_and_check_sum()
    {
        using RawServer server = new(new ServedFile(Video).ServeAsync);
        int commits = 0;
        Relay.Plan = request => BlobRelay.IsCommit(request) && ++commits == 1 ? Strike.LoseAnswer : Strike.None;

        SavedVideo saved = await SaveAsync(server);

        Assert.Equal(Folder + "/clip.mp4", saved.Path);
        Assert.Equal(["videos/clip.mp4"], await NamesAsync());
        await AssertWholeAsync("clip.mp4");
    }

    [AzuriteFact]
    public async Task F237_A_name_that_is_taken_is_left_alone_and_Force_replaces_it()
    {
        using RawServer server = new(new ServedFile(Video).ServeAsync);
        await Container.UploadBlobAsync("videos/clip.mp4", new BinaryData("not mine"));

        SavedVideo saved = await SaveAsync(server);
        Assert.Equal(Folder + "/clip-8868.mp4", saved.Path);
        Assert.Equal("not mine", (await Container.GetBlobClient("videos/clip.mp4").DownloadContentAsync()).Value.Content.ToString());
        await AssertWholeAsync("clip-8868.mp4");

        await SaveAsync(server, force: true);
        await AssertWholeAsync("clip.mp4");
    }

    /// <summary>Somebody takes the name in the very moment in which it was to be given.</summary>
    [AzuriteFact]
    public async Task F237_A_name_that_is_taken_at_the_last_moment_costs_another_download_and_no_bytes()
    {
        using RawServer server = new(new ServedFile(Video).ServeAsync);
        Relay.Before = request =>
        {
            if (BlobRelay.IsCommit(request) && request.Target.Contains("clip.mp4", StringComparison.Ordinal))
                Container.GetBlobClient("videos/clip.mp4").Upload(new BinaryData("somebody's"), overwrite: true);
        };

        SavedVideo saved = await SaveAsync(server);

        Assert.Equal(Folder + "/clip-8868.mp4", saved.Path);
        Assert.Equal("somebody's", (await Container.GetBlobClient("videos/clip.mp4").DownloadContentAsync()).Value.Content.ToString());
        await AssertWholeAsync("clip-8868.mp4");
    }

    [AzuriteFact]
    public async Task F238_A_disturbed_upload_is_whole()
    {
        Strike[] strikes = [Strike.CutBefore, Strike.LoseAnswer, Strike.Busy, Strike.Stored500, Strike.Failed500];
        using RawServer server = new(new ServedFile(Video).ServeAsync);
        int puts = 0;
        Relay.Plan = request => request.Method == "PUT" && puts < 2 * strikes.Length && ++puts % 2 == 0 ? strikes[(puts / 2) - 1] : Strike.None;

        await SaveAsync(server);

        await AssertWholeAsync("clip.mp4");
    }

    /// <summary>A process that is killed before the commit leaves no name; the next run has it all.</summary>
    [AzuriteFact]
    public async Task F238_An_upload_that_was_cut_leaves_no_name_and_the_next_run_is_whole()
    {
        using RawServer server = new(new ServedFile(Video).ServeAsync);
        Relay.Plan = request => BlobRelay.IsCommit(request) ? Strike.Silent : Strike.None;
        using CancellationTokenSource kill = new();
        Relay.Before = request => { if (BlobRelay.IsCommit(request)) kill.Cancel(); };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SaveAsync(server, stop: kill.Token));
        Assert.Empty(await NamesAsync());
        (Relay.Plan, Relay.Before) = (_ => Strike.None, null);

        await SaveAsync(server);

        Assert.Equal(["videos/clip.mp4"], await NamesAsync());
        await AssertWholeAsync("clip.mp4");
    }

    [AzuriteFact]
    public async Task A_cover_is_beside_it_under_the_same_name_in_any_script()
    {
        ServedFile video = new(Video), cover = new(DownloadTest.Png);
        using RawServer server = new((request, connection) => (request.Target == "/c.png" ? cover : video).ServeAsync(request, connection));
        using Downloader downloader = Create();

        SavedVideo saved = await downloader.SaveAsync(
            new CogVideoResult { Id = "8868", Name = "一只猫 #1", Status = CogVideoStatus.Success, Url = server.Origin + "/v.mp4", CoverUrl = server.Origin + "/c.png" },
            new SaveOptions { IncludeCover = true }, default).WaitAsync(Patience);

        Assert.Null(saved.CoverError);
        Assert.Equal(["videos/一只猫 #1.mp4", "videos/一只猫 #1.png"], await NamesAsync());
        Assert.Equal("image/png", (await Container.GetBlobClient("videos/一只猫 #1.png").GetPropertiesAsync()).Value.ContentType);
    }

    private Downloader Create() => new(new BlobFolder(Access.CreateClient(BlobAddress.Parse(Folder)), BlobAddress.Parse(Folder)), DownloadTest.Options());

    private async Task<SavedVideo> SaveAsync(RawServer server, bool force = false, CancellationToken stop = default)
    {
        using Downloader downloader = Create();
        CogVideoResult result = new() { Id = "8868", Name = "clip", Status = CogVideoStatus.Success, Url = server.Origin + "/v.mp4" };
        return await downloader.SaveAsync(result, new SaveOptions { Force = force }, stop).WaitAsync(Patience, CancellationToken.None);
    }

    private async Task<string[]> NamesAsync()
    {
        List<string> names = [];
        await foreach (BlobItem blob in Container.GetBlobsAsync()) names.Add(blob.Name);
        return [.. names.Order(StringComparer.Ordinal)];
    }

    private async Task AssertWholeAsync(string name)
    {
        BlobDownloadResult content = await Container.GetBlobClient("videos/" + name).DownloadContentAsync();
        Assert.True(content.Content.ToMemory().Span.SequenceEqual(Video), "other bytes");
    }
}
