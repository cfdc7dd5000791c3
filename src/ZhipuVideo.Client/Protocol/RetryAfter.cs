using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;

namespace ZhipuVideo.Protocol;

/// <summary>The Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date; anything else counts as not given.</summary>
internal static class RetryAfter
{
    /// <summary>Nobody means more than a day.</summary>
    private const double Most = 86400;

    private static readonly string[] Dates = ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    /// <summary>Seconds that a reply asks to wait; null when it does not ask, or does not say for how long.</summary>
    internal static double? Read(HttpResponseMessage reply, DateTimeOffset now) =>
        reply.Headers.TryGetValues("Retry-After", out IEnumerable<string>? values) ? Parse(values.First(), now) : null;

    /// <summary>Seconds to wait, 0 to one day; null when the header is missing or is not valid.</summary>
    internal static double? Parse(string? value, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(value)) return null;
        string text = value!.Trim();
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)) return Math.Min(seconds, Most);
        return DateTimeOffset.TryParseExact(
            text, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out DateTimeOffset date)
            ? Math.Min(Math.Max((date - now).TotalSeconds, 0), Most)
            : null;
    }
}
