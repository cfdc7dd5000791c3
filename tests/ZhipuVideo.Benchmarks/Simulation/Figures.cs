namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>What several runs come to: of each number in their figures, which are records, the mean or the worst.</summary>
internal static class Figures
{
    internal static T Mean<T>(IEnumerable<T> runs) => Over(runs, Enumerable.Average);

    /// <summary>The mean over so many seeds.</summary>
    internal static T Mean<T>(int seeds, Func<int, T> run) => Mean(Enumerable.Range(0, seeds).Select(run));

    internal static T Worst<T>(IEnumerable<T> runs) => Over(runs, Enumerable.Max);

    private static T Over<T>(IEnumerable<T> runs, Func<IEnumerable<double>, double> over)
    {
        T[] all = [.. runs];
        System.Reflection.ConstructorInfo create = typeof(T).GetConstructors().Single();
        return (T)create.Invoke([.. create.GetParameters().Select(p => typeof(T).GetProperty(p.Name!)!).Select(number => (object)over(all.Select(run => (double)number.GetValue(run)!)))]);
    }
}
