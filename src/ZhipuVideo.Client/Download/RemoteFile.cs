using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Download;

/// <summary>
/// One file at the service: sends the requests for it, decides where redirects may lead, and tries again what may come right. A try that
/// brings new bytes resets the count and the delay. A file that waits for its server, or gets too little from it, gives its slot to the
/// next result in the queue.
/// </summary>
internal sealed class RemoteFile(
    RoutedInvoker http, DownloaderOptions options, DownloadLinks links, Func<DownloadLinks, string?> pick, DownloadSlot slot, TimeSpan publishTimeout, string job)
{
    /// <summary>New bytes from which on a try has got on: a server that sends one byte and hangs up must come to an end.</summary>
    private const int MinProgress = 1024;

    private const int MaxDoublings = 3;

    /// <summary>Seconds of delay from which on the slot is given to the next.</summary>
    private const double MinYieldDelay = 1;

    /// <summary>How long after a task's end its file may still be on its way to the host, also when it was there for a moment.</summary>
    private static readonly TimeSpan PublishTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LinkLifetime = TimeSpan.FromDays(1);

    private string _link = pick(links) ?? "";
    private Uri? _address;
    private string _host = "";
    private double? _missingSince;
    private int _missing;
    private bool _wasThere;
    private bool _isUpgraded;
    private bool _hasHttps;

    /// <summary>Runs <paramref name="attempt"/> until it says that it is done.</summary>
    /// <param name="attempt">One try: true when done, false when the next should follow at once.</param>
    /// <param name="received">The bytes received so far; more of them is progress.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    internal async Task RunAsync(Func<IdleWatch, Task<bool>> attempt, Func<long> received, CancellationToken cancellationToken)
    {
        using SpeedWatch speed = new(options, slot);
        long best = received();
        int failures = 0;
        int timeouts = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RetryableException failure;
            TimeSpan idleTimeout = TimeSpan.FromTicks(options.IdleTimeout.Ticks << Math.Min(timeouts, MaxDoublings));
            using (IdleWatch idle = new(options.Clock.Time, idleTimeout, speed, cancellationToken))
            {
                try
                {
                    if (await attempt(idle).ConfigureAwait(false)) return;
                    failure = new RetryableException(Error(ErrorReason.DownloadFailed, MessageKey.SaveBroken, received(), ""));
                }
                catch (RetryableException e)
                {
                    failure = e;
                }
                catch (Exception e) when (NetworkErrors.Is(e) || e is OperationCanceledException)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failure = new RetryableException(Describe(e, received(), idleTimeout)) { IsTimeout = e is OperationCanceledException };
                }
            }

            long now = received();
            bool isTooSlow = speed.IsTooSlow;
            timeouts += failure.IsTimeout ? 1 : 0;
            failures = now - best >= MinProgress ? 0 : failure.IsExpected ? failures : failures + 1;
            best = Math.Max(best, now);
            if (failures > options.MaxRetries)
                throw isTooSlow ? Error(ErrorReason.DownloadFailed, MessageKey.SaveTooSlow, now, options.MinRate) : failure.Failure;

            // The first retry comes at once: most cuts are over when they are seen, and a line that is cut often must not idle
            double delay = Math.Min(Math.Max(failure.Delay, failures < 2 ? 0 : Delay(failures - 2)), options.MaxRetryDelay.TotalSeconds);
            Task WaitAsync() => options.Clock.DelayAsync(delay, cancellationToken);
            if (isTooSlow || delay >= MinYieldDelay)
            {
                speed.Pause();
                await slot.YieldAsync(WaitAsync, cancellationToken).ConfigureAwait(false);
                speed.Resume();
            }
            else
            {
                await WaitAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends one GET, and another for each redirect.</summary>
    /// <param name="range">The part wanted; null = all.</param>
    /// <param name="condition">What the part must belong to (If-Range); null = anything.</param>
    /// <param name="idle">The watch of this try.</param>
    internal async Task<HttpResponseMessage> GetAsync(RangeHeaderValue? range, RangeConditionHeaderValue? condition, IdleWatch idle)
    {
        HttpRequestMessage Create(Uri address)
        {
            _address = address;
            _host = address.Host;
            HttpRequestMessage request = new(HttpMethod.Get, address);
            request.Headers.Range = range;
            request.Headers.IfRange = condition;
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.TryAddWithoutValidation("User-Agent", Transport.UserAgent);
            return request;
        }

        Uri Follow(Uri from, HttpResponseMessage redirect)
        {
            idle.Touch();
            _hasHttps |= _isUpgraded;
            return Allowed(from, redirect.Headers.Location!.OriginalString);
        }

        HttpResponseMessage reply = await http.SendAsync(Allowed(null, _link), Create, Follow, idle.Token).ConfigureAwait(false);
        idle.Touch();
        idle.Guard(reply);
        _hasHttps |= _isUpgraded;
        _wasThere |= (int)reply.StatusCode is 200 or 203 or 206;
        return reply;
    }

    /// <summary>What a status means that is not content: a new link, another try, or the end.</summary>
    internal async Task<Exception> RefusedAsync(HttpResponseMessage reply, IdleWatch idle)
    {
        int status = (int)reply.StatusCode;
        double asked = RetryAfter.Read(reply, options.Clock.UtcNow) ?? 0;
        switch (status)
        {
            case >= 300 and < 400 when RoutedInvoker.IsRedirect(reply):
                return Error(ErrorReason.UrlRefused, MessageKey.SaveTooManyRedirects, RoutedInvoker.MaxRedirects);
            case 403 or 404 or 410 when links.AreOfTask:
                string before = _link;
                if (links.CanRefresh)
                {
                    // The service may take its time
                    await slot.YieldAsync(() => links.RefreshAsync(idle.Caller), idle.Caller).ConfigureAwait(false);
                    _link = pick(links) ?? "";
                }
                CogVideoException expired = Refusal(ErrorReason.ResultExpired, MessageKey.SaveResultExpired, status);
                if (_link.Length > 0 && _link != before) return new RetryableException(expired);
                return _link.Length > 0 && status != 410 && MayStillCome() ? NotThereYet(status, asked) : expired;
            case 404 or 410: // an address that somebody has typed
                return WithAdvice(Refusal(ErrorReason.NotFound, MessageKey.SaveNoSuchFile, status));
            case 401 or 403: // the host asks for credentials, which it never gets
                return WithAdvice(Refusal(ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, status));
            case 202 or 204 or 205:
                return NotThereYet(status, asked);
            case 407:
                return Refusal(ErrorReason.ProxyAuthRequired, MessageKey.SaveHttpStatus, status);
            case 408 or 421 or 423 or 425 or 429 or >= 500:
                double limit = options.MaxRetryDelay.TotalSeconds;
                CogVideoException busy = asked > limit
                    ? Refusal(ErrorReason.DownloadFailed, MessageKey.SaveWaitTooLong, status, Math.Round(asked), limit)
                    : Refusal(ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, status);
                return new RetryableException(busy) { Delay = asked };
            default:
                return Refusal(ErrorReason.DownloadFailed, MessageKey.SaveHttpStatus, status);
        }
    }

    /// <summary>An error of this file. Its text names the job, the host that answered last, and nothing else of the link.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="messageKey">A message of the job (0), the host (1) and what follows.</param>
    /// <param name="more">What follows.</param>
    internal CogVideoException Error(ErrorReason reason, string messageKey, params object?[] more) => new(reason, messageKey, [job, _host, .. more]);

    /// <summary>The same of a reply with its status (2).</summary>
    internal CogVideoException Refusal(ErrorReason reason, string messageKey, int status, params object?[] more) =>
        new(reason, messageKey, [job, _host, status, .. more]) { HttpStatus = status };

    private static CogVideoException WithAdvice(CogVideoException error)
    {
        error.AdviceKey = MessageKey.AdviceCheckAddress;
        return error;
    }

    // A link that was good and is not any more has expired, unless the task has only just ended: caches disagree for a while. One that was
    // never good may be waited for, as long as it may be alive at all
    private bool MayStillCome()
    {
        TimeSpan? age = links.GetAge(options.Clock.UtcNow);
        return age < PublishTime || (!_wasThere && (age is null || age < LinkLifetime));
    }

    private Exception NotThereYet(int status, double asked)
    {
        double now = options.Clock.Now;
        double waited = now - (_missingSince ??= now);
        CogVideoException failure = Refusal(ErrorReason.DownloadFailed, MessageKey.SaveNotThereYet, status, Math.Round(waited));
        return waited >= publishTimeout.TotalSeconds ? failure : new RetryableException(failure) { Delay = Math.Max(asked, Delay(_missing++)), IsExpected = true };
    }

    private Uri Allowed(Uri? from, string link)
    {
        // What is asked for stands in traces and in the logs of proxies
        if (options.Key is { } key && key.Mask(link) != link) throw new CogVideoException(ErrorReason.UrlRefused, MessageKey.SaveKeyInLink, job);
        bool isAddress = Address.TryParseLink(link, out Uri uri, from);
        bool isHttp = isAddress && uri.Scheme == Uri.UriSchemeHttp;
        _isUpgraded = isHttp && !options.AllowHttp;
        return _isUpgraded ? Address.WithHttps(uri)
            : isHttp || (isAddress && uri.Scheme == Uri.UriSchemeHttps) ? uri
            : throw new CogVideoException(ErrorReason.UrlRefused, MessageKey.SaveSchemeRefused, job, isAddress ? uri.Scheme : "?");
    }

    private double Delay(int attempt) =>
        Backoff.Delay(attempt, options.MaxRetryDelay.TotalSeconds, options.Random, options.RetryDelay.TotalSeconds);

    /// <summary>What to say of a failure when no try is left; thrown when another one would fail as well.</summary>
    private CogVideoException Describe(Exception error, long received, TimeSpan idleTimeout)
    {
        string why = NetworkErrors.Describe(error);
        Route route = _address is null ? new Route(_host, null) : http.RouteTo(_address, _host);
        if (_isUpgraded && !_hasHttps) throw new CogVideoException(ErrorReason.UrlRefused, MessageKey.SaveNoHttps, job, route, why);
        return NetworkErrors.Classify(error) switch
        {
            NetworkFault.Tls => throw new CogVideoException(ErrorReason.TlsFailed, MessageKey.SaveTlsFailed, job, route, why),
            NetworkFault.ProxyRefused =>
                throw new CogVideoException(ErrorReason.ProxyAuthRequired, MessageKey.SaveHttpStatus, job, route, 407) { HttpStatus = 407 },
            _ when error is OperationCanceledException =>
                new CogVideoException(ErrorReason.DownloadFailed, MessageKey.SaveStalled, job, route, received, idleTimeout.TotalSeconds),
            _ when error is HttpRequestException && received == 0 => new CogVideoException(ErrorReason.ConnectionFailed, MessageKey.SaveNoConnection, job, route, why),
            _ => new CogVideoException(ErrorReason.DownloadFailed, MessageKey.SaveBroken, job, route, received, why),
        };
    }
}

/// <summary>A try failed in a way that may come right.</summary>
/// <param name="failure">What to say when it does not.</param>
internal sealed class RetryableException(CogVideoException failure) : Exception
{
    internal CogVideoException Failure => failure;

    /// <summary>Seconds that the server asks to wait.</summary>
    internal double Delay { get; init; }

    /// <summary>It is not a failure, and ends by a time of its own.</summary>
    internal bool IsExpected { get; init; }

    /// <summary>Nothing has come for a while: the next try is given more time.</summary>
    internal bool IsTimeout { get; init; }
}
