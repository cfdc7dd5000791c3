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
        View view = new(text, null, null);
        Search(view, found);
        for (int layer = 0; layer < MaxLayers && view.Unescaped() is { } plainer; layer++)
        {
            view = plainer;
            Search(view, found);
        }
        if (view.Without(IsBlank) is { } dense) Search(view = dense, found);
        if (view.Without(static c => c is ':' or '-' or ',' or ';') is { } digits) Search(digits, found);
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
                found.Add((view.GetStart(Math.Max(0, at - form.Left)), view.GetEnd(Math.Min(text.Length, from + form.Right) - 1)));
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

    /// <summary>A way in which a part may be written.</summary>
    /// <param name="Text">What is searched for.</param>
    /// <param name="Left">How many characters before it hold a piece of the part too.</param>
    /// <param name="Right">How many behind it do.</param>
    private sealed record Form(string Text, int Left, int Right);

    /// <summary>A text made of another, and where each of its characters stood there.</summary>
    private sealed class View(string text, int[]? starts, int[]? ends)
    {
        internal string Text => text;

        internal int GetStart(int index) => starts is null ? index : starts[index];

        internal int GetEnd(int index) => ends is null ? index + 1 : ends[index];

        /// <summary>The view without some characters; null when it has none of them.</summary>
        internal View? Without(Func<char, bool> isDropped)
        {
            if (!text.Any(isDropped)) return null;
            Builder builder = new(this);
            for (int i = 0; i < text.Length; i++)
            {
                if (!isDropped(text[i])) builder.Add(text[i], i, i);
            }
            return builder.Build();
        }

        /// <summary>The view with its escapes undone, once; null when it has none.</summary>
        internal View? Unescaped()
        {
            Builder? builder = null;
            for (int i = 0; i < text.Length;)
            {
                int length = Escape(i, out char meant);
                if (length == 0) builder?.Add(text[i], i, i);
                else
                {
                    builder ??= new Builder(this, i);
                    builder.Add(meant, i, i + length - 1);
                }
                i += Math.Max(1, length);
            }
            return builder?.Build();
        }

        /// <summary>The length of the escape that begins here and the ASCII character that it means; 0 when there is none.</summary>
        private int Escape(int at, out char meant)
        {
            char c = text[at];
            meant = c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c;
            if (meant != c) return 1;
            char next = at + 1 < text.Length ? text[at + 1] : '\0';
            return (c, next) switch
            {
                ('%', 'u' or 'U') => Digits(at, 2, 4, 4, true, ref meant),
                ('%', _) => Digits(at, 1, 2, 2, true, ref meant),
                ('\\', 'u') when at + 2 < text.Length && text[at + 2] == '{' => Digits(at, 3, 1, 6, true, ref meant, '}'),
                ('\\', 'u') => Digits(at, 2, 4, 4, true, ref meant),
                ('\\', 'U') => Digits(at, 2, 8, 8, true, ref meant),
                ('\\', 'x') or ('0', 'x' or 'X') => Digits(at, 2, 2, 2, true, ref meant),
                ('\\', '/' or '\\' or '"' or '\'') => Means(next, 2, ref meant),
                ('&', '#') when at + 2 < text.Length && text[at + 2] is 'x' or 'X' => Digits(at, 3, 1, 6, true, ref meant, ';'),
                ('&', '#') => Digits(at, 2, 1, 7, false, ref meant, ';'),
                ('&', 'a') when string.CompareOrdinal(text, at, "&amp;", 0, 5) == 0 => Means('&', 5, ref meant),
                _ => 0,
            };
        }

        private static int Means(char c, int length, ref char meant)
        {
            meant = c;
            return length;
        }

        private int Digits(int at, int skipped, int least, int most, bool isHex, ref char meant, char end = '\0')
        {
            int value = 0, count = 0;
            for (; count < most && at + skipped + count < text.Length; count++)
            {
                char c = text[at + skipped + count];
                int digit = c is >= '0' and <= '9' ? c - '0' : isHex && (c | ' ') is >= 'a' and <= 'f' ? (c | ' ') - 'a' + 10 : -1;
                if (digit < 0) break;
                value = (value * (isHex ? 16 : 10)) + digit;
            }
            if (count < least || value is <= ' ' or > '~') return 0;
            meant = (char)value;
            int length = skipped + count;
            return end != '\0' && at + length < text.Length && text[at + length] == end ? length + 1 : length;
        }

        private sealed class Builder
        {
            private readonly View _from;
            private readonly StringBuilder _text;
            private readonly int[] _starts;
            private readonly int[] _ends;

            /// <param name="from">What it is made of.</param>
            /// <param name="same">How many characters at the beginning are the same.</param>
            internal Builder(View from, int same = 0)
            {
                _from = from;
                _text = new StringBuilder(from.Text.Length);
                _starts = new int[from.Text.Length];
                _ends = new int[from.Text.Length];
                for (int i = 0; i < same; i++) Add(from.Text[i], i, i);
            }

            /// <summary>A character, and the first and last that it was made of.</summary>
            internal void Add(char c, int first, int last)
            {
                _starts[_text.Length] = _from.GetStart(first);
                _ends[_text.Length] = _from.GetEnd(last);
                _text.Append(c);
            }

            internal View Build() => new(_text.ToString(), _starts, _ends);
        }
    }
}
