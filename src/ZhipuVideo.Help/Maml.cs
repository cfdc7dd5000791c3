using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace ZhipuVideo.Help;

/// <summary>Writes the help of cmdlets as MAML, which Get-Help reads. Texts come from the page, everything else from the cmdlet.</summary>
internal sealed class Maml
{
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Text = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";
    private static readonly XNamespace Root = "http://msh";

    /// <summary>Where the pages can be read in a browser.</summary>
    private const string Pages = "https://github.com/zhipuvideo/zhipuvideo/blob/main/src/ZhipuVideo/Help";

    private readonly XElement _helpItems = new(
        Root + "helpItems",
        new XAttribute("schema", "maml"),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "maml", Text),
        new XAttribute(XNamespace.Xmlns + "dev", Dev));

    /// <summary>Adds a cmdlet.</summary>
    /// <param name="cmdlet">The compiled cmdlet.</param>
    /// <param name="page">Its page.</param>
    /// <param name="textOf">The text of each of its parameters.</param>
    public void Add(CmdletShape cmdlet, CmdletPage page, Func<ParameterShape, Section> textOf) => _helpItems.Add(new XElement(
        Command + "command",
        new XElement(
            Command + "details",
            new XElement(Command + "name", cmdlet.Name),
            new XElement(Command + "verb", cmdlet.Verb),
            new XElement(Command + "noun", cmdlet.Noun),
            new XElement(Text + "description", Paragraph(page.Synopsis))),
        new XElement(Text + "description", Paragraphs(page.Description)),
        new XElement(
            Command + "syntax",
            cmdlet.Sets.Select(set => new XElement(
                Command + "syntaxItem",
                new XElement(Text + "name", cmdlet.Name),
                cmdlet.Parameters.Where(parameter => parameter.Set is null || parameter.Set == set).Select(parameter => Parameter(parameter, textOf(parameter)))))),
        new XElement(Command + "parameters", cmdlet.Parameters.Select(parameter => Parameter(parameter, textOf(parameter)))),
        new XElement(Command + "inputTypes", page.Inputs.Select(input => Type(Command + "inputType", input))),
        new XElement(Command + "returnValues", page.Outputs.Select(output => Type(Command + "returnValue", output))),
        new XElement(Text + "alertSet", new XElement(Text + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(Example)),
        new XElement(Command + "relatedLinks", page.Links.Prepend(OnlinePage(page)).Select(Link))));

    /// <summary>Writes the file.</summary>
    public void Save(string path) => new XDocument(_helpItems).Save(path);

    private static XElement Parameter(ParameterShape parameter, Section text) => new(
        Command + "parameter",
        new XAttribute("required", parameter.IsMandatory),
        new XAttribute("variableLength", parameter.Type.IsArray),
        new XAttribute("globbing", parameter.Globbing),
        new XAttribute("pipelineInput", parameter.PipelineInput),
        new XAttribute("position", parameter.Position),
        new XAttribute("aliases", parameter.Aliases.Length == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(Text + "name", parameter.Name),
        new XElement(Text + "description", Paragraphs(text.Body)),
        parameter.IsSwitch
            ? null
            : new XElement(
                Command + "parameterValue",
                new XAttribute("required", true),
                new XAttribute("variableLength", parameter.Type.IsArray),
                parameter.Type.Name),
        new XElement(Dev + "type", new XElement(Text + "name", parameter.Type.Name)),
        new XElement(Dev + "defaultValue", parameter.Default));

    private static XElement Type(XName name, Section section) => new(
        name, new XElement(Dev + "type", new XElement(Text + "name", section.Title)), new XElement(Text + "description", Paragraphs(section.Body)));

    private static XElement Example(Section example) => new(
        Command + "example",
        new XElement(Text + "title", $"---------- {example.Title} ----------"),
        new XElement(Dev + "code", example.Body.First(block => block.Kind == BlockKind.Code).Text),
        new XElement(Dev + "remarks", Paragraphs(example.Body.Where(block => block != example.Body.First(code => code.Kind == BlockKind.Code))), Paragraph("")));

    /// <summary>The page itself, in its language: Get-Help -Online opens the first link that there is.</summary>
    private static string OnlinePage(CmdletPage page) =>
        $"{Pages}/{Path.GetFileName(Path.GetDirectoryName(page.File))}/{Path.GetFileName(page.File)}";

    private static XElement Link(string link) => new(
        Text + "navigationLink",
        link.StartsWith("http", StringComparison.Ordinal)
            ? new XElement(Text + "uri", link)
            : new XElement(Text + "linkText", link));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<Block> blocks) =>
        blocks.Select(block => Paragraph(block.Kind == BlockKind.Item ? "- " + block.Text : block.Text));

    private static XElement Paragraph(string text) => new(Text + "para", text);
}
