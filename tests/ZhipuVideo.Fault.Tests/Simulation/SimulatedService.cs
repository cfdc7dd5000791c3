namespace ZhipuVideo.Tests.Simulation;

/// <summary>A task that the service has accepted, and bills.</summary>
internal sealed class SimulatedTask
{
    public required string Id { get; init; }

    public required string RequestId { get; init; }

    public required string Prompt { get; init; }

    public required double Created { get; init; }

    public required double Ends { get; set; }

    public required bool Fails { get; set; }

    /// <summary>Its reply gave another task's id: nobody can ever ask for it.</summary>
    public bool IsHidden { get; set; }
}

/// <summary>A reply before it is on the wire.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body.</param>
/// <param name="Type">The content type.</param>
/// <param name="RetryAfter">The header, in seconds.</param>
internal sealed record SimulatedReply(int Status, string Body, string Type = "application/json", int? RetryAfter = null)
{
    /// <summary>Bytes after which the connection breaks.</summary>
    public int? CutAt { get; init; }

    /// <summary>Whether who gets it cannot tell if the submission was accepted.</summary>
    public bool IsUnclear { get; init; }

    public static SimulatedReply Refusal(int status, string code, string message = "拒绝") =>
        new(status, $$$"""{"error":{"code":"{{{code}}}","message":"{{{message}}}"}}""");
}

/// <summary>The service as its contract has it: unique request ids, so many tasks at once, and tasks that end in their own time.</summary>
internal sealed class SimulatedService(World world)
{
    private readonly List<SimulatedTask> _tasks = [];
    private readonly Dictionary<string, SimulatedTask> _byId = [];
    private readonly Dictionary<string, SimulatedTask> _byRequestId = [];
    private long _lastId = 8868902201637896192;

    /// <summary>All that was accepted, in that order.</summary>
    public IReadOnlyList<SimulatedTask> Tasks => _tasks;

    /// <summary>How many tasks it takes at once.</summary>
    public int Slots { get; set; } = 5;

    /// <summary>How many of them somebody else has taken.</summary>
    public int Taken { get; set; }

    /// <summary>Whether a task can be looked up by the client's request id.</summary>
    public bool FindsRequestIds { get; set; }

    /// <summary>For so many seconds after its acceptance a task cannot be found.</summary>
    public double Lag { get; init; }

    /// <summary>Seconds that the next task takes.</summary>
    public Func<double> ServiceTime { get; init; } = () => 60;

    /// <summary>Whether the next task ends in FAIL.</summary>
    public Func<bool> Fails { get; init; } = () => false;

    /// <summary>Called when a task was accepted.</summary>
    public Action<SimulatedTask>? Accepted { get; set; }

    /// <summary>Tasks that have not ended.</summary>
    public int Running => _tasks.Count(task => task.Ends > world.Now);

    public int FreeSlots => Math.Max(0, Slots - Taken - Running);

    /// <summary>Takes a submission that has arrived.</summary>
    public SimulatedReply Submit(string requestId, string prompt, WireFault fault)
    {
        if (Refusal(fault) is { } refusal) return refusal;
        if (_byRequestId.ContainsKey(requestId)) return SimulatedReply.Refusal(400, "1231", $"已有请求 {requestId}");
        if (FreeSlots == 0) return SimulatedReply.Refusal(429, "1302");
        SimulatedTask task = Accept(requestId, prompt, endsAtOnce: fault == WireFault.EndedAtOnce);
        string status = fault == WireFault.EndedAtOnce ? task.Fails ? "FAIL" : "SUCCESS" : "PROCESSING";
        string body = $$"""{"id":"{{task.Id}}","request_id":"{{requestId}}","model":"CogVideoX-Flash","task_status":"{{status}}"}""";
        switch (fault)
        {
            case WireFault.GatewayAccepted:
                return Gateway();
            case WireFault.ReplyCut:
                return new SimulatedReply(200, body) { IsUnclear = true, CutAt = world.Between(0, body.Length - 1) };
            case WireFault.ReplyTruncated:
                return new SimulatedReply(200, body[..world.Between(0, 40)]) { IsUnclear = true };
            case WireFault.ReplyGarbage:
                return new SimulatedReply(200, "<html><body>OK</body></html>", world.OneOf("text/html", "application/json")) { IsUnclear = true };
            case WireFault.ReplyTooLarge:
                return new SimulatedReply(200, body + new string(' ', 1 << 20)) { IsUnclear = true };
            case WireFault.MissingId:
                return new SimulatedReply(200, """{"task_status":"PROCESSING"}""") { IsUnclear = true };
            case WireFault.NumericId:
                return new SimulatedReply(200, body.Replace($"\"{task.Id}\"", task.Id, StringComparison.Ordinal));
            case WireFault.DuplicateId when _tasks.Count > 1:
                task.IsHidden = true;
                return new SimulatedReply(200, body.Replace(task.Id, _tasks[^2].Id, StringComparison.Ordinal));
            default:
                return new SimulatedReply(200, body);
        }
    }

    /// <summary>Answers a poll that has arrived.</summary>
    public SimulatedReply Poll(string id, WireFault fault)
    {
        if (Refusal(fault) is { } refusal) return refusal;
        if (fault == WireFault.ReplyGarbage) return new SimulatedReply(200, "<html><body>OK</body></html>", "text/html");
        SimulatedTask? task = Find(id);
        if (task is null || fault == WireFault.NotFound || world.Now < task.Created + Lag)
            return SimulatedReply.Refusal(world.OneOf(400, 404), "1233");
        bool hasEnded = world.Now >= task.Ends && fault != WireFault.Stale;
        string status = fault == WireFault.UnknownStatus ? world.OneOf("\"QUEUED\"", "null", "7")
            : !hasEnded ? "\"PROCESSING\"" : task.Fails ? "\"FAIL\"" : "\"SUCCESS\"";
        string link = status == "\"SUCCESS\"" && fault != WireFault.NoLink
            ? $$""","video_result":[{"url":"https://files.example/{{task.Id}}.mp4","cover_image_url":"https://files.example/{{task.Id}}.png"}]"""
            : "";
        string body = $$"""{"request_id":{{JsonSerializer.Serialize(task.RequestId)}},"id":"{{task.Id}}","task_status":{{status}}{{link}}}""";
        return new SimulatedReply(200, body) { CutAt = fault == WireFault.ReplyCut ? world.Between(0, body.Length - 1) : null };
    }

    /// <summary>What is said of a request in place of doing what it asks for; null where that is done.</summary>
    private SimulatedReply? Refusal(WireFault fault) => fault switch
    {
        WireFault.Gateway => Gateway(),
        WireFault.NotAccepted => SimulatedReply.Refusal(500, world.OneOf("1200", "1230", "1234")),
        WireFault.SlowDown => SlowDown(),
        WireFault.Full => SimulatedReply.Refusal(429, "1302"),
        WireFault.RowRefused => SimulatedReply.Refusal(400, world.OneOf("1210", "1214", "1261", "1301")),
        WireFault.RunRefused => world.OneOf(
            SimulatedReply.Refusal(429, "1113"),
            SimulatedReply.Refusal(401, "1002"),
            SimulatedReply.Refusal(429, "1304"),
            SimulatedReply.Refusal(403, "1220")),
        _ => null,
    };

    /// <summary>The task of an id, or of a request id where that is allowed.</summary>
    private SimulatedTask? Find(string id) =>
        _byId.TryGetValue(id, out SimulatedTask? task) || (FindsRequestIds && _byRequestId.TryGetValue(id, out task)) ? task : null;

    private SimulatedTask Accept(string requestId, string prompt, bool endsAtOnce)
    {
        SimulatedTask task = new()
        {
            Id = $"{_lastId += world.Between(1, 1000)}",
            RequestId = requestId,
            Prompt = prompt,
            Created = world.Now,
            Ends = endsAtOnce ? world.Now : world.Now + ServiceTime(),
            Fails = Fails(),
        };
        _tasks.Add(task);
        _byId.Add(task.Id, task);
        _byRequestId.Add(requestId, task);
        Accepted?.Invoke(task);
        return task;
    }

    private SimulatedReply Gateway()
    {
        SimulatedReply page = world.OneOf(
            new SimulatedReply(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html"),
            new SimulatedReply(503, "", "text/plain"),
            new SimulatedReply(504, "upstream timed out", "text/plain"),
            new SimulatedReply(500, """{"timestamp":1,"status":500,"error":"Internal Server Error"}"""));
        return page with { IsUnclear = true };
    }

    private SimulatedReply SlowDown()
    {
        int? retryAfter = world.Chance(.5) ? null : world.OneOf(0, 1, 7, 60);
        SimulatedReply reply = SimulatedReply.Refusal(429, world.OneOf("1303", "1305", "1312", "1120"));
        return world.Chance(.1) ? new SimulatedReply(429, """{"message":"too many requests"}""", RetryAfter: retryAfter) : reply with { RetryAfter = retryAfter };
    }
}
