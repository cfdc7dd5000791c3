using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace ZhipuVideo.Package;

/// <summary>The module's manifest as the engine reads it, checked for what a gallery wants.</summary>
internal sealed class Manifest
{
    internal const string ModuleName = "ZhipuVideo";

    // What the gallery filters by; every edition and system that the module is for
    private static readonly string[] WantedTags = ["PSEdition_Desktop", "PSEdition_Core", "Windows", "Linux", "MacOS"];
    private static readonly string[] ExportLists = ["CmdletsToExport", "FunctionsToExport", "VariablesToExport", "AliasesToExport"];

    private readonly string _file;

    private Manifest(string file, PSModuleInfo module)
    {
        _file = file;
        Module = module;
        Tags = [.. module.Tags];
        Cmdlets = [.. module.ExportedCmdlets.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>What the engine knows of the module.</summary>
    internal PSModuleInfo Module { get; }

    internal IReadOnlyList<string> Tags { get; }

    /// <summary>The names of the cmdlets that it exports, in order.</summary>
    internal IReadOnlyList<string> Cmdlets { get; }

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="file">Its full path; the files that it names must lie there, and its folder's name must be the version: the engine checks both.</param>
    /// <exception cref="ManifestException">Something is missing or wrong.</exception>
    internal static Manifest Read(string file)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using PowerShell pipeline = PowerShell.Create(runspace);
        PSModuleInfo module;
        try
        {
            module = pipeline.AddCommand("Test-ModuleManifest").AddParameter("Path", file).AddParameter("ErrorAction", "Stop").Invoke<PSModuleInfo>()[0];
        }
        catch (RuntimeException e)
        {
            throw new ManifestException(file, e.Message);
        }
        Manifest manifest = new(file, module);
        manifest.Check();
        return manifest;
    }

    private void Check()
    {
        Want(Module.Guid != Guid.Empty, "There is no GUID.");
        Want(!string.IsNullOrWhiteSpace(Module.Author), "There is no Author.");
        Want(!string.IsNullOrWhiteSpace(Module.Copyright), "There is no Copyright.");
        Want(!string.IsNullOrWhiteSpace(Module.Description), "There is no Description.");
        Want(!string.IsNullOrWhiteSpace(Module.ReleaseNotes), "There are no ReleaseNotes.");
        Want(Module.LicenseUri is { IsAbsoluteUri: true, Scheme: "https" }, "LicenseUri is no https address.");
        Want(Module.ProjectUri is { IsAbsoluteUri: true, Scheme: "https" }, "ProjectUri is no https address.");
        foreach (string tag in WantedTags) Want(Tags.Contains(tag), $"The tag {tag} is missing.");
        foreach (string tag in Tags) Want(!tag.Any(char.IsWhiteSpace), $"The tag '{tag}' has a space, which separates tags in a package.");
        Want(Cmdlets.Count > 0, "No cmdlet is exported.");
        CheckExportLists();
    }

    /// <summary>
    /// A list that is missing or holds a wildcard makes the engine search, and load, all files of the module whenever somebody presses Tab.
    /// </summary>
    private void CheckExportLists()
    {
        ScriptBlockAst script = Parser.ParseFile(_file, out _, out _);
        HashtableAst table = (HashtableAst)script.Find(ast => ast is HashtableAst, searchNestedScriptBlocks: false);
        Dictionary<string, string> texts = table.KeyValuePairs.ToDictionary(
            pair => ((StringConstantExpressionAst)pair.Item1).Value, pair => pair.Item2.Extent.Text, StringComparer.OrdinalIgnoreCase);
        foreach (string list in ExportLists)
        {
            Want(texts.TryGetValue(list, out string? text), $"{list} is missing.");
            Want(!WildcardPattern.ContainsWildcardCharacters(text!.TrimStart('@')), $"{list} holds a wildcard.");
        }
    }

    private void Want(bool holds, string otherwise)
    {
        if (!holds) throw new ManifestException(_file, otherwise);
    }
}
