using System.IO.Compression;
using ZhipuVideo.Batch;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Support;

/// <summary>A test of the client's calls against a service that is a script.</summary>
public abstract class ServiceTest
{
    internal const string Id = "8868902201637896192";
    internal const string Accepted =
        """{"id":"8868902201637896192","request_id":"r","model":"cogvideox-flash","task_status":"PROCESSING"}""";
    internal const string Unknown = """{"error":{"code":"1233","message":"任务不存在"}}""";
    internal const string Running = """{"task_status":"PROCESSING","id":"8868902201637896192"}""";
    internal const string Succeeded = """{"task_status":"SUCCESS","video_result":[{"url":"http://127.0.0.1/v.mp4"}]}""";

    /// <summary>Far beyond what any of these tests takes: who meets it hangs.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>64 MiB of nothing, which are a few kilobytes on the wire.</summary>
    internal static readonly byte[] Bomb = Compress(new byte[64 << 20]);

    internal static List<RawRequest> Posts(RawServer server) => server.Requests.Where(r => r.Method == "POST").ToList();

    internal static List<RawRequest> Looks(RawServer server) => server.Requests.Where(r => r.Method == "GET").ToList();

    /// <summary>A service that does this to submissions; what it says to a poll, or that it knows no such task.</summary>
    internal static RawServer Serve(Func<RawConnection, Task> submission, string? poll = null, bool readBodies = true) => new(
        (request, connection) => request.Method == "POST" ? submission(connection)
            : poll is null ? connection.AnswerAsync(400, Unknown) : connection.AnswerAsync(200, poll),
        readBodies: readBodies);

    /// <summary>A service that does these to one submission after the other, and accepts all that follow.</summary>
    internal static RawServer ServeInTurn(params Func<RawConnection, Task>[] submissions)
    {
        int posts = 0;
        return Serve(connection => Interlocked.Increment(ref posts) <= submissions.Length
            ? submissions[posts - 1](connection) : connection.AnswerAsync(200, Accepted));
    }

    internal static Func<RawConnection, Task> Refuse(int status, string code, string headers = "") =>
        connection => connection.AnswerAsync(status, $$$"""{"error":{"code":"{{{code}}}","message":"words ({{{code}}})"}}""", headers);

    internal static async Task SendBombAsync(RawConnection connection)
    {
        await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {Bomb.Length}\r\n\r\n");
        await connection.SendAsync(Bomb);
    }

    private static byte[] Compress(byte[] plain)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest)) gzip.Write(plain);
        return stream.ToArray();
    }

    /// <summary>Sends a text that does not end for a gibibyte.</summary>
    internal static async Task SendEndlessAsync(RawConnection connection, Action<int> count)
    {
        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{\"id\":\"");
        byte[] text = [.. Enumerable.Repeat((byte)'1', 64 * 1024)];
        for (int sent = 0; sent < 1 << 30; sent += text.Length)
        {
            await connection.SendAsync(text);
            count(text.Length);
        }
    }

    /// <summary>Nested a hundred thousand times.</summary>
    internal static Task SendDeepAsync(RawConnection connection) =>
        connection.AnswerAsync(200, "{\"id\":\"1\",\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}");

    /// <summary>How long a client that was told to wait stays away.</summary>
    /// <param name="code">With what code; null = without a word.</param>
    /// <param name="retryAfter">The header's value.</param>
    /// <param name="thenSay">What the second request is told.</param>
    /// <param name="use">Makes the client ask until it is told that.</param>
    internal static async Task<TimeSpan> MeasureGapAsync(string? code, string retryAfter, string thenSay, Func<RawServer, Task> use)
    {
        long first = 0, second = 0;
        using RawServer server = new((_, connection) =>
        {
            if (first != 0)
            {
                second = Stopwatch.GetTimestamp();
                return connection.AnswerAsync(200, thenSay);
            }
            first = Stopwatch.GetTimestamp();
            return connection.AnswerAsync(429, code is null ? "" : $$$"""{"error":{"code":"{{{code}}}"}}""", $"Retry-After: {retryAfter}\r\n");
        });
        await use(server);
        Assert.Equal(2, server.Requests.Count);
        return Stopwatch.GetElapsedTime(first, second);
    }

    internal static Task Reset(RawConnection connection)
    {
        connection.Reset();
        return Task.CompletedTask;
    }

    internal static Task Cut(RawConnection connection)
    {
        connection.Cut();
        return Task.CompletedTask;
    }

    /// <summary>Sent once, looked for once under its request_id, and left as it is in the log.</summary>
    internal static void AssertUnconfirmed(Recorded outcome, RawServer server)
    {
        Assert.Equal(ErrorReason.SubmissionUnconfirmed, outcome.Error!.Reason);
        Assert.Single(Posts(server));
        Assert.Equal("/api/paas/v4/async-result/" + outcome.Error.RequestId, Assert.Single(Looks(server)).Target);
        Assert.Equal(["intent"], outcome.Log);
    }

    /// <summary>A client with an account of its own.</summary>
    /// <param name="origin">The service's.</param>
    /// <param name="timeoutScale">Shortens the time limits of single calls.</param>
    /// <param name="createHandler">The transport; null = the client's own.</param>
    /// <param name="time">The clock; null = the system's.</param>
    internal static CogVideoClient NewClient(
        string origin, double timeoutScale = 0.05, Func<HttpMessageHandler>? createHandler = null, TimeProvider? time = null) => new(
        new ServiceEndpoint(ApiKey.Parse("0123456789abcdef0123456789abcdef.secretsecret0001"), origin + "/api/paas/v4"),
        new CogVideoClientOptions
        {
            Accounts = new SchedulerRegistry(time, random: () => 0.999),
            TimeoutScale = timeoutScale,
            CreateHandler = createHandler,
        });

    internal static async Task<Recorded> SubmitAsync(
        string origin, VideoRequest? request = null, VideoBatchOptions? options = null, CancellationToken cancellationToken = default)
    {
        using CogVideoClient client = NewClient(origin);
        return await SubmitAsync(client, request, options, cancellationToken);
    }

    internal static async Task<Recorded> SubmitAsync(
        CogVideoClient client,
        VideoRequest? request = null,
        VideoBatchOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        Recorded recorded = new();
        try
        {
            Task<CogVideoJob> submission = SubmitAsync(NewSubmitter(client, recorded, options), request, cancellationToken);
            recorded.Job = await submission.WaitAsync(Patience, CancellationToken.None);
        }
        catch (CogVideoException e)
        {
            recorded.Error = e;
        }
        catch (OperationCanceledException)
        {
            recorded.IsCancelled = true;
        }
        return recorded;
    }

    internal static Submitter NewSubmitter(CogVideoClient client, IJobStore? store = null, VideoBatchOptions? options = null) =>
        new(client.Scheduler, store ?? new MemoryJobStore(), options ?? new VideoBatchOptions());

    internal static Task<CogVideoJob> SubmitAsync(Submitter submitter, VideoRequest? request = null, CancellationToken cancellationToken = default) =>
        submitter.SubmitAsync(new RowPlan(new PreparedRequest(request ?? new VideoRequest { Prompt = "一只猫" }), PlannedStep.Submit), cancellationToken);

    /// <summary>Waits for one job.</summary>
    internal static async Task<CogVideoResult> WaitAsync(CogVideoClient client, double timeoutSeconds = 60, string id = "1") =>
        await client.WaitAsync(new CogVideoJob { Id = id }, timeoutSeconds).WaitAsync(Patience);

    /// <summary>One look at a job, which fails.</summary>
    internal static Task<CogVideoException> LookAndFailAsync(CogVideoClient client) =>
        Assert.ThrowsAsync<CogVideoException>(() => client.GetResultAsync(new CogVideoJob { Id = "1" }));

    /// <summary>What a caller learned, and what was written down on the way.</summary>
    internal sealed class Recorded : IJobStore
    {
        internal CogVideoJob? Job { get; set; }

        internal CogVideoException? Error { get; set; }

        internal bool IsCancelled { get; set; }

        /// <summary>From the intent on.</summary>
        internal bool IsDiskFull { get; set; }

        internal List<string> Log { get; } = [];

        public Task IntentAsync(CogVideoJob job, JournalEntry? row, string label) => Add("intent");

        public Task AdmitAsync(CogVideoJob job, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why) => Add("not accepted " + why.Reason);

        public Task AcceptedAsync(CogVideoJob job) => IsDiskFull
            ? Task.FromException(new CogVideoException(ErrorReason.DiskFull, MessageKey.JournalDiskFull, "run.jsonl"))
            : Add("accepted " + job.Id);

        public Task EndedAsync(CogVideoResult result) => Add("ended " + result.Status);

        public Task SavedAsync(CogVideoResult result, long? coverLength) => Add("saved " + result.SavedPath);

        private Task Add(string line)
        {
            lock (Log) Log.Add(line);
            return Task.CompletedTask;
        }
    }
}

/// <summary>One row, and one job, without a batch around it.</summary>
internal static class ClientExtensions
{
    /// <summary>Submits one request; whoever submits one by one sees each reply, and decides.</summary>
    internal static Task<CogVideoJob> SubmitAsync(this CogVideoClient client, VideoRequest request) =>
        ServiceTest.SubmitAsync(ServiceTest.NewSubmitter(client, options: new VideoBatchOptions { MaxUnclear = int.MaxValue }), request);

    internal static Task<CogVideoResult> WaitAsync(
        this CogVideoClient client, CogVideoItem job, double timeoutSeconds = 0, CancellationToken cancellationToken = default) =>
        client.Scheduler.Polls.WaitAsync(job, new WaitOptions { TimeoutSeconds = timeoutSeconds }, cancellationToken);
}
