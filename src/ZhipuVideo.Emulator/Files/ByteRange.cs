using System;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace ZhipuVideo.Emulator.Files;

/// <summary>The part of a file that a request asks for, by Range and If-Range (RFC 9110, sections 13 and 14).</summary>
/// <param name="Status">200 for the whole file, 206 for a part, 416 for a part that does not exist.</param>
/// <param name="Start">The first byte.</param>
/// <param name="Count">How many bytes.</param>
internal readonly record struct ByteRange(int Status, long Start, long Count)
{
    public static ByteRange Whole(long length) => new(StatusCodes.Status200OK, 0, length);

    /// <summary>Reads the headers. Several ranges at once, and whatever is malformed, mean the whole file, as the RFC allows.</summary>
    public static ByteRange Read(HttpRequest request, long length, string etag, string modified)
    {
        ByteRange whole = Whole(length);
        string range = request.Headers.Range.ToString();
        const string unit = "bytes=";
        if (!range.StartsWith(unit, StringComparison.Ordinal)) return whole;
        // A file that has changed is sent whole.
        string condition = request.Headers.IfRange.ToString();
        if (condition.Length > 0 && condition != etag && condition != modified) return whole;

        string[] ends = range[unit.Length..].Split('-');
        if (ends.Length != 2) return whole;
        bool hasStart = Number(ends[0], out long start), hasEnd = Number(ends[1], out long end);
        if (ends[0].Length == 0 && hasEnd)
        {
            start = Math.Max(length - end, 0);
            end = end == 0 ? -1 : length - 1;
        }
        else if (!hasStart || (ends[1].Length > 0 && !hasEnd) || (hasEnd && end < start))
        {
            return whole;
        }
        else if (!hasEnd || end >= length)
        {
            end = length - 1;
        }
        return start >= length || end < start
            ? new ByteRange(StatusCodes.Status416RangeNotSatisfiable, 0, 0)
            : new ByteRange(StatusCodes.Status206PartialContent, start, end - start + 1);
    }

    private static bool Number(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
