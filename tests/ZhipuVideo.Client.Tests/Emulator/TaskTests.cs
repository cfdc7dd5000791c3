using System.Text.Json;
using System.Text.RegularExpressions;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>What happens to a task between its submission and its end.</summary>
public sealed class TaskTests
{
    [Fact]
    public async Task Task_ends_when_its_time_is_over()
    {
        await using Service service = await Service.StartAsync();
        Answer created = await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x","request_id":"mine"}""");
        string id = created.Text("id")!;
        Assert.Equal(("cogvideox-2", "mine"), (created.Text("model"), created.Text("request_id")));

        service.Time.Advance(TimeSpan.FromSeconds(2.9));
        Answer processing = await service.PollAsync(id);
        Assert.Equal("PROCESSING", processing.Text("task_status"));
        Assert.False(processing.Json.TryGetProperty("video_result", out _));

        service.Time.Advance(TimeSpan.FromSeconds(0.1));
        Answer success = await service.PollAsync(id);
        Assert.Equal(("SUCCESS", id, "mine"), (success.Text("task_status"), success.Text("id"), success.Text("request_id")));
        Assert.Equal(service.Server.FilesUri.Authority, success.Link().Authority);
        Assert.Equal(service.Server.FilesUri.Authority, success.Link("cover_image_url").Authority);
        Assert.Equal(2, Assert.Single(service.State.Tasks).Polls);
    }

    [Fact]
    public async Task Any_base_path_will_do()
    {
        await using Service service = await Service.StartAsync();
        foreach (string prefix in new[] { "", "/v4", "/api/coding/paas/v4" })
        {
            Uri uri = new Uri(service.Server.BaseUri, $"{prefix}/async-result/1");
            Assert.Equal("1233", (await service.SendAsync(HttpMethod.Get, uri)).Code);
        }
        Answer unknown = await service.SendAsync(HttpMethod.Get, new Uri(service.Server.BaseUri, "/api/paas/v4/async-result/1/2"));
        Assert.Equal((404, "Not Found"), (unknown.Status, unknown.Text("error")));
    }

    [Theory]
    [Each(FailForm.Error, FailForm.Message, FailForm.Nothing)]
    public async Task Marked_prompt_fails_with_its_reason(FailForm form)
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { FailForm = form } });
        string id = await service.AcceptAsync("【失败】");
        Assert.Equal("PROCESSING", (await service.PollAsync(id)).Text("task_status"));
        service.Time.Advance(TimeSpan.FromSeconds(3));
        JsonElement failed = (await service.PollAsync(id)).Json;
        Assert.Equal("FAIL", failed.GetProperty("task_status").GetString());
        string? code = failed.TryGetProperty("error", out JsonElement error) ? error.GetProperty("code").GetString() : null;
        Assert.Equal(form == FailForm.Error ? "1230" : null, code);
        Assert.Equal(form == FailForm.Message, failed.TryGetProperty("message", out _));
    }

    [Fact]
    public async Task Slots_are_counted_per_account_and_model_and_freed_by_the_end_alone()
    {
        EmulatorOptions options = new EmulatorOptions { Settings = { Concurrency = 2 } };
        options.Settings.ModelConcurrency["cogvideox-flash"] = 1;
        await using Service service = await Service.StartAsync(options);
        string first = await service.AcceptAsync("[stall]");
        await service.AcceptAsync();
        Assert.Equal((429, "1302"), await CodeAsync(service, "cogvideox-2"));
        await service.AcceptAsync(model: "cogvideox-flash");
        Assert.Equal((429, "1302"), await CodeAsync(service, "cogvideox-flash"));
        service.Key = "another.account";
        await service.AcceptAsync();
        service.Key = EmulatorOptions.DemoKey;

        service.Time.Advance(TimeSpan.FromSeconds(3));
        await service.AcceptAsync();
        Assert.Equal((429, "1302"), await CodeAsync(service, "cogvideox-2"));
        service.State.End(first);
        await service.AcceptAsync();
        Assert.Equal(2, service.State.Stats.MaxTasksInFlight["cogvideox-2"]);
        Assert.Equal(3, service.State.Stats.Refused["1302"]);
        Assert.Equal(5, service.State.Stats.Accepted["cogvideox-2"]);
    }

    [Fact]
    public async Task Request_id_is_used_once_even_when_no_slot_is_free()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { Concurrency = 1 } });
        const string body = """{"model":"cogvideox-2","prompt":"x","request_id":"mine"}""";
        string id = (await service.CreateAsync(body)).Text("id")!;
        Answer again = await service.CreateAsync(body);
        Assert.Equal((400, "1231"), (again.Status, again.Code));
        Assert.Contains("mine", again.Json.GetProperty("error").GetProperty("message").GetString()!, StringComparison.Ordinal);
        Assert.Equal(id, (await service.PollAsync("mine")).Text("id"));
        Assert.Single(service.State.Tasks);
    }

    [Fact]
    public async Task Refused_request_id_is_free_again()
    {
        await using Service service = await Service.StartAsync();
        Assert.Equal("1214", (await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x","fps":1,"request_id":"mine"}""")).Code);
        Assert.Equal(200, (await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x","request_id":"mine"}""")).Status);
    }

    [Theory]
    [Each(400, 404)]
    public async Task Unknown_id_and_request_ids_where_they_do_not_resolve(int status)
    {
        await using Service service = await Service.StartAsync(
            new EmulatorOptions { Settings = { ResolveRequestIds = false, NotFoundStatus = status } });
        await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x","request_id":"mine"}""");
        Answer answer = await service.PollAsync("mine");
        Assert.Equal((status, "1233"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Account_runs_dry_but_not_for_the_free_model()
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { Balance = 1 } });
        await service.AcceptAsync(model: "cogvideox-flash");
        await service.AcceptAsync();
        Assert.Equal((429, "1113"), await CodeAsync(service, "cogvideox-2"));
        await service.AcceptAsync(model: "cogvideox-flash");
        service.State.Settings.FreeModelsNeedBalance = true;
        Assert.Equal((429, "1113"), await CodeAsync(service, "cogvideox-flash"));
    }

    [Theory]
    [InlineData(IdForm.Digits16, "^[1-9][0-9]{15}$")]
    [InlineData(IdForm.Digits19, "^[1-9][0-9]{18}$")]
    [InlineData(IdForm.Digits25, "^[1-9][0-9]{24}$")]
    [InlineData(IdForm.TimeAndHex, "^20260301120000[0-9a-f]{16}$")]
    public async Task Ids_have_the_forms_that_were_seen_and_serve_as_request_id(IdForm form, string pattern)
    {
        await using Service service = await Service.StartAsync(new EmulatorOptions { Settings = { IdForm = form } });
        Answer answer = await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x"}""");
        Assert.Matches(new Regex(pattern), answer.Text("id"));
        Assert.Equal(answer.Text("id"), answer.Text("request_id"));
    }

    [Theory]
    [InlineData(ResultForm.Current, true, "cogvideox-flash", false)]
    [InlineData(ResultForm.Reference, false, "cogvideox-flash", false)]
    [InlineData(ResultForm.Extended, true, "CogVideoX-Flash", true)]
    public async Task Results_have_the_forms_that_were_seen(ResultForm form, bool id, string model, bool usage)
    {
        await using Service service = await Service.StartAsync(
            new EmulatorOptions { Settings = { ResultForm = form, ServiceTime = 0, Videos = 2 } });
        JsonElement result = (await service.PollAsync(await service.AcceptAsync(model: "cogvideox-flash"))).Json;
        Assert.Equal(id, result.TryGetProperty("id", out _));
        Assert.Equal(model, result.GetProperty("model").GetString());
        Assert.Equal(usage, result.TryGetProperty("usage", out _));
        Assert.Equal(2, result.GetProperty("video_result").GetArrayLength());
    }

    [Fact]
    public async Task Same_seed_gives_the_same_ids_and_times()
    {
        async Task<(string Id, DateTimeOffset Ends)[]> RunAsync(int seed)
        {
            await using Service service = await Service.StartAsync(new EmulatorOptions { Seed = seed, Settings = { Sigma = 0.5 } });
            for (int i = 0; i < 5; i++) await service.AcceptAsync();
            return [.. service.State.Tasks.Select(task => (task.Id, task.Ends))];
        }
        (string Id, DateTimeOffset Ends)[] first = await RunAsync(7);
        Assert.Equal(first, await RunAsync(7));
        Assert.NotEqual(first, await RunAsync(8));
        Assert.Equal(5, first.Select(task => task.Ends).Distinct().Count());
    }

    [Fact]
    public async Task Waiting_for_what_happens_needs_no_sleep()
    {
        await using Service service = await Service.StartAsync();
        Task polled = service.State.WhenAsync(state => state.Tasks.Any(task => task.Polls > 0));
        string id = await service.AcceptAsync();
        Assert.False(polled.IsCompleted);
        await service.PollAsync(id);
        await polled.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task<(int Status, string? Code)> CodeAsync(Service service, string model)
    {
        Answer answer = await service.CreateAsync($$"""{"model":"{{model}}","prompt":"x"}""");
        return (answer.Status, answer.Code);
    }
}
