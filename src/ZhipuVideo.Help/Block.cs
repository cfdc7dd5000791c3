using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Help;

/// <summary>What a block of Markdown is.</summary>
internal enum BlockKind
{
    /// <summary>A line that begins with one to three <c>#</c>.</summary>
    Heading,

    /// <summary>Lines of running text, joined.</summary>
    Paragraph,

    /// <summary>One entry of a list, <c>- text</c>.</summary>
    Item,

    /// <summary>One row of a table; the row of dashes is left out.</summary>
    Row,

    /// <summary>What stands between two fences, as it is.</summary>
    Code,
}

/// <summary>A block of the small part of Markdown that help is written in. A comment in a line of its own is passed over.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Level">Of a heading: the number of its <c>#</c>.</param>
/// <param name="Text">The text as plain text: no backquotes, links as <c>text (address)</c>.</param>
/// <param name="Cells">The cells of a row.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed partial record Block(BlockKind Kind, int Level, string Text, string[] Cells, int Line)
{
    private const string Fence = "```";
    private static readonly string[] Begins = ["#", "|", "- ", "<!--", Fence];

    /// <summary>The blocks of a file in their order.</summary>
    public static IReadOnlyList<Block> ReadAll(string file)
    {
        List<Block> blocks = new List<Block>();
        string[] lines = File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.Length == 0 || line.StartsWith("<!--", StringComparison.Ordinal) || TableRule().IsMatch(line))
                continue;

            Block block = line switch
            {
                ['#', ..] => new(BlockKind.Heading, line.IndexOf(' ', StringComparison.Ordinal), Plain(line.TrimStart('#').Trim()), [], i + 1),
                ['`', '`', '`', ..] => new(BlockKind.Code, 0, string.Join('\n', lines.Skip(i + 1).TakeWhile(text => text != Fence)), [], i + 1),
                ['|', ..] => new(BlockKind.Row, 0, "", line.Trim('|').Split('|').Select(cell => Plain(cell.Trim())).ToArray(), i + 1),
                ['-', ' ', ..] => new(BlockKind.Item, 0, Plain(Joined(line[2..], lines, i)), [], i + 1),
                _ => new(BlockKind.Paragraph, 0, Plain(Joined(line, lines, i)), [], i + 1),
            };
            blocks.Add(block);
            i += block.Kind switch
            {
                BlockKind.Code => lines.Skip(i + 1).TakeWhile(text => text != Fence).Count() + 1,
                BlockKind.Paragraph or BlockKind.Item => Following(lines, i).Count(),
                _ => 0,
            };
        }

        return blocks;
    }

    // A paragraph or entry goes on until an empty line or the beginning of something else
    private static IEnumerable<string> Following(string[] lines, int first) =>
        lines.Skip(first + 1).TakeWhile(line => line.Length > 0 && !Begins.Any(mark => line.StartsWith(mark, StringComparison.Ordinal)));

    private static string Joined(string line, string[] lines, int first) =>
        Following(lines, first).Aggregate(line, (text, next) => text + (Columns.MeetWithoutBlank(text[^1], next[0]) ? "" : " ") + next);

    private static string Plain(string text) => Link().Replace(text, "$1 ($2)").Replace("`", "", StringComparison.Ordinal).Replace("\\|", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"\[([^\]]+)\]\((http[^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\|[-:| ]+\|$")]
    private static partial Regex TableRule();
}
