namespace ZhipuVideo.Tests.Fuzz;

/// <summary>
/// Random and mutated inputs for every parser: none may throw anything but what it promises, take long, or take much memory.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- fuzz [inputs] [seed]</code>
/// </summary>
internal static class Fuzzing
{
    private const int MostFindings = 10;

    /// <summary>Far beyond what any input takes, even on a machine that does other things.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(5);

    /// <summary>Bytes allocated for an input of no length, and for each byte of it.</summary>
    private const long MostMemory = 4 << 20, MostMemoryPerByte = 1024;

    /// <summary>Parses so many inputs; the same seed makes the same ones.</summary>
    /// <returns>What was found, described; empty when nothing was.</returns>
    public static IReadOnlyList<string> Run(int inputs, int seed, Action<string> print)
    {
        List<string> findings = [];
        long[] slowest = new long[Targets.All.Count];
        long[] largest = new long[Targets.All.Count];
        int refused = 0;
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, inputs, (number, loop) =>
        {
            int target = number % Targets.All.Count;
            (string name, Func<Mutator, object> make, Action<object> parse) = Targets.All[target];
            object input = make(new Mutator(unchecked((seed * 1_000_003) + number)));
            long length = input is byte[] bytes ? bytes.Length : ((string)input).Length;
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long began = Stopwatch.GetTimestamp();
            string? finding = null;
            try
            {
                parse(input);
            }
            catch (CogVideoException e)
            {
                Interlocked.Increment(ref refused);
                if (e.Message.Length == 0) finding = "an error without words";
            }
            catch (Exception e)
            {
                finding = e.ToString();
            }
            long took = Stopwatch.GetTimestamp() - began;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Raise(ref slowest[target], took);
            Raise(ref largest[target], allocated);
            if (Stopwatch.GetElapsedTime(0, took) > LongestTime) finding ??= $"it took {Stopwatch.GetElapsedTime(0, took)}";
            if (allocated > MostMemory + (length * MostMemoryPerByte)) finding ??= $"it took {allocated} bytes";
            if (finding is null) return;
            lock (findings) findings.Add($"{name}, input {number} of seed {seed}: {finding}\n  {JsonSerializer.Serialize(input)}");
            if (findings.Count >= MostFindings) loop.Stop();
        });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (string finding in findings) print(finding);
        print($"{inputs} inputs of seed {seed}, {inputs / seconds:F0} a second, {refused} refused in the words of the client, {findings.Count} findings");
        for (int i = 0; i < Targets.All.Count; i++)
            print($"{Targets.All[i].Name,-16}{Stopwatch.GetElapsedTime(0, slowest[i]).TotalMilliseconds,10:F1} ms{largest[i] / 1024,10} KiB at most");
        return findings;
    }

    private static void Raise(ref long most, long value)
    {
        for (long seen = Volatile.Read(ref most); value > seen;)
        {
            long before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
