namespace ZhipuVideo;

/// <summary>Text of others (rows of a file, words of a service) where a person reads it.</summary>
internal static class ScreenText
{
    /// <summary>
    /// Whether a character could steer a terminal or turn what stands around it: controls, escape among them, and the Unicode marks,
    /// embeddings, overrides and isolates of direction ("gpj.exe" that reads "exe.jpg").
    /// </summary>
    internal static bool Steers(char c) =>
        char.IsControl(c) || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>The text with a blank for each character that steers; otherwise as it is, since a path must stay what it is.</summary>
    internal static string Harmless(string text)
    {
        char[] characters = text.ToCharArray();
        for (int i = 0; i < characters.Length; i++)
        {
            if (Steers(characters[i])) characters[i] = ' ';
        }
        return new string(characters);
    }
}
