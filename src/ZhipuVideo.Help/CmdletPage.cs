using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Help;

/// <summary>
/// The help text of one cmdlet in one language. Its file has the cmdlet's name as title, the synopsis, and seven chapters in this order, whatever
/// their headings say: description, parameters, inputs, outputs, notes, examples, links.
/// </summary>
internal sealed class CmdletPage
{
    private const int Chapters = 7;

    /// <summary>Reads a file.</summary>
    /// <exception cref="HelpException">It is not made as the summary says.</exception>
    public CmdletPage(string file)
    {
        File = file;
        IReadOnlyList<Block> blocks = Block.ReadAll(file);
        if (blocks is not [{ Kind: BlockKind.Heading, Level: 1 } title, { Kind: BlockKind.Paragraph } synopsis, ..])
            throw new HelpException(file, 1, "The file must begin with the cmdlet's name as title and the synopsis as paragraph.");

        Name = title.Text;
        Synopsis = synopsis.Text;
        List<List<Block>> chapters = Split(blocks.Skip(2), 2);
        if (chapters.Count != Chapters)
            throw new HelpException(file, blocks[^1].Line, $"There are {chapters.Count} chapters instead of {Chapters}.");

        Description = [.. chapters[0].Skip(1)];
        Parameters = Sections(chapters[1]).ToDictionary(section => section.Title.TrimStart('-'));
        Inputs = [.. Sections(chapters[2])];
        Outputs = [.. Sections(chapters[3])];
        Notes = [.. chapters[4].Skip(1)];
        Examples = [.. Sections(chapters[5])];
        Links = [.. chapters[6].Skip(1).Select(block => block.Text)];
        Section? bad = Examples.FirstOrDefault(example => example.Body.Count(block => block.Kind == BlockKind.Code) is not (1 or 2));
        if (bad is not null || Examples.Count < 2)
            throw new HelpException(file, bad?.Line ?? chapters[5][0].Line, "There must be two or more examples, each with one block of code and perhaps one of its output.");
    }

    public string File { get; }

    public string Name { get; }

    public string Synopsis { get; }

    public IReadOnlyList<Block> Description { get; }

    public IReadOnlyDictionary<string, Section> Parameters { get; }

    public IReadOnlyList<Section> Inputs { get; }

    public IReadOnlyList<Section> Outputs { get; }

    public IReadOnlyList<Block> Notes { get; }

    public IReadOnlyList<Section> Examples { get; }

    public IReadOnlyList<string> Links { get; }

    /// <summary>The parts below headings of the third level.</summary>
    public static IEnumerable<Section> Sections(IEnumerable<Block> blocks) =>
        Split(blocks, 3).Select(part => new Section(part[0].Text, [.. part.Skip(1)], part[0].Line));

    // What comes before the first heading of that level is dropped
    private static List<List<Block>> Split(IEnumerable<Block> blocks, int level)
    {
        List<List<Block>> parts = new List<List<Block>>();
        foreach (Block block in blocks)
        {
            if (block.Kind == BlockKind.Heading && block.Level == level)
                parts.Add([block]);
            else if (parts.Count > 0)
                parts[^1].Add(block);
        }

        return parts;
    }
}

/// <summary>A part of a page: a parameter, a type, an example.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Body">What is below it.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record Section(string Title, IReadOnlyList<Block> Body, int Line);
