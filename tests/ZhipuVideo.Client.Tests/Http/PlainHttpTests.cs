using System.Net;
using ZhipuVideo.Client.Tests.Download;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>
/// A proxy of the environment is another machine: what goes to this one in plain http never passes through it, be it a key, a prompt or a
/// video. Each run is a process of its own, because .NET reads the environment once.
/// </summary>
public sealed class PlainHttpTests : ServiceTest, IDisposable
{
    private const string Key = "0123456789abcdef0123456789abcdef.secretsecret0001";

    private static readonly byte[] Video = ServedFile.Video(100_000);

    private readonly TemporaryFolder _folder = new();
    private readonly RawServer _proxy = new((_, connection) => connection.AnswerAsync(200, Accepted)); // its answer would be taken for acceptance
    private readonly RawServer _service;

    public PlainHttpTests() => _service = new RawServer(
        (request, connection) => request.Method == "POST" ? connection.AnswerAsync(200, Accepted)
            : request.Target.EndsWith(".mp4", StringComparison.Ordinal) ? new ServedFile(Video).ServeAsync(request, connection)
            : request.Target.EndsWith("/0", StringComparison.Ordinal) ? connection.AnswerAsync(400, Unknown)
            : connection.AnswerAsync(200, Succeeded.Replace("http://127.0.0.1", _service!.Origin, StringComparison.Ordinal)));

    public static TheoryData<string, string> SpellingsOfProxies => new()
    {
        { "http_proxy", "http://PROXY" }, { "HTTP_PROXY", "http://PROXY" }, { "http_proxy", "PROXY" }, { "all_proxy", "http://PROXY" },
        { "ALL_PROXY", "http://user:pass@PROXY" }, { "all_proxy", "socks5://PROXY" }, { "https_proxy", "http://PROXY" },
    };

    public void Dispose()
    {
        _service.Dispose();
        _proxy.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(SpellingsOfProxies))]
    [Trait("Phase", "submit, wait, download")]
    public async Task F80_No_proxy_of_the_environment_sees_what_goes_to_this_machine(string variable, string proxy)
    {
        Assert.Equal("Saved", await RunAsync(_service.Origin, variable, proxy));

        Assert.Equal(Video, await File.ReadAllBytesAsync(Path.Combine(_folder, "clip.mp4")));
        Assert.Equal("Bearer " + Key, Assert.Single(Posts(_service))["Authorization"]);
        AssertUntouched();
    }

    // Nobody listens at most of them, which is as good: what matters is who was asked
    [Theory]
    [InlineData("localhost", "Saved")]
    [InlineData("LocalHost", "Saved")]
    [InlineData("127.1", "Saved")]
    [InlineData("2130706433", "Saved")]
    [InlineData("127.1.2.3", "ConnectionFailed")]
    [InlineData("[::1]", "ConnectionFailed")]
    public async Task F80_However_this_machine_is_written_no_proxy_sees_the_key(string host, string outcome)
    {
        Assert.Equal(outcome, await RunAsync($"http://{host}:{new Uri(_service.Origin).Port}", "http_proxy", "http://PROXY"));
        AssertUntouched();
    }

    /// <summary>The same environment does send others through it: the proxy of these tests is one.</summary>
    [Fact]
    public async Task F80_The_recording_proxy_records()
    {
        using HttpClientHandler handler = new() { Proxy = new WebProxy(_proxy.Origin) };
        using HttpClient client = new(handler);

        await client.GetStringAsync(new Uri("http://service.invalid/x"));

        Assert.Equal("http://service.invalid/x", Assert.Single(_proxy.Requests).Target);
    }

    private async Task<string> RunAsync(string origin, string variable, string proxy)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "exec", typeof(PlainHttpTests).Assembly.Location, "run", origin + "/api/paas/v4", Key, _folder },
            RedirectStandardOutput = true,
        };
        foreach (string name in new[] { "http_proxy", "https_proxy", "all_proxy", "no_proxy" })
        {
            start.Environment.Remove(name);
            start.Environment.Remove(name.ToUpperInvariant());
        }
        start.Environment[variable] = proxy.Replace("PROXY", new Uri(_proxy.Origin).Authority, StringComparison.Ordinal);
        using Process child = Process.Start(start)!;
        string output = await child.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await child.WaitForExitAsync();
        return output;
    }

    private void AssertUntouched()
    {
        Assert.Empty(_proxy.Requests);
        Assert.Equal(0, _proxy.Connections);
    }
}
