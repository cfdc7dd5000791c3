using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ZhipuVideo.Tests;

/// <summary>What becomes of a call of the storage on its way.</summary>
public enum Strike
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The connection is reset before the call arrives.</summary>
    CutBefore,

    /// <summary>The call arrives, and its answer is lost.</summary>
    LoseAnswer,

    /// <summary>The connection is reset, and the call arrives when the next one has been answered.</summary>
    ArriveLate,

    /// <summary>503 with Retry-After; the call does not arrive.</summary>
    Busy,

    /// <summary>500; the call has arrived.</summary>
    Stored500,

    /// <summary>500; the call has not arrived.</summary>
    Failed500,

    /// <summary>403; the call has not arrived.</summary>
    Denied,

    /// <summary>409 of a container whose blobs must not change; the call has not arrived.</summary>
    Immutable,

    /// <summary>Nothing is ever answered.</summary>
    Silent,

    /// <summary>The answer is a redirect to elsewhere.</summary>
    Redirect,
}

/// <summary>A stretch of wire before Azurite, on which single calls come to harm.</summary>
public sealed class BlobRelay : IDisposable
{
    private readonly RawServer _server;
    private readonly Uri _azurite;
    private readonly ConcurrentQueue<RawRequest> _late = new();

    /// <param name="azurite">Where it leads to.</param>
    public BlobRelay(Azurite azurite)
    {
        _azurite = new Uri(azurite.Endpoint);
        _server = new RawServer(AnswerAsync);
        Endpoint = _server.Origin + _azurite.AbsolutePath;
    }

    /// <summary>The account's address, by way of the relay.</summary>
    public string Endpoint { get; }

    /// <summary>All calls so far.</summary>
    public IReadOnlyList<RawRequest> Requests => _server.Requests;

    /// <summary>What becomes of a call.</summary>
    public Func<RawRequest, Strike> Plan { get; set; } = static _ => Strike.None;

    /// <summary>Called before a call is passed on.</summary>
    public Action<RawRequest>? Before { get; set; }

    /// <summary>What the storage is heard to answer, instead of what it does.</summary>
    public Func<string, string>? Rewrite { get; set; }

    /// <summary>Whether a call appends.</summary>
    public static bool IsAppend(RawRequest request) => request.Target.Contains("comp=appendblock", StringComparison.Ordinal);

    /// <summary>Whether a call is about a lease: which, or any.</summary>
    public static bool IsLease(RawRequest request, string? action = null) =>
        request["x-ms-lease-action"] is { } found && (action is null || found == action);

    /// <summary>Whether a call commits blocks.</summary>
    public static bool IsCommit(RawRequest request) => request.Target.Contains("comp=blocklist", StringComparison.Ordinal);

    public void Dispose() => _server.Dispose();

    private async Task AnswerAsync(RawRequest request, RawConnection connection)
    {
        Strike strike = Plan(request);
        Before?.Invoke(request);
        switch (strike)
        {
            case Strike.CutBefore:
                connection.Reset();
                return;
            case Strike.ArriveLate:
                _late.Enqueue(request);
                connection.Reset();
                return;
            case Strike.LoseAnswer:
                await ForwardAsync(request);
                connection.Reset();
                return;
            case Strike.Busy:
                await connection.AnswerAsync(503, headers: "Retry-After: 0\r\nx-ms-error-code: ServerBusy\r\n");
                return;
            case Strike.Stored500:
                await ForwardAsync(request);
                await connection.AnswerAsync(500, headers: "x-ms-error-code: InternalError\r\n");
                return;
            case Strike.Failed500:
                await connection.AnswerAsync(500, headers: "x-ms-error-code: InternalError\r\n");
                return;
            case Strike.Denied:
                await connection.AnswerAsync(403, headers: "x-ms-error-code: AuthenticationFailed\r\n");
                return;
            case Strike.Immutable:
                await connection.AnswerAsync(409, headers: "x-ms-error-code: BlobImmutableDueToPolicy\r\n");
                return;
            case Strike.Redirect:
                await connection.AnswerAsync(307, headers: $"Location: {_server.Origin}/elsewhere\r\n");
                return;
            case Strike.Silent:
                await connection.HoldAsync();
                return;
        }
        byte[] answer = await ForwardAsync(request);
        while (_late.TryDequeue(out RawRequest? late)) await ForwardAsync(late);
        await connection.SendAsync(answer);
        connection.Cut();
    }

    /// <summary>Passes a call on as it is, and reads the answer to its end.</summary>
    private async Task<byte[]> ForwardAsync(RawRequest request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, _azurite.Port);
        NetworkStream stream = client.GetStream();
        string head = request.Head.Insert(request.Head.IndexOf("\r\n", StringComparison.Ordinal) + 2, "Connection: close\r\n");
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head));
        await stream.WriteAsync(request.Body);
        MemoryStream answer = new();
        await stream.CopyToAsync(answer);
        return Rewrite is null ? answer.ToArray() : Encoding.Latin1.GetBytes(Rewrite(Encoding.Latin1.GetString(answer.ToArray())));
    }
}
