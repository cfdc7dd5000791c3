namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>`simulate [polling|slots|restart|outage] [--seeds N]`: what waiting well is worth, on a virtual clock.</summary>
internal static class SimulateCommand
{
    private static readonly (string Name, Action<int> Print)[] Parts = [("polling", Polling), ("slots", Slots), ("restart", Restart), ("outage", Outage)];

    internal static int Run(IReadOnlyList<string> args)
    {
        string? wanted = null;
        int seeds = 20;
        for (int i = 0; i < args.Count; i++)
        {
            if (args[i] == "--seeds" && i + 1 < args.Count && int.TryParse(args[i + 1], out int number) && number > 0)
            {
                seeds = number;
                i++;
            }
            else if (wanted is null && Parts.Any(part => part.Name == args[i]))
            {
                wanted = args[i];
            }
            else
            {
                Console.Error.WriteLine("simulate [polling|slots|restart|outage] [--seeds N]");
                return 2;
            }
        }

        foreach ((string name, Action<int> print) in Parts)
            if (wanted is null || wanted == name) print(seeds);
        return 0;
    }

    private static void Polling(int seeds)
    {
        Title("Polling: service times log-normal with median T", "polls", "lag s", "eta");
        foreach (double sigma in new[] { 0.2, 0.35, 0.6 })
        {
            foreach (double median in new[] { 5.0, 30, 90, 300 })
                Row($"known, sigma {sigma}, T = {median} s", PollingSimulation.Known(median, sigma, seeds));
        }

        foreach (double interval in new[] { 1.0, 2, 5, 10, 30 })
            Row($"every {interval} s, sigma 0.35, T = 90 s", PollingSimulation.Fixed(new ServiceTimes(90, 0.35), interval, 60_000, 0));

        foreach (double median in new[] { 6.0, 60, 90, 600 })
            Row($"cold, frozen after 20 ends, T = {median} s", PollingSimulation.Cold(new ServiceTimes(median, 0.35), seeds));

        foreach (int slots in new[] { 5, 200 })
        {
            foreach (double median in new[] { 0.2, 1, 6, 60, 600 })
            {
                PollingFigures figures = PollingSimulation.Online(new(median, 0.35), slots, seeds);
                Row($"cold, learning, 200 jobs, {slots} at a time, T = {median} s", figures);
            }
        }

        foreach (double prior in new[] { 0.2, 600 })
            Row($"the same, 5 at a time, T = 60 s, prior {prior} s", PollingSimulation.Online(new(60, 0.35), 5, seeds, prior));

        foreach ((double before, double after) in new[] { (60.0, 600.0), (600, 60) })
        {
            PollingFigures figures = PollingSimulation.Drift(new(before, 0.35), new(after, 0.35), seeds);
            Row($"100 jobs of {before} s, then 100 of {after} s: these", figures);
        }

        ServiceTimes twoKinds = new((0.5, 20, 0.15), (0.5, 90, 0.15));
        foreach (int ends in new[] { 20, 100 })
            Row($"two kinds, 20 s and 90 s, frozen after {ends} ends", PollingSimulation.Cold(twoKinds, seeds, ends));

        Row("the same, the best fixed interval", PollingSimulation.Fixed(twoKinds, 5, 60_000, 0));
        (PollingFigures ended, double stuckPolls) = PollingSimulation.Stuck(new(90, 0.35), seeds);
        Row("one of 20 never ends, T = 90 s: the others", ended);
        Row("the stuck ones, polls in an hour", stuckPolls);
        (double learning, double planning) = PollingSimulation.Effort();
        Row("microseconds: learning from an end, planning a poll", learning, planning);
    }

    private static void Slots(int seeds)
    {
        Title("Slots: 100 rows, K unknown, cold, sigma 0.35", "ratio", "use", "best", "polls", "refused", "probes", "learning");
        foreach (double latency in new[] { 0, 0.1 })
        {
            foreach (double median in new[] { 1.0, 5, 30, 90 })
                Row($"K = 5, T = {median} s, latency {latency} s", SlotSimulation.Mean(new(median, 0.35), 100, 5, seeds, latency));
        }

        foreach (int slots in ScheduleBenchmark.Limits)
        {
            int rows = ScheduleBenchmark.RowsFor(slots);
            Row($"K = {slots}, {rows} rows, T = 90 s, latency 0.1 s", SlotSimulation.Mean(new(90, 0.35), rows, slots, seeds, 0.1));
        }

        foreach ((int before, int after) in new[] { (5, 6), (5, 10), (1, 5), (10, 5), (5, 2) })
            Row($"200 rows, K = {before}, after 600 s {after}", SlotSimulation.Mean(new(90, 0.35), 200, before, seeds, 0.1, 600, after));

        Title("Another holds m of 5 slots and leaves; in service times", "all used after", "worst run", "idle slots", "refused per T");
        Row("m = 4 from the beginning for 25 s, T = 5 s", SlotSimulation.MeanContended(new(5, 0.01), 5, 4, 0, 25, 0.02, seeds));
        foreach (double from in new[] { 0.0, 10 })
        {
            foreach (int taken in new[] { 1, 2, 3, 4, 5 })
            {
                foreach (double stay in new[] { 0.5, 1, 2, 5, 10, 20 })
                {
                    ContentionFigures figures = SlotSimulation.MeanContended(new(90, 0.35), 5, taken, from * 90, stay * 90, 0.1, seeds);
                    Row($"m = {taken} from {from} T for {stay} T, T = 90 s", figures);
                }
            }
        }

        Title("Two clients of 100 rows each on one account, latency 0.1 s", "ratio", "smaller share", "refused");
        foreach (double secondAt in new[] { 0.0, 300 })
        {
            foreach (int slots in new[] { 2, 5, 10 })
            {
                SharedFigures figures = SlotSimulation.MeanShared(new(90, 0.35), 100, slots, secondAt, 0.1, seeds);
                Row($"K = {slots}, T = 90 s, the second after {secondAt} s", figures.Ratio, figures.SmallerShare, figures.Refused);
            }
        }

        Title("Submission of 200 rows, eight at a time, latency 0.1 s, slots for all", "s", "ideal", "ratio");
        double submitted = SlotSimulation.Mean(new(90, 0.35), 200, 1000, 1, 0.1).Submitted;
        Row("until the last is accepted", submitted, 2.5, submitted / 2.5);
    }

    private static void Restart(int seeds)
    {
        Title("The run after a killed one: 200 rows, 60 done, K = 5; in service times", "makespan", "idle", "first 3 T", "refused", "polls");
        foreach ((double median, double pause) in new[] { (5.0, 1.0), (5, 3600), (90, 1), (90, 3600) })
        {
            foreach (bool isWarm in new[] { false, true })
            {
                RestartFigures figures = SlotSimulation.MeanRestarted(new(median, 0.35), 200, 60, 5, pause, isWarm, 0.1, seeds);
                string name = $"T = {median} s, {pause} s later, {(isWarm ? "warm" : "cold")}";
                Row(name, figures.Makespan, figures.Idle, figures.Early, figures.Refused, figures.Polls);
            }
        }
    }

    private static void Outage(int seeds)
    {
        Title("Outage of 60 s, 1,000 jobs in flight", "requests a job", "first answer s", "backlog s", "peak per s");
        foreach ((double timeout, string name) in new[] { (0.0, "refused at once"), (10, "time-outs of 10 s") })
        {
            OutageFigures[] runs = OutageSimulation.Runs(1000, 60, timeout, circuit: true, seeds);
            Row(name, Figures.Mean(runs));
            Row(name + ", worst run", Figures.Worst(runs));
            Row(name + ", retries alone", Figures.Mean(OutageSimulation.Runs(1000, 60, timeout, circuit: false, seeds)));
        }
    }

    private static void Row(string name, PollingFigures figures) => Row(name, figures.Polls, figures.Lag, figures.Eta);

    private static void Row(string name, SlotFigures figures) =>
        Row(name, figures.Ratio, figures.Use, figures.BestUse, figures.Polls, figures.Refused, figures.Probes, figures.Learning);

    private static void Row(string name, ContentionFigures figures) => Row(name, figures.Back, figures.Worst, figures.Idle, figures.Refused);

    private static void Row(string name, OutageFigures figures) =>
        Row(name, figures.RequestsPerJob, figures.FirstAnswer, figures.Backlog, figures.PeakRate);

    private static void Row(string name, params double[] values) =>
        Line(name, values.Select(value => value.ToString("0.000", CultureInfo.InvariantCulture)));

    private static void Title(string name, params string[] columns)
    {
        Console.WriteLine();
        Line(name, columns);
    }

    private static void Line(string name, IEnumerable<string> columns) =>
        Console.WriteLine(name.PadRight(68) + string.Concat(columns.Select(column => column.PadLeft(15))));
}
