using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Submission;

/// <summary>Accepted is accepted: what may have been accepted is never taken for refused, and nothing is sent but what the intent names.</summary>
public sealed class AcceptedTests : ServiceTest, IDisposable
{
    private static readonly byte[] Signature = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private readonly TemporaryFolder _folder = new();
    private readonly string _picture;

    public AcceptedTests() => _picture = _folder["picture.png"];

    public static TheoryData<int, string> Redirects => new()
    {
        { 301, "/api/paas/v4/async-result/" + Id }, { 302, "/api/paas/v4/async-result/" + Id }, { 303, "async-result/" + Id }, { 303, "/" },
        { 307, "http://service.invalid/" }, { 308, "https://service.invalid/login" }, { 302, "//service.invalid/" }, { 305, "/proxy" },
        { 300, "" }, { 304, "" }, { 307, "" }, { 399, "" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Redirects))]
    public async Task F16_F82_A_redirect_says_nothing_of_what_was_sent_and_none_that_would_become_a_GET_is_followed(int status, string location)
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(status, headers: location.Length > 0 ? $"Location: {location}\r\n" : ""));

        Recorded outcome = await SubmitAsync(server.Origin);

        AssertUnconfirmed(outcome, server);
        Assert.Equal(status, outcome.Error!.HttpStatus);
        Assert.Equal(location.Contains("invalid", StringComparison.Ordinal), outcome.Error.Message.Contains("another origin", StringComparison.Ordinal));
    }

    [Theory]
    [Each(303, 308)]
    public async Task F82_What_was_accepted_and_redirected_is_found_by_the_one_look(int status)
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(status, headers: "Location: http://service.invalid/\r\n"), poll: Running);

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(["intent", "accepted " + Id], outcome.Log);
        Assert.Single(Posts(server));
    }

    [Fact]
    public async Task F82_Redirects_in_circles_say_nothing_either()
    {
        using RawServer server = Serve(connection => connection.AnswerAsync(307, headers: "Location: /again\r\n"));

        Recorded outcome = await SubmitAsync(server.Origin);

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error!.Reason);
        Assert.Equal(["intent"], outcome.Log);
        Assert.Contains("10", outcome.Error.Message, StringComparison.Ordinal);
    }

    /// <summary>Gone, shorter, or of the same length and another picture: as an editor saves it, as a sync client puts it there, with the old time.</summary>
    [Theory]
    [Each("written over", "replaced", "written over, same time", "one bit", "shorter", "gone")]
    [Trait("Phase", "submit")]
    public async Task F58_F83_A_picture_that_is_another_or_gone_when_its_slot_comes_is_not_sent(string change)
    {
        byte[] bytes = [.. Signature, .. new byte[200_000]];
        await File.WriteAllBytesAsync(_picture, bytes);
        using RawServer server = new(async (_, connection) =>
        {
            DateTime time = File.GetLastWriteTimeUtc(_picture);
            bytes[^1] ^= (byte)(change == "one bit" ? 1 : 77);
            string written = change == "replaced" ? _picture + ".new" : _picture;
            await File.WriteAllBytesAsync(written, change == "shorter" ? bytes[..1000] : bytes);
            if (change == "replaced") File.Move(written, _picture, overwrite: true);
            if (change == "written over, same time") File.SetLastWriteTimeUtc(_picture, time);
            if (change == "gone") File.Delete(_picture);
            await Refuse(429, "1302", "Retry-After: 0\r\n")(connection);
        });

        Recorded outcome = await SubmitAsync(server.Origin, new VideoRequest { Images = [_picture] });

        Assert.Equal(ErrorReason.InvalidInput, outcome.Error!.Reason);
        Assert.Contains(_picture, outcome.Error.Message, StringComparison.Ordinal);
        Assert.Equal(["intent", "not accepted InvalidInput"], outcome.Log);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task F83_A_picture_that_changes_between_its_check_and_its_row_is_another_row()
    {
        byte[] bytes = [.. Signature, .. new byte[1000]];
        await File.WriteAllBytesAsync(_picture, bytes);
        PreparedRequest prepared = new PreparedRequest(new VideoRequest { Images = [_picture] });
        bytes[^1]++;
        await File.WriteAllBytesAsync(_picture, bytes);

        Assert.Equal(ErrorReason.InvalidInput, Assert.Throws<CogVideoException>(prepared.ComputeHash).Reason);
    }

    [Fact]
    public async Task F83_A_picture_that_changes_while_it_is_sent_never_arrives_whole()
    {
        byte[] bytes = [.. Signature, .. new byte[5_000_000]];
        await File.WriteAllBytesAsync(_picture, bytes);
        bool isWhole = false;
        using RawServer server = new(
            async (request, connection) =>
            {
                // More than the wire holds is still to be read from the file
                bytes[^1] = 77;
                await File.WriteAllBytesAsync(_picture, bytes);
                await connection.ReadBodyAsync(request);
                isWhole = true;
                await connection.AnswerAsync(200, Accepted);
            },
            readBodies: false);
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1);

        Recorded outcome = await SubmitAsync(client, new VideoRequest { Images = [_picture] });

        Assert.Equal(ErrorReason.InvalidInput, outcome.Error!.Reason);
        Assert.Equal(["intent", "not accepted InvalidInput"], outcome.Log);
        Assert.False(isWhole);
        Assert.Single(server.Requests);
    }

    [Theory]
    [Each("Model", "MODEL", "request_ID", "requestId", "Request-Id", "image_URL", "ImageUrl", " prompt", "\\u0070rompt", "ｍｏｄｅｌ",
        "withAudio", "user id")]
    public void F85_A_field_of_ours_in_another_spelling_is_no_additional_one(string name)
    {
        CogVideoException error = Assert.Throws<CogVideoException>(
            () => new PreparedRequest(new VideoRequest { Prompt = "x", AdditionalBody = $$"""{"seed":1,"{{name}}":"y"}""" }));

        Assert.Equal(ErrorReason.InvalidInput, error.Reason);
        Assert.Contains("AdditionalBody", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Each("seed", "models", "watermark_enabled", "风格", "\uFFFF🐈")]
    public void F85_Others_are_sent(string name) => _ = new PreparedRequest(new VideoRequest { Prompt = "x", AdditionalBody = $$"""{"{{name}}":1}""" });

    /// <summary>
    /// The client's clock passes the limit while the reply is on its way, as that of a frozen process does: the timer is due before the reply
    /// is read.
    /// </summary>
    [Theory]
    [Each(101, 8 * 3600)]
    public async Task F84_A_reply_that_is_there_counts_also_past_the_time_limit(double seconds)
    {
        FakeTimeProvider time = new();
        using RawServer server = new((request, connection) =>
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return connection.AnswerAsync(200, Accepted);
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1, time: time);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(["intent", "accepted " + Id], outcome.Log);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task F84_The_look_for_it_counts_too()
    {
        FakeTimeProvider time = new();
        using RawServer server = new((request, connection) =>
        {
            if (request.Method == "POST") connection.Reset();
            else time.Advance(TimeSpan.FromSeconds(31));
            return request.Method == "POST" ? Task.CompletedTask : connection.AnswerAsync(200, Running);
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1, time: time);

        Assert.Equal(["intent", "accepted " + Id], (await SubmitAsync(client)).Log);
        Assert.Single(Looks(server));
    }

    [Fact]
    public async Task F84_Without_a_reply_the_limit_holds()
    {
        FakeTimeProvider time = new();
        using RawServer server = Serve(connection =>
        {
            time.Advance(TimeSpan.FromSeconds(101));
            time.Advance(TimeSpan.FromSeconds(2));
            return connection.StallAsync();
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1, time: time);

        AssertUnconfirmed(await SubmitAsync(client), server);
    }

    /// <summary>A limit serves one call after the other: none inherits what is left of another's.</summary>
    [Fact]
    public async Task F84_Each_call_has_the_whole_of_its_time()
    {
        FakeTimeProvider time = new();
        int looks = 0;
        using RawServer server = new((request, connection) =>
        {
            time.Advance(TimeSpan.FromSeconds(++looks % 2 == 0 ? 25 : 31));
            return connection.AnswerAsync(200, Running);
        });
        using CogVideoClient client = NewClient(server.Origin, timeoutScale: 1, time: time);

        for (int i = 0; i < 6; i++) await client.GetResultAsync(new CogVideoJob { Id = "1" }).WaitAsync(Patience);

        Assert.Equal(6, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Connection).Distinct());
    }
}
