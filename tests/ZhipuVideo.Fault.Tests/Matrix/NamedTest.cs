using System.Globalization;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Matrix;

/// <summary>A test whose name carries numbers of lines, such as <c>F07_</c>, as it stands in the sources.</summary>
/// <param name="Name">Namespace, class and method, as in the result files.</param>
/// <param name="Cells">The cells that it stands behind.</param>
internal sealed partial record NamedTest(string Name, IReadOnlyList<(int Line, string Phase)> Cells)
{
    /// <summary>
    /// All tests of the fault table. The phase of a test is that of its own <c>[Trait("Phase", "wait, download")]</c>, else of its class's,
    /// else its line's section.
    /// </summary>
    /// <param name="lines">The lines of the table.</param>
    internal static IReadOnlyList<NamedTest> ReadAll(IReadOnlyList<FaultLine> lines)
    {
        Dictionary<int, string> homes = lines.ToDictionary(line => line.Number, line => line.Home);
        return [.. Directory.EnumerateFiles(Repository.PathOf("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(path => ReadFile(path, homes))];
    }

    private static IEnumerable<NamedTest> ReadFile(string path, Dictionary<int, string> homes)
    {
        string space = "", type = "";
        string[] ofType = [], pending = [];
        foreach (string line in File.ReadLines(path))
        {
            if (Namespace().Match(line) is { Success: true } namespaceLine) space = namespaceLine.Groups[1].Value;
            if (Phase().Match(line) is { Success: true } trait) pending = trait.Groups[1].Value.Split(", ");
            if (Class().Match(line) is { Success: true } classLine) (type, ofType, pending) = (classLine.Groups[1].Value, pending, []);
            if (Method().Match(line) is not { Success: true } method) continue;
            string[] phases = pending.Length > 0 ? pending : ofType;
            pending = [];
            string name = method.Groups[1].Value;
            int[] numbers = [.. Number().Matches(name).Select(n => int.Parse(n.Groups[1].Value, CultureInfo.InvariantCulture))];
            if (numbers.Length > 0)
            {
                yield return new NamedTest($"{space}.{type}.{name}", [.. numbers.SelectMany(number =>
                    (phases.Length > 0 ? phases : [homes.GetValueOrDefault(number, "input")]).Select(phase => (number, phase)))]);
            }
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:public|internal) .*class (\w+)")]
    private static partial Regex Class();

    [GeneratedRegex(@"\[Trait\(""Phase"", ""([a-z, ]+)""\)\]")]
    private static partial Regex Phase();

    [GeneratedRegex(@"^    public .*(?:void|Task) (\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex(@"(?:^|_)F(\d{2,3})(?=_)")]
    private static partial Regex Number();
}
