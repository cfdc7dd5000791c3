using System;
using System.Buffers;
#if NETFRAMEWORK
using System.Collections.Generic;
#endif
using System.IO;
using System.IO.Compression;
#if NETFRAMEWORK
using System.Net;
#endif
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Http;

/// <summary>A call that got no reply. For a submission, <see cref="BodyStarted"/> decides whether it may be sent again.</summary>
internal sealed class TransportException(bool isFinal, bool bodyStarted, CogVideoException reason) : Exception(reason.Message)
{
    /// <summary>It would fail again: certificate, proxy, redirect.</summary>
    internal bool IsFinal => isFinal;

    internal bool BodyStarted => bodyStarted;

    internal CogVideoException Reason => reason;
}

/// <summary>
/// Sends one request and reads one bounded reply. It never retries, follows redirects only on its own origin, and gives the key
/// to that origin alone. The platform below it does not retry a started body either: tested against sockets that close early.
/// </summary>
internal sealed class Transport : IDisposable
{
    private const int MaxReplyBytes = 1024 * 1024;

    private static readonly TimeSpan PollTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SubmissionTimeout = TimeSpan.FromSeconds(100);

    /// <summary>The slowest upload that is waited for, in bytes a second.</summary>
    private const double MinUploadRate = 32 * 1024;

    internal static readonly string UserAgent = "ZhipuVideo/" + (typeof(Transport).Assembly.GetName().Version?.ToString(3) ?? "0");

    private readonly ServiceEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly Lazy<RoutedInvoker> _polls;
    private readonly Lazy<RoutedInvoker> _submissions;
    private readonly double _timeoutScale;

    internal Transport(ServiceEndpoint endpoint, TimeProvider time, Func<HttpMessageHandler>? createHandler, double timeoutScale = 1)
    {
        _endpoint = endpoint;
        _time = time;
        _timeoutScale = timeoutScale;
        _polls = new Lazy<RoutedInvoker>(() => new RoutedInvoker((createHandler ?? (() => HttpHandlers.CreateForService(endpoint.IsPlainHttp)))()));
#if NETFRAMEWORK
        // A handler of its own has a connection group of its own: with "Connection: close" no submission meets a stale connection,
        // on which HttpWebRequest would send it again by itself.
        _submissions = new Lazy<RoutedInvoker>(() => new RoutedInvoker((createHandler ?? (() => HttpHandlers.CreateForService(endpoint.IsPlainHttp)))()));
        ServicePoint point = ServicePointManager.FindServicePoint(endpoint.BaseUri);
        point.Expect100Continue = false;
        point.UseNagleAlgorithm = false;
#else
        _submissions = _polls;
        // The network's code is loaded while the first row is being read
        _ = Task.Run(() => _polls.Value);
#endif
    }

    /// <summary>Asks once how a task stands.</summary>
    internal Task<ServiceReply> PollAsync(string id, CancellationToken cancellationToken) =>
        SendAsync(_polls, HttpMethod.Get, _endpoint.GetResultAddress(id), null, PollTimeout, cancellationToken);

    /// <summary>Sends a submission once.</summary>
    internal Task<ServiceReply> SubmitAsync(RequestContent content, CancellationToken cancellationToken)
    {
        TimeSpan upload = TimeSpan.FromSeconds((content.Headers.ContentLength ?? 0) / MinUploadRate);
        return SendAsync(_submissions, HttpMethod.Post, _endpoint.Submissions, content, SubmissionTimeout + upload, cancellationToken);
    }

    /// <summary>Closes all connections.</summary>
    public void Dispose()
    {
        if (_polls.IsValueCreated) _polls.Value.Dispose();
        if (_submissions.IsValueCreated) _submissions.Value.Dispose();
    }

    private async Task<ServiceReply> SendAsync(
        Lazy<RoutedInvoker> invoker, HttpMethod method, Uri address, RequestContent? content, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CallTimeout limit = new(_time, TimeSpan.FromTicks((long)(timeout.Ticks * _timeoutScale)), cancellationToken);
        try
        {
            using HttpResponseMessage response = await invoker.Value.SendAsync(
                address, to => CreateRequest(method, address = to, content), (from, redirect) => Follow(redirect, from, content), limit.Token).ConfigureAwait(false);
            if (RoutedInvoker.IsRedirect(response)) throw Blocked(response, content, MessageKey.RedirectAgain, address.Host, RoutedInvoker.MaxRedirects);
            ServiceReply reply = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            if (content is null) reply.ReadAsEndIfModerated();
            return reply;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            throw Failure(isFinal: false, content?.Started == true, new CogVideoException(ErrorReason.ConnectionFailed, MessageKey.NoReplyInTime, invoker.Value.RouteTo(address, address.Host), timeout.TotalSeconds));
        }
        catch (Exception e) when (NetworkErrors.Is(e))
        {
            throw Failure(content?.Started == true, invoker.Value.RouteTo(address, address.Authority), e);
        }
    }

    private HttpRequestMessage CreateRequest(HttpMethod method, Uri address, RequestContent? content)
    {
        HttpRequestMessage request = new(method, address) { Content = content };
        // Not parsed: it costs time, and what fails to parse would be shown in the failure's message
        request.Headers.TryAddWithoutValidation("Authorization", _endpoint.Key.Authorization);
        request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
#if NETFRAMEWORK
        if (content is not null)
        {
            request.Headers.ConnectionClose = true;
            request.Headers.ExpectContinue = false;
        }
#endif
        return request;
    }

    /// <summary>
    /// A redirect is followed on the same origin only, a submission's only where the method and body are kept, and none that repeats the key:
    /// addresses stand in traces and in the logs of proxies. One that is not followed says nothing of what was sent: a service may have
    /// accepted it and point to its task.
    /// </summary>
    private Uri Follow(HttpResponseMessage response, Uri from, RequestContent? content)
    {
        string location = response.Headers.Location!.OriginalString;
        bool isAddress = Address.TryParse(location, out Uri to, from);
        bool isSameOrigin = isAddress && _endpoint.Key.Mask(location) == location
            && Uri.Compare(from, to, UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (!isSameOrigin) throw Blocked(response, content, MessageKey.RedirectBlocked, from.Host, isAddress ? to.Scheme + "://" + to.Authority : "?");
        int status = (int)response.StatusCode;
        return content is null || status is 307 or 308 ? to : throw Blocked(response, content, MessageKey.RedirectOfSubmission, from.Host, status, to.AbsolutePath);
    }

    private TransportException Blocked(HttpResponseMessage response, RequestContent? content, string messageKey, params object[] arguments) =>
        Failure(isFinal: true, content?.Started == true, new CogVideoException(ErrorReason.RedirectBlocked, messageKey, arguments) { HttpStatus = (int)response.StatusCode });

    private async Task<ServiceReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            int length = 0;
#if NETFRAMEWORK
            using Stream body = Decompressed(response, await response.Content.ReadAsStreamAsync().ConfigureAwait(false));
            using CancellationTokenRegistration stop = cancellationToken.Register(static s => ((Stream)s!).Dispose(), body); // its reads heed no token
#else
            using Stream body = Decompressed(response, response.Content.ReadAsStream(cancellationToken));
#endif
            while (true)
            {
#if NETFRAMEWORK
                int read = await body.ReadAsync(buffer, length, buffer.Length - length, cancellationToken).ConfigureAwait(false);
#else
                int read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
#endif
                if (read == 0) break;
                length += read;
                if (length > MaxReplyBytes)
                    throw new CogVideoException(ErrorReason.ResponseTooLarge, MessageKey.ResponseTooLarge, MaxReplyBytes) { HttpStatus = (int)response.StatusCode };
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 4);
                    Buffer.BlockCopy(buffer, 0, larger, 0, length);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
            ServiceReply reply = ServiceReply.Parse((int)response.StatusCode, buffer.AsSpan(0, length));
            reply.IsJsonType = IsJson(Header(response, "Content-Type") ?? "");
            reply.BaseUri = _endpoint.BaseUri.AbsoluteUri;
            reply.Mask(_endpoint.Key);
            reply.RetryAfter = RetryAfter.Read(response, _time.GetUtcNow());
            return reply;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsJson(string contentType)
    {
        int parameters = contentType.IndexOf(';');
        return contentType.IndexOf("json", 0, parameters < 0 ? contentType.Length : parameters, StringComparison.OrdinalIgnoreCase) >= 0;
    }

    /// <summary>Compression is not asked for, replies are small; a gateway that compresses unasked is understood all the same.</summary>
    private static Stream Decompressed(HttpResponseMessage response, Stream body) =>
        string.Equals(Header(response, "Content-Encoding"), "gzip", StringComparison.OrdinalIgnoreCase) ? new GZipStream(body, CompressionMode.Decompress) : body;

    /// <summary>A header of the body as it came: to parse it would cost more than all the rest.</summary>
    private static string? Header(HttpResponseMessage response, string name) =>
#if NETFRAMEWORK
        response.Content.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : null;
#else
        response.Content.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values) ? values.ToString() : null;
#endif

    /// <summary>All that goes wrong leaves here: the platform's words quote the server's, and a server may repeat the key.</summary>
    private TransportException Failure(bool isFinal, bool bodyStarted, CogVideoException reason) =>
        new(isFinal, bodyStarted, reason.Mask(_endpoint.Key));

    private TransportException Failure(bool bodyStarted, Route host, Exception error) => NetworkErrors.Classify(error) switch
    {
        NetworkFault.ProxyRefused => Failure(
            isFinal: true, bodyStarted, new CogVideoException(ErrorReason.ProxyAuthRequired, MessageKey.ProxyAuthRequired, host) { HttpStatus = 407, StopsRun = true }),
        NetworkFault.Tls => Failure(
            isFinal: true, bodyStarted, new CogVideoException(ErrorReason.TlsFailed, MessageKey.TlsFailed, host, NetworkErrors.Describe(error)) { StopsRun = true }),
        _ => Failure(
            isFinal: false, bodyStarted, new CogVideoException(ErrorReason.ConnectionFailed, MessageKey.ConnectionFailed, host, NetworkErrors.Describe(error))),
    };
}
