using System.Text.Json;
using System.Text.Json.Nodes;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>What the service takes and refuses, by the reference page and the error table.</summary>
public sealed class RequestCheckTests
{
    private const int MiB = 1024 * 1024;

    private static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13];
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
    private static readonly byte[] Webp = Encoding.ASCII.GetBytes("RIFF\0\0\0\0WEBPVP8 ");

    [Theory]
    [InlineData("""{"model":"cogvideox-2","prompt":"x"}""")]
    [InlineData("""{"model":"cogvideox-2","prompt":"x","quality":"speed","with_audio":true,"size":"3840x2160","fps":60,"duration":10}""")]
    [InlineData("""{"model":"cogvideox-flash","prompt":"x","with_audio":false,"duration":5}""")]
    [InlineData("""{"model":"cogvideox-flash","prompt":"x","quality":null,"size":null,"fps":null,"image_url":null,"request_id":null}""")]
    [InlineData("""{"model":"cogvideox-2","prompt":"x","user_id":"123456","tomorrow":{"a":[1]},"sensitive_word_check":{"type":"ALL"}}""")]
    [InlineData("""{"model":"cogvideox-2","image_url":"https://example.com/a.jpg"}""")]
    [InlineData("""{"model":"cogvideox-2","prompt":"","image_url":["http://example.com/a.jpg"]}""")]
    [InlineData("""{"model":"cogvideox-3","prompt":"x","size":"1280x720","image_url":["https://a.b/1.png","https://a.b/2.png"]}""")]
    [InlineData("""{"model":"viduq1-text","prompt":"x","style":"anime","aspect_ratio":"9:16","movement_amplitude":"auto","duration":5}""")]
    [InlineData("""{"model":"vidu2-reference","prompt":"x","aspect_ratio":"1:1","image_url":["http://a/1","http://a/2","http://a/3"]}""")]
    [InlineData("""{"model":"vidu2-start-end","image_url":["https://a.b/1","https://a.b/2"],"size":"480x360","duration":4}""")]
    [InlineData("""{"model":"cogvideox-2","prompt":"x","watermark_enabled":false,"off_peak":true}""")]
    public async Task Takes(string json)
    {
        await using Service service = await Service.StartAsync();
        Answer answer = await service.CreateAsync(json);
        Assert.Equal(200, answer.Status);
        Assert.Equal("PROCESSING", answer.Text("task_status"));
        Assert.Single(service.State.Tasks);
    }

    [Theory]
    [InlineData("1210", "no JSON")]
    [InlineData("1210", "[1]")]
    [InlineData("1210", "")]
    [InlineData("1210", """{"model":"cogvideox-2","prompt":"\ud800"}""")]
    [InlineData("1213", """{"prompt":"x"}""")]
    [InlineData("1213", """{"model":null,"prompt":"x"}""")]
    [InlineData("1211", """{"model":"cogvideox-9","prompt":"x"}""")]
    [InlineData("1214", """{"model":7,"prompt":"x"}""")]
    [InlineData("1213", """{"model":"cogvideox-2"}""")]
    [InlineData("1213", """{"model":"cogvideox-2","prompt":"  ","image_url":""}""")]
    [InlineData("1213", """{"model":"viduq1-text","style":"anime"}""")]
    [InlineData("1214", """{"model":"viduq1-text","prompt":"x","image_url":"https://a.b/1"}""")]
    [InlineData("1213", """{"model":"viduq1-start-end","prompt":"x","image_url":"https://a.b/1"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","size":"1x1"}""")]
    [InlineData("1214", """{"model":"cogvideox-3","prompt":"x","size":"720x480"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","fps":25}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","fps":"30"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","duration":7}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","duration":5.5}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","duration":2147483648}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","quality":"best"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","with_audio":"true"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","user_id":"12345"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":7}""")]
    [InlineData("1214", """{"model":"cogvideox-2","prompt":"x","style":"anime"}""")]
    [InlineData("1214", """{"model":"cogvideox-flash","prompt":"x","quality":"speed"}""")]
    [InlineData("1214", """{"model":"cogvideox-flash","prompt":"x","size":"1920x1080"}""")]
    [InlineData("1214", """{"model":"cogvideox-flash","prompt":"x","fps":30}""")]
    [InlineData("1214", """{"model":"viduq1-text","prompt":"x","with_audio":true}""")]
    [InlineData("1214", """{"model":"cogvideox-2","image_url":["https://a.b/1","https://a.b/2"]}""")]
    [InlineData("1214", """{"model":"cogvideox-2","image_url":"ftp://a.b/1"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","image_url":"data:image/png,abc"}""")]
    [InlineData("1214", """{"model":"cogvideox-2","image_url":{"url":7}}""")]
    public async Task Refuses(string code, string json)
    {
        await using Service service = await Service.StartAsync();
        Answer answer = await service.CreateAsync(json);
        Assert.Equal((400, code), (answer.Status, answer.Code));
        Assert.Empty(service.State.Tasks);
        Assert.Equal(code, Assert.Single(service.State.Requests).Code);
    }

    [Fact]
    public async Task Messages_name_the_field_in_Chinese()
    {
        await using Service service = await Service.StartAsync();
        Answer answer = await service.CreateAsync("""{"model":"cogvideox-flash","prompt":"x","size":"1920x1080"}""");
        string message = answer.Json.GetProperty("error").GetProperty("message").GetString()!;
        Assert.StartsWith("size参数非法：cogvideox-flash不支持", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Longest_prompt_is_512_characters_not_code_units()
    {
        await using Service service = await Service.StartAsync();
        string longest = string.Concat(Enumerable.Repeat("🐱", 512));
        Assert.Equal(200, (await service.CreateAsync(Body("cogvideox-2", longest))).Status);
        Answer answer = await service.CreateAsync(Body("cogvideox-2", longest + "x"));
        Assert.Equal((400, "1261"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task Picture_may_be_bare_Base64_or_a_data_URI_and_is_logged_by_its_hash()
    {
        await using Service service = await Service.StartAsync();
        string base64 = Convert.ToBase64String(Png);
        Assert.Equal(200, (await service.CreateAsync(Body("cogvideox-2", null, base64))).Status);
        Assert.Equal(200, (await service.CreateAsync(Body("cogvideox-2", null, $"data:image/png;base64,{base64}"))).Status);
        // What System.Text.Json makes of '+' unless told otherwise
        string escaped = Body("cogvideox-2", null, Convert.ToBase64String([.. Jpeg, 0xFB, 0xEF, 0xBE]));
        Assert.Contains("\\u002B", escaped, StringComparison.Ordinal);
        Assert.Equal(200, (await service.CreateAsync(escaped)).Status);

        JsonNode[] logged = [.. service.State.Requests.Select(request => request.Body!["image_url"]!)];
        Assert.Equal(["base64", "data-uri", "base64"], logged.Select(picture => picture["form"]!.GetValue<string>()));
        Assert.Equal(["png", "png", "jpeg"], logged.Select(picture => picture["type"]!.GetValue<string>()));
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Png));
        Assert.Equal(hash, logged[0]["sha256"]!.GetValue<string>());
        Assert.Equal(Png.Length, logged[0]["length"]!.GetValue<int>());
    }

    [Fact]
    public async Task Picture_must_be_of_a_type_and_size_that_the_model_takes()
    {
        await using Service service = await Service.StartAsync();
        Assert.Equal(200, (await service.CreateAsync(Body("cogvideox-2", null, Picture(Jpeg, 5 * MiB)))).Status);
        Assert.Equal("1214", (await service.CreateAsync(Body("cogvideox-2", null, Picture(Jpeg, (5 * MiB) + 1)))).Code);
        Assert.Equal("1214", (await service.CreateAsync(Body("cogvideox-2", null, Picture(Webp, 100)))).Code);
        Assert.Equal("1214", (await service.CreateAsync(Body("cogvideox-2", null, Picture([(byte)'G', (byte)'I', (byte)'F'], 100)))).Code);
        Assert.Equal(200, (await service.CreateAsync(Body("viduq1-image", null, Picture(Webp, 6 * MiB)))).Status);
    }

    [Fact]
    public async Task Sensitive_prompt_is_refused_with_a_content_filter()
    {
        await using Service service = await Service.StartAsync();
        Answer answer = await service.CreateAsync(Body("cogvideox-2", "a 【敏感】 word"));
        Assert.Equal((400, "1301"), (answer.Status, answer.Code));
        JsonElement filter = answer.Json.GetProperty("contentFilter")[0];
        Assert.Equal("user", filter.GetProperty("role").GetString());
        Assert.InRange(filter.GetProperty("level").GetInt32(), 0, 3);
    }

    [Fact]
    public async Task Extra_models_pass_without_checks()
    {
        EmulatorOptions options = new EmulatorOptions();
        options.Settings.ExtraModels.Add("cogvideox-9");
        await using Service service = await Service.StartAsync(options);
        Assert.Equal(200, (await service.CreateAsync("""{"model":"cogvideox-9","prompt":"x","size":"8x8","fps":"many"}""")).Status);
    }

    [Fact]
    public async Task Null_is_kept_in_the_log_so_that_a_test_can_tell_it_from_absent()
    {
        await using Service service = await Service.StartAsync();
        await service.CreateAsync("""{"model":"cogvideox-2","prompt":"x","fps":null}""");
        JsonObject body = Assert.Single(service.State.Requests).Body!.AsObject();
        Assert.True(body.ContainsKey("fps"));
        Assert.Null(body["fps"]);
        Assert.False(body.ContainsKey("size"));
    }

    private static string Body(string model, string? prompt, string? picture = null) =>
        JsonSerializer.Serialize(new { model, prompt, image_url = picture });

    private static string Picture(byte[] head, int length)
    {
        byte[] bytes = new byte[length];
        head.CopyTo(bytes, 0);
        return Convert.ToBase64String(bytes);
    }
}
