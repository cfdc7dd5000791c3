using System.Buffers.Text;
using System.Security.Cryptography;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>Whose key is taken: raw keys, and JWTs as the SDKs sign them.</summary>
public sealed class KeyTests
{
    private const string Known = "known.secret";

    [Theory]
    [InlineData("", "1001")]
    [InlineData("no-dot", "1002")]
    [InlineData("a.b.c", "1002")]
    [InlineData("two words.secret", "1002")]
    [InlineData(".secret", "1002")]
    [InlineData("known.wrong", "1000")]
    [InlineData("unknown.secret", "1000")]
    [InlineData(Known, null)]
    public async Task Raw_keys(string key, string? code)
    {
        await using Service service = await StartAsync(Known);
        service.Key = key;
        Answer answer = await service.PollAsync("1");
        Assert.Equal(code is null ? (400, "1233") : (401, code), (answer.Status, answer.Code));
        AuthorizationSeen expected =
            code is null ? AuthorizationSeen.Valid : code == "1001" ? AuthorizationSeen.None : AuthorizationSeen.Invalid;
        Assert.Equal(expected, Assert.Single(service.State.Requests).Authorization);
    }

    [Fact]
    public async Task Any_well_formed_key_is_taken_when_none_is_named_but_the_demo_key_has_its_secret()
    {
        await using Service service = await StartAsync();
        foreach (string key in new[] { "some.key", EmulatorOptions.DemoKey })
        {
            service.Key = key;
            Assert.Equal("1233", (await service.PollAsync("1")).Code);
        }
        service.Key = EmulatorOptions.DemoKey + "x";
        Assert.Equal("1000", (await service.PollAsync("1")).Code);
    }

    [Theory]
    [InlineData("secret", 210_000, "1233")]
    [InlineData("other", 210_000, "1000")]
    [InlineData("secret", 0, "1003")]
    public async Task Tokens(string secret, int lifetime, string code)
    {
        await using Service service = await StartAsync(Known);
        long now = service.Time.GetUtcNow().ToUnixTimeMilliseconds();
        service.Key = Token("known", secret, now + lifetime, now);
        Assert.Equal(code, (await service.PollAsync("1")).Code);
    }

    [Fact]
    public async Task Token_whose_times_are_in_seconds_has_expired_long_ago()
    {
        await using Service service = await StartAsync(Known);
        long now = service.Time.GetUtcNow().ToUnixTimeSeconds();
        service.Key = Token("known", "secret", now + 210, now);
        Assert.Equal("1003", (await service.PollAsync("1")).Code);
    }

    [Fact]
    public async Task Token_of_another_algorithm_is_malformed()
    {
        await using Service service = await StartAsync(Known);
        service.Key = $"{Encode("""{"alg":"none"}""")}.{Encode("""{"api_key":"known","exp":9999999999999,"timestamp":1}""")}.x";
        Assert.Equal("1002", (await service.PollAsync("1")).Code);
    }

    [Fact]
    public async Task Accounts_do_not_see_each_others_tasks()
    {
        await using Service service = await StartAsync();
        service.Key = "one.secret";
        string id = await service.AcceptAsync();
        service.Key = "two.secret";
        Assert.Equal("1233", (await service.PollAsync(id)).Code);
    }

    [Fact]
    public Task Key_without_a_dot_cannot_exist() =>
        Assert.ThrowsAsync<ArgumentException>(() => EmulatorServer.StartAsync(new EmulatorOptions { ApiKeys = { "nodot" } }));

    private static Task<Service> StartAsync(params string[] keys)
    {
        EmulatorOptions options = new EmulatorOptions();
        foreach (string key in keys) options.ApiKeys.Add(key);
        return Service.StartAsync(options);
    }

    private static string Token(string id, string secret, long expires, long now)
    {
        string payload = $$"""{"api_key":"{{id}}","exp":{{expires}},"timestamp":{{now}}}""";
        string text = $"{Encode("""{"alg":"HS256","sign_type":"SIGN"}""")}.{Encode(payload)}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)))}";
    }

    private static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
