using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;

namespace ZhipuVideo.Download;

/// <summary>
/// One file at the service: sends the requests for it, follows redirects under our own rules, and tries again what may come right.
/// A try that brings new bytes resets the count and the delay.
/// </summary>
internal sealed class RemoteFile
{
    private const int MaxRedirects = 10;

    private readonly HttpMessageInvoker _http;
    private readonly DownloaderOptions _options;
    private readonly DownloadLinks _links;
    private readonly Func<DownloadLinks, string?> _pick;
    private string _link;

    internal RemoteFile(HttpMessageInvoker http, DownloaderOptions options, DownloadLinks links, Func<DownloadLinks, string?> pick, string job)
    {
        _http = http;
        _options = options;
        _links = links;
        _pick = pick;
        Job = job;
        _link = pick(links) ?? "";
    }

    /// <summary>How messages name the job.</summary>
    internal string Job { get; }

    /// <summary>The host that answered last: all that a message may say of a link.</summary>
    internal string Host { get; private set; } = "";

    /// <summary>Runs <paramref name="attempt"/> until it says that it is done.</summary>
    /// <param name="attempt">One try: true when done, false when the next should follow at once.</param>
    /// <param name="received">The bytes received so far; more of them is progress.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    internal async Task RunAsync(Func<IdleWatch, Task<bool>> attempt, Func<long> received, CancellationToken cancellationToken)
    {
        long best = received();
        int failures = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CogVideoException? failure = null;
            TimeSpan asked = TimeSpan.Zero;
            using (var idle = new IdleWatch(_options.Time, _options.IdleTimeout, cancellationToken))
            {
                try
                {
                    if (await attempt(idle).ConfigureAwait(false))
                    {
                        return;
                    }
                }
                catch (RetryableException e)
                {
                    failure = e.Failure;
                    asked = e.Delay;
                }
                catch (Exception e) when (IsWire(e))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failure = Describe(e, received());
                }
            }

            long now = received();
            failures = now > best ? 0 : failures + 1;
            best = Math.Max(best, now);
            if (failures > _options.MaxRetries)
            {
                throw failure ?? Failures.Broken(Job, Host, now, "");
            }

            await DelayAsync(failures, asked, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one GET, and another for each redirect.</summary>
    /// <param name="range">The part wanted; null = all.</param>
    /// <param name="condition">What the part must belong to (If-Range); null = anything.</param>
    /// <param name="idle">The watch of this try.</param>
    internal async Task<HttpResponseMessage> GetAsync(RangeHeaderValue? range, RangeConditionHeaderValue? condition, IdleWatch idle)
    {
        Uri uri = Allowed(null, _link);
        for (int hops = 0; ; hops++)
        {
            Host = uri.Host;
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Range = range;
            request.Headers.IfRange = condition;
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.TryAddWithoutValidation("User-Agent", Transport.UserAgent);
            DownloadHandler.Prepare(request, _options);
            HttpResponseMessage reply = await _http.SendAsync(request, idle.Token).ConfigureAwait(false);
            idle.Touch();
            idle.Guard(reply);
            if ((int)reply.StatusCode is not (301 or 302 or 303 or 307 or 308) || reply.Headers.Location is not Uri location)
            {
                return reply;
            }

            reply.Dispose();
            if (hops == MaxRedirects)
            {
                throw Failures.TooManyRedirects(Job, Host, MaxRedirects);
            }

            uri = Allowed(uri, location.OriginalString);
        }
    }

    /// <summary>What a status means that is no content: a new link, another try, or the end.</summary>
    internal async Task<Exception> RefusedAsync(HttpResponseMessage reply, IdleWatch idle)
    {
        int status = (int)reply.StatusCode;
        switch (status)
        {
            case 403 or 404 or 410:
                string before = _link;
                if (await _links.TryRefreshAsync(idle.Caller).ConfigureAwait(false))
                {
                    _link = _pick(_links) ?? "";
                }

                CogVideoException expired = Failures.ResultExpired(Job, Host, status);
                return _link.Length == 0 || _link == before ? expired : new RetryableException(expired, TimeSpan.Zero);
            case 408 or 425 or 429 or >= 500:
                string? after = reply.Headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? values.First() : null;
                double delay = RetryAfter.Parse(after, _options.Time.GetUtcNow()) ?? 0;
                return new RetryableException(Failures.HttpStatus(Job, Host, status), TimeSpan.FromSeconds(delay));
            default:
                return Failures.HttpStatus(Job, Host, status);
        }
    }

    private Uri Allowed(Uri? from, string link)
    {
        // What is asked for stands in traces and in the logs of proxies
        if (_options.Key is { } key && key.Mask(link) != link)
        {
            throw Failures.KeyInLink(Job);
        }

        if (!Address.TryParse(link, out Uri uri, from))
        {
            throw Failures.SchemeRefused(Job, "?");
        }

        return uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && _options.AllowHttp)
            ? uri
            : throw Failures.SchemeRefused(Job, uri.Scheme);
    }

    private Task DelayAsync(int failures, TimeSpan asked, CancellationToken cancellationToken)
    {
        // The first retry comes at once: most cuts are over when they are seen, and a line that is cut often must not idle
        double seconds = failures < 2 ? 0 : _options.RetryDelay.TotalSeconds * Math.Pow(2, failures - 2) * (0.5 + Jitter.Next());
        var delay = TimeSpan.FromSeconds(Math.Min(Math.Max(seconds, asked.TotalSeconds), _options.MaxRetryDelay.TotalSeconds));
        return delay > TimeSpan.Zero ? _options.Time.DelayAsync(delay, cancellationToken) : Task.CompletedTask;
    }

    private static bool IsWire(Exception e) =>
        e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or WebException;

    private CogVideoException Describe(Exception e, long received)
    {
        string why = WireErrors.Masked(e.GetBaseException().Message);
        if (WireErrors.IsTls(e))
        {
            throw Failures.Tls(Job, Host, why);
        }

        if (WireErrors.IsProxyRefusal(e))
        {
            throw Failures.HttpStatus(Job, Host, 407);
        }

        return e switch
        {
            OperationCanceledException => Failures.Stalled(Job, Host, received, _options.IdleTimeout.TotalSeconds),
            HttpRequestException when received == 0 => Failures.NoConnection(Job, Host, why),
            _ => Failures.Broken(Job, Host, received, why),
        };
    }
}

/// <summary>A try failed in a way that may come right; carries what to say when it does not.</summary>
internal sealed class RetryableException(CogVideoException failure, TimeSpan delay) : Exception
{
    internal CogVideoException Failure { get; } = failure;

    internal TimeSpan Delay { get; } = delay;
}

/// <summary>Random numbers that several threads may ask for.</summary>
internal static class Jitter
{
    private static readonly Random Random = new();

    /// <summary>At least 0, less than 1.</summary>
    internal static double Next()
    {
        lock (Random)
        {
            return Random.NextDouble();
        }
    }
}
