using System.IO.Compression;
using System.Text.Json;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>Every fault does what it says, to the requests it was meant for.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(FaultKind.DropBefore, 0, false)]
    [InlineData(FaultKind.Drop, 0, false)]
    [InlineData(FaultKind.DropAccepted, 1, false)]
    [InlineData(FaultKind.DropAccepted, 1, true)]
    public async Task Dropped_submission(FaultKind kind, int accepted, bool reset)
    {
        await using Service service = await Service.StartAsync(new Fault { Kind = kind, Phase = RequestPhase.Create, Reset = reset });
        await Assert.ThrowsAsync<HttpRequestException>(() => service.AcceptAsync());
        Assert.Equal(accepted, service.State.Tasks.Count);
        await service.State.WhenAsync(state => state.Requests.Count > 0);
        Assert.Equal(0, service.State.Requests[0].Status);
        Assert.Equal([kind], service.State.Requests[0].Faults);
    }

    [Fact]
    public async Task Cut_comes_after_exactly_the_bytes_that_were_to_be_sent()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.Cut, Phase = RequestPhase.Download, Bytes = 12_345, Count = 1 });
        Uri video = await service.VideoAsync();
        using HttpClient http = new HttpClient();
        using HttpResponseMessage response = await http.GetAsync(video, HttpCompletionOption.ResponseHeadersRead);
        MemoryStream received = new MemoryStream();
        await Assert.ThrowsAsync<HttpIOException>(async () => await (await response.Content.ReadAsStreamAsync()).CopyToAsync(received));
        Assert.Equal(12_345, received.Length);
        Assert.True(response.Content.Headers.ContentLength > 12_345);
        byte[] whole = (await service.SendAsync(HttpMethod.Get, video)).Body;
        Assert.Equal(whole[..12_345], received.ToArray());
    }

    [Fact]
    public async Task Chunked_reply_that_is_cut_has_no_last_chunk()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.Chunked, Phase = RequestPhase.Download },
            new Fault { Kind = FaultKind.Cut, Phase = RequestPhase.Download, Bytes = 100, Nth = 2 });
        Uri video = await service.VideoAsync();
        Answer whole = await service.SendAsync(HttpMethod.Get, video);
        Assert.True(service.State.Requests[^1].BytesSent == whole.Body.Length);
        await Assert.ThrowsAsync<HttpRequestException>(() => service.SendAsync(HttpMethod.Get, video));
    }

    [Fact]
    public async Task Refusal_with_code_message_and_headers()
    {
        await using Service service = await Service.StartAsync(new Fault
        {
            Kind = FaultKind.Status,
            Phase = RequestPhase.Create,
            Status = 429,
            Code = "1303",
            Message = "slow down",
            Headers = new() { ["Retry-After"] = "7" },
            Count = 1,
        });
        Answer answer = await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x"}""");
        Assert.Equal((429, "1303", TimeSpan.FromSeconds(7)), (answer.Status, answer.Code, answer.Headers.RetryAfter!.Delta));
        Assert.Empty(service.State.Tasks);
        await service.AcceptAsync();
    }

    [Fact]
    public async Task Gateway_page_after_the_submission_was_accepted()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.Html, Phase = RequestPhase.Create, Accepted = true });
        Answer answer = await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x"}""");
        Assert.Equal((502, "text/html"), (answer.Status, answer.Content.ContentType!.MediaType));
        Assert.Single(service.State.Tasks);
    }

    [Fact]
    public async Task Bodies_that_are_not_what_they_should_be()
    {
        await using Service service = await Service.StartAsync();
        string id = await service.AcceptAsync();
        byte[] right = (await service.PollAsync(id)).Body;
        Task<Answer> StruckAsync(FaultKind kind, string? value = null) =>
            service.StruckAsync(new Fault { Kind = kind, Phase = RequestPhase.Poll, Value = value }, () => service.PollAsync(id));
        Assert.Empty((await StruckAsync(FaultKind.Empty)).Body);
        Assert.Equal(right[..(right.Length / 2)], (await StruckAsync(FaultKind.Truncate)).Body);
        Assert.Equal("{\"code\":401}"u8.ToArray(), (await StruckAsync(FaultKind.Body, "{\"code\":401}")).Body);
        Assert.Equal("text/plain", (await StruckAsync(FaultKind.ContentType, "text/plain")).Content.ContentType!.MediaType);
        Assert.Null((await StruckAsync(FaultKind.ContentType)).Content.ContentType);
        Assert.Equal([0xEF, 0xBB, 0xBF, .. right], (await StruckAsync(FaultKind.Bom)).Body);
        Assert.Equal(Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(right)), (await StruckAsync(FaultKind.Utf16)).Body);
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(StruckAsync(FaultKind.Garbage).GetAwaiter().GetResult().Body));
        Answer compressed = await StruckAsync(FaultKind.Gzip);
        Assert.Equal("gzip", compressed.Content.ContentEncoding.Single());
        MemoryStream plain = new MemoryStream();
        new GZipStream(new MemoryStream(compressed.Body), CompressionMode.Decompress).CopyTo(plain);
        Assert.Equal(right, plain.ToArray());
    }

    [Fact]
    public async Task Ids_that_are_missing_numbers_or_somebody_elses()
    {
        await using Service service = await Service.StartAsync();
        string first = await service.AcceptAsync();
        async Task<JsonElement> StruckAsync(FaultKind kind) => (await service.StruckAsync(
            new Fault { Kind = kind, Phase = RequestPhase.Create }, () => service.CreateAsync("""{"model":"cogvideox-2","prompt":"x"}"""))).Json;
        Assert.Equal(first, (await StruckAsync(FaultKind.DuplicateId)).GetProperty("id").GetString());
        Assert.False((await StruckAsync(FaultKind.MissingId)).TryGetProperty("id", out _));
        JsonElement number = (await StruckAsync(FaultKind.NumericId)).GetProperty("id");
        Assert.Equal((JsonValueKind.Number, service.State.Tasks[^1].Id), (number.ValueKind, number.GetRawText()));
        JsonElement failed = await StruckAsync(FaultKind.FailAtOnce);
        Assert.Equal("FAIL", failed.GetProperty("task_status").GetString());
        Assert.Equal("FAIL", (await service.PollAsync(failed.GetProperty("id").GetString()!)).Text("task_status"));
        string stalled = (await StruckAsync(FaultKind.Stall)).GetProperty("id").GetString()!;
        service.Time.Advance(TimeSpan.FromDays(10));
        Assert.Equal("PROCESSING", (await service.PollAsync(stalled)).Text("task_status"));
    }

    [Theory]
    [InlineData("QUEUED", "\"QUEUED\"")]
    [InlineData("7", "7")]
    [InlineData("null", "null")]
    [InlineData(null, "null")]
    public async Task Statuses_that_nobody_knows(string? value, string expected)
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.TaskStatus, Phase = RequestPhase.Poll, Value = value });
        Answer answer = await service.PollAsync(await service.AcceptAsync());
        Assert.Equal(expected, answer.Json.GetProperty("task_status").GetRawText());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("null", "null")]
    [InlineData("empty", "[]")]
    [InlineData("no-url", "[{}]")]
    [InlineData("file:///etc/passwd", "[{\"url\":\"file:///etc/passwd\"}]")]
    public async Task Success_without_a_link(string? value, string? expected)
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.NoUrl, Phase = RequestPhase.Poll, Value = value });
        string id = await service.AcceptAsync();
        service.State.End(id);
        JsonElement result = (await service.PollAsync(id)).Json;
        Assert.Equal("SUCCESS", result.GetProperty("task_status").GetString());
        Assert.Equal(expected, result.TryGetProperty("video_result", out JsonElement links) ? links.GetRawText() : null);
    }

    [Fact]
    public async Task Ranges_and_tags_that_lie()
    {
        await using Service service = await Service.StartAsync();
        Uri video = await service.VideoAsync();
        Task<Answer> StruckAsync(FaultKind kind) => service.StruckAsync(
            new Fault { Kind = kind, Phase = RequestPhase.Download }, () => service.SendAsync(HttpMethod.Get, video, headers: headers => headers.Range = new(10, 20)));
        Assert.Equal(200, (await StruckAsync(FaultKind.IgnoreRange)).Status);
        Assert.Equal(11, (await StruckAsync(FaultKind.WrongRange)).Content.ContentRange!.From);
        Assert.True((await StruckAsync(FaultKind.WeakEtag)).Headers.ETag!.IsWeak);
        Answer none = await StruckAsync(FaultKind.NoEtag);
        Assert.Null(none.Headers.ETag);
        Assert.Null(none.Content.LastModified);
    }

    [Fact]
    public async Task Delay_goes_by_the_clock_and_comes_after_the_work()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.Delay, Phase = RequestPhase.Create, Seconds = 3600 });
        Task<Answer> late = service.CreateAsync("""{"model":"cogvideox-2","prompt":"x"}""");
        await service.State.WhenAsync(state => state.Tasks.Count == 1);
        Assert.False(late.IsCompleted);
        Assert.Equal(200, (await PushAsync(service, late)).Status);
    }

    [Fact]
    public async Task Latency_holds_back_the_API_and_not_the_files()
    {
        await using Service service = await Service.StartAsync();
        Uri video = await service.VideoAsync();
        service.State.Settings.Latency = 100;
        Assert.Equal(200, (await service.SendAsync(HttpMethod.Get, video)).Status);
        Task<Answer> late = service.PollAsync("1");
        await service.State.WhenAsync(state => state.Requests.Count == 4);
        Assert.False(late.IsCompleted);
        Assert.Equal("1233", (await PushAsync(service, late)).Code);
    }

    [Fact]
    public async Task Slow_body_is_whole_in_the_end()
    {
        await using Service service = await Service.StartAsync();
        string id = await service.AcceptAsync();
        service.State.End(id);
        Uri cover = (await service.PollAsync(id)).Link("cover_image_url");
        byte[] right = (await service.SendAsync(HttpMethod.Get, cover)).Body;
        service.State.Add(new Fault { Kind = FaultKind.Slow, Phase = RequestPhase.Cover, Bytes = 1000 });
        using HttpClient http = new HttpClient();
        using HttpResponseMessage response = await http.GetAsync(cover, HttpCompletionOption.ResponseHeadersRead);
        Stream body = await response.Content.ReadAsStreamAsync();
        byte[] first = new byte[right.Length];
        // A tenth of a second's worth, and time stands still
        Assert.Equal(100, await body.ReadAtLeastAsync(first, 100));
        MemoryStream rest = new MemoryStream();
        async Task<byte[]> ReadAsync()
        {
            await body.CopyToAsync(rest);
            return rest.ToArray();
        }
        Assert.Equal(right, first[..100].Concat(await PushAsync(service, ReadAsync())));
    }

    /// <summary>Lets virtual hours pass until a reply is there: when a delay begins cannot be seen from outside.</summary>
    private static async Task<T> PushAsync<T>(Service service, Task<T> reply)
    {
        while (!reply.IsCompleted)
        {
            service.Time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }
        return await reply;
    }

    [Fact]
    public async Task Hanging_reply_ends_when_the_client_gives_up()
    {
        await using Service service = await Service.StartAsync(new Fault { Kind = FaultKind.Hang, Phase = RequestPhase.Poll });
        string id = await service.AcceptAsync();
        using HttpClient http = new HttpClient();
        using CancellationTokenSource patience = new CancellationTokenSource();
        Task hanging = http.GetAsync(new Uri($"{service.Server.BaseUri}/async-result/{id}"), patience.Token);
        await service.State.WhenAsync(state => state.Requests.Count == 2);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        Assert.Equal(0, service.State.Requests[1].Status);
    }

    [Fact]
    public async Task Faults_choose_by_prompt_place_count_and_chance()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions
        {
            Seed = 1,
            Settings = { Concurrency = 1000 },
            Faults =
            {
                new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Create, Status = 500, Prompt = "dog", Nth = 2, Count = 2 },
                new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Create, Status = 501, Prompt = "cat", Probability = 0.5 },
            },
        });
        async Task<int> StatusAsync(string prompt) =>
            (await service.CreateAsync($$"""{"model":"cogvideox-2","prompt":"{{prompt}}"}""")).Status;
        List<int> dogs = new List<int>();
        for (int i = 0; i < 5; i++) dogs.Add(await StatusAsync("a dog"));
        Assert.Equal([200, 500, 500, 200, 200], dogs);
        int struck = 0;
        for (int i = 0; i < 100; i++) struck += await StatusAsync("a cat") == 501 ? 1 : 0;
        Assert.InRange(struck, 30, 70);
        Assert.Equal(200, await StatusAsync("a bird"));
    }

    [Fact]
    public async Task Poll_and_download_are_chosen_by_the_prompt_of_their_task()
    {
        await using Service service = await Service.StartAsync(
            new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Poll, Status = 500, Prompt = "dog" },
            new Fault { Kind = FaultKind.Status, Phase = RequestPhase.Download, Status = 403, Prompt = "cat" });
        Assert.Equal(500, (await service.PollAsync(await service.AcceptAsync("a dog"))).Status);
        Assert.Equal(403, (await service.SendAsync(HttpMethod.Get, await service.VideoAsync("a cat"))).Status);
        Assert.Equal(200, (await service.SendAsync(HttpMethod.Get, await service.VideoAsync("a bird"))).Status);
    }

    [Fact]
    public async Task Fault_ends_when_its_time_is_over()
    {
        await using Service service = await Service.StartAsync(new Fault { Kind = FaultKind.Status, Status = 503, Lasts = 300 });
        Assert.Equal(503, (await service.PollAsync("1")).Status);
        service.Time.Advance(TimeSpan.FromSeconds(300));
        Assert.Equal(400, (await service.PollAsync("1")).Status);
    }

    [Fact]
    public async Task Outage_takes_both_origins_down()
    {
        await using Service service = await Service.StartAsync();
        Uri video = await service.VideoAsync();
        service.State.Settings.Outage = Outage.Unavailable;
        Assert.Equal(503, (await service.PollAsync("1")).Status);
        Assert.Equal(503, (await service.SendAsync(HttpMethod.Get, video)).Status);
        service.State.Settings.Outage = Outage.Drop;
        await Assert.ThrowsAsync<HttpRequestException>(() => service.PollAsync("1"));
        service.State.Settings.Outage = Outage.None;
        Assert.Equal(200, (await service.SendAsync(HttpMethod.Get, video)).Status);
    }

    [Theory]
    [InlineData(FaultKind.NoUrl, RequestPhase.Create)]
    [InlineData(FaultKind.IgnoreRange, RequestPhase.Poll)]
    [InlineData(FaultKind.Stall, RequestPhase.Download)]
    [InlineData(FaultKind.Slow, RequestPhase.Download)]
    public async Task Fault_that_could_never_strike_is_refused(FaultKind kind, RequestPhase phase)
    {
        await using Service service = await Service.StartAsync();
        Assert.Throws<ArgumentException>(() => service.State.Add(new Fault { Kind = kind, Phase = phase }));
    }
}
