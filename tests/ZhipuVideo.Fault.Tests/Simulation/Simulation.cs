using System.Security.Cryptography;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>
/// The real submitter, poller, slot gate, circuit and journal in a world where time, network, disk and chance are simulated. A seed gives
/// one life of a batch, the same whenever it is run; the seed that breaks an invariant is printed with all that happened.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- simulate [seeds] [first]</code>
/// </summary>
internal static class Simulation
{
    /// <summary>Runs seeds one after the other; the process must be given up to it (see <see cref="World"/>).</summary>
    /// <returns>0, or 1 when a seed broke an invariant.</returns>
    public static int Run(int seeds, int first, Action<string> print)
    {
        World.Enter();
        return Task.Run(() => RunAsync(seeds, first, print)).GetAwaiter().GetResult();
    }

    private static async Task<int> RunAsync(int seeds, int first, Action<string> print)
    {
        using TemporaryFolder folder = new();
        long start = Stopwatch.GetTimestamp();
        (int tasks, int posts, int looks, int runs, int broken) = (0, 0, 0, 0, 0);
        (double used, double idle) = (0, 0);
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int seed = first; seed < first + seeds; seed++)
        {
            try
            {
                Scenario scenario = await Scenario.RunAsync(seed, folder.FullName);
                tasks += scenario.Tasks;
                posts += scenario.Posts;
                looks += scenario.Looks;
                runs += scenario.Runs;
                used += scenario.Slots.Used;
                idle += scenario.Slots.Idle;
                digest.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', scenario.Trace)));
                if (seeds == 1) foreach (string line in scenario.Trace) print(line);
            }
            catch (SimulationFailure failure)
            {
                if (broken++ == 0) foreach (string line in failure.Trace) print(line);
                print(failure.Message);
            }
            foreach (string file in Directory.GetFiles(folder.FullName)) File.Delete(file);
        }
        print($"{seeds} seeds from {first}, {broken} broke an invariant, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s");
        print($"{runs} runs, {tasks} tasks, {posts} submissions and {looks} looks: {(double)(posts + looks) / Math.Max(tasks, 1):F2} requests a task");
        print($"digest of all that happened: {Convert.ToHexString(digest.GetHashAndReset(), 0, 8)}");
        print($"in fair weather {idle / Math.Max(used + idle, 1):P2} of the slots lay idle while rows waited");
        return broken == 0 ? 0 : 1;
    }
}
