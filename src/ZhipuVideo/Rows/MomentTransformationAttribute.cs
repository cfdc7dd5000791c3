using System;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Rows;

/// <summary>
/// Reads a moment as people type it: with a zone, or local without one, in the invariant form whatever the culture; a bare time is today's. Of a
/// bare time that has passed nobody knows which day was meant, so it is refused.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MomentTransformationAttribute : ArgumentTransformationAttribute
{
    private const DateTimeStyles Styles = DateTimeStyles.AssumeLocal | DateTimeStyles.AllowWhiteSpaces;

    private static readonly string[] BareTimes = ["H:m", "H:mm", "H:mm:ss", "h:mm tt", "h:mmtt", "h tt", "htt"];

    /// <summary>Who writes 06.03.2026 means March; the invariant form would take it for June, and send for three months more.</summary>
    private static readonly Regex DottedDate = new(@"^\s*[0-9]{1,2}\s*\.", RegexOptions.CultureInvariant);

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        switch (Cells.Bare(inputData))
        {
            case DateTimeOffset moment:
                return moment;
            case DateTime moment:
                return new DateTimeOffset(moment); // local, unless it says that it is universal
            case string text when DateTimeOffset.TryParseExact(text, BareTimes, CultureInfo.InvariantCulture, Styles, out DateTimeOffset today):
                return today > TimeProvider.System.GetLocalNow() ? today : throw Invalid(MessageKey.UntilBareTimePast, text, today.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture));
            case string text when !DottedDate.IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out DateTimeOffset moment):
                return moment;
            default:
                throw Invalid(MessageKey.UntilInvalid, inputData);
        }
    }

    private static ArgumentTransformationMetadataException Invalid(string key, params object?[] arguments) => new(Messages.Format(key, arguments));
}
