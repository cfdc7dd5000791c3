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
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Download;

/// <summary>
/// One file at the service: sends the requests for it, follows redirects under our own rules, and tries again what may come right.
/// A try that brings new bytes resets the count and the delay. Whoever waits for a server, or gets too little from it, gives the slot to
/// the next result in line.
/// </summary>
internal sealed class RemoteFile
{
    private const int MaxRedirects = 10;

    /// <summary>New bytes from which on a try has got on: a server that sends one byte and hangs up must come to an end.</summary>
    private const int MinProgress = 1024;

    /// <summary>How often a time limit is doubled.</summary>
    private const int MaxDoublings = 3;

    /// <summary>The delay from which on the slot is given to the next.</summary>
    private static readonly TimeSpan WorthASlot = TimeSpan.FromSeconds(1);

    /// <summary>How long after a task's end its file may still be on its way to the host, also when it was there for a moment.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(10);

    /// <summary>How long links live.</summary>
    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(1);

    private readonly RoutedInvoker _http;
    private Uri? _address;
    private readonly DownloaderOptions _options;
    private readonly DownloadLinks _links;
    private readonly Func<DownloadLinks, string?> _pick;
    private readonly DownloadSlot _slot;
    private readonly TimeSpan _publishTimeout;
    private string _link;
    private long? _missingSince;
    private int _missing;
    private bool _wasThere;
    private bool _isUpgraded;
    private bool _hasHttps;

    /// <param name="http">Sends a request.</param>
    /// <param name="options">Limits and clock.</param>
    /// <param name="links">The links of the result.</param>
    /// <param name="pick">Which of them it is.</param>
    /// <param name="slot">The result's slot.</param>
    /// <param name="publishTimeout">How long it is asked for while its host does not have it.</param>
    /// <param name="job">How messages name the job.</param>
    internal RemoteFile(
        RoutedInvoker http, DownloaderOptions options, DownloadLinks links, Func<DownloadLinks, string?> pick, DownloadSlot slot, TimeSpan publishTimeout, string job)
    {
        _http = http;
        _options = options;
        _links = links;
        _pick = pick;
        _slot = slot;
        _publishTimeout = publishTimeout;
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
        using var speed = new SpeedWatch(_options, _slot);
        long best = received();
        int failures = 0;
        int timeouts = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CogVideoException? failure = null;
            TimeSpan asked = TimeSpan.Zero;
            bool isExpected = false;
            TimeSpan limit = Doubled(_options.IdleTimeout, Math.Min(timeouts, MaxDoublings));
            using (var idle = new IdleWatch(_options.Time, limit, speed, cancellationToken))
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
                    (failure, asked, isExpected) = (e.Failure, e.Delay, e.IsExpected);
                }
                catch (Exception e) when (IsWire(e))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failure = Describe(e, received(), limit);
                    timeouts += e is OperationCanceledException ? 1 : 0;
                }
            }

            long now = received();
            bool isTooSlow = speed.IsTooSlow;
            failures = now - best >= MinProgress ? 0 : isExpected ? failures : failures + 1;
            best = Math.Max(best, now);
            if (failures > _options.MaxRetries)
            {
                throw isTooSlow ? Failures.TooSlow(Job, Host, now, _options.LowestRate) : failure ?? Failures.Broken(Job, Host, now, "");
            }

            TimeSpan delay = DelayAfter(failures, asked);
            if (isTooSlow || delay >= WorthASlot)
            {
                speed.Pause();
                await _slot.YieldAsync(() => _options.Time.DelayAsync(delay, cancellationToken), cancellationToken).ConfigureAwait(false);
                speed.Resume();
            }
            else if (delay > TimeSpan.Zero)
            {
                await _options.Time.DelayAsync(delay, cancellationToken).ConfigureAwait(false);
            }
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
            _address = uri;
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Range = range;
            request.Headers.IfRange = condition;
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.TryAddWithoutValidation("User-Agent", Transport.UserAgent);
            DownloadHandler.Prepare(request, _options);
            HttpResponseMessage reply = await _http.SendAsync(request, idle.Token).ConfigureAwait(false);
            _hasHttps |= _isUpgraded;
            idle.Touch(0);
            idle.Guard(reply);
            if ((int)reply.StatusCode is not (301 or 302 or 303 or 307 or 308) || reply.Headers.Location is not Uri location)
            {
                _wasThere |= (int)reply.StatusCode is 200 or 203 or 206;
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
        string? header = reply.Headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? values.First() : null;
        var asked = TimeSpan.FromSeconds(RetryAfter.Parse(header, _options.Time.GetUtcNow()) ?? 0);
        switch (status)
        {
            case 403 or 404 or 410 when _links.AreOfTask:
                string before = _link;
                if (_links.CanRefresh)
                {
                    // The service may take its time
                    await _slot.YieldAsync(() => _links.RefreshAsync(idle.Caller), idle.Caller).ConfigureAwait(false);
                    _link = _pick(_links) ?? "";
                }

                CogVideoException expired = Failures.ResultExpired(Job, Host, status);
                if (_link.Length > 0 && _link != before)
                {
                    return new RetryableException(expired, TimeSpan.Zero);
                }

                return _link.Length > 0 && status != 410 && MayStillCome() ? NotThereYet(status, asked) : expired;
            case 404 or 410: // an address that somebody has typed
                return Failures.NoSuchFile(Job, Host, status);
            case 401 or 403:
                return Failures.NotForUs(Job, Host, status);
            case 202 or 204 or 205:
                return NotThereYet(status, asked);
            case 408 or 421 or 423 or 425 or 429 or >= 500:
                return new RetryableException(
                    asked > _options.MaxRetryDelay
                        ? Failures.WaitTooLong(Job, Host, status, asked.TotalSeconds, _options.MaxRetryDelay.TotalSeconds)
                        : Failures.HttpStatus(Job, Host, status),
                    asked);
            default:
                return Failures.HttpStatus(Job, Host, status);
        }
    }

    // A link that was good and is not any more has expired, unless the task has only just ended: caches disagree for a while. One that was
    // never good may be waited for, as long as it may be alive at all
    private bool MayStillCome()
    {
        TimeSpan? age = _links.Age(_options.Time.GetUtcNow());
        return age < Young || (!_wasThere && (age is null || age < LinkLifetime));
    }

    private Exception NotThereYet(int status, TimeSpan asked)
    {
        long since = _missingSince ??= _options.Time.GetTimestamp();
        TimeSpan waited = _options.Time.GetElapsedTime(since);
        CogVideoException failure = Failures.NotThereYet(Job, Host, status, waited);
        if (waited >= _publishTimeout)
        {
            return failure;
        }

        TimeSpan delay = Doubled(_options.RetryDelay, Math.Min(_missing++, 10));
        return new RetryableException(failure, delay > asked ? delay : asked) { IsExpected = true };
    }

    private Uri Allowed(Uri? from, string link)
    {
        // What is asked for stands in traces and in the logs of proxies
        if (_options.Key is { } key && key.Mask(link) != link)
        {
            throw Failures.KeyInLink(Job);
        }

        if (!Address.TryParseLink(link, out Uri uri, from))
        {
            throw Failures.SchemeRefused(Job, "?");
        }

        bool isHttp = uri.Scheme == Uri.UriSchemeHttp;
        _isUpgraded = isHttp && !_options.AllowHttp;
        return uri.Scheme == Uri.UriSchemeHttps || (isHttp && _options.AllowHttp) ? uri
            : isHttp ? Address.WithHttps(uri)
            : throw Failures.SchemeRefused(Job, uri.Scheme);
    }

    private TimeSpan DelayAfter(int failures, TimeSpan asked)
    {
        // The first retry comes at once: most cuts are over when they are seen, and a line that is cut often must not idle
        TimeSpan delay = failures < 2 ? TimeSpan.Zero : Doubled(_options.RetryDelay, failures - 3 + Jitter.Next());
        delay = delay > asked ? delay : asked;
        return delay > _options.MaxRetryDelay ? _options.MaxRetryDelay : delay;
    }

    private static TimeSpan Doubled(TimeSpan time, double times) => TimeSpan.FromSeconds(time.TotalSeconds * Math.Pow(2, times));

    private static bool IsWire(Exception e) =>
        e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException or WebException;

    private CogVideoException Describe(Exception e, long received, TimeSpan limit)
    {
        string why = WireErrors.Masked(e.GetBaseException().Message);
        Route route = _address is null ? new Route(Host, null) : _http.RouteTo(_address, Host);
        if (_isUpgraded && !_hasHttps)
        {
            throw Failures.NoHttps(Job, route, why);
        }

        if (WireErrors.IsTls(e))
        {
            throw Failures.Tls(Job, route, why);
        }

        if (WireErrors.IsProxyRefusal(e))
        {
            throw Failures.HttpStatus(Job, route, 407);
        }

        return e switch
        {
            OperationCanceledException => Failures.Stalled(Job, route, received, limit.TotalSeconds),
            HttpRequestException when received == 0 => Failures.NoConnection(Job, route, why),
            _ => Failures.Broken(Job, route, received, why),
        };
    }
}

/// <summary>A try failed in a way that may come right; carries what to say when it does not.</summary>
internal sealed class RetryableException(CogVideoException failure, TimeSpan delay) : Exception
{
    internal CogVideoException Failure { get; } = failure;

    internal TimeSpan Delay { get; } = delay;

    /// <summary>It is no failure, and ends by a time of its own.</summary>
    internal bool IsExpected { get; init; }
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
