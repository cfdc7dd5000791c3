using System.Net;
using System.Net.Http.Headers;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>The way between a process and the service. What has left arrives, whether or not anybody waits for the reply.</summary>
internal sealed class SimulatedNetwork(
    World world, SimulatedProcess process, SimulatedService service, IFaults faults, Traffic traffic, bool retriesUnconfirmed)
    : HttpMessageHandler
{
    /// <summary>The moment after which the process is to submit nothing; null = never.</summary>
    public DateTimeOffset? Until { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Exchange exchange = new(world, process);
        if (!process.IsAlive) return await exchange.Reply;
        traffic.Sent(request.Method);
        using CancellationTokenRegistration stop = cancellationToken.Register(() => exchange.Cancel(cancellationToken));
        if (request.Content is null) Poll(exchange, WebUtility.UrlDecode(request.RequestUri!.Segments[^1]));
        else await SubmitAsync(exchange, request.Content);
        return await exchange.Reply;
    }

    private async Task SubmitAsync(Exchange exchange, HttpContent content)
    {
        world.Require(!(process.GetUtcNow() >= Until), "I1: a row was sent after the moment that ends all sending");
        WireFault fault = faults.NextSubmission();
        if (fault == WireFault.Refused)
        {
            world.Note("POST: refused");
            exchange.Break(Latency(), HttpRequestError.ConnectionError);
            return;
        }
        using MemoryStream body = new();
        await content.CopyToAsync(body);
        JsonElement fields = JsonDocument.Parse(body.ToArray()).RootElement;
        string requestId = fields.GetProperty("request_id").GetString()!;
        string prompt = fields.GetProperty("prompt").GetString()!;
        world.Note($"POST {traffic.NameOf(requestId)} {prompt}: {fault}");
        world.Require(
            retriesUnconfirmed || !traffic.IsUnclear(requestId),
            $"I1: {traffic.NameOf(requestId)} was sent again, although it may have been accepted");
        if (fault is WireFault.BodyBroken or WireFault.RequestLost or WireFault.ReplyLost or WireFault.Late)
        {
            traffic.BecomesUnclear(requestId);
            if (fault == WireFault.BodyBroken || world.Chance(.5)) exchange.Break(world.Between(.01, 3), HttpRequestError.ResponseEnded);
            if (fault is WireFault.BodyBroken or WireFault.RequestLost) return;
        }
        double way = fault == WireFault.Late ? world.Between(1.0, 600) : Latency();
        world.After(way, () =>
        {
            SimulatedReply reply = service.Submit(requestId, prompt, fault);
            if (reply.IsUnclear) traffic.BecomesUnclear(requestId);
            world.Note($"  {traffic.NameOf(requestId)} {prompt}: {reply.Status} {traffic.Shorten(reply.Body)}");
            if (fault is not (WireFault.ReplyLost or WireFault.Late)) exchange.Answer(Latency() + (fault == WireFault.Slow ? 60 : 0), reply);
        });
    }

    private void Poll(Exchange exchange, string id)
    {
        WireFault fault = faults.NextPoll();
        world.Note($"GET {traffic.NameOf(id)}: {fault}");
        switch (fault)
        {
            case WireFault.Refused:
                exchange.Break(Latency(), HttpRequestError.ConnectionError);
                break;
            case WireFault.RequestLost:
                if (world.Chance(.5)) exchange.Break(world.Between(.01, 3), HttpRequestError.ResponseEnded);
                break;
            default:
                world.After(Latency(), () =>
                {
                    SimulatedReply reply = service.Poll(id, fault);
                    world.Note($"  {traffic.NameOf(id)}: {reply.Status} {traffic.Shorten(reply.Body)}");
                    exchange.Answer(Latency() + (fault == WireFault.Slow ? 20 : 0), reply);
                });
                break;
        }
    }

    private double Latency() => world.Between(.005, .15);

    /// <summary>One request and its reply, which may never come.</summary>
    private sealed class Exchange(World world, SimulatedProcess process)
    {
        private readonly TaskCompletionSource<HttpResponseMessage> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<HttpResponseMessage> Reply => _source.Task;

        public void Cancel(CancellationToken cancellationToken)
        {
            if (_source.TrySetCanceled(cancellationToken)) world.Note("  given up");
        }

        public void Break(double seconds, HttpRequestError how) =>
            process.After(seconds, () => _source.TrySetException(new HttpRequestException(how, $"Simulated: {how}")));

        public void Answer(double seconds, SimulatedReply reply) => process.After(seconds, () => _source.TrySetResult(CreateMessage(reply)));

        private static HttpResponseMessage CreateMessage(SimulatedReply reply)
        {
            byte[] body = Encoding.UTF8.GetBytes(reply.Body);
            Stream stream = reply.CutAt is int length ? new CutStream(body[..Math.Min(length, body.Length)]) : new MemoryStream(body);
            HttpResponseMessage message = new((HttpStatusCode)reply.Status) { Content = new StreamContent(stream) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(reply.Type);
            if (reply.RetryAfter is int seconds) message.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(seconds));
            return message;
        }
    }

    /// <summary>A body whose connection breaks at its end.</summary>
    private sealed class CutStream(byte[] body) : MemoryStream(body)
    {
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            int read = Read(buffer, offset, count);
            return read > 0 ? Task.FromResult(read) : throw new HttpIOException(HttpRequestError.ResponseEnded);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = Read(buffer.Span);
            return read > 0 ? await ValueTask.FromResult(read) : throw new HttpIOException(HttpRequestError.ResponseEnded);
        }
    }
}

/// <summary>Counts requests, remembers which of them are unclear, and gives request ids names that are the same in every run of a seed.</summary>
internal sealed class Traffic
{
    private readonly Dictionary<string, string> _names = [];
    private readonly HashSet<string> _unclear = [];

    public int Posts { get; private set; }

    public int Looks { get; private set; }

    public void Sent(HttpMethod method)
    {
        if (method == HttpMethod.Post) Posts++;
        else Looks++;
    }

    /// <summary>Whether something was sent under a request id of which the sender cannot tell if it was accepted.</summary>
    public bool IsUnclear(string requestId) => _unclear.Contains(requestId);

    public void BecomesUnclear(string requestId) => _unclear.Add(requestId);

    /// <summary>Of a random id its number, of any other the id itself.</summary>
    public string NameOf(string id)
    {
        if (id.Length != 32) return id;
        if (!_names.TryGetValue(id, out string? name)) _names.Add(id, name = $"r{_names.Count + 1}");
        return name;
    }

    /// <summary>A text for the trace: ids by name, and not all of a long one.</summary>
    public string Shorten(string text)
    {
        foreach ((string id, string name) in _names) text = text.Replace(id, name, StringComparison.Ordinal);
        return text.Length > 140 ? text[..140] : text;
    }
}
