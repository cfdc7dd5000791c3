using System;
using System.Linq;
using ZhipuVideo.Polling;

namespace ZhipuVideo.Benchmarks.Simulation;

/// <summary>Prints what the simulations show.</summary>
internal static class SimulateCommand
{
    internal static void Polling(int seeds)
    {
        Console.WriteLine("Polling: known distribution, c = 0.3 s           polls   lag s    eta | best fixed interval");
        foreach (double sigma in new[] { 0.2, 0.35, 0.6 })
        {
            foreach (double median in new[] { 5.0, 30, 90, 300 })
            {
                PollingFigures ours = PollingFigures.Mean(Enumerable.Range(0, seeds).Select(seed => PollingSimulation.Known(median, sigma, 3000, seed)));
                Print($"sigma {sigma}, T = {median}", ours);
            }
        }

        Console.WriteLine("cold, frozen after 20 ends of a K=5 stream, 1,500 fresh jobs");
        foreach (double median in new[] { 0.2, 1, 6.0, 60, 90, 600 })
        {
            ServiceTimes times = new(median, 0.35);
            PollingFigures[] runs = Enumerable.Range(0, seeds).Select(seed =>
                PollingSimulation.Frozen(PollingSimulation.AfterStream(times, 20, 5, seed), times, 1500, seed + 5000)).ToArray();
            Print($"T = {median} (worst {runs.Min(r => r.Eta):f3})", PollingFigures.Mean(runs));
        }

        foreach (int slots in new[] { 5, 48, 200 })
        {
            Console.WriteLine($"online from cold, 200 jobs, {slots} at a time");
            foreach (double median in new[] { 0.2, 1, 6.0, 60, 90, 600 })
            {
                ServiceTimes times = new(median, 0.35);
                Print($"T = {median}", PollingFigures.Mean(Enumerable.Range(0, seeds).Select(seed =>
                    PollingSimulation.Figures(times, PollingSimulation.Stream(
                        new PollingSchedule(new Random(seed + 1000).NextDouble), times, times.Next(new Random(seed), 200), slots, 200)))));
            }
        }
    }

    internal static void Slots(int seeds)
    {
        Console.WriteLine("slots, N=100, K unknown, cold, sigma .35: ratio, use, best use, polls, refused, of these probes");
        foreach (double latency in new[] { 0, 0.1 })
        foreach (int slots in new[] { 1, 2, 3, 5, 10, 15, 20 })
        {
            foreach (double median in slots == 5 ? new[] { 1.0, 5, 30, 90 } : new[] { 90.0 })
            {
                SlotFigures f = SlotSimulation.Mean(new ServiceTimes(median, 0.35), 100, slots, seeds, latency);
                Console.WriteLine($"latency {latency} K={slots} T={median,-6} {f.Ratio:f4} {f.Use:f3} {f.BestUse:f3} {f.Polls,6:f1} {f.Refused:p2} {f.Probes:p2}");
            }
        }

        foreach ((int before, int after) in new[] { (5, 10), (5, 6), (5, 2), (1, 5), (10, 5), (2,20) })
        {
            SlotFigures f = SlotSimulation.Mean(new ServiceTimes(90, 0.35), 200, before, seeds, 0.1, 600, after);
            Console.WriteLine($"N=200 K={before} from 600 s {after}: {f.Ratio:f4} {f.Polls,6:f1} {f.Refused:p2} {f.Probes:p2}");
        }

        foreach (double at in new[] { 0.0, 300 })
        foreach (int slots in new[] { 2, 5, 10 })
        foreach (double median in new[] { 5, 90.0 })
        {
            SharedFigures f = SlotSimulation.MeanShared(new ServiceTimes(median, 0.35), 100, slots, at*median/90, 0.1, seeds);
            Console.WriteLine($"two clients K={slots} T={median} second at {at}: {f.Ratio:f4} {f.SmallerShare:f2} {f.Refused:p2}");
        }

        Console.WriteLine("200 rows, ample slots, latency .1: ideal 2.5 s");
        SlotFigures g = SlotSimulation.Mean(new ServiceTimes(90, 0.35), 200, 10000, 2, 0.1);
        Console.WriteLine($"submitted {g.Submitted:f2} s");
    }

    internal static void Outage(int seeds)
    {
        foreach (bool circuit in new[] { true, false })
        foreach (double timeout in new[] { 0.0, 10 })
        {
            OutageFigures[] runs = Enumerable.Range(0, seeds).Select(seed => OutageSimulation.Run(1000, 60, timeout, circuit, seed)).ToArray();
            Console.WriteLine($"circuit {circuit} timeout {timeout}: mean {OutageFigures.Mean(runs)}");
            Console.WriteLine($"     worst {OutageFigures.Worst(runs)}");
        }
    }

    private static void Print(string name, PollingFigures ours) =>
        Console.WriteLine($"{name,-48} {ours.Polls,5:f2}  {ours.Lag,6:f3}  {ours.Eta,5:f3}");
}
