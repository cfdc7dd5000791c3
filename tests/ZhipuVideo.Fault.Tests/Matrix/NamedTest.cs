using System.Text.RegularExpressions;
using Mono.Cecil;

namespace ZhipuVideo.Tests.Matrix;

/// <summary>A test whose name carries numbers of lines, such as <c>F07_</c>, as it was built.</summary>
/// <param name="Name">Namespace, class and method, as in the result files.</param>
/// <param name="Cells">The cells that it stands behind.</param>
internal sealed partial record NamedTest(string Name, IEnumerable<(int Line, string Phase)> Cells)
{
    /// <summary>
    /// All tests of the fault table. The phase of a test is that of its own <c>[Trait("Phase", "wait, download")]</c>, else of its class's,
    /// else its line's section.
    /// </summary>
    /// <param name="lines">The lines of the table.</param>
    internal static IEnumerable<NamedTest> ReadAll(IReadOnlyList<FaultLine> lines)
    {
        Dictionary<int, string[]> homes = lines.ToDictionary(line => line.Number, line => new[] { line.Home });
        return from folder in Directory.EnumerateDirectories(Repository.PathOf("tests"), "*.Tests")
               from type in AssemblyDefinition.ReadAssembly(Repository.Assembly(folder)).MainModule.Types
               from method in type.Methods
               where method.CustomAttributes.Any(attribute => TestAttribute().IsMatch(attribute.AttributeType.Name))
               let phases = ReadPhases(method) ?? ReadPhases(type)
               select new NamedTest(
                   $"{type.FullName}.{method.Name}",
                   from Match match in Number().Matches(method.Name)
                   let number = int.Parse(match.ValueSpan, CultureInfo.InvariantCulture)
                   from phase in phases ?? homes.GetValueOrDefault(number, ["input"])
                   select (number, phase));
    }

    private static string[]? ReadPhases(Mono.Cecil.ICustomAttributeProvider member) => member.CustomAttributes
        .Where(attribute => attribute.AttributeType.Name == nameof(TraitAttribute))
        .Select(attribute => attribute.ConstructorArguments)
        .FirstOrDefault(trait => trait[0].Value is "Phase")?[1].Value.ToString()!.Split(", ");

    /// <summary>Facts, theories and properties, also those that are skipped on some machines.</summary>
    [GeneratedRegex("(Fact|Theory|Property)Attribute$")]
    private static partial Regex TestAttribute();

    [GeneratedRegex(@"(?<=(?:^|_)F)\d{2,3}(?=_)")]
    private static partial Regex Number();
}
