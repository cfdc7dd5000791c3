using System.Security.Cryptography;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Contract;

/// <summary>Inputs that random bytes have found.</summary>
public sealed class InputTests : ServiceTest
{
    [Fact]
    public void F60_Half_a_surrogate_pair_in_the_additional_body_is_the_rows_error()
    {
        string[] bodies = ["{\"note\":\"\uD83D\"}", """{"note":"\ud83d"}""", """{"no\ud83dte":1}"""];
        foreach (VideoRequest request in bodies.Select(body => new VideoRequest { Prompt = "一只猫", AdditionalBody = body }))
            Assert.Equal(ErrorReason.InvalidInput, Assert.Throws<CogVideoException>(() => new PreparedRequest(request)).Reason);
    }

    [Fact]
    public async Task F12_Half_a_surrogate_pair_in_a_reply_does_not_end_the_wait()
    {
        int looks = 0;
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Interlocked.Increment(ref looks) switch
        {
            1 => """{"task_status":"\ud800PROCESSING"}""",
            2 => """{"task_st\ud800atus":"PROCESSING"}""",
            _ => """{"task_status":"SUCCESS","video_result":[{"url":"https://a/b.mp4"}]}""",
        }));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoResult result = await client.WaitAsync(new CogVideoJob { Id = "1" }).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal((CogVideoStatus.Success, 3), (result.Status, looks));
    }

    [Fact]
    public async Task F19_What_the_service_says_does_not_steer_the_terminal()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, """{"task_status":"FAIL","error":{"code":"1\u001b[2J","message":"a\u001b[31mb"}}"""));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoResult result = await client.GetResultAsync(new CogVideoJob { Id = ".." });

        Assert.Equal(("1 [2J", "a [31mb"), (result.ErrorCode, result.ErrorMessage));
        Assert.StartsWith("/api/paas/v4/async-result/", Assert.Single(server.Requests).Target, StringComparison.Ordinal);
    }

    [Fact]
    public void F53_Half_a_surrogate_pair_in_a_journals_first_line_is_no_harm()
    {
        using MemoryStream journal = new(Encoding.UTF8.GetBytes("""{"journal":"ZhipuVideo","schema":1,"pid":1,"ho\ud800st":"h"}""" + "\n"));

        Assert.Equal(journal.Length, new JournalIndex("run.jsonl").Replay(journal));
    }

    [Fact]
    public async Task F22_A_link_that_the_platform_stumbles_over_does_not_end_the_wait()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(
            200, """{"task_status":"SUCCESS","video_result":[{"url":"//\u202E/"},{"url":"https://a/b.mp4"}]}"""));
        using CogVideoClient client = NewClient(server.Origin);

        CogVideoResult result = await client.WaitAsync(new CogVideoJob { Id = "1" }).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["https://a/b.mp4"], result.VideoUrls);
    }

    [Fact]
    public void F63_A_base_address_that_the_platform_stumbles_over_is_refused() =>
        Assert.Equal(ErrorReason.InvalidBaseUri, Assert.Throws<CogVideoException>(() => new ServiceEndpoint(ApiKey.Parse("key"), "//\u202E/")).Reason);

    [Fact]
    public void F58_A_file_address_whose_host_is_only_marks_of_direction_is_the_rows_error()
    {
        VideoRequest request = new() { Images = ["file://\u202E\u202E/kite.png"] };

        Assert.Equal(ErrorReason.InvalidInput, Assert.Throws<CogVideoException>(() => new PreparedRequest(request)).Reason);
    }

    [Theory]
    [InlineData("CogVideoX-2", null, "{\"model\":\"CogVideoX-2\",\"prompt\":\"a cat\"}")]
    [InlineData("cogvideox-9", "9X9", "{\"model\":\"cogvideox-9\",\"prompt\":\"a cat\",\"size\":\"9X9\"}")]
    [InlineData("cogvideox-2", "1920×1080", "{\"model\":\"cogvideox-2\",\"prompt\":\"a cat\",\"size\":\"1920x1080\"}")] // refused before
    [Trait("Phase", "input")]
    public void F146_A_mended_model_changes_no_hash_of_a_row(string model, string? size, string hashed)
    {
        VideoRequest request = new() { Prompt = "a cat", Model = model, Size = size };

        Assert.Equal(
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(hashed + "\n\n0"))), new PreparedRequest(request).ComputeHash(), ignoreCase: true);
    }

    [Fact]
    public async Task F61_A_key_that_is_no_token_is_sent_as_it_is_and_shown_nowhere()
    {
        const string Key = "0123456789abcdef,\"secret(0123456789)";
        using RawServer server = new((_, connection) => connection.AnswerAsync(401, """{"error":{"code":"1000","message":"身份验证失败"}}"""));
        using CogVideoClient client = new(new ServiceEndpoint(ApiKey.Parse(Key), server.Origin), new CogVideoClientOptions { Accounts = new SchedulerRegistry() });

        CogVideoException refused = await Assert.ThrowsAsync<CogVideoException>(() => client.CheckKeyAsync());

        Assert.Equal(ErrorReason.AuthenticationFailed, refused.Reason);
        Assert.Equal("Bearer " + Key, Assert.Single(server.Requests)["Authorization"]);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }
}
