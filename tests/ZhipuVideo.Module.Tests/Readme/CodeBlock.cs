using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Readme;

/// <summary>A fenced block of a Markdown file.</summary>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Text">The lines between the fences.</param>
/// <param name="Note">The HTML comment in the line above, if there is one: it says whether, and with what outcome, the block is run.</param>
internal sealed record CodeBlock(string Language, string Text, string Note)
{
    private const string Fence = "```";

    /// <summary>Whether it is run: it is code, and is not left out for a reason. A block without a language is output.</summary>
    public bool IsRun => Language.Length > 0 && !Note.StartsWith("not run: ", StringComparison.Ordinal);

    /// <summary>The ids of the errors that it is meant to show.</summary>
    public string[] ErrorIds => Note.StartsWith("errors: ", StringComparison.Ordinal) ? Note.Split(' ')[1..] : [];

    /// <summary>The commands alone, without comments and what is between quotes: they must be the same in every language.</summary>
    public string Commands => string.Join('\n', Text.Split('\n').Select(line => Regex.Replace(line.Split(" # ")[0].TrimEnd(), "'[^']*'", "''")));

    /// <summary>The blocks of a file in their order.</summary>
    public static IReadOnlyList<CodeBlock> ReadAll(string path)
    {
        List<CodeBlock> blocks = [];
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal)) continue;
            string note = i > 0 && lines[i - 1].StartsWith("<!-- ", StringComparison.Ordinal) ? lines[i - 1][5..^4] : "";
            string language = lines[i][Fence.Length..];
            string[] text = [.. lines.Skip(i + 1).TakeWhile(line => line != Fence)];
            blocks.Add(new CodeBlock(language, string.Join('\n', text), note));
            i += text.Length + 1;
        }
        return blocks;
    }
}
