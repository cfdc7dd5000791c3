using System.Security.Cryptography.X509Certificates;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>
/// A service whose certificate is not to be trusted gets nothing: not a byte of a request, no second try, no way around it.
/// </summary>
public sealed class TlsTests : ServiceTest, IDisposable
{
    private readonly TestAuthority _authority = new();

    public static TheoryData<string> Certificates => ["nobody's", "expired", "another host's"];

    public void Dispose() => _authority.Dispose();

    [Theory]
    [MemberData(nameof(Certificates))]
    public async Task F02_A_submission_is_neither_sent_nor_tried_again(string certificate)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Accepted), Presented(certificate));
        using CogVideoClient client = NewClient(certificate, server);

        Recorded outcome = await SubmitAsync(client);

        AssertRefused(outcome.Error!, server);
        Assert.True(outcome.Error!.StopsRun);
        Assert.Equal(["intent", "not accepted TlsFailed"], outcome.Log);
    }

    [Theory]
    [MemberData(nameof(Certificates))]
    [Trait("Phase", "wait")]
    public async Task F02_A_look_is_not_tried_again_and_the_job_can_be_waited_for_later(string certificate)
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Running), Presented(certificate));
        using CogVideoClient client = NewClient(certificate, server);

        AssertRefused(await Assert.ThrowsAsync<CogVideoException>(() => WaitAsync(client)), server);
        Assert.Equal(ErrorReason.TlsFailed, (await LookAndFailAsync(client)).Reason);
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task F02_A_certificate_that_is_trusted_is_spoken_to()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(200, Accepted), _authority.Good);
        using CogVideoClient client = NewClient(server.Origin, createHandler: _authority.CreateHandler);

        Assert.Equal(Id, (await SubmitAsync(client)).Job!.Id);
    }

    [Theory]
    [Each(307, 308)]
    public async Task F17_A_submission_never_follows_from_https_to_http(int status)
    {
        using RawServer plain = new((_, connection) => connection.AnswerAsync(200, Accepted));
        using RawServer server = new(
            (_, connection) => connection.AnswerAsync(status, headers: $"Location: {plain.Origin}/\r\n"), _authority.Good);
        using CogVideoClient client = NewClient(server.Origin, createHandler: _authority.CreateHandler);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error!.Reason);
        Assert.Empty(plain.Requests);
    }

    [Fact]
    [Trait("Phase", "wait")]
    public async Task F17_A_look_never_follows_from_https_to_http_nor_to_another_host()
    {
        using RawServer plain = new((_, connection) => connection.AnswerAsync(200, Succeeded));
        using RawServer other = new((_, connection) => connection.AnswerAsync(200, Succeeded), _authority.Good);
        foreach (string to in new[] { plain.Origin, other.Origin })
        {
            bool isSignedIn = false; // at a portal that stands in between
            using RawServer server = new(
                (_, connection) => isSignedIn ? connection.AnswerAsync(200, Succeeded) : connection.AnswerAsync(302, headers: $"Location: {to}/\r\n"),
                _authority.Good);
            using CogVideoClient client = NewClient(server.Origin, createHandler: _authority.CreateHandler);

            Assert.Equal(ErrorReason.RedirectBlocked, (await LookAndFailAsync(client)).Reason);
            Assert.Single(server.Requests);
            isSignedIn = true;
            Assert.Equal(CogVideoStatus.Success, (await WaitAsync(client)).Status);
        }
        Assert.Empty(plain.Requests);
        Assert.Empty(other.Requests);
    }

    private X509Certificate2 Presented(string certificate) =>
        certificate == "expired" ? _authority.Expired : certificate == "another host's" ? _authority.AnotherHost : _authority.Good;

    // Nobody's: good, but signed by an authority that this transport does not know
    private CogVideoClient NewClient(string certificate, RawServer server) =>
        NewClient(server.Origin, timeoutScale: 1, createHandler: certificate == "nobody's" ? null : _authority.CreateHandler);

    private static void AssertRefused(CogVideoException error, RawServer server)
    {
        Assert.Equal(ErrorReason.TlsFailed, error.Reason);
        Assert.Contains("127.0.0.1", error.Message, StringComparison.Ordinal);
        Assert.All(["skip", "ignore", "bypass", "disable"], word =>
            Assert.DoesNotContain(word, error.Message + error.RecommendedAction, StringComparison.OrdinalIgnoreCase));
        Assert.Empty(server.Requests);
        Assert.Equal(1, server.Connections);
    }
}
