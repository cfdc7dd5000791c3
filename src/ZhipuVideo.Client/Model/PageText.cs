using System;
using System.Net;
using System.Text;

namespace ZhipuVideo;

/// <summary>The text of a page: without markup, comments, scripts and styles, on one line.</summary>
internal static class PageText
{
    /// <summary>What stands in these is not for people.</summary>
    private static readonly string[] Hidden = ["script", "style", "noscript", "template", "svg"];

    internal static string From(string page)
    {
        StringBuilder seen = new();
        for (int i = 0; i < page.Length;)
        {
            if (page[i] == '<' && EndOfMarkup(page, i) is int end and > 0)
            {
                seen.Append(' '); // <td>a</td><td>b</td> are two words
                i = end;
            }
            else
            {
                seen.Append(page[i++]);
            }
        }
        return ScreenText.Line(WebUtility.HtmlDecode(seen.ToString()));
    }

    /// <summary>Where what begins here is over; 0 when it is no markup but a sign: "a &lt; b".</summary>
    private static int EndOfMarkup(string page, int at)
    {
        if (Begins(page, at, "<!--")) return After(page, at, "-->");
        char next = at + 1 < page.Length ? page[at + 1] : ' ';
        if (!char.IsLetter(next) && next is not ('/' or '!' or '?')) return 0;
        int end = After(page, at, ">");
        foreach (string name in Hidden)
        {
            bool isIt = Begins(page, at + 1, name) && at + 1 + name.Length < page.Length && !char.IsLetterOrDigit(page[at + 1 + name.Length]);
            if (isIt && page[end - 1] == '>' && page[end - 2] != '/') return After(page, After(page, end, "</" + name), ">");
        }
        return end;
    }

    private static bool Begins(string page, int at, string with) =>
        string.Compare(page, at, with, 0, with.Length, StringComparison.OrdinalIgnoreCase) == 0;

    private static int After(string page, int at, string what)
    {
        int found = page.IndexOf(what, Math.Min(at, page.Length), StringComparison.OrdinalIgnoreCase);
        return found < 0 ? page.Length : found + what.Length;
    }
}
