namespace ZhipuVideo.Tests.KillLoop;

/// <summary>
/// Kills the real module at random moments and at each named point, starts it again on the same journal, and checks after every batch
/// that nothing was paid twice, nothing paid was lost, every file is whole, and nothing else is on disk.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- kill-loop [kills] [seed]</code>
/// </summary>
internal sealed class KillLoop
{
    private readonly int _kills;
    private readonly int _seed;
    private readonly Action<string> _print;
    private readonly SortedDictionary<KillPoint, int> _killsAt = [];
    private int _batches;

    private KillLoop(int kills, int seed, Action<string> print) => (_kills, _seed, _print) = (kills, seed, print);

    /// <summary>Runs until so many kills have struck. The same seed makes the same batches; what a kill hits is up to the machine.</summary>
    internal static async Task RunAsync(int kills, int seed, int workers, Action<string> print)
    {
        print($"seed {seed}");
        KillLoop loop = new(kills, seed, print);
        await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(loop.WorkAsync)));
        foreach ((KillPoint point, int count) in loop._killsAt) print($"{point,-20}{count,6}");
        print($"{loop.Struck} kills of {loop._batches} batches survived: nothing paid twice, nothing lost");
    }

    private int Struck => _killsAt.Values.Sum();

    private async Task WorkAsync()
    {
        while (true)
        {
            int number = Interlocked.Increment(ref _batches);
            await using KillBatch batch = await KillBatch.CreateAsync(unchecked((_seed * 7919) + number));
            try
            {
                await batch.RunAsync(MayKill);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {_seed}, batch {number} ({batch.Description}): {e.Message}", e);
            }
            lock (_killsAt)
            {
                if (Struck >= _kills) return;
                _print($"batch {number}: {Struck} kills");
            }
        }
    }

    private bool MayKill(KillPoint point)
    {
        lock (_killsAt)
        {
            if (Struck >= _kills) return false;
            _killsAt[point] = _killsAt.GetValueOrDefault(point) + 1;
            return true;
        }
    }
}
