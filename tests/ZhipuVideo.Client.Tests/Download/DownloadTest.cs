using ZhipuVideo.Download;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A folder of its own and a server for each test; at the end, what holds after every download is checked.</summary>
public abstract class DownloadTest : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    internal string Folder { get; } = Directory.CreateTempSubdirectory("zhipuvideo-").FullName;

    /// <summary>The last server that was started.</summary>
    internal RawServer Server { get; private set; } = null!;

    /// <summary>The files that a user sees.</summary>
    internal string[] Files => [.. Names.Where(name => name[0] != '.').Order(StringComparer.Ordinal)];

    internal string[] Parts => [.. Names.Where(name => name[0] == '.')];

    /// <summary>How many bytes of the disk a file takes up, whatever its length (Linux).</summary>
    internal long Occupied(string file) => 512 * long.Parse(Tool.Run("stat", "--format=%b", Path.Combine(Folder, file)), CultureInfo.InvariantCulture);

    private IEnumerable<string> Names => Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        foreach (IDisposable owned in Enumerable.Reverse(_owned)) owned.Dispose();

        foreach (RawServer server in _owned.OfType<RawServer>())
        {
            Assert.Null(server.ScriptFault);
            Assert.All(server.Requests, request => Assert.Null(request["Authorization"]));
            Assert.All(server.Requests, request => Assert.Null(request["Cookie"]));
        }

        Directory.Delete(Folder, recursive: true);
    }

    internal RawServer Serve(Func<RawRequest, RawConnection, Task> script)
    {
        Server = new RawServer(script);
        _owned.Add(Server);
        return Server;
    }

    internal ServedFile Serve(ServedFile file)
    {
        Serve(file.ServeAsync);
        return file;
    }

    internal Downloader Create(DownloaderOptions options)
    {
        var downloader = new Downloader(Folder, options);
        _owned.Add(downloader);
        return downloader;
    }

    internal static DownloaderOptions Options(
        double idleSec = 30,
        int throttle = 4,
        bool allowHttp = true,
        int retries = 3,
        Func<CogVideoResult, CancellationToken, Task<CogVideoResult?>>? refresh = null) => new()
        {
            AllowHttp = allowHttp,
            ThrottleLimit = throttle,
            IdleTimeout = TimeSpan.FromSeconds(idleSec),
            RetryDelay = TimeSpan.FromMilliseconds(5),
            MaxRetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetries = retries,
            RenameTimeout = TimeSpan.FromMilliseconds(200),
            PublishTimeout = TimeSpan.FromMilliseconds(200),
            Refresh = refresh,
        };

    internal CogVideoResult Result(string name = "clip", string id = "8868", string? url = null, string? cover = null, DateTime? ended = null) => new()
    {
        Id = id,
        Name = name,
        Status = CogVideoStatus.Success,
        Url = url ?? Server.Origin + "/v.mp4",
        CoverUrl = cover,
        EndedAt = ended,
    };

    /// <summary>When a task ended whose links have expired.</summary>
    internal static DateTime LongAgo => DateTime.UtcNow.AddDays(-2);

    internal SaveRequest Request(CogVideoResult? result = null, string? fileName = null, bool cover = false, bool force = false) => new()
    {
        Result = result ?? Result(),
        FileName = fileName,
        IncludeCover = cover,
        Force = force,
    };

    internal async Task<SavedVideo> SaveAsync(DownloaderOptions? options = null, SaveRequest? request = null) =>
        await Create(options ?? Options()).SaveAsync(request ?? Request(), CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));

    internal async Task<CogVideoException> FailAsync(ErrorReason reason, DownloaderOptions? options = null, SaveRequest? request = null)
    {
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(options, request));
        Assert.True(reason == error.Reason, $"{error.Reason}: {error.Message}");
        Assert.DoesNotContain("/v.mp4", error.Message, StringComparison.Ordinal);
        Assert.Empty(Files);
        return error;
    }

    internal void AssertSaved(byte[] expected, string file = "clip.mp4")
    {
        Assert.Equal([file], Files);
        Assert.Empty(Parts);
        AssertBytes(expected, file);
    }

    internal void AssertBytes(byte[] expected, string file) =>
        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(Folder, file))), file + " holds other bytes");

    /// <summary>Hands several results over in one go.</summary>
    internal Task<SavedVideo>[] SaveAll(Downloader downloader, int count, CancellationToken stop = default) =>
        [.. Enumerable.Range(0, count).Select(i => downloader.SaveAsync(Request(Result($"clip{i}", $"{i}")), stop))];

    internal static (int Queued, int Running, int Done, int Failed) Counts(Downloader downloader) =>
        (downloader.Progress.Queued, downloader.Progress.Running, downloader.Progress.Done, downloader.Progress.Failed);

    internal void Leave(ReadOnlySpan<byte> bytes, string name = "clip", string id = "8868", string random = "0a1b2c3d") =>
        File.WriteAllBytes(Path.Combine(Folder, $".{name}.{id}.{random}.part"), bytes);

    /// <summary>What was asked for, in order.</summary>
    internal string[] Ranges => [.. Server.Requests.Select(request => request["Range"] ?? "all")];
}
