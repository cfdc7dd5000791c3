using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace ZhipuVideo.Help;

/// <summary>
/// Writes an about topic as the plain text that Get-Help shows. The first paragraph is the short description, whose heading is that of
/// the first chapter. A table becomes a list: its first cell in a line, the others below it.
/// </summary>
internal static class AboutTopic
{
    private const int Step = 4;

    /// <summary>Writes the file, with the mark by which Windows PowerShell knows UTF-8.</summary>
    public static void Write(string source, string target) => File.WriteAllText(target, Render(source), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

    private static string Render(string source)
    {
        StringBuilder text = new StringBuilder();
        BlockKind before = BlockKind.Heading;
        bool isHeader = false;
        foreach (Block block in Block.ReadAll(source))
        {
            isHeader = block.Kind == BlockKind.Row && before != BlockKind.Row;
            if (!isHeader && (block.Kind, before) is not ((BlockKind.Item, BlockKind.Item) or (_, BlockKind.Heading)))
                text.Append('\n');
            foreach (string line in isHeader ? [] : Lines(block))
                text.Append(line).Append('\n');
            before = block.Kind;
        }

        return text.ToString();
    }

    private static IEnumerable<string> Lines(Block block) => block.Kind switch
    {
        BlockKind.Heading when block.Level < 3 => ["", block.Text.ToUpperInvariant()],
        BlockKind.Heading => ["", new string(' ', Step / 2) + block.Text],
        BlockKind.Item => Columns.Wrap(block.Text, Step, "- "),
        BlockKind.Row => [.. Columns.Wrap(block.Cells[0], Step), .. block.Cells.Skip(1).SelectMany(cell => Columns.Wrap(cell, 2 * Step))],
        BlockKind.Code => block.Text.Split('\n').Select(line => new string(' ', Step) + line),
        _ => Columns.Wrap(block.Text, Step),
    };
}
