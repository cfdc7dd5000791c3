using System.Text.Json;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>What tests in other processes read and change.</summary>
public sealed class ControlTests
{
    [Fact]
    public async Task Requests_come_in_order_and_hold_no_part_of_the_key()
    {
        await using Service service = await Service.StartAsync();
        service.Key = "ThePublicHalf.TheSecretHalf";
        string id = (await service.CreateAsync("""{"model":"cogvideox-2","prompt":"比得兔","request_id":"mine","fps":null}""")).Text("id")!;
        await service.PollAsync(id);
        Answer answer = await GetAsync(service, "requests");
        JsonElement[] requests = [.. answer.Json.EnumerateArray()];
        Assert.Equal(["create", "poll"], requests.Select(request => request.GetProperty("phase").GetString()));
        Assert.Equal([1, 2], requests.Select(request => request.GetProperty("number").GetInt32()));
        Assert.All(requests, request => Assert.Equal("valid", request.GetProperty("authorization").GetString()));
        Assert.All(requests, request => Assert.Equal("api", request.GetProperty("origin").GetString()));
        Assert.Equal("/api/paas/v4/videos/generations", requests[0].GetProperty("path").GetString());
        Assert.Equal("mine", requests[0].GetProperty("request_id").GetString());
        Assert.Equal(id, requests[1].GetProperty("task_id").GetString());
        Assert.Equal("比得兔", requests[0].GetProperty("body").GetProperty("prompt").GetString());
        Assert.Equal(JsonValueKind.Null, requests[0].GetProperty("body").GetProperty("fps").ValueKind);
        foreach (string path in new[] { "requests", "tasks", "stats", "settings", "faults" })
        {
            string text = Encoding.UTF8.GetString((await GetAsync(service, path)).Body);
            Assert.DoesNotContain("ThePublicHalf", text, StringComparison.Ordinal);
            Assert.DoesNotContain("TheSecretHalf", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tasks_and_counts()
    {
        await using Service service = await Service.StartAsync();
        string id = await service.AcceptAsync("a cat");
        await service.CreateAsync("""{"model":"cogvideox-2"}""");
        JsonElement task = Assert.Single((await GetAsync(service, "tasks")).Json.EnumerateArray());
        Assert.Equal((id, id, "a cat", "PROCESSING"), (
            task.GetProperty("id").GetString(), task.GetProperty("request_id").GetString(),
            task.GetProperty("prompt").GetString(), task.GetProperty("status").GetString()));
        JsonElement stats = (await GetAsync(service, "stats")).Json;
        Assert.Equal(2, stats.GetProperty("requests").GetProperty("create").GetInt32());
        Assert.Equal(1, stats.GetProperty("refused").GetProperty("1213").GetInt32());
        Assert.Equal(1, stats.GetProperty("accepted").GetProperty("cogvideox-2").GetInt32());
        Assert.Equal(1, stats.GetProperty("max_open_requests").GetProperty("create").GetInt32());
    }

    [Fact]
    public async Task Settings_change_while_it_runs_and_the_others_stay()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { Balance = 9 } });
        Assert.Equal(204, (await PostAsync(service, "settings", """{"service_time":0,"id_form":"digits16","balance":null}""")).Status);
        string id = await service.AcceptAsync();
        Assert.Equal((16, "SUCCESS"), (id.Length, (await service.PollAsync(id)).Text("task_status")));
        Assert.Null(service.State.Settings.Balance);
        Assert.Equal(5, service.State.Settings.Concurrency);
        Answer refused = await PostAsync(service, "settings", """{"servicetime":0}""");
        Assert.Equal(400, refused.Status);
        Assert.Contains("servicetime", Encoding.UTF8.GetString(refused.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_added_shown_and_ended()
    {
        await using Service service = await Service.StartAsync();
        Assert.Equal(204, (await PostAsync(service, "faults", """{"kind":"status","phase":"poll","status":503}""")).Status);
        Assert.Equal(204, (await PostAsync(service, "faults", """[{"kind":"drop-before","phase":"create"}]""")).Status);
        Assert.Equal(204, (await PostAsync(service, "faults", "\"download:cut,bytes=5\"")).Status);
        JsonElement faults = (await GetAsync(service, "faults")).Json;
        Assert.Equal(["status", "drop-before", "cut"], faults.EnumerateArray().Select(fault => fault.GetProperty("kind").GetString()));
        Assert.Equal(503, (await service.PollAsync("1")).Status);
        Assert.Equal(204, (await service.SendAsync(HttpMethod.Delete, new Uri(service.Server.ControlUri, "faults"))).Status);
        Assert.Equal(400, (await service.PollAsync("1")).Status);
        foreach (string wrong in new[] { "{}", "[]x", """{"kind":"nonsense"}""", """{"kind":"slow"}""", "7", "\"cut\"" })
            Assert.Equal(400, (await PostAsync(service, "faults", wrong)).Status);
    }

    [Fact]
    public async Task Task_is_ended_and_all_is_forgotten()
    {
        await using Service service = await Service.StartAsync();
        string id = await service.AcceptAsync();
        Assert.Equal(204, (await PostAsync(service, "end", $$"""{"id":"{{id}}","fail_reason":"no"}""")).Status);
        Assert.Equal("FAIL", (await service.PollAsync(id)).Text("task_status"));
        Assert.Equal(400, (await PostAsync(service, "end", """{"id":"1"}""")).Status);
        Assert.Equal(204, (await PostAsync(service, "reset", "")).Status);
        Assert.Empty(service.State.Requests);
        Assert.Equal("1233", (await service.PollAsync(id)).Code);
        Assert.Equal(404, (await GetAsync(service, "nothing")).Status);
    }

    [Fact]
    public async Task Counts_are_kept_without_a_log()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Log = false });
        await service.AcceptAsync();
        Assert.Empty(service.State.Requests);
        Assert.Equal(1, service.State.Stats.Requests["create"]);
    }

    private static Task<Answer> GetAsync(Service service, string path) =>
        service.SendAsync(HttpMethod.Get, new Uri(service.Server.ControlUri, path));

    private static Task<Answer> PostAsync(Service service, string path, string json) =>
        service.SendAsync(HttpMethod.Post, new Uri(service.Server.ControlUri, path), Encoding.UTF8.GetBytes(json));
}
