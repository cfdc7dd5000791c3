using ZhipuVideo.Client.Tests.Download;
using ZhipuVideo.Download;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>
/// A proxy between the client and the service: it asks for credentials, or is not well for a moment. Its password is never shown.
/// </summary>
public sealed class ProxyTests : ServiceTest, IDisposable
{
    private static readonly byte[] Video = ServedFile.Video(100_000);

    private readonly TestAuthority _authority = new();
    private readonly TemporaryFolder _folder = new();
    private readonly RawServer _service;

    public ProxyTests() => _service = new RawServer(
        (request, connection) => request.Method == "POST" ? connection.AnswerAsync(200, Accepted)
            : request.Target.EndsWith(".mp4", StringComparison.Ordinal) ? new ServedFile(Video).ServeAsync(request, connection)
            : connection.AnswerAsync(200, Succeeded),
        _authority.Good);

    public void Dispose()
    {
        _service.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [Each("submit", "wait", "download")]
    [Trait("Phase", "submit, wait, download")]
    public async Task F03_A_proxy_that_asks_for_credentials_gets_nothing_and_ends_the_phase(string phase)
    {
        using ProxyServer proxy = new(_service, 407, int.MaxValue);
        using CogVideoClient client = NewClient(proxy);

        Recorded? outcome = phase == "submit" ? await SubmitAsync(client) : null;
        CogVideoException error = outcome?.Error ?? await Assert.ThrowsAsync<CogVideoException>(() => phase == "wait" ? WaitAsync(client) : SaveAsync(proxy));

        Assert.Equal((ErrorReason.ProxyAuthRequired, 407), (error.Reason, error.HttpStatus));
        // Once without credentials and once with those of its address, as a proxy's client does; then no more
        Assert.InRange(proxy.Connects, 1, 2);
        Assert.Empty(_service.Requests);
        AssertMasked(error);
        Assert.Empty(Directory.EnumerateFiles(_folder));
        if (outcome is null) return;
        Assert.True(error.StopsRun);
        Assert.Equal(["intent", "not accepted ProxyAuthRequired"], outcome.Log);
    }

    [Theory]
    [Each("submit", "wait", "download")]
    [Trait("Phase", "submit, wait, download")]
    public async Task F03_A_tunnel_that_fails_is_tried_again(string phase)
    {
        using ProxyServer proxy = new(_service, 502, 2);
        using CogVideoClient client = NewClient(proxy);

        if (phase == "submit") Assert.Equal(Id, (await SubmitAsync(client)).Job!.Id);
        else if (phase == "wait") Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        else await SaveAsync(proxy);

        Assert.Single(_service.Requests);
        Assert.Equal(3, proxy.Connects);
        if (phase == "download") Assert.Equal(Video, await File.ReadAllBytesAsync(Path.Combine(_folder, "clip.mp4")));
    }

    [Theory]
    [InlineData("submit", 5)]
    [InlineData("download", 4)]
    [Trait("Phase", "submit, download")]
    public async Task F03_A_tunnel_that_never_comes_is_the_rows_error(string phase, int tries)
    {
        using ProxyServer proxy = new(_service, 502, int.MaxValue);
        using CogVideoClient client = NewClient(proxy);

        Recorded? outcome = phase == "submit" ? await SubmitAsync(client) : null;
        CogVideoException error = outcome?.Error ?? await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(proxy));

        Assert.Equal((ErrorReason.ConnectionFailed, tries), (error.Reason, proxy.Connects));
        if (outcome is not null) Assert.Equal(["intent", "not accepted ConnectionFailed"], outcome.Log);
        Assert.Empty(Directory.EnumerateFiles(_folder));
        AssertMasked(error);
    }

    [Theory]
    [Each("refuses", "asks for credentials", "is gone")]
    [Trait("Phase", "submit, wait, download")]
    public async Task F172_An_error_names_the_proxy_on_the_way_without_its_password(string kind)
    {
        using ProxyServer proxy = new(_service, kind == "refuses" ? 502 : 407, int.MaxValue);
        using CogVideoClient client = NewClient(proxy);
        if (kind == "is gone") proxy.Dispose();

        CogVideoException[] errors =
        [
            (await SubmitAsync(client)).Error!,
            await LookAndFailAsync(client),
            await Assert.ThrowsAsync<CogVideoException>(() => SaveAsync(proxy)),
        ];

        Assert.All(errors, error =>
        {
            Assert.Contains($"(through the proxy {proxy.Address})", error.Message, StringComparison.Ordinal);
            AssertMasked(error);
        });
        Assert.Empty(_service.Requests);
    }

    [Theory]
    [InlineData("ALL_PROXY=socks://127.0.0.1:1080", "ALL_PROXY")]
    [InlineData("all_proxy=socks5h://me:secret@127.0.0.1:1080", "all_proxy")]
    [InlineData("HTTPS_PROXY=ftp://proxy", "HTTPS_PROXY")]
    [InlineData("https_proxy=http://", "https_proxy")]
    [InlineData("https_proxy=http://proxy:port", "https_proxy")]
    [InlineData("https_proxy=socks://a:1 ALL_PROXY=socks5h://a:1", "https_proxy")]
    [InlineData("https_proxy=http://a:1 ALL_PROXY=socks://a:1", null)] // as desktops set it
    [InlineData("HTTPS_PROXY=proxy:8080", null)]
    [InlineData("HTTPS_PROXY=SOCKS5://me:secret@[::1]:1080", null)]
    [InlineData("http_proxy=socks://a:1", null)] // never for https
    [InlineData("", null)]
    public void F172_A_variable_that_the_platform_does_not_understand_is_found(string variables, string? found)
    {
        Dictionary<string, string> set = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);

        Assert.Equal(found, ProxyVariables.FindIgnored(set.GetValueOrDefault));
    }

    private CogVideoClient NewClient(ProxyServer proxy) =>
        NewClient(_service.Origin, createHandler: () => proxy.Through(_authority.CreateHandler()));

    private async Task SaveAsync(ProxyServer proxy)
    {
        using Downloader downloader = new(new VideoFolder(_folder, new Clock(TimeProvider.System)), new DownloaderOptions
        {
            CreateHandler = () => proxy.Through(_authority.CreateHandler()),
            RetryDelay = TimeSpan.FromMilliseconds(5),
            MaxRetries = 3,
        });
        CogVideoResult result = new() { Id = "1", Name = "clip", Status = CogVideoStatus.Success, Url = _service.Origin + "/v.mp4" };
        await downloader.SaveAsync(result, new SaveOptions(), CancellationToken.None).WaitAsync(Patience);
    }

    private static void AssertMasked(CogVideoException error)
    {
        string said = error.ToString() + error.RecommendedAction + string.Concat(error.Data.Values.Cast<object>());
        Assert.All([ProxyServer.Password, Uri.EscapeDataString(ProxyServer.Password), "Secret"], form =>
            Assert.DoesNotContain(form, said, StringComparison.Ordinal));
    }
}
