using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Help;

/// <summary>Breaks text into lines for a screen of 80 columns; a Chinese character takes two and may end a line anywhere but before a closing mark.</summary>
internal static class Columns
{
    private const int Width = 80;
    private const string ClosingMarks = "，。、；：？！）》”…";
    private const string OpeningMarks = "（《“";

    /// <summary>Columns of a character.</summary>
    public static int Of(char c) =>
        c is (>= '\u2E80' and <= '\uA4CF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE6B') or (>= '\uFF01' and <= '\uFF60') ? 2 : 1;

    /// <summary>Whether two lines are joined without a blank: between Chinese characters, and at a Chinese mark.</summary>
    public static bool MeetWithoutBlank(char last, char first) =>
        (Of(last) == 2 && Of(first) == 2) || IsMark(last) || IsMark(first);

    /// <summary>The text in lines.</summary>
    /// <param name="text">One paragraph.</param>
    /// <param name="indent">Blanks before each line.</param>
    /// <param name="bullet">What stands before the first line; the others are set in as far.</param>
    public static IEnumerable<string> Wrap(string text, int indent, string bullet = "")
    {
        string line = "";
        string lead = new string(' ', indent) + bullet;
        foreach (string piece in Pieces(text))
        {
            if (line.Length > 0 && lead.Length + line.Sum(Of) + piece.TrimEnd().Sum(Of) > Width)
            {
                yield return lead + line.TrimEnd();
                lead = new string(' ', lead.Length);
                line = "";
            }

            line += piece;
        }

        yield return lead + line.TrimEnd();
    }

    private static bool IsMark(char c) => IsOneOf(ClosingMarks, c) || IsOneOf(OpeningMarks, c);

    private static bool IsOneOf(string marks, char c) => marks.Contains(c, StringComparison.Ordinal);

    // Words with their blank, and single wide characters with the mark that follows them
    private static IEnumerable<string> Pieces(string text)
    {
        int start = 0;
        for (int i = 1; i <= text.Length; i++)
        {
            bool mayBreak = i == text.Length
                || text[i - 1] == ' '
                || ((Of(text[i - 1]) == 2 || Of(text[i]) == 2)
                    && text[i] != ' ' && !IsOneOf(ClosingMarks, text[i]) && !IsOneOf(OpeningMarks, text[i - 1]));
            if (!mayBreak)
                continue;

            yield return text[start..i];
            start = i;
        }
    }
}
