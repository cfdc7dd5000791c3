using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ZhipuVideo;

/// <summary>
/// Takes a key, and each part of it, out of texts that others have written. A server that repeats what it refuses writes it as its logs and
/// pages do: as it is, in another case, in Base64 of any alignment and alphabet, in hexadecimal digits, with some or all characters escaped
/// (<c>%73</c>, <c>\u0073</c>, <c>\x73</c>, <c>0x73</c>, <c>&amp;#x73;</c>, full-width forms), and with blanks or breaks in between.
/// </summary>
// How it works. All forms of all parts are known beforehand and searched for, without regard to case, in several views of the text: as it is,
// with its escapes undone once, twice .., without its blanks, without what separates digits. A view knows where each of its characters came
// from, so that exactly those of the text are taken out. Forms that no view undoes (a cipher) are beyond it.
internal sealed class KeyMask
{
    /// <summary>Shorter parts would take half of every sentence with them.</summary>
    private const int MinPart = 6;

    /// <summary>Escapes of escapes are undone so often.</summary>
    private const int MaxLayers = 4;

    private readonly Form[] _forms;
    private readonly int _shortest = int.MaxValue;

    internal KeyMask(string key)
    {
        _forms = key.Split('.').Append(key).Distinct().Where(part => part.Length >= MinPart).SelectMany(GetForms).ToArray();
        foreach (Form form in _forms) _shortest = Math.Min(_shortest, form.Text.Length);
    }

    /// <summary>The text with three stars for each occurrence; the same instance where there is none.</summary>
    internal string Apply(string text)
    {
        if (text.Length < _shortest) return text;
        List<(int From, int To)> found = [];
        View view = new(text, null);
        Search(view, found);
        for (int layer = 0; layer < MaxLayers && view.Rewrite(Unescape) is { } plainer; layer++) Search(view = plainer, found);
        if (view.Rewrite(static (text, at) => (1, IsBlank(text[at]) ? null : text[at])) is { } dense) Search(view = dense, found);
        if (view.Rewrite(static (text, at) => (1, text[at] is ':' or '-' or ',' or ';' ? null : text[at])) is { } digits) Search(digits, found);
        return found.Count == 0 ? text : Replace(text, found);
    }

    private static bool IsBlank(char c) =>
        char.IsWhiteSpace(c) || char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.Format;

    private static IEnumerable<Form> GetForms(string part)
    {
        yield return new Form(part, 0, 0);
        byte[] bytes = Encoding.ASCII.GetBytes(part);
        yield return new Form(string.Concat(bytes.Select(b => b.ToString("x2", CultureInfo.InvariantCulture))), 0, 0);
        for (int before = 0; before < 3; before++)
        {
            // Of the characters at the ends only a few bits belong to the part: they differ with what stands beside it
            int bits = (before + bytes.Length) * 8;
            int first = (before * 8 + 5) / 6;
            string base64 = Convert.ToBase64String([.. new byte[before], .. bytes]).Substring(first, (bits / 6) - first);
            int left = before > 0 ? 1 : 0;
            int right = bits % 6 > 0 ? 1 : 0;
            yield return new Form(base64, left, right);
            string forAddresses = base64.Replace('+', '-').Replace('/', '_');
            if (forAddresses != base64) yield return new Form(forAddresses, left, right);
        }
    }

    private void Search(View view, List<(int From, int To)> found)
    {
        string text = view.Text;
        foreach (Form form in _forms)
        {
            for (int from = 0, at; from <= text.Length - form.Text.Length && (at = text.IndexOf(form.Text, from, StringComparison.OrdinalIgnoreCase)) >= 0;)
            {
                from = at + form.Text.Length;
                found.Add((view.GetOrigin(Math.Max(0, at - form.Left)).From, view.GetOrigin(Math.Min(text.Length, from + form.Right) - 1).To));
            }
        }
    }

    private static string Replace(string text, List<(int From, int To)> found)
    {
        found.Sort();
        StringBuilder masked = new();
        int done = 0;
        foreach ((int from, int to) in found)
        {
            if (from >= done) masked.Append(text, done, from - done).Append("***");
            done = Math.Max(done, to);
        }
        return masked.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>How many characters the escape that begins here has, and the ASCII character that it means; where there is none, the character.</summary>
    private static (int Length, char? Meant) Unescape(string text, int at)
    {
        char c = text[at];
        if (c is >= '\uFF01' and <= '\uFF5E') return (1, (char)(c - 0xFEE0));
        char second = at + 1 < text.Length ? text[at + 1] : '\0', third = at + 2 < text.Length ? text[at + 2] : '\0';
        return (c, second, third) switch
        {
            ('%', 'u' or 'U', _) => Digits(text, at, 2, 4, 4),
            ('%', _, _) => Digits(text, at, 1, 2, 2),
            ('\\', 'u', '{') => Digits(text, at, 3, 1, 6, end: '}'),
            ('\\', 'u', _) => Digits(text, at, 2, 4, 4),
            ('\\', 'U', _) => Digits(text, at, 2, 8, 8),
            ('\\', 'x', _) or ('0', 'x' or 'X', _) => Digits(text, at, 2, 2, 2),
            ('\\', '/' or '\\' or '"' or '\'', _) => (2, second),
            ('&', '#', 'x' or 'X') => Digits(text, at, 3, 1, 6, end: ';'),
            ('&', '#', _) => Digits(text, at, 2, 1, 7, isHex: false, end: ';'),
            ('&', 'a', 'm') when string.CompareOrdinal(text, at, "&amp;", 0, 5) == 0 => (5, '&'),
            _ => (1, c),
        };
    }

    private static (int Length, char? Meant) Digits(string text, int at, int skipped, int least, int most, bool isHex = true, char end = '\0')
    {
        int value = 0, count = 0;
        for (; count < most && at + skipped + count < text.Length; count++)
        {
            char c = text[at + skipped + count];
            int digit = c is >= '0' and <= '9' ? c - '0' : isHex && (c | ' ') is >= 'a' and <= 'f' ? (c | ' ') - 'a' + 10 : -1;
            if (digit < 0) break;
            value = (value * (isHex ? 16 : 10)) + digit;
        }
        if (count < least || value is <= ' ' or > '~') return (1, text[at]);
        int length = skipped + count;
        return (end != '\0' && at + length < text.Length && text[at + length] == end ? length + 1 : length, (char)value);
    }

    /// <summary>A way in which a part may be written.</summary>
    /// <param name="Text">What is searched for.</param>
    /// <param name="Left">How many characters before it hold a piece of the part too.</param>
    /// <param name="Right">How many behind it do.</param>
    private sealed record Form(string Text, int Left, int Right);

    /// <summary>A text made of another, and where each of its characters stood there; null = it is the text itself.</summary>
    private sealed class View(string text, List<(int From, int To)>? origins)
    {
        internal string Text => text;

        internal (int From, int To) GetOrigin(int index) => origins?[index] ?? (index, index + 1);

        /// <summary>The view as it reads when each place is read so: how many characters, and what they mean, if anything. Null when it reads the same.</summary>
        internal View? Rewrite(Func<string, int, (int Length, char? Meant)> read)
        {
            int same = 0;
            while (same < text.Length && read(text, same) == (1, text[same])) same++;
            if (same == text.Length) return null;
            StringBuilder rewritten = new(text, 0, same, text.Length);
            List<(int From, int To)> from = [.. Enumerable.Range(0, same).Select(GetOrigin)];
            for (int at = same, length; at < text.Length; at += length)
            {
                (length, char? meant) = read(text, at);
                if (meant is null) continue;
                rewritten.Append(meant);
                from.Add((GetOrigin(at).From, GetOrigin(at + length - 1).To));
            }
            return new View(rewritten.ToString(), from);
        }
    }
}
