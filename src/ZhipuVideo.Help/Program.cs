using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;

namespace ZhipuVideo.Help;

/// <summary>
/// <c>ZhipuVideo.Help ASSEMBLY TEXTS TARGET</c>: for every language below TEXTS writes <c>ZhipuVideo.dll-Help.xml</c> and
/// a <c>.help.txt</c> for every about topic into its folder below TARGET. The Chinese one is called <c>zh</c> there: the shell goes from the reader's
/// culture (zh-CN, zh-Hans-CN, zh-SG, zh-TW) to its parents, and all of these end in that.
/// </summary>
internal static class Program
{
    private const string Topics = "about_*.md";
    private const string Errors = "about_ZhipuVideo_Errors.md";
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
            List<string> order = [.. page.Parameters.Keys, .. shared.Keys];
            maml.Add(cmdlet.InOrder(order), page, parameter =>
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

        CheckErrors(module, Path.Combine(folder, Errors));
        maml.Save(Path.Combine(target, "ZhipuVideo.dll-Help.xml"));
        foreach (string topic in Directory.GetFiles(folder, Topics))
            AboutTopic.Write(topic, Path.Combine(target, Path.GetFileNameWithoutExtension(topic) + ".help.txt"));
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

    /// <summary>The topic of errors must have every id, and every code of the service with the id that the module makes of it.</summary>
    private static void CheckErrors(Assembly module, string file)
    {
        Type reasons = module.GetType("ZhipuVideo.Pipeline.ErrorRecords", throwOnError: true)!
            .GetMethod("CategoryOf", BindingFlags.NonPublic | BindingFlags.Static)!.GetParameters()[0].ParameterType;
        Block[] rows = Block.ReadAll(file).Where(block => block.Kind == BlockKind.Row).ToArray();
        HashSet<string> ids = [.. rows.Select(row => row.Cells[0])];
        foreach (string reason in Enum.GetNames(reasons))
        {
            if (!ids.Contains($"CogVideo.{reason}"))
                throw new HelpException(file, 1, $"CogVideo.{reason} is missing.");
        }

        Type table = reasons.Assembly.GetType("ZhipuVideo.Protocol.ErrorTable", throwOnError: true)!;
        IDictionary classes = (IDictionary)table.GetField("Rows", BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
        foreach (DictionaryEntry entry in classes)
        {
            string code = (string)entry.Key;
            string reason = entry.Value!.GetType().GetProperty("Reason")!.GetValue(entry.Value)!.ToString()!;
            Block? row = rows.FirstOrDefault(row => row.Cells[0].Split(", ").Contains(code));
            if (char.IsAsciiDigit(code[0]) && row?.Cells[1].Contains(reason, StringComparison.Ordinal) != true)
                throw new HelpException(file, row?.Line ?? 1, $"The service's code {code} does not lead to {reason}.");
        }
    }
}
