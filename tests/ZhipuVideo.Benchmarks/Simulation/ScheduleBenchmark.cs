namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>The figures of waiting well on the virtual clock that have a target; `simulate` prints many more.</summary>
internal static class ScheduleBenchmark
{
    private const int Seeds = 100;

    /// <summary>What an account may be limited to: every K that is likely, some that are not.</summary>
    internal static readonly int[] Limits = [.. Enumerable.Range(1, 64), 80, 100, 150, 200];

    /// <summary>Rows enough that the limit binds.</summary>
    internal static int RowsFor(int limit) => Math.Max(100, 2 * limit);

    internal static IEnumerable<BenchmarkRow> Run()
    {
        const double Sigma = 0.35;
        SlotFigures slots = SlotSimulation.Mean(new(90, Sigma), 100, 5, Seeds);
        yield return Of("makespan of list scheduling / ours, T = 90 s, K = 5 unknown", slots.Ratio, ">= 0.985");
        yield return Of("  polls a job", slots.Polls, "<= 35");
        yield return new("  use of the slots / the best that is possible", slots.Use, slots.BestUse, slots.Use / slots.BestUse, ">= 0.985");
        (int Limit, SlotFigures Figures)[] learned =
            Limits.Select(limit => (limit, SlotSimulation.Mean(new(90, Sigma), RowsFor(limit), limit, Seeds, 0.1))).ToArray();
        (int worst, SlotFigures most) = learned.MaxBy(l => l.Figures.Refused);
        yield return Of($"refused POSTs, K = {Limits[0]} .. {Limits[^1]}, N = 100 or 2 K: the worst (K = {worst})", most.Refused, "<= 0.05");
        yield return Of("  the mean", learned.Average(l => l.Figures.Refused), "<= 0.05");
        yield return Of("  the worst without probes and first learning", learned.Max(l => l.Figures.Refused - l.Figures.Probes - l.Figures.Learning), "<= 0.01");

        ContentionFigures held = SlotSimulation.MeanContended(new(5, 0.01), 5, 4, 0, 25, 0.02, Seeds);
        yield return Of("4 of 5 slots held by another until 25 s, T = 5 s: all used again, in T after, worst run", held.Worst, "<= 2");
        yield return Of("  refused POSTs per T while he was there", held.Refused, "<= 1");
        ContentionFigures[] taken = [.. from m in Enumerable.Range(1, 5)
                                        from stay in (double[])[0.5, 1, 2, 5, 10, 20]
                                        select SlotSimulation.MeanContended(new(90, Sigma), 5, m, 900, stay * 90, 0.1, Seeds / 5)];
        yield return Of("m of 5 slots taken from us for 0.5 .. 20 T, all m: all used again, in T after, mean", taken.Average(f => f.Back), "<= 1.5");
        yield return Of("  the worst run", taken.Max(f => f.Worst), "<= 2.5");

        foreach (double median in (double[])[30, 90, 300])
        {
            PollingFigures known = PollingSimulation.Known(median, Sigma, Seeds);
            double best = new[] { 1.0, 2, 5, 10, 30 }.Max(interval => PollingSimulation.Fixed(new(median, Sigma), interval, 20_000, 0).Eta);
            yield return Of($"eta, distribution known, T = {median} s; beside the best fixed interval", known.Eta, best, ">= 0.90");
            if (median != 90) continue;
            yield return Of("  polls a job", known.Polls, "<= 10");
            yield return Of("  mean lag in seconds", known.Lag, "<= 3");
        }

        foreach ((double median, string target) in ((double, string)[])[(6, ">= 0.80"), (60, ">= 0.85"), (90, ">= 0.85"), (600, ">= 0.85")])
            yield return Of($"eta, cold, frozen after 20 ends, T = {median} s", PollingSimulation.Cold(new(median, Sigma), Seeds).Eta, target);

        foreach ((double timeout, string name) in ((double, string)[])[(0, "refused at once"), (10, "time-outs of 10 s")])
        {
            OutageFigures ours = Figures.Mean(OutageSimulation.Runs(1000, 60, timeout, circuit: true, Seeds));
            OutageFigures alone = Figures.Mean(OutageSimulation.Runs(1000, 60, timeout, circuit: false, 5));
            yield return Of($"outage of 60 s, {name}: requests a job, beside retries alone", ours.RequestsPerJob, alone.RequestsPerJob, "<= 1.1");
            yield return Of("  first answer, seconds after the return", ours.FirstAnswer, alone.FirstAnswer, "<= 7");
            yield return Of("  backlog done, seconds after the return", ours.Backlog, alone.Backlog, "<= 20");
            yield return Of("  most requests in a second", ours.PeakRate, alone.PeakRate, "<= 100");
        }
    }

    private static BenchmarkRow Of(string name, double ours, string target) => new(name, ours, null, ours, target);

    /// <summary>The reference stands beside it; the target is of our figure.</summary>
    private static BenchmarkRow Of(string name, double ours, double reference, string target) => new(name, ours, reference, ours, target);
}
