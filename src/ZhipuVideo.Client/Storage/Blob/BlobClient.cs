using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Storage.Blob;

/// <summary>
/// The calls of Azure Blob Storage that a log and a video need (learn.microsoft.com, "Blob service REST API"). Each is repeated as long as
/// it may come right and there is patience; that repeating it is harmless is what conditions, positions and ids of our own are for.
/// No redirect is followed, and nothing is said of a failure but its status and the storage's code.
/// </summary>
/// <param name="handler">Sends.</param>
/// <param name="clock">The clock.</param>
/// <param name="random">At least 0, less than 1; several threads ask for it.</param>
/// <param name="credential">What goes with every request.</param>
internal sealed class BlobClient(HttpMessageHandler handler, Clock clock, Func<double> random, BlobCredential credential) : IDisposable
{
    /// <summary>Bytes of the largest block of any version of the service.</summary>
    internal const int MaxBlock = 4 << 20;

    /// <summary>Seconds that a call is repeated: where somebody waits for its first answer, and in the midst of a run.</summary>
    internal const double ShortPatience = 10, Patience = 120;

    private const string Version = "2021-12-02";
    private const double MaxRetryDelay = 30;

    /// <summary>The slowest transfer that is waited for, in bytes a second.</summary>
    private const double MinRate = 32 * 1024;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly HttpMessageInvoker _http = new(handler);

    internal Clock Clock => clock;

    /// <summary>What a blob is; null when there is none.</summary>
    internal async Task<BlobProperties?> FindAsync(BlobAddress blob, double patience, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage reply = await SendAsync(HttpMethod.Head, blob, "", null, 0, 0, patience, [], cancellationToken).ConfigureAwait(false);
            return new BlobProperties(reply);
        }
        catch (BlobException e) when (e is { Status: 404, IsNoContainer: false })
        {
            return null;
        }
    }

    /// <summary>Reads a blob, or a part of it, into a stream, which holds what one moment had; the properties are that moment's.</summary>
    internal async Task<BlobProperties> ReadAsync(BlobAddress blob, Stream target, (long From, long Count)? part, CancellationToken cancellationToken)
    {
        string? range = part is var (from, count) ? FormattableString.Invariant($"bytes={from}-{from + count - 1}") : null;
        long start = target.Position;
        for (double began = clock.Now; ;)
        {
            using HttpResponseMessage reply = await SendAsync(HttpMethod.Get, blob, "", null, 0, 0, Patience, [("x-ms-range", range)], cancellationToken).ConfigureAwait(false);
            try
            {
                await CopyAsync(reply, target, () => new CallTimeout(clock.Time, Timeout, cancellationToken)).ConfigureAwait(false);
                if (target.Position - start == (reply.Content.Headers.ContentLength ?? target.Position - start)) return new BlobProperties(reply);
            }
            catch (Exception e) when ((NetworkErrors.Is(e) || e is OperationCanceledException) && clock.Now - began < Patience)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
            target.SetLength(target.Position = start);
        }
    }

    /// <summary>Creates an empty append blob, or empties one: which, the conditions decide.</summary>
    internal Task CreateLogAsync(BlobAddress blob, string? lease, string? ifMatch, string? checkpoint, double patience, CancellationToken cancellationToken) => CallAsync(
        HttpMethod.Put, blob, "", [], 0, 0, patience,
        [
            ("x-ms-blob-type", "AppendBlob"), ("x-ms-blob-content-type", "application/x-ndjson"), ("x-ms-lease-id", lease),
            ("If-Match", ifMatch), ("If-None-Match", ifMatch is null ? "*" : null), ("x-ms-meta-checkpoint", checkpoint),
        ],
        cancellationToken);

    /// <summary>Appends a block at a position; answers how many blocks there are then.</summary>
    internal async Task<int> AppendAsync(BlobAddress blob, byte[] bytes, int offset, int count, long position, string lease, double patience, CancellationToken cancellationToken)
    {
        using HttpResponseMessage reply = await SendAsync(
            HttpMethod.Put, blob, "comp=appendblock", bytes, offset, count, patience,
            [("x-ms-lease-id", lease), ("x-ms-blob-condition-appendpos", position.ToString(CultureInfo.InvariantCulture))],
            cancellationToken).ConfigureAwait(false);
        return new BlobProperties(reply).Blocks;
    }

    /// <summary>Takes a lease, or renews it: with the id that holds it, both are one.</summary>
    internal Task AcquireAsync(BlobAddress blob, string lease, int seconds, double patience, CancellationToken cancellationToken) => CallAsync(
        HttpMethod.Put, blob, "comp=lease", [], 0, 0, patience,
        [("x-ms-lease-action", "acquire"), ("x-ms-proposed-lease-id", lease), ("x-ms-lease-duration", seconds.ToString(CultureInfo.InvariantCulture))],
        cancellationToken);

    internal Task ReleaseAsync(BlobAddress blob, string lease, CancellationToken cancellationToken) => CallAsync(
        HttpMethod.Put, blob, "comp=lease", [], 0, 0, 0, [("x-ms-lease-action", "release"), ("x-ms-lease-id", lease)], cancellationToken);

    /// <summary>Sends a block of a block blob, which nobody sees before <see cref="CommitAsync"/>.</summary>
    internal Task StageAsync(BlobAddress blob, string block, byte[] bytes, int offset, int count, CancellationToken cancellationToken, double patience = Patience) =>
        CallAsync(HttpMethod.Put, blob, "blockid=" + Uri.EscapeDataString(block) + "&comp=block", bytes, offset, count, patience, [], cancellationToken);

    /// <summary>Makes a blob of its blocks: the moment in which its name exists.</summary>
    internal Task CommitAsync(BlobAddress blob, IEnumerable<string> blocks, string type, string md5, bool replace, CancellationToken cancellationToken)
    {
        byte[] list = Encoding.ASCII.GetBytes($"<BlockList>{string.Concat(blocks.Select(static block => $"<Uncommitted>{block}</Uncommitted>"))}</BlockList>");
        return CallAsync(
            HttpMethod.Put, blob, "comp=blocklist", list, 0, list.Length, Patience,
            [("x-ms-blob-content-type", type), ("x-ms-blob-content-md5", md5), ("If-None-Match", replace ? null : "*")],
            cancellationToken);
    }

    internal Task DeleteAsync(BlobAddress blob, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Delete, blob, "", null, 0, 0, 0, [], cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <param name="reply">The reply.</param>
    /// <param name="target">Gets its body.</param>
    /// <param name="startRead">Begins the time that one read has.</param>
    private static async Task CopyAsync(HttpResponseMessage reply, Stream target, Func<CallTimeout> startRead)
    {
        byte[] buffer = new byte[128 * 1024];
        using Stream body = await reply.Content.ReadAsStreamAsync().ConfigureAwait(false);
        for (int read = 1; read > 0; target.Write(buffer, 0, read))
        {
            using CallTimeout limit = startRead();
            using CancellationTokenRegistration cut = limit.Token.Register(static state => ((HttpResponseMessage)state!).Dispose(), reply);
            read = await body.ReadAsync(buffer, 0, buffer.Length, limit.Token).ConfigureAwait(false);
        }
    }

    private async Task CallAsync(
        HttpMethod method, BlobAddress blob, string query, byte[]? body, int offset, int count, double patience, (string Name, string? Value)[] headers, CancellationToken cancellationToken) =>
        (await SendAsync(method, blob, query, body, offset, count, patience, headers, cancellationToken).ConfigureAwait(false)).Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, BlobAddress blob, string query, byte[]? body, int offset, int count, double patience, (string Name, string? Value)[] headers, CancellationToken cancellationToken)
    {
        bool wasRefused = false;
        double began = clock.Now;
        for (int attempt = 0; ; attempt++)
        {
            BlobException failure;
            double asked = 0;
            using (HttpRequestMessage request = new(method, new UriBuilder(blob.Uri) { Query = query }.Uri))
            {
                request.Headers.TryAddWithoutValidation("x-ms-version", Version);
                request.Headers.TryAddWithoutValidation("x-ms-date", clock.UtcNow.ToString("R", CultureInfo.InvariantCulture));
                request.Headers.TryAddWithoutValidation("User-Agent", Transport.UserAgent);
                foreach ((string name, string? value) in headers) if (value is not null) request.Headers.TryAddWithoutValidation(name, value);
                if (body is not null) request.Content = new ByteArrayContent(body, offset, count) { Headers = { ContentLength = count } };
                if (count > 0) request.Content!.Headers.ContentMD5 = Md5.Compute(body!, offset, count);
                try
                {
                    using CallTimeout limit = new(clock.Time, Timeout + TimeSpan.FromSeconds(count / MinRate), cancellationToken);
                    await credential.AuthorizeAsync(request, blob, wasRefused, limit.Token).ConfigureAwait(false);
                    HttpResponseMessage reply = await SendOnceAsync(request, limit.Token).ConfigureAwait(false);
                    if (reply.IsSuccessStatusCode) return reply;
                    using (reply)
                    {
                        failure = new BlobException((int)reply.StatusCode, GetCode(reply));
                        asked = RetryAfter.Read(reply, clock.UtcNow) ?? 0;
                    }
                }
                catch (BlobException e)
                {
                    failure = e;
                }
                catch (Exception e) when (NetworkErrors.Is(e) || e is OperationCanceledException)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failure = new BlobException(0, e is OperationCanceledException ? "OperationTimedOut" : NetworkErrors.Describe(e));
                }
            }
            bool isRenewed = failure.Status == 401 && !wasRefused;
            wasRefused |= isRenewed;
            double delay = isRenewed ? 0 : Math.Min(MaxRetryDelay, Math.Max(asked, Backoff.Delay(attempt, MaxRetryDelay, random, .2)));
            if (!isRenewed && (!failure.IsTransient || clock.Now + delay - began > patience)) throw failure;
            await clock.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
#if NETFRAMEWORK
        request.Headers.ExpectContinue = false;
#endif
        return _http.SendAsync(request, cancellationToken);
    }

    /// <summary>The storage's code; whoever else answers has no say in our texts.</summary>
    private static string GetCode(HttpResponseMessage reply) =>
        reply.Headers.TryGetValues("x-ms-error-code", out IEnumerable<string>? codes) && codes.First() is { Length: <= 64 } code && code.All(char.IsLetterOrDigit) ? code : "";
}

/// <summary>What the headers of a reply say of a blob.</summary>
internal sealed class BlobProperties
{
    internal BlobProperties(HttpResponseMessage reply)
    {
        HttpContentHeaders headers = reply.Content.Headers;
        string? Find(string name) => reply.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
        Length = headers.ContentRange?.Length ?? headers.ContentLength ?? 0;
        Md5 = Find("x-ms-blob-content-md5") ?? (headers.ContentMD5 is { } md5 ? Convert.ToBase64String(md5) : null);
        Type = Find("x-ms-blob-type");
        ETag = Find("ETag");
        Checkpoint = int.TryParse(Find("x-ms-meta-checkpoint"), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        Blocks = int.TryParse(Find("x-ms-blob-committed-block-count"), NumberStyles.None, CultureInfo.InvariantCulture, out int blocks) ? blocks : 0;
    }

    /// <summary>Bytes of the whole blob.</summary>
    internal long Length { get; }

    /// <summary>Of the whole blob, in Base64; null when the storage has none.</summary>
    internal string? Md5 { get; }

    /// <summary>AppendBlob, BlockBlob or PageBlob.</summary>
    internal string? Type { get; }

    internal string? ETag { get; }

    /// <summary>The number of the checkpoint that goes before a log's blocks; 0 = none.</summary>
    internal int Checkpoint { get; }

    /// <summary>Committed blocks of an append blob.</summary>
    internal int Blocks { get; }
}
