using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace ZhipuVideo.Rows;

/// <summary>Prompts whose file was read, or saved, in another encoding than its own: videos of gibberish cost what videos of cats do.</summary>
internal static class WrongEncoding
{
    /// <summary>The rest of a long prompt is in the encoding of its beginning.</summary>
    private const int Examined = 4096;

    /// <summary>Question marks that were a word: people write three.</summary>
    private const int LostWord = 4;

    /// <summary>How much of what is not ASCII must fit: bytes without a character get lost on the way.</summary>
    private const double Enough = 0.8;

    /// <summary>What Windows-1252 has between 0x80 and 0x9F; the rest is Latin-1.</summary>
    private const string Windows1252 =
        "\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F"
        + "\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178";

    /// <summary>
    /// Other encodings that systems read files in: Chinese (simplified, traditional), Japanese, Korean, those of consoles, Russian, Central
    /// European, of old Macs. What is lost becomes a question mark: an exception for each prompt would be slow.
    /// </summary>
    private static readonly Lazy<IReadOnlyList<Encoding>> SystemEncodings = new(() =>
        [.. new[] { 936, 950, 932, 949, 437, 850, 1251, 1250, 10000 }.Select(codePage => Create(codePage)).OfType<Encoding>()]);

    /// <summary>What is wrong and which -Encoding would be right, as the key of a message of the row's label; null when nothing looks wrong.</summary>
    internal static string? Find(string prompt)
    {
        if (prompt.IndexOf('\uFFFD') >= 0) return MessageKey.EncodingReplaced;
        if (2 * prompt.Count(static c => c == '\0') >= prompt.Length - 1 && prompt.Length > 1) return MessageKey.EncodingUtf16;
        string text = prompt.Length <= Examined ? prompt : prompt.Substring(0, Examined);
        if (IsLost(text)) return MessageKey.EncodingLost;
        if (text.All(static c => c < '\u0080')) return null;
        if (WesternBytes(text) is { } western)
            return IsUtf8(western, lost: 0, mustHaveThree: false) ? MessageKey.EncodingUtf8 : IsGbk(western) ? MessageKey.EncodingGbk : null;
        int questions = text.Count(static c => c == '?');
        foreach (Encoding encoding in SystemEncodings.Value)
        {
            byte[] bytes = encoding.GetBytes(text);
            if (IsUtf8(bytes, bytes.Count(static b => b == '?') - questions, mustHaveThree: true)) return MessageKey.EncodingUtf8;
        }
        return null;
    }

    /// <summary>
    /// Whether characters became question marks when the file was saved: half the text or more, or a word of them with other words behind it.
    /// One mark alone, and marks behind a word, are what people write.
    /// </summary>
    private static bool IsLost(string text)
    {
        int lost = 0, others = 0, run = 0;
        bool isBehindWord = false, isLostWord = false;
        foreach (char c in text)
        {
            if (c == '?')
            {
                run++;
                if (!isBehindWord) lost++;
                continue;
            }
            isLostWord |= run >= LostWord && !isBehindWord;
            run = 0;
            isBehindWord = char.IsLetterOrDigit(c);
            if (isBehindWord && isLostWord) return true;
            if (!char.IsWhiteSpace(c)) others++;
        }
        return lost > 1 && lost >= others;
    }

    /// <summary>The bytes that a text was read from as Windows-1252 or Latin-1; null when it was not.</summary>
    private static byte[]? WesternBytes(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            int value = text[i] <= '\u00FF' ? text[i] : Windows1252.IndexOf(text[i]) is >= 0 and int at ? 0x80 + at : -1;
            if (value < 0) return null;
            bytes[i] = (byte)value;
        }
        return bytes;
    }

    /// <summary>
    /// Whether bytes that are not ASCII form UTF-8 sequences nearly everywhere, which no text does by chance. Two letters of two bytes might,
    /// in the double-byte encodings: there one of three is asked for.
    /// </summary>
    private static bool IsUtf8(byte[] bytes, int lost, bool mustHaveThree)
    {
        int fit = 0, high = 2 * lost, two = 0, three = 0;
        for (int i = 0; i < bytes.Length;)
        {
            int length = bytes[i] switch { < 0x80 => 1, >= 0xC2 and < 0xE0 => 2, >= 0xE0 and < 0xF0 => 3, >= 0xF0 and < 0xF5 => 4, _ => 0 };
            int found = 1;
            while (found < length && i + found < bytes.Length && (bytes[i + found] & 0xC0) == 0x80) found++;
            bool isPart = found > 1 && found < length; // the rest of the character was lost: it says nothing
            if (length != 1 && !isPart) high += found;
            if (length > 1 && found == length) fit += length;
            if (length == 2 && found == 2) two++;
            if (length > 2 && found == length) three++;
            i += found;
        }
        return (three > 0 || (two > 1 && !mustHaveThree)) && fit >= Enough * high;
    }

    /// <summary>Whether western letters stand in pairs that are Chinese characters, four letters or more in a row.</summary>
    private static bool IsGbk(byte[] bytes)
    {
        int longest = 0;
        for (int i = 0; i < bytes.Length;)
        {
            int run = 0;
            while (i + run < bytes.Length && bytes[i + run] >= 0x80) run++;
            for (int pair = 0; pair < run; pair += 2)
            {
                if (pair + 1 == run || bytes[i + pair] is < 0xA1 or > 0xF7 || bytes[i + pair + 1] is < 0xA1 or 0xFF) return false;
            }
            longest = Math.Max(longest, run);
            i += run + 1;
        }
        return longest >= 4;
    }

    private static Encoding? Create(int codePage)
    {
        try
        {
#if NETFRAMEWORK
            return Encoding.GetEncoding(codePage, new EncoderReplacementFallback("?"), DecoderFallback.ReplacementFallback);
#else
            return CodePagesEncodingProvider.Instance.GetEncoding(codePage, new EncoderReplacementFallback("?"), DecoderFallback.ReplacementFallback);
#endif
        }
        catch (NotSupportedException)
        {
            return null; // not on this system
        }
    }
}
