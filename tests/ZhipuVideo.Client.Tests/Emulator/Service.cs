using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>An emulator in virtual time and somebody who talks to it, without a line of the client.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private Service(EmulatorServer server, FakeTimeProvider time)
    {
        Server = server;
        Time = time;
    }

    public EmulatorServer Server { get; }

    public EmulatorState State => Server.State;

    public FakeTimeProvider Time { get; }

    public string Key { get; set; } = EmulatorOptions.DemoKey;

    public static async Task<Service> StartAsync(EmulatorOptions? options = null)
    {
        options ??= new EmulatorOptions();
        FakeTimeProvider time = new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        options.TimeProvider = time;
        return new Service(await EmulatorServer.StartAsync(options), time);
    }

    public static Task<Service> StartAsync(params Fault[] faults)
    {
        EmulatorOptions options = new EmulatorOptions();
        foreach (Fault fault in faults) options.Faults.Add(fault);
        return StartAsync(options);
    }

    public Task<Answer> CreateAsync(string json) =>
        SendAsync(HttpMethod.Post, new Uri($"{Server.BaseUri}/videos/generations"), Encoding.UTF8.GetBytes(json));

    /// <summary>Submits a prompt that is expected to be accepted.</summary>
    public async Task<string> AcceptAsync(string prompt = "a cat", string model = "cogvideox-2")
    {
        Answer answer = await CreateAsync(JsonSerializer.Serialize(new { model, prompt }));
        Assert.Equal(200, answer.Status);
        return answer.Text("id")!;
    }

    public Task<Answer> PollAsync(string id) => SendAsync(HttpMethod.Get, new Uri($"{Server.BaseUri}/async-result/{id}"));

    /// <summary>Submits, lets the time pass, and gives the link to the video.</summary>
    public async Task<Uri> VideoAsync(string prompt = "a cat")
    {
        string id = await AcceptAsync(prompt);
        State.End(id);
        return (await PollAsync(id)).Link();
    }

    public async Task<Answer> SendAsync(HttpMethod method, Uri uri, byte[]? body = null, Action<HttpRequestHeaders>? headers = null)
    {
        using HttpRequestMessage request = new HttpRequestMessage(method, uri);
        if (Key.Length > 0 && uri.Port == Server.BaseUri.Port) request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {Key}");
        if (body is not null) request.Content = new ByteArrayContent(body);
        headers?.Invoke(request.Headers);
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        byte[] received = method == HttpMethod.Head ? [] : await response.Content.ReadAsByteArrayAsync();
        return new Answer(response.StatusCode, received, response.Headers, response.Content.Headers);
    }

    /// <summary>Does something while this fault, and no other, strikes.</summary>
    public Task<Answer> StruckAsync(Fault fault, Func<Task<Answer>> act)
    {
        State.ClearFaults();
        State.Add(fault);
        return act();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(HttpStatusCode StatusCode, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders Content)
{
    public int Status => (int)StatusCode;

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The business code of a refusal; null when it was none.</summary>
    public string? Code => Json.TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetString() : null;

    public string? Text(string field) => Json.GetProperty(field).GetString();

    public Uri Link(string field = "url", int index = 0) => new(Json.GetProperty("video_result")[index].GetProperty(field).GetString()!);
}
