using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZhipuVideo.Tests;

/// <summary>The emulator as a process of its own; each test begins with <see cref="Reset"/>. It is spoken to by its control endpoint.</summary>
public sealed class Emulator : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // Every setting that a test may have changed
    private static readonly object Defaults = new
    {
        service_time = 0.3,
        latency = 0,
        concurrency = 100,
        balance = (int?)null,
        file_size = 0,
        video_size = (string?)null,
        video_duration = (int?)null,
        video_fps = (int?)null,
        video_audio = (bool?)null,
        videos = 1,
        resolve_request_ids = true,
        not_found_status = 400,
        fail_form = "error",
        result_form = "current",
        id_form = "digits19",
        link_lifetime = (double?)null,
        extra_models = Array.Empty<string>(),
    };

    private readonly Process _process;
    private readonly HttpClient _control;

    public Emulator()
    {
        ProcessStartInfo start = new("dotnet", [
            Repository.Program("ZhipuVideo.Emulator"), "--urls", "http://127.0.0.1:0",
            "--parent-pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        Dictionary<string, string> addresses = Enumerable.Range(0, 3).Select(_ => ReadLine().Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(words => words[0], words => words[1]);
        BaseUri = addresses["API"];
        FilesUri = new Uri(addresses["Files"]);
        _control = new HttpClient { BaseAddress = new Uri(addresses["Control"]) };
    }

    /// <summary>The base of the API.</summary>
    public string BaseUri { get; }

    /// <summary>The origin of videos and covers.</summary>
    public Uri FilesUri { get; }

    /// <summary>All requests so far, in order of arrival.</summary>
    public IReadOnlyList<SeenRequest> Requests => Get<SeenRequest[]>("requests");

    /// <summary>The submissions that arrived.</summary>
    public IReadOnlyList<SeenRequest> Submissions => [.. Requests.Where(r => r.Phase == "create")];

    /// <summary>The looks at tasks that arrived.</summary>
    public IReadOnlyList<SeenRequest> Looks => [.. Requests.Where(r => r.Phase == "poll")];

    /// <summary>The requests for videos that arrived.</summary>
    public IReadOnlyList<SeenRequest> Downloads => [.. Requests.Where(r => r.Phase == "download")];

    /// <summary>The tasks that were accepted, in order: what is paid for.</summary>
    public IReadOnlyList<SeenTask> Tasks => Get<SeenTask[]>("tasks");

    /// <summary>The most tasks in flight, open requests and so on.</summary>
    public JsonNode Stats => Get<JsonNode>("stats");

    /// <summary>The body of the only submission.</summary>
    public JsonObject OnlyBody => Assert.Single(Submissions).Body!;

    /// <summary>Adds a fault: by its fields, or in the words of the emulator's own switch: <c>create:status,status=429,code=1302,count=1</c>.</summary>
    public void Fault(object fault) => Post("faults", fault);

    /// <summary>Ends all faults.</summary>
    public void ClearFaults()
    {
        using HttpRequestMessage request = new(HttpMethod.Delete, "faults");
        using HttpResponseMessage response = _control.Send(request);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Changes settings, by their names in the emulator's JSON.</summary>
    public void Set(object settings) => Post("settings", settings);

    /// <summary>Ends a task now.</summary>
    public void End(string id, string? failReason = null) =>
        Post("end", failReason is null ? new { id } : (object)new { id, fail_reason = failReason });

    /// <summary>Forgets everything and goes back to the defaults of these tests.</summary>
    public Emulator Reset()
    {
        Post("reset", new { });
        Set(Defaults);
        return this;
    }

    /// <summary>Waits until something is so.</summary>
    public void WaitFor(Func<Emulator, bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition(this))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "The emulator never saw what was waited for.");
            Thread.Sleep(10);
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        _process.Kill();
        _process.Dispose();
    }

    private string ReadLine() => _process.StandardOutput.ReadLine() ?? throw new IOException("The emulator did not start.");

    private T Get<T>(string path)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        using HttpResponseMessage response = _control.Send(request);
        response.EnsureSuccessStatusCode();
        using Stream body = response.Content.ReadAsStream();
        return JsonSerializer.Deserialize<T>(body, Json)!;
    }

    private void Post(string path, object body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        using HttpResponseMessage response = _control.Send(request);
        using StreamReader reader = new(response.Content.ReadAsStream());
        Assert.True(response.IsSuccessStatusCode, reader.ReadToEnd());
    }
}

/// <summary>A request as the emulator saw it.</summary>
public sealed record SeenRequest(
    int Number, DateTimeOffset At, string Phase, string Origin, string Method, string Path, string Authorization,
    Dictionary<string, string> Headers, JsonObject? Body, string? RequestId, string? TaskId, int Status, string? Code, long BytesSent)
{
    /// <summary>The prompt of a submission.</summary>
    public string? Prompt => Field("prompt");

    /// <summary>A field of a submission as text; null when it was not sent.</summary>
    public string? Field(string name) => Body?[name]?.ToString();
}

/// <summary>A task that the emulator accepted.</summary>
public sealed record SeenTask(string Id, string RequestId, string Model, string? Prompt, DateTimeOffset Created, DateTimeOffset Ends, int Polls);
