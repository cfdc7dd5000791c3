using System.Linq;
using System.Text;

namespace ZhipuVideo;

/// <summary>
/// Text of others (rows of a file, words of a service, file names) where a person reads it: views, messages, <c>ToString</c>, completion,
/// questions of -Confirm. Everything that is shown goes through here; the objects themselves hold what was written.
/// </summary>
internal static class ScreenText
{
    /// <summary>
    /// Whether a character could steer a terminal or turn what stands around it: controls, escape and its 8-bit kin among them; line and
    /// paragraph separators; and the Unicode marks, embeddings, overrides and isolates of direction ("gpj.exe" that reads "exe.jpg").
    /// </summary>
    internal static bool IsControlOrBidi(char c) =>
        char.IsControl(c) || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u206F');

    /// <summary>The text with a blank for each character that steers; otherwise as it is, since a path must stay what it is.</summary>
    internal static string Sanitize(string text) => string.Concat(text.Select(static c => IsControlOrBidi(c) ? ' ' : c));

    /// <summary>A text on one line: what steers and white space become one blank each time, and none at the ends.</summary>
    internal static string Line(string? text)
    {
        StringBuilder line = new();
        foreach (char c in text ?? "")
        {
            bool isBlank = char.IsWhiteSpace(c) || IsControlOrBidi(c);
            if (!isBlank) line.Append(c);
            else if (line.Length > 0 && line[line.Length - 1] != ' ') line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }
}
