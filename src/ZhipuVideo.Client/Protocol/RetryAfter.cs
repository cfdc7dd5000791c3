using System;
using System.Globalization;

namespace ZhipuVideo.Protocol;

/// <summary>The Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date; anything else counts as not given.</summary>
internal static class RetryAfter
{
    /// <summary>Nobody means more than a day.</summary>
    private const double Most = 86400;

    private static readonly string[] Dates = ["r", "dddd, dd-MMM-yy HH:mm:ss 'GMT'", "ddd MMM d HH:mm:ss yyyy"];

    /// <summary>Seconds to wait, 0 to one day; null when the header is missing or makes no sense.</summary>
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
