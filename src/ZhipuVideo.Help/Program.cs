using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;

namespace ZhipuVideo.Help;

/// <summary>
/// <c>ZhipuVideo.Help ASSEMBLY TEXTS TARGET</c>: for every language below TEXTS writes <c>ZhipuVideo.dll-Help.xml</c> and
/// <c>about_ZhipuVideo.help.txt</c> into its folder below TARGET. The Chinese one is called <c>zh</c> there: the shell goes from the reader's
/// culture (zh-CN, zh-Hans-CN, zh-SG, zh-TW) to its parents, and all of these end in that.
/// </summary>
internal static class Program
{
    private const string About = "about_ZhipuVideo";
    private const string Shared = "Shared.md";

    private static int Main(string[] arguments)
    {
        if (arguments is not [string assembly, string texts, string target])
        {
            Console.Error.WriteLine("ZhipuVideo.Help ASSEMBLY TEXTS TARGET");
            return 64;
        }

        try
        {
            Assembly module = Assembly.LoadFrom(Path.GetFullPath(assembly));
            foreach (string folder in Directory.GetDirectories(texts))
                Write(module, folder, Directory.CreateDirectory(Path.Combine(target, CultureOf(Path.GetFileName(folder)))).FullName);
            return 0;
        }
        catch (HelpException exception)
        {
            Console.WriteLine(exception.Message);
            return 1;
        }
    }

    private static string CultureOf(string folder) => folder == "zh-CN" ? "zh" : folder;

    private static void Write(Assembly module, string folder, string target)
    {
        string sharedFile = Path.Combine(folder, Shared);
        Dictionary<string, Section> shared = CmdletPage.Sections(Block.ReadAll(sharedFile)).ToDictionary(section => section.Title.TrimStart('-'));
        HashSet<string> unused = [.. shared.Keys];
        Maml maml = new Maml();
        foreach (CmdletShape cmdlet in CmdletShape.ReadAll(module))
        {
            CmdletPage page = new CmdletPage(Path.Combine(folder, cmdlet.Name + ".md"));
            Check(page, cmdlet);
            maml.Add(cmdlet, page, parameter =>
            {
                if (page.Parameters.TryGetValue(parameter.Name, out Section? own))
                    return own;

                unused.Remove(parameter.Name);
                return shared.TryGetValue(parameter.Name, out Section? common)
                    ? common
                    : throw new HelpException(page.File, 1, $"{cmdlet.Name} has a parameter -{parameter.Name}; neither this file nor {Shared} tells of it.");
            });
        }

        if (unused.Count > 0)
            throw new HelpException(sharedFile, shared[unused.First()].Line, $"No cmdlet takes -{unused.First()} from here.");

        string about = Path.Combine(folder, About + ".md");
        CheckErrors(module, about);
        maml.Save(Path.Combine(target, "ZhipuVideo.dll-Help.xml"));
        AboutTopic.Write(about, Path.Combine(target, About + ".help.txt"));
    }

    private static void Check(CmdletPage page, CmdletShape cmdlet)
    {
        if (page.Name != cmdlet.Name)
            throw new HelpException(page.File, 1, $"The title is not {cmdlet.Name}.");
        foreach ((string name, Section section) in page.Parameters)
        {
            if (cmdlet.Parameters.All(parameter => parameter.Name != name))
                throw new HelpException(page.File, section.Line, $"{cmdlet.Name} has no parameter -{name}.");
        }

        string outputs = string.Join(", ", cmdlet.OutputTypes.DefaultIfEmpty("None"));
        if (string.Join(", ", page.Outputs.Select(output => output.Title)) != outputs)
            throw new HelpException(page.File, 1, $"The outputs are not {outputs}.");
    }

    /// <summary>The table of errors must have every reason, with the category that the module gives it.</summary>
    private static void CheckErrors(Assembly module, string about)
    {
        MethodInfo categoryOf = module.GetType("ZhipuVideo.Pipeline.ErrorRecords", throwOnError: true)!
            .GetMethod("CategoryOf", BindingFlags.NonPublic | BindingFlags.Static)!;
        Dictionary<string, Block> rows = Block.ReadAll(about)
            .Where(block => block.Kind == BlockKind.Row && block.Cells[0].StartsWith("CogVideo.", StringComparison.Ordinal))
            .ToDictionary(row => row.Cells[0]);
        foreach (object reason in Enum.GetValues(categoryOf.GetParameters()[0].ParameterType))
        {
            ErrorCategory category = (ErrorCategory)categoryOf.Invoke(null, [reason])!;
            if (!rows.TryGetValue($"CogVideo.{reason}", out Block? row))
                throw new HelpException(about, 1, $"CogVideo.{reason} is missing.");
            if (row.Cells[1] != category.ToString())
                throw new HelpException(about, row.Line, $"The category of CogVideo.{reason} is {category}.");
        }
    }
}
