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
    /// The one reference to a version that the framework does not have: System.Text.Json asks for 4.0.5.0, .NET Framework 4.7.2 has 4.0.2.0 as
    /// reference assembly and 4.0.0.0 at run time, a facade of mscorlib. It is met all the same, and by the framework's own only: references to
    /// assemblies of the framework are unified with those of the running framework whatever their version ("assembly unification" in its
    /// documentation), and System.ValueTuple is one of them since 4.7.1. Its package says so too: it ships no file for net471 and later, and
    /// its targets there list 4.0.5.0 as part of the framework. What would break it is a redirect (dotnet/maintenance-packages, issue 258);
    /// Windows PowerShell has none.
    /// </summary>
    private const string UnifiedByTheFramework = "System.ValueTuple";

    [Fact]
    public void For_PowerShell_7_there_is_no_DLL_but_ours()
    {
        string[] files = [.. Directory.GetFiles(Repository.Module("net8.0"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Module("net8.0"), f))];

        Assert.Equal(["ZhipuVideo.Client.dll", "ZhipuVideo.dll", Path.Combine("zh", "ZhipuVideo.Client.resources.dll")], files.Where(f => f.EndsWith(".dll", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
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
                else if (framework.TryGetValue(reference.Name!, out version)) Assert.True(reference.Version! <= version, $"{asked}, the framework has {version}");
                else Assert.True(reference.Name == "System.Management.Automation", $"{asked}, which is nowhere");
            }
        }
    }

    /// <summary>A copy beside us would load as a second kind of tuple; that nothing outside 4.7.2 is called, compiling against its reference assemblies has shown.</summary>
    [Fact]
    public void For_Windows_PowerShell_what_the_framework_unifies_is_asked_for_once_and_lies_nowhere()
    {
        Assert.Equal(
            ["System.Text.Json.dll"],
            Dlls("net472").Where(file => References(file).Any(r => r.Name == UnifiedByTheFramework)).Select(Path.GetFileName));
        Assert.True(FrameworkAssemblies().ContainsKey(UnifiedByTheFramework));
        Assert.DoesNotContain(UnifiedByTheFramework + ".dll", Directory.GetFiles(Repository.Module("net472")).Select(Path.GetFileName));
    }

    [Fact]
    public void For_Windows_PowerShell_nothing_lies_there_that_nobody_asks_for()
    {
        HashSet<string> asked = [.. Dlls("net472").SelectMany(References).Select(r => r.Name!)];

        Assert.All(Dlls("net472").Select(f => Path.GetFileNameWithoutExtension(f)), name => Assert.True(name == "ZhipuVideo" || asked.Contains(name), name));
        Assert.DoesNotContain("System.Management.Automation.dll", Directory.GetFiles(Repository.Module("net472")).Select(Path.GetFileName));
    }

    /// <summary>What belongs to the whole process stays as it is: only the service point of our own address is asked for, TLS is set on our handlers.</summary>
    [Fact]
    public void For_Windows_PowerShell_no_setting_of_the_process_is_touched()
    {
        Assert.Equal(["FindServicePoint"], Members("ServicePointManager"));
        Assert.Contains("set_SslProtocols", Members("HttpClientHandler"));
    }

    [Theory]
    [Each("net8.0", "net472")]
    public void Chinese_messages_are_there(string target) =>
        Assert.True(File.Exists(Path.Combine(Repository.Module(target), "zh", "ZhipuVideo.Client.resources.dll")));

    private static string[] Dlls(string target) => Directory.GetFiles(Repository.Module(target), "*.dll");

    private static bool IsOurs(AssemblyName name) => name.Name!.StartsWith("ZhipuVideo", StringComparison.Ordinal);

    private static List<AssemblyName> References(string file)
    {
        using PEReader reader = new(File.OpenRead(file));
        MetadataReader metadata = reader.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetAssemblyReference(handle).GetAssemblyName())];
    }

    /// <summary>The members of a type that our assemblies for Windows PowerShell use.</summary>
    private static SortedSet<string> Members(string type)
    {
        SortedSet<string> members = new(StringComparer.Ordinal);
        foreach (string file in Dlls("net472").Where(f => IsOurs(AssemblyName.GetAssemblyName(f))))
        {
            using PEReader reader = new(File.OpenRead(file));
            MetadataReader metadata = reader.GetMetadataReader();
            foreach (MemberReference member in metadata.MemberReferences.Select(metadata.GetMemberReference).Where(m => m.Parent.Kind == HandleKind.TypeReference))
            {
                if (metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name) == type) members.Add(metadata.GetString(member.Name));
            }
        }
        return members;
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
