using System.Xml.Linq;

namespace ZhipuVideo.Tests.Matrix;

/// <summary>
/// The fault table, line by phase: what held, what fell, and what cannot be, and why. The tests are those of the built assemblies, what
/// became of them is in the result files of the last <c>dotnet test</c>.
/// <code>dotnet run --project tests/ZhipuVideo.Fault.Tests -- matrix</code>
/// </summary>
internal sealed class FaultMatrix
{
    private const int NameWidth = 46, CellWidth = 10;

    private readonly IReadOnlyList<FaultLine> _lines;
    private readonly ILookup<(int Line, string Phase), string> _tests;

    /// <summary>Reads the table and the built tests.</summary>
    internal FaultMatrix()
    {
        _lines = FaultLine.ReadAll();
        _tests = NamedTest.ReadAll(_lines).SelectMany(test => test.Cells.Select(cell => (cell, test.Name)))
            .ToLookup(pair => pair.cell, pair => pair.Name);
    }

    /// <summary>The cells of the table that no test stands behind, and tests of cells that the table does not have.</summary>
    internal IEnumerable<string> Gaps =>
        _lines.SelectMany(line => line.Phases.Select(phase => (line.Number, phase))).Where(cell => !_tests.Contains(cell))
            .Select(cell => $"line {cell.Number:00} has no test in phase {cell.phase}")
        .Concat(_tests.Where(tests => !_lines.Any(line => line.Number == tests.Key.Line && line.Phases.Contains(tests.Key.Phase)))
            .Select(tests => $"line {tests.Key.Line:00} cannot strike in phase {tests.Key.Phase} (cells.txt), but there is {tests.First()}"));

    /// <summary>Prints it.</summary>
    /// <param name="folder">The folder of the result files.</param>
    /// <param name="print">Takes a line.</param>
    /// <returns>Whether every cell held.</returns>
    internal bool Print(string folder, Action<string> print)
    {
        ILookup<string, string> outcomes = ReadOutcomes(folder);
        int held = 0, all = 0;
        print("".PadRight(NameWidth) + string.Concat(FaultLine.AllPhases.Select(phase => phase.PadLeft(CellWidth))));
        foreach (FaultLine line in _lines)
        {
            string text = $"{line.Number:00} {line.Name}".PadRight(NameWidth);
            foreach (string phase in FaultLine.AllPhases)
            {
                string cell = "-";
                if (line.Phases.Contains(phase))
                {
                    all++;
                    cell = Judge([.. _tests[(line.Number, phase)].SelectMany(name => outcomes[name].DefaultIfEmpty("NotRun"))]);
                    if (char.IsDigit(cell[0])) held++;
                    if (line.Simulated.Contains(phase)) cell = "~" + cell;
                }
                text += cell.PadLeft(CellWidth);
            }
            print(text);
        }
        print("");
        print("A number: held, and how many tests stand behind it. ~ simulated at the narrowest seam. - cannot strike there:");
        foreach (IGrouping<string, string> cells in _lines
            .SelectMany(line => line.Reasons.Select(reason => (reason.Value, Cell: $"{line.Number:00} {reason.Key}")))
            .GroupBy(pair => pair.Value, pair => pair.Cell))
            print($"  {cells.Key}: {Abridged([.. cells])}");
        print("");
        foreach (string gap in Gaps) print("MISSING " + gap);
        foreach (string fell in outcomes.Where(test => test.Contains("Failed")).Select(test => test.Key).Where(IsNamed))
            print("FELL    " + fell);
        print($"fault table: {held} of {all} cells held, {(_lines.Count * FaultLine.AllPhases.Length) - all} not applicable");
        return held == all && !Gaps.Any();
    }

    private bool IsNamed(string test) => _tests.Any(cell => cell.Contains(test));

    private static string Judge(string[] outcomes) =>
        outcomes.Length == 0 ? "MISSING"
        : outcomes.Contains("Failed") ? "FELL"
        : outcomes.Contains("NotRun") || !outcomes.Contains("Passed") ? "not run"
        : $"{outcomes.Count(outcome => outcome == "Passed")}";

    private static string Abridged(string[] cells) =>
        cells.Length <= 4 ? string.Join(", ", cells) : $"{cells[0]} .. {cells[^1]} ({cells.Length} cells)";

    private static ILookup<string, string> ReadOutcomes(string folder) =>
        (Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.trx") : [])
            .SelectMany(file => XDocument.Load(file).Descendants())
            .Where(element => element.Name.LocalName == "UnitTestResult")
            .ToLookup(result => result.Attribute("testName")!.Value.Split('(')[0], result => result.Attribute("outcome")!.Value);
}
