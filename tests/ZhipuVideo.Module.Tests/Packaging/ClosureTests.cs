using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ZhipuVideo.Tests.Packaging;

/// <summary>The module's files: what lies there, and that every reference finds exactly what it asks for.</summary>
public sealed class ClosureTests
{
    /// <summary>What PowerShell 7.4 on .NET 8 has of its own: anything else would be a file of somebody else in its process.</summary>
    private static readonly Version Net8 = new(8, 0, 0, 0);

    /// <summary>
    /// Part of .NET Framework since 4.7.1, which gives its own for whatever version is asked for (the package's own targets say so, and drop
    /// every redirect: dotnet/maintenance-packages, issue 258).
    /// </summary>
    private const string UnifiedByTheFramework = "System.ValueTuple";

    [Fact]
    public void For_PowerShell_7_there_is_no_DLL_but_ours()
    {
        string[] files = [.. Directory.GetFiles(Repository.Module("net8.0"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Module("net8.0"), f))];

        Assert.Equal(["ZhipuVideo.Client.dll", "ZhipuVideo.dll", Path.Combine("zh-CN", "ZhipuVideo.Client.resources.dll")], files.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(files, f => f.EndsWith(".json", StringComparison.Ordinal));
    }

    [Fact]
    public void For_PowerShell_7_nothing_newer_than_7_4_has_is_asked_for()
    {
        foreach (AssemblyName reference in Dlls("net8.0").SelectMany(References).Where(r => !IsOurs(r)))
        {
            bool isEngine = reference.Name == "System.Management.Automation";
            Assert.True(isEngine ? reference.Version!.Major <= 7 : reference.Version! <= Net8, reference.FullName);
        }
    }

    [Fact]
    public void For_Windows_PowerShell_every_reference_is_beside_it_in_that_very_version_or_of_the_framework()
    {
        Dictionary<string, Version> beside = Dlls("net472").ToDictionary(f => AssemblyName.GetAssemblyName(f).Name!, f => AssemblyName.GetAssemblyName(f).Version!);
        Dictionary<string, Version> framework = FrameworkAssemblies();

        foreach (string file in Dlls("net472"))
        {
            foreach (AssemblyName reference in References(file).Where(r => r.Name != UnifiedByTheFramework))
            {
                string asked = $"{Path.GetFileName(file)} asks for {reference.Name} {reference.Version}";
                if (beside.TryGetValue(reference.Name!, out Version? version)) Assert.True(version == reference.Version, $"{asked}, beside it lies {version}");
                else if (reference.Name == "System.ValueTuple") continue; // a facade of the framework since 4.7; the package itself ships none there
                else if (framework.TryGetValue(reference.Name!, out version)) Assert.True(reference.Version! <= version, $"{asked}, the framework has {version}");
                else Assert.True(reference.Name == "System.Management.Automation", $"{asked}, which is nowhere");
            }
        }
    }

    [Fact]
    public void For_Windows_PowerShell_nothing_lies_there_that_nobody_asks_for()
    {
        HashSet<string> asked = [.. Dlls("net472").SelectMany(References).Select(r => r.Name!)];

        Assert.All(Dlls("net472").Select(f => Path.GetFileNameWithoutExtension(f)), name => Assert.True(name == "ZhipuVideo" || asked.Contains(name), name));
        Assert.DoesNotContain("System.Management.Automation.dll", Directory.GetFiles(Repository.Module("net472")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("net8.0")]
    [InlineData("net472")]
    public void Chinese_messages_are_there(string target) =>
        Assert.True(File.Exists(Path.Combine(Repository.Module(target), "zh-CN", "ZhipuVideo.Client.resources.dll")));

    private static string[] Dlls(string target) => Directory.GetFiles(Repository.Module(target), "*.dll");

    private static bool IsOurs(AssemblyName name) => name.Name!.StartsWith("ZhipuVideo", StringComparison.Ordinal);

    private static List<AssemblyName> References(string file)
    {
        using PEReader reader = new(File.OpenRead(file));
        MetadataReader metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
    }

    /// <summary>The assemblies of .NET Framework 4.7.2, by the reference assemblies that the build has used.</summary>
    private static Dictionary<string, Version> FrameworkAssemblies()
    {
        string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string folder = Directory.GetDirectories(Path.Combine(packages, "microsoft.netframework.referenceassemblies.net472")).Single();
        string[] files = Directory.GetFiles(Path.Combine(folder, "build", ".NETFramework", "v4.7.2"), "*.dll", SearchOption.AllDirectories);
        return files.Where(IsAssembly).Select(AssemblyName.GetAssemblyName).GroupBy(n => n.Name!).ToDictionary(g => g.Key, g => g.Max(n => n.Version)!);
    }

    private static bool IsAssembly(string file)
    {
        using PEReader reader = new(File.OpenRead(file));
        return reader.HasMetadata && reader.GetMetadataReader().IsAssembly;
    }
}
