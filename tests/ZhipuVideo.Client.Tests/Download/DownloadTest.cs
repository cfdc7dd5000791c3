using ZhipuVideo.Download;
using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>A folder of its own and a server for each test; at the end, what holds after every download is checked.</summary>
public abstract class DownloadTest : IDisposable
{
    internal static readonly byte[] Video = ServedFile.Video(300_000);
    internal static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3, 4, 5];

    private readonly List<IDisposable> _owned = [];

    internal TemporaryFolder Folder { get; } = new();

    /// <summary>The calls that part files are opened and renamed by.</summary>
    internal Disk Disk { get; set; } = Disk.Real;

    /// <summary>How long a rename is tried again.</summary>
    internal TimeSpan RenameTimeout { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The last server that was started.</summary>
    internal RawServer Server { get; private set; } = null!;

    /// <summary>The names of the files that a user sees.</summary>
    internal string[] Files => [.. Names.Where(name => name[0] != '.').Order(StringComparer.Ordinal)];

    /// <summary>The full paths of the part files.</summary>
    internal string[] Parts => [.. Names.Where(name => name[0] == '.').Select(name => Folder[name])];

    /// <summary>What was asked for, in order.</summary>
    internal string[] Ranges => [.. Server.Requests.Select(request => request["Range"] ?? "all")];

    /// <summary>When a task ended whose links have expired.</summary>
    internal static DateTime LongAgo => DateTime.UtcNow.AddDays(-2);

    private IEnumerable<string> Names => Folder.Files.Select(path => Path.GetFileName(path));

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
            Assert.All(server.Requests, request => Assert.Equal((null, null), (request["Authorization"], request["Cookie"])));
        }
        Folder.Dispose();
    }

    internal RawServer Serve(Func<RawRequest, RawConnection, Task> script)
    {
        Server = new RawServer(script);
        _owned.Add(Server);
        return Server;
    }

    internal ServedFile Serve(byte[] body) => Serve(new ServedFile(body));

    internal ServedFile Serve(ServedFile file)
    {
        Serve(file.ServeAsync);
        return file;
    }

    /// <summary>Serves several files, each at its path.</summary>
    internal RawServer Serve(params (string Path, byte[] Body)[] files) =>
        Serve((request, connection) => new ServedFile(files.Single(file => file.Path == request.Target).Body).ServeAsync(request, connection));

    internal VideoFolder Store(string? folder = null) => new(folder ?? Folder.FullName, new Clock(TimeProvider.System), Disk, RenameTimeout);

    internal Downloader Create(DownloaderOptions? options = null)
    {
        Downloader downloader = new(Store(), options ?? Options());
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
            PublishTimeout = TimeSpan.FromMilliseconds(200),
            Refresh = refresh,
        };

    /// <param name="name">Its name.</param>
    /// <param name="id">Its id.</param>
    /// <param name="url">Its link, or a path of the server.</param>
    /// <param name="cover">The path of its cover.</param>
    /// <param name="ended">When it ended.</param>
    internal CogVideoResult Result(string name = "clip", string id = "8868", string url = "/v.mp4", string? cover = null, DateTime? ended = null) => new()
    {
        Id = id,
        Name = name,
        Status = CogVideoStatus.Success,
        Url = Server is null || url.Contains("://", StringComparison.Ordinal) ? url : Server.Origin + url,
        CoverUrl = string.IsNullOrWhiteSpace(cover) ? cover : Server!.Origin + cover,
        EndedAt = ended,
    };

    internal SaveRequest Request(CogVideoResult? result = null, string? fileName = null, bool cover = false, bool force = false) =>
        new(result ?? Result(), new SaveOptions { FileName = fileName, IncludeCover = cover, Force = force });

    /// <summary>How often the service was asked for new links.</summary>
    internal int Polls { get; private set; }

    /// <summary>What the service answers when it is asked for new links.</summary>
    internal Func<CogVideoResult, CancellationToken, Task<CogVideoResult?>> Refreshing(Func<CogVideoResult, CogVideoResult?> poll) => (result, _) =>
    {
        Polls++;
        return Task.FromResult(poll(result));
    };

    internal Task<SavedVideo> SaveAsync(DownloaderOptions? options = null, SaveRequest? request = null) => SaveAsync(Create(options), request);

    internal Task<SavedVideo> SaveAsync(Downloader downloader, SaveRequest? request = null, CancellationToken stop = default)
    {
        (CogVideoResult result, SaveOptions options) = request ?? Request();
        return downloader.SaveAsync(result, options, stop).WaitAsync(TimeSpan.FromMinutes(2), CancellationToken.None);
    }

    /// <summary>Saves one result; there is one file then, and no part file.</summary>
    internal async Task<SavedVideo> SaveAndCheckAsync(byte[] expected, DownloaderOptions? options = null, SaveRequest? request = null)
    {
        SavedVideo saved = await SaveAsync(options, request);
        AssertSaved(expected);
        return saved;
    }

    /// <summary>Hands several results over in one go.</summary>
    internal Task<SavedVideo>[] SaveAll(Downloader downloader, int count, int first = 0, string url = "/v.mp4", CancellationToken stop = default) =>
        [.. Enumerable.Range(first, count).Select(i => SaveAsync(downloader, Request(Result($"clip{i}", $"{i}", url)), stop))];

    /// <param name="reason">What it fails with.</param>
    /// <param name="options">How it is downloaded.</param>
    /// <param name="request">What is saved.</param>
    /// <param name="says">What the message contains.</param>
    internal async Task<CogVideoException> FailAsync(ErrorReason reason, DownloaderOptions? options = null, SaveRequest? request = null, string says = "")
    {
        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(options, request));
        Assert.True(reason == error.Reason, $"{error.Reason}: {error.Message}");
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/v.mp4", error.Message, StringComparison.Ordinal);
        Assert.Empty(Files);
        return error;
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1), "it never came to that");
            await Task.Delay(5);
        }
    }

    internal static async Task AssertStoppedAsync(IEnumerable<Task> saves)
    {
        foreach (Task save in saves) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
    }

    /// <summary>One file, and no part file.</summary>
    internal void AssertSaved(byte[] expected, string file = "clip.mp4")
    {
        Assert.Equal([file], Files);
        Assert.Empty(Parts);
        AssertBytes(expected, file);
    }

    internal void AssertBytes(byte[] expected, string file) =>
        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(Folder[file])), file + " holds other bytes");

    /// <summary>A part file that an earlier run has left.</summary>
    /// <returns>Its full path.</returns>
    internal string Leave(ReadOnlySpan<byte> bytes, string name = "clip", string id = "8868", string random = "0a1b2c3d") =>
        Folder.Write($".{name}.{id}.{random}.part", bytes.ToArray());

    /// <summary>How many bytes of the disk a file takes up, whatever its length (Linux).</summary>
    internal static long GetOccupied(string path) => 512 * long.Parse(Tool.Run("stat", "--format=%b", path), CultureInfo.InvariantCulture);
}

/// <summary>One result to be saved, and how.</summary>
internal sealed record SaveRequest(CogVideoResult Result, SaveOptions Options);
