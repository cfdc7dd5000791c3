namespace ZhipuVideo.Tests.Matrix;

/// <summary>A line of the fault table: where it can strike, and why not elsewhere.</summary>
/// <param name="Number">From 1; the first 65 stand in sections, one a phase.</param>
/// <param name="Name">The fault in a few words.</param>
/// <param name="Phases">The phases in which it can strike.</param>
/// <param name="Simulated">Those of them in which it is simulated at the narrowest seam: they need Windows, a power cut, or hours.</param>
/// <param name="Reasons">Why it cannot strike in each of the others.</param>
internal sealed record FaultLine(
    int Number, string Name, IReadOnlyList<string> Phases, IReadOnlyList<string> Simulated, IReadOnlyDictionary<string, string> Reasons)
{
    /// <summary>What a run goes through; of a journal, a process and a machine, all that outlives a phase is "process".</summary>
    internal static readonly string[] AllPhases = ["submit", "wait", "download", "process", "input"];

    /// <summary>Reads <c>Matrix/cells.txt</c>, which says how it is written.</summary>
    internal static IReadOnlyList<FaultLine> ReadAll()
    {
        string[][] rows = [.. File.ReadLines(Repository.PathOf("tests/ZhipuVideo.Fault.Tests/Matrix/cells.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))];
        return [.. rows.Where(row => row.Length == 4).Select(row => Read(row, rows.Where(other => other.Length == 2)))];
    }

    /// <summary>The phase of a test that names none: its section of the table, and beyond the sections the first phase that the line names.</summary>
    internal string Home => Number switch { < 20 => "submit", < 31 => "wait", < 49 => "download", < 57 => "process", < 66 => "input", _ => Phases[0] };

    private static FaultLine Read(string[] row, IEnumerable<string[]> defaults)
    {
        int number = int.Parse(row[0], CultureInfo.InvariantCulture);
        string[] marked = row[2].Split(' ');
        string[] phases = [.. marked.Select(phase => phase.TrimEnd('~'))];
        string[] simulated = [.. phases.Where(phase => marked.Contains(phase + "~"))];
        Dictionary<string, string> reasons = [];
        foreach (string reason in defaults.Where(d => IsIn(d[0], number)).Select(d => d[1]).Append(row[3]).SelectMany(r => r.Split(';')))
        {
            string[] pair = reason.Split(':', 2, StringSplitOptions.TrimEntries);
            if (pair.Length < 2) continue;
            foreach (string phase in pair[0].Split(", ").Except(phases)) reasons[phase] = pair[1];
        }
        string[] unknown = [.. phases.Concat(reasons.Keys).Except(AllPhases), .. AllPhases.Except(phases).Except(reasons.Keys)];
        return unknown.Length == 0
            ? new FaultLine(number, row[1], phases, simulated, reasons)
            : throw new FormatException($"cells.txt, line {number:00}: {string.Join(", ", unknown)} is no phase, or not said to be one");
    }

    private static bool IsIn(string range, int number)
    {
        int[] ends = [.. range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
        return ends[0] <= number && number <= ends[1];
    }
}
