using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>
/// The bytes that the official Python SDKs put on the wire (zhipuai 2.1.5 and zai-sdk 0.2.2, over httpx 0.23 and 0.28), recorded while
/// they ran against the emulator, sent again from here: every unset field as null, Chinese escaped or not, a raw key or a token that
/// the SDK signed for the demo key.
/// </summary>
public sealed class OfficialSdkTests
{
    private const string Prompt = "比得兔开小汽车，游走在马路上，脸上的表情充满开心喜悦。";

    private const string EscapedPrompt =
        @"\u6bd4\u5f97\u5154\u5f00\u5c0f\u6c7d\u8f66\uff0c\u6e38\u8d70\u5728\u9a6c\u8def\u4e0a"
        + @"\uff0c\u8138\u4e0a\u7684\u8868\u60c5\u5145\u6ee1\u5f00\u5fc3\u559c\u60a6\u3002";

    /// <summary>When the token was signed; it works for 210 seconds.</summary>
    private static readonly DateTimeOffset Signed = DateTimeOffset.FromUnixTimeMilliseconds(1795432119358);

    private const string Token =
        "eyJhbGciOiJIUzI1NiIsInNpZ25fdHlwZSI6IlNJR04iLCJ0eXAiOiJKV1QifQ."
        + "eyJhcGlfa2V5IjoiMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYiLCJleHAiOjE3OTU0MzIzMjkzNTgsInRpbWVzdGFtcCI6MTc5NTQzMjExOTM1OH0."
        + "Exs0L0VzS33sZODweVtGO4pk3c_5NlF5aCBFEkaY9mk";

    private static readonly string[] Zhipuai =
    [
        "Accept-Encoding: gzip, deflate", "Connection: keep-alive", "User-Agent: python-httpx/0.23.3", "Accept: application/json",
        "Content-Type: application/json; charset=UTF-8", "ZhipuAI-SDK-Ver: v2.1.5.20250725", "source_type: zhipu-sdk-python",
        "x-request-sdk: zhipu-sdk-python",
    ];

    private static readonly string[] Zai =
    [
        "Accept-Encoding: gzip, deflate", "Connection: keep-alive", "User-Agent: python-httpx/0.23.3", "Accept: application/json",
        "Content-Type: application/json; charset=UTF-8", "Zai-SDK-Ver: 0.2.2", "source_type: z-ai-sdk-python",
        "x-request-sdk: z-ai-sdk-python",
    ];

    private const string TextZhipuai =
        "{\"model\": \"cogvideox-2\", \"prompt\": \"" + EscapedPrompt + "\", \"image_url\": null, \"request_id\": null, \"user_id\": null, "
        + "\"quality\": \"quality\", \"with_audio\": true, \"size\": \"1920x1080\", \"duration\": null, \"fps\": 30}";

    private const string TextZai =
        "{\"model\": \"cogvideox-2\", \"prompt\": \"" + EscapedPrompt + "\", \"image_url\": null, \"quality\": \"quality\", "
        + "\"with_audio\": true, \"size\": \"1920x1080\", \"duration\": null, \"fps\": 30, \"style\": null, \"aspect_ratio\": null, "
        + "\"off_peak\": null, \"movement_amplitude\": null, \"request_id\": null, \"user_id\": null}";

    private const string PictureZhipuai =
        "{\"model\": \"cogvideox-flash\", \"prompt\": null, \"image_url\": \"data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==\", "
        + "\"request_id\": null, \"user_id\": null, \"quality\": null, "
        + "\"with_audio\": null, \"size\": null, \"duration\": null, \"fps\": null}";

    /// <summary>httpx from 0.28 on writes no spaces and escapes nothing.</summary>
    private const string CompactZhipuai =
        "{\"model\":\"cogvideox-2\",\"prompt\":\"" + Prompt + "\",\"image_url\":\"iVBORw0KGgoAAAANSUhEUg==\","
        + "\"request_id\":null,\"user_id\":null,"
        + "\"quality\":\"quality\",\"with_audio\":true,\"size\":\"1920x1080\",\"duration\":null,\"fps\":30}";

    public static TheoryData<string[], string, string, string?> Submissions => new()
    {
        { Zhipuai, Token, TextZhipuai, Prompt },
        { Zhipuai, EmulatorOptions.DemoKey, TextZhipuai, Prompt },
        { Zhipuai, Token, PictureZhipuai, null },
        { Zhipuai, Token, CompactZhipuai, Prompt },
        { Zai, Token, TextZai, Prompt },
        { [.. Zai, "Accept-Language: en-US,en"], EmulatorOptions.DemoKey, TextZai, Prompt },
    };

    [Theory]
    [MemberData(nameof(Submissions))]
    public async Task Submission_and_result(string[] headers, string credential, string body, string? prompt)
    {
        await using EmulatorServer server = await StartAsync(Signed.AddSeconds(209));
        JsonElement created = await SendAsync(server, "POST", "/api/paas/v4/videos/generations", headers, credential, body);
        string id = created.GetProperty("id").GetString()!;
        Assert.Equal("PROCESSING", created.GetProperty("task_status").GetString());
        Assert.Equal(id, created.GetProperty("request_id").GetString());
        Assert.Equal(prompt, Assert.Single(server.State.Tasks).Prompt);

        server.State.End(id);
        JsonElement result = await SendAsync(server, "GET", $"/api/paas/v4/async-result/{id}", headers, credential, null);
        // The SDKs' model of a result: id may be absent, everything else is there
        Assert.Equal((id, "SUCCESS"), (result.GetProperty("id").GetString(), result.GetProperty("task_status").GetString()));
        Assert.Equal(created.GetProperty("model").GetString(), result.GetProperty("model").GetString());
        JsonElement files = result.GetProperty("video_result")[0];
        Assert.StartsWith("http", files.GetProperty("url").GetString()!, StringComparison.Ordinal);
        Assert.StartsWith("http", files.GetProperty("cover_image_url").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_ends_with_its_time()
    {
        await using EmulatorServer server = await StartAsync(Signed.AddSeconds(210));
        JsonElement refused = await SendAsync(server, "POST", "/api/paas/v4/videos/generations", Zhipuai, Token, TextZhipuai);
        Assert.Equal("1003", refused.GetProperty("error").GetProperty("code").GetString());
    }

    private static Task<EmulatorServer> StartAsync(DateTimeOffset now) => EmulatorServer.StartAsync(new EmulatorOptions
    {
        ApiKeys = { EmulatorOptions.DemoKey },
        TimeProvider = new FakeTimeProvider(now),
    });

    private static async Task<JsonElement> SendAsync(
        EmulatorServer server, string method, string path, string[] headers, string credential, string? body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body ?? string.Empty);
        string[] head =
        [
            $"{method} {path} HTTP/1.1", $"Host: {server.BaseUri.Authority}", .. headers, $"Authorization: Bearer {credential}",
            "x-source-channel: python-sdk", .. body is null ? Array.Empty<string>() : [$"Content-Length: {bytes.Length}"], "\r\n",
        ];
        using TcpClient client = new TcpClient();
        await client.ConnectAsync(server.BaseUri.Host, server.BaseUri.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", head)));
        await stream.WriteAsync(bytes);

        // Latin-1, so that a character is a byte and the stated length can be read as it is
        using StreamReader reader = new StreamReader(stream, Encoding.Latin1);
        int length = 0;
        const string stated = "Content-Length: ";
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            if (line.StartsWith(stated, StringComparison.Ordinal)) length = int.Parse(line[stated.Length..], CultureInfo.InvariantCulture);
        char[] reply = new char[length];
        await reader.ReadBlockAsync(reply);
        return JsonDocument.Parse(Encoding.Latin1.GetBytes(reply)).RootElement;
    }
}
