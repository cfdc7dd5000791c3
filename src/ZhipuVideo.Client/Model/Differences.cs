using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ZhipuVideo;

/// <summary>
/// Where a saved video is not what was asked for, by what its file says. What was not asked for, or what the file does not say, is no
/// difference. As text it is in the reader's language.
/// </summary>
internal sealed class Differences
{
    /// <summary>Seconds: a file ends with a whole frame, and sound with a whole packet.</summary>
    private const double MaxSeconds = 0.5;

    /// <summary>Frames per second: 29.97 is called 30.</summary>
    private const double MaxFps = 1;

    private readonly List<(string Field, string MessageKey, object?[] Arguments)> _all = [];

    internal Differences(CogVideoResult result)
    {
        if (result is { Duration: int seconds, DurationSec: double lasts } && Math.Abs(lasts - seconds) > MaxSeconds)
            _all.Add(("duration", MessageKey.DiffersDuration, [lasts, seconds]));
        if (result is { Size: { } size, Width: int width, Height: int height } && IsOther(size, width, height))
            _all.Add(("size", MessageKey.DiffersSize, [width, height, size]));
        if (result is { Fps: int fps, ActualFps: double actual } && Math.Abs(actual - fps) > MaxFps)
            _all.Add(("fps", MessageKey.DiffersFps, [actual, fps]));
        if (result is { WithAudio: true, HasAudio: false }) _all.Add(("audio", MessageKey.DiffersAudio, []));
    }

    /// <summary>What differs: <c>duration</c>, <c>size</c>, <c>fps</c>, <c>audio</c>.</summary>
    internal IEnumerable<string> Fields => _all.Select(difference => difference.Field);

    /// <inheritdoc/>
    public override string ToString() => string.Join(
        Messages.Format(MessageKey.ProgressComma), _all.Select(difference => Messages.Format(difference.MessageKey, difference.Arguments)));

    /// <summary>A size that cannot be read as two numbers was asked for in words of a model that is not known here.</summary>
    private static bool IsOther(string size, int width, int height)
    {
        string[] sides = size.Split('x', 'X', '*', '\u00D7');
        return sides.Length == 2 && TryRead(sides[0], out int askedWidth) && TryRead(sides[1], out int askedHeight)
            && (askedWidth, askedHeight) != (width, height);
    }

    private static bool TryRead(string side, out int pixels) => int.TryParse(side, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out pixels);
}
