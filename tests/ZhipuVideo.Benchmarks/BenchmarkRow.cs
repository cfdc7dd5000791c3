namespace ZhipuVideo.Benchmarks;

/// <summary>One row of the table.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Reference">The reference's in the same run; null = none.</param>
/// <param name="Ratio">Ours divided by the reference's, or ours where there is none: the median of the pairs.</param>
/// <param name="Target">What the ratio must be: <c>&gt;= x</c> or <c>&lt;= x</c>.</param>
internal sealed record BenchmarkRow(string Name, double Ours, double? Reference, double Ratio, string Target)
{
    /// <summary>Whether the target is met.</summary>
    internal bool IsMet
    {
        get
        {
            double limit = double.Parse(Target.AsSpan(3), CultureInfo.InvariantCulture);
            return Target[0] == '>' ? Ratio >= limit : Ratio <= limit;
        }
    }

    /// <summary>A row of pairs that were measured in turn.</summary>
    internal static BenchmarkRow OfPairs(string name, IReadOnlyList<double> ours, IReadOnlyList<double> references, string target) =>
        new(name, Median(ours), Median(references), Median(ours.Zip(references, (o, r) => o / r).ToList()), target);

    internal static double Median(IReadOnlyList<double> values) => Quantile(values, 0.5);

    internal static double Quantile(IReadOnlyList<double> values, double q)
    {
        double[] sorted = values.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)Math.Round(q * (sorted.Length - 1)))];
    }

    internal static void PrintHeader() => Console.WriteLine($"{"figure",-66} {"ours",11} {"reference",11} {"ratio",8}  target");

    internal void Print() => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{Name,-66} {Ours,11:F3} {(Reference is double r ? r.ToString("F3", CultureInfo.InvariantCulture) : "-"),11} {Ratio,8:F3}  {Target}{(IsMet ? "" : "  MISSED")}"));
}
