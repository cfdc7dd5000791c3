using System.ComponentModel;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using ZhipuVideo.Download;
using ZhipuVideo.Http;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Http;

/// <summary>
/// A platform that throws what it never said it would: .NET Framework a NotSupportedException for a proxy's scheme, Windows' TLS an exception of
/// its own. Whatever it is, it is the error of one row, and what may have been charged is never taken for not accepted.
/// </summary>
public sealed class UnexpectedErrorTests : ServiceTest
{
    private static readonly Dictionary<string, Exception> Errors = new Exception[]
    {
        new NotSupportedException("https proxy"), new UriFormatException("id"), new Win32Exception(5), new CryptographicException("context"),
        new AuthenticationException("alert"), new WebException("closed", WebExceptionStatus.SecureChannelFailure),
        new TimeoutException(), new InvalidOperationException("pool"), new ObjectDisposedException("handler"), new ArgumentException("range"),
        new HttpRequestException("inner", new AuthenticationException("alert")), new IOException("reset"),
    }.ToDictionary(error => $"{error.GetType().Name}{error.InnerException?.GetType().Name}");

    public static TheoryData<string> All => [.. Errors.Keys];

    /// <summary>All at once: each is tried five times, with delays between.</summary>
    [Fact]
    public Task F206_What_is_thrown_before_the_body_is_the_rows_error_and_nothing_is_unconfirmed() => Task.WhenAll(Errors.Values.Select(async error =>
    {
        using CogVideoClient client = NewClient(error, reads: false);

        Recorded outcome = await SubmitAsync(client);

        Assert.True(outcome.Error!.Reason is ErrorReason.ConnectionFailed or ErrorReason.TlsFailed, outcome.Error.ToString());
        Assert.Equal(["intent", "not accepted " + outcome.Error.Reason], outcome.Log);
    }));

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Phase", "submit")]
    public async Task F205_What_is_thrown_after_the_body_began_leaves_the_submission_unconfirmed_and_is_sent_once(string error)
    {
        using CogVideoClient client = NewClient(Errors[error], reads: true);

        Recorded outcome = await SubmitAsync(client);

        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error!.Reason);
        Assert.Equal(["intent"], outcome.Log);
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Phase", "wait")]
    public async Task F206_What_a_poll_throws_is_the_jobs_error(string error)
    {
        using CogVideoClient client = NewClient(Errors[error], reads: false);

        Assert.True((await LookAndFailAsync(client)).Reason is ErrorReason.ConnectionFailed or ErrorReason.TlsFailed);
    }

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Phase", "download")]
    public async Task F206_What_a_download_throws_is_its_error(string error)
    {
        using TemporaryFolder folder = new();
        using Downloader downloader = new(new VideoFolder(folder, new Clock(TimeProvider.System)), new DownloaderOptions
        {
            CreateHandler = () => new Thrower(Errors[error], reads: false),
            RetryDelay = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(1),
        });
        CogVideoResult result = new() { Id = "1", Status = CogVideoStatus.Success, Url = "https://files.example/v.mp4" };

        CogVideoException failure = await Assert.ThrowsAsync<CogVideoException>(() => downloader.SaveAsync(result, new SaveOptions(), default).WaitAsync(Patience));

        Assert.True(failure.Reason is ErrorReason.ConnectionFailed or ErrorReason.TlsFailed or ErrorReason.DownloadFailed, failure.ToString());
        Assert.Empty(folder.Files);
    }

    /// <summary>Half a surrogate pair, controls, steps of a path, whatever nobody has ever seen: an answer or an error of that job.</summary>
    [Fact]
    [Trait("Phase", "wait")]
    public async Task F207_No_id_ends_anything_but_its_own_job()
    {
        using RawServer server = new((_, connection) => connection.AnswerAsync(400, Unknown));
        using CogVideoClient client = NewClient(server.Origin);
        Random random = new(207);
        string[] ids =
        [
            "half \ud83d", "\udc08 half", "\0", "..", "../..", "%2e%2e", "a/b?c#d", "\\\\host\\share", "\uffff", "\u202e1", " ", "😀",
            .. Enumerable.Range(0, 200).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(char.MaxValue + 1)))),
        ];

        foreach (string id in ids) Assert.Equal(ErrorReason.NotFound, (await Assert.ThrowsAsync<CogVideoException>(() => client.GetResultAsync(new CogVideoJob { Id = id }))).Reason);

        Assert.Equal(ids.Length, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.StartsWith("/api/paas/v4/async-result/", request.Target, StringComparison.Ordinal));
        Assert.All(server.Requests, request => Assert.Equal(5, request.Target.Count(c => c == '/')));
    }

    [Fact]
    [Trait("Phase", "wait")]
    public void F207_Half_a_surrogate_pair_is_no_part_of_an_id()
    {
        Assert.All(["8868902201637896192", "x😀"], id => Assert.True(TaskId.IsWellFormed(id)));
        Assert.All(["half \ud83d", "\udc08\ud83d", "\udc08"], id => Assert.False(TaskId.IsWellFormed(id)));
    }

    private static CogVideoClient NewClient(Exception error, bool reads) => NewClient("https://127.0.0.1:9", createHandler: () => new Thrower(error, reads));

    /// <summary>Reads the body, if it is to, and throws; to the look for a task by its request_id it says that there is none.</summary>
    private sealed class Thrower(Exception error, bool reads) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (reads && request.Content is null) return new HttpResponseMessage(HttpStatusCode.BadRequest) { Content = new StringContent(Unknown, Encoding.UTF8, "application/json") };
            if (reads) await request.Content!.CopyToAsync(Stream.Null, cancellationToken);
            throw error;
        }
    }
}
