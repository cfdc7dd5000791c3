using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>
/// A service that knows the key and puts it wherever words of its own reach a person: redirects, broken headers, pages. No part of it is shown,
/// and nothing that it says steers a terminal.
/// </summary>
[Trait("Phase", "submit, wait")]
public sealed class HostileTextTests : ServiceTest
{
    private const string Head = "HTTP/1.1 200 OK\r\n";

    // The key of these tests, as it is and as an address has it
    private static readonly string[] Halves = ["0123456789abcdef0123456789abcdef", "secretsecret0001"];

    [Theory]
    [Each("HTTP/1.1 302 X\r\nLocation: http://KEY.example.invalid/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 X\r\nLocation: http://SECRETSECRET0001.invalid/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 X\r\nLocation: secretsecret0001://x/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 X\r\nLocation: http://secretsecret0001:KEY@127.0.0.1/KEY?KEY\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 X\r\nLocation: /KEY\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 307 KEY\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 KEY X\r\n\r\n", "KEY\r\n\r\n", Head + "KEY\r\n\r\n", Head + "X KEY: x\r\n\r\n", Head + "Content-Length: KEY\r\n\r\n",
        Head + "Transfer-Encoding: chunked\r\n\r\nzKEY\r\n",
        "HTTP/1.1 400 X\r\nContent-Encoding: KEY\r\nContent-Type: KEY; charset=KEY\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 500 X\r\nRetry-After: KEY\r\nWWW-Authenticate: KEY\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 407 KEY\r\nProxy-Authenticate: Basic realm=KEY\r\nContent-Length: 0\r\n\r\n")]
    public async Task F62_A_key_in_an_answers_head_is_shown_nowhere(string answer)
    {
        string said = answer.Replace("KEY", string.Join('.', Halves), StringComparison.Ordinal);
        await AssertNothingShownAsync(async connection =>
        {
            await connection.SendAsync(said);
            connection.Cut();
        });
    }

    [Theory]
    [Each(100, 180, 199, 4080)]
    public async Task F62_A_page_that_is_cut_within_the_key_shows_no_piece_of_it(int before)
    {
        // Of a long page only so much is text that its first four kilobytes end within the key
        string padding = before > 200 ? $"<p {new string('x', before - 150)}>" + new string('-', 100) : new string('-', before);
        string page = padding + string.Join('.', Halves) + " and on " + new string('y', 500);
        await AssertNothingShownAsync(connection => connection.AnswerAsync(502, page, contentType: "text/html"));
    }

    [Fact]
    public async Task F62_F16_A_redirect_that_repeats_the_key_is_not_followed()
    {
        using RawServer server = new((request, connection) => request.Target.Contains("secret", StringComparison.OrdinalIgnoreCase)
            ? connection.AnswerAsync(200, Accepted)
            : connection.AnswerAsync(307, headers: "Location: /api/SecretSecret0001\r\n"));
        using CogVideoClient client = NewClient(server.Origin);

        Recorded outcome = await SubmitAsync(client);

        // What is asked for stands in traces and in the logs of proxies
        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error?.Reason);
        Assert.All(server.Requests, request => Assert.DoesNotContain("secret", request.Target, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("//", ErrorReason.RedirectBlocked)]
    [InlineData("//\u00E2\u0080\u00AE/", ErrorReason.RedirectBlocked)]
    [InlineData("http://", ErrorReason.InvalidResponse)] // this and the next are none to the platform
    [InlineData("http://127.0.0.1:99999/", ErrorReason.InvalidResponse)]
    public async Task F16_A_redirect_to_what_is_no_address_is_an_error_like_others(string location, ErrorReason looked)
    {
        using RawServer server = new((_, connection) => connection.SendAsync($"HTTP/1.1 307 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"));
        using CogVideoClient client = NewClient(server.Origin);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error?.Reason);
        Assert.Equal(looked, (await LookAsync(client)).Reason);
        Assert.Single(Posts(server));
    }

    [Theory]
    [Each("{\"task_status\":\"\\u001b[31mODD\\u0007\",\"id\":\"1\"}", "\u001b[31mnot JSON\u0007")]
    public async Task F19_No_answer_steers_the_terminal(string body)
    {
        using RawServer server = Serve(connection => connection.SendAsync("HTTP/1.1 200 OK\r\nX\u001b[31m odd\u0007: x\r\nContent-Length: 2\r\n\r\n{}"), poll: body);
        using CogVideoClient client = NewClient(server.Origin);

        Recorded outcome = await SubmitAsync(client);
        ServiceReply reply = await client.Scheduler.Transport.PollAsync("1", CancellationToken.None);

        string status = Messages.Format(MessageKey.WarnUnknownStatus, "job", reply.RawStatus);
        Assert.DoesNotContain($"{outcome.Error}{status}{reply.Message}", text => text is '\u001b' or '\u0007');
    }

    /// <summary>One look and no further one, whatever comes of it.</summary>
    private static async Task<CogVideoException> LookAsync(CogVideoClient client)
    {
        try
        {
            return Results.CreateError(await client.Scheduler.Transport.PollAsync("1", CancellationToken.None), "1");
        }
        catch (TransportException e)
        {
            Assert.Equal(e.Reason.Message, e.Message);
            return e.Reason;
        }
    }

    /// <summary>An answer to a submission and to a look.</summary>
    private static async Task AssertNothingShownAsync(Func<RawConnection, Task> answerAsync)
    {
        using RawServer server = new((request, connection) =>
            request.Method == "POST" || request.Target.EndsWith("/1", StringComparison.Ordinal) ? answerAsync(connection) : connection.AnswerAsync(400, Unknown));
        using CogVideoClient client = NewClient(server.Origin);
        Recorded outcome = await SubmitAsync(client);
        CogVideoException looked = await LookAsync(client);
        foreach (string culture in new[] { "en-US", "zh-CN" })
        {
            CultureInfo.CurrentUICulture = new CultureInfo(culture);
            foreach (CogVideoException error in new[] { outcome.Error!, looked })
            {
                Assert.NotNull(error);
                string shown = $"{error} {error.Message} {error.Code} {error.RequestId}";
                // Not the first letters of a half either
                Assert.All(Halves.Select(half => half[..6]), piece => Assert.DoesNotContain(piece, shown, StringComparison.OrdinalIgnoreCase));
            }
        }
    }
}
