using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ZhipuVideo.Storage;

/// <summary>
/// The one rule for file names, the same on every system, so that a folder can be copied from one to another. It follows the strictest of
/// them, Windows (learn.microsoft.com, "Naming Files, Paths, and Namespaces"), and the 255 bytes of Linux file systems.
/// </summary>
internal static class FileNames
{
    /// <summary>
    /// UTF-8 bytes of a stem: what is left of 255 beside an id, a counter, an extension and the ends of a part file's name.
    /// </summary>
    internal const int MaxStemBytes = 176;

    /// <summary>Characters that are composed at most: some of them become one of three bytes.</summary>
    private const int MaxComposed = 4 * MaxStemBytes;

    /// <summary>UTF-8 bytes of an id inside a file name.</summary>
    internal const int MaxIdBytes = 48;

    /// <summary>The shortest that a stem is cut to where whole paths have a limit.</summary>
    private const int MinStem = 8;

    /// <summary>Characters of the longest name that such a stem leads to: a folder that takes a file of this name takes every video.</summary>
    internal const int MinLongestName = MinStem + Rest;

    /// <summary>What a stem has beside it, at most.</summary>
    private const int Rest = 255 - MaxStemBytes;

    private const int MaxPromptCharacters = 1000; // of a prompt of megabytes the beginning is enough
    private const int MaxPromptElements = 32;
    private const int IdEnd = 6;

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>
    /// A stem that is a name on every system: composed (NFC), without path separators, control and direction characters, noncharacters and what
    /// Windows forbids (each becomes <c>_</c>), without characters that nobody sees (two names would read the same), with plain spaces only,
    /// without dots or spaces at its ends, never a device's name, at most <paramref name="maxBytes"/> of UTF-8. Everything else, in any
    /// script, stays as it is.
    /// </summary>
    /// <param name="wanted">Any text.</param>
    /// <param name="extension">An extension that will follow, such as <c>.mp4</c>: it is taken off when the text ends with it.</param>
    /// <param name="maxBytes">The longest stem, in bytes of UTF-8.</param>
    /// <returns>The stem; empty when the text holds nothing that a name could be made of.</returns>
    internal static string Safe(string wanted, string extension = "", int maxBytes = MaxStemBytes)
    {
        // Cut before it is composed: the time that takes grows with the square of the length
        StringBuilder allowed = new StringBuilder();
        int width;
        for (int i = 0; i < wanted.Length && allowed.Length < MaxComposed; i += width)
        {
            width = char.IsSurrogatePair(wanted, i) ? 2 : 1;
            if (IsUnseen(wanted, i, allowed) || (allowed.Length == 0 && IsMargin(wanted[i]))) continue;
            if (!IsAllowed(wanted, i, width)) allowed.Append('_');
            else if (width == 1 && IsLikeSpace(wanted[i])) allowed.Append(' ');
            else allowed.Append(wanted, i, width);
        }

        string name = Trim(allowed.ToString().Normalize(NormalizationForm.FormC));
        if (extension.Length > 0 && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            name = Trim(name.Substring(0, name.Length - extension.Length));

        // Last, because a cut can leave a device's name of one that was longer
        name = Cut(name, maxBytes);
        int dot = name.IndexOf('.');
        return Devices.Contains((dot < 0 ? name : name.Substring(0, dot)).TrimEnd()) ? Cut("_" + name, maxBytes) : name;
    }

    /// <summary>
    /// A name for a video that has none, which a person can find again: the first words of its prompt and the end of its id. Null when the
    /// prompt has no words.
    /// </summary>
    internal static string? FromPrompt(string? prompt, string id)
    {
        string start = prompt is null ? "" : prompt.Substring(0, Math.Min(prompt.Length, MaxPromptCharacters));
        string text = string.Join(" ", start.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        int[] elements = StringInfo.ParseCombiningCharacters(text);
        if (elements.Length > MaxPromptElements)
        {
            int end = elements[MaxPromptElements];
            int space = text.LastIndexOf(' ', end);
            text = text.Substring(0, space > end / 2 ? space : end);
        }

        int length = text.Length;
        while (length > 0 && (char.IsPunctuation(text[length - 1]) || char.IsWhiteSpace(text[length - 1]))) length--;
        return length == 0 ? null : text.Substring(0, length) + "-" + id.Substring(Math.Max(0, id.Length - IdEnd));
    }

    /// <summary>
    /// A job's id as a part of file names. Two ids stay two: where something had to give, a digest (FNV-1a) of the whole id is added.
    /// </summary>
    internal static string FromId(string id)
    {
        string safe = Safe(id, maxBytes: MaxIdBytes);
        if (safe == id) return safe;
        ulong digest = 14695981039346656037;
        foreach (char c in id) digest = unchecked((digest ^ c) * 1099511628211);
        return Safe(id, maxBytes: MaxIdBytes - 17) + "-" + digest.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>The longest stem for files of a folder, in bytes of UTF-8.</summary>
    /// <param name="folderLength">Characters of the folder's full path.</param>
    /// <param name="maxPath">Characters that a whole path may have.</param>
    internal static int GetMaxStem(int folderLength, int maxPath) => Math.Min(MaxStemBytes, Math.Max(MinStem, maxPath - folderLength - 1 - Rest));

    /// <summary>Whether two names are one on some system: without regard to case and composition.</summary>
    internal static string Fold(string name) => name.Normalize(NormalizationForm.FormC).ToUpperInvariant();

    private static bool IsAllowed(string text, int index, int width) => text[index] switch
    {
        '<' or '>' or ':' or '"' or '/' or '\\' or '|' or '?' or '*' or '\u2028' or '\u2029' => false,
        char c when width == 1 => !ScreenText.IsControlOrBidi(c) && !char.IsSurrogate(c) && !IsNoncharacter(c),
        _ => !IsNoncharacter(char.ConvertToUtf32(text, index)),
    };

    /// <summary>The 66 code points that are no characters and never will be (Unicode 23.7): Windows composes no text that has one, and throws.</summary>
    private static bool IsNoncharacter(int code) => code is >= 0xFDD0 and <= 0xFDEF || (code & 0xFFFE) == 0xFFFE;

    /// <summary>
    /// Whether a character is invisible: what Unicode calls format characters and the others that it lets programs ignore. A joiner between
    /// two pictures is seen: it makes one of them. Marks of direction are not among them: they become <c>_</c>, because they turn what
    /// stands around them.
    /// </summary>
    private static bool IsUnseen(string text, int index, StringBuilder before)
    {
        const char joiner = '\u200D';
        char c = text[index];
        if (ScreenText.IsControlOrBidi(c)) return false;
        if (c == joiner && before.Length > 0 && index + 1 < text.Length && CharUnicodeInfo.GetUnicodeCategory(text, index + 1) == UnicodeCategory.OtherSymbol)
        {
            char last = before[before.Length - 1];
            return !char.IsSurrogate(last) && CharUnicodeInfo.GetUnicodeCategory(last) != UnicodeCategory.OtherSymbol;
        }

        return c switch
        {
            '\u034F' or '\u115F' or '\u1160' or '\u17B4' or '\u17B5' or '\u3164' or '\uFFA0' or '\u2800' => true,
            (>= '\u180B' and <= '\u180F') or (>= '\uFE00' and <= '\uFE0F') or (>= '\uFFF0' and <= '\uFFF8') => true,
            _ when char.IsSurrogatePair(text, index) => char.ConvertToUtf32(text, index) is >= 0xE0000 and <= 0xE0FFF
                || CharUnicodeInfo.GetUnicodeCategory(text, index) == UnicodeCategory.Format,
            _ => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format,
        };
    }

    // The wide space of Chinese and Japanese is seen for what it is
    private static bool IsLikeSpace(char c) => c != '\u3000' && CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.SpaceSeparator;

    // A leading dot hides a file; Windows drops dots and spaces at the end
    private static string Trim(string name)
    {
        int start = 0;
        int end = name.Length;
        while (start < end && IsMargin(name[start])) start++;
        while (end > start && IsMargin(name[end - 1])) end--;
        return name.Substring(start, end - start);
    }

    private static bool IsMargin(char c) => c == '.' || char.IsWhiteSpace(c);

    // Between characters as people see them: half an emoji or a letter without its accent is another name
    private static string Cut(string name, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(name) <= maxBytes) return name;
        int bytes = 0;
        int length = 0;
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(name);
        while (elements.MoveNext())
        {
            bytes += Encoding.UTF8.GetByteCount(elements.GetTextElement());
            if (bytes > maxBytes) break;
            length = elements.ElementIndex + elements.GetTextElement().Length;
        }
        return Trim(name.Substring(0, length));
    }
}
