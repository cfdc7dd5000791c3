using System.Globalization;
using System.Text;

namespace ZhipuVideo;

/// <summary>
/// Characters that nobody sees, which copying from pages, chats and spreadsheets leaves in names, sizes and ids: zero-width and no-break
/// characters, marks of direction, byte order marks, controls. The ordinary space is seen well enough inside a text, and not at its ends.
/// </summary>
internal static class HiddenText
{
    /// <summary>The text without them, and without spaces, at its ends.</summary>
    internal static string Trim(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && (text[start] == ' ' || IsHidden(text, start))) start += LengthAt(text, start);
        while (end > start)
        {
            int last = end > 1 && char.IsSurrogatePair(text, end - 2) ? end - 2 : end - 1;
            if (last < start || !(text[last] == ' ' || IsHidden(text, last))) break;
            end = last;
        }
        return text.Substring(start, end - start);
    }

    /// <summary>The first of them, as <c>U+200B</c>; null when there is none.</summary>
    internal static string? Find(string text)
    {
        for (int i = 0; i < text.Length; i += LengthAt(text, i))
        {
            if (IsHidden(text, i)) return "U+" + CodePointAt(text, i).ToString("X4", CultureInfo.InvariantCulture);
        }
        return null;
    }

    /// <summary>The text without any of them.</summary>
    internal static string Remove(string text)
    {
        StringBuilder seen = new(text.Length);
        for (int i = 0; i < text.Length; i += LengthAt(text, i))
        {
            if (!IsHidden(text, i)) seen.Append(text, i, LengthAt(text, i));
        }
        return seen.ToString();
    }

    private static bool IsHidden(string text, int index) => text[index] is > ' ' and < '\u007F'
        ? false
        : CharUnicodeInfo.GetUnicodeCategory(text, index) switch
        {
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
            UnicodeCategory.SpaceSeparator => text[index] != ' ',
            // Letters and marks without a shape: joiners, fillers, variation selectors, the empty Braille pattern
            _ => CodePointAt(text, index) is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164
                or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xE0100 and <= 0xE01EF),
        };

    private static int LengthAt(string text, int index) => char.IsSurrogatePair(text, index) ? 2 : 1;

    private static int CodePointAt(string text, int index) =>
        char.IsSurrogatePair(text, index) ? char.ConvertToUtf32(text[index], text[index + 1]) : text[index];
}
