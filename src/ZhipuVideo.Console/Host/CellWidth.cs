namespace ZhipuVideo.Console.Host;

/// <summary>
/// How many columns a text takes on a terminal: two for the wide and full-width characters of Unicode's annex 11, so that tables
/// with Chinese in them stay aligned. A character outside the first plane is two UTF-16 units and two columns, which fits emoji.
/// </summary>
internal static class CellWidth
{
    /// <summary>Columns of a character.</summary>
    /// <param name="character">A UTF-16 unit.</param>
    public static int Of(char character) => character switch
    {
        < '\u1100' => 1,
        <= '\u115F' => 2, // Hangul leading consonants
        '\u2329' or '\u232A' => 2, // angle brackets
        '\u303F' => 1, // the half fill space among the CJK symbols
        >= '\u2E80' and <= '\uA4CF' => 2, // radicals, kana, ideographs, Yi
        >= '\uA960' and <= '\uA97C' => 2, // Hangul extended A
        >= '\uAC00' and <= '\uD7A3' => 2, // Hangul syllables
        >= '\uF900' and <= '\uFAFF' => 2, // compatibility ideographs
        >= '\uFE10' and <= '\uFE19' => 2, // vertical forms
        >= '\uFE30' and <= '\uFE6B' => 2, // compatibility and small forms
        >= '\uFF01' and <= '\uFF60' => 2, // full-width forms
        >= '\uFFE0' and <= '\uFFE6' => 2, // full-width signs
        _ => 1,
    };

    /// <summary>Columns of a text.</summary>
    /// <param name="text">The text, without escape sequences.</param>
    /// <param name="start">The first unit that counts.</param>
    public static int Of(string text, int start = 0)
    {
        int width = 0;
        for (int i = start; i < text.Length; i++)
            width += Of(text[i]);

        return width;
    }

    /// <summary>The longest beginning of a text that fits.</summary>
    /// <param name="text">The text.</param>
    /// <param name="columns">The columns there are.</param>
    public static string Fit(string text, int columns)
    {
        int width = 0;
        for (int i = 0; i < text.Length; i++)
        {
            width += Of(text[i]);
            if (width > columns)
                return text[..(i > 0 && char.IsHighSurrogate(text[i - 1]) ? i - 1 : i)];
        }

        return text;
    }
}
