using FsCheck;
using FsCheck.Fluent;

namespace ZhipuVideo.Tests.Model;

/// <summary>
/// Random sequences of submit, complete, poll, crash and resume against the real client and journal, with a small model as the oracle.
/// The sequence that fails is shrunk to a short one and printed with what happened.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- model [sequences] [seed]</code>
/// </summary>
internal static class ModelCheck
{
    private const int LongestSequence = 40;

    /// <summary>Runs so many sequences, the same ones for the same seed; the process must be given up to it (see <see cref="World"/>).</summary>
    /// <returns>0, or 1 when the client and the model have parted.</returns>
    public static int Run(int sequences, int seed, Action<string> print)
    {
        World.Enter();
        using TemporaryFolder folder = new();
        bool Holds(Command[] commands, bool findsRequestIds)
        {
            Task.Run(() => Batch.RunAsync(commands, folder.FullName, findsRequestIds)).GetAwaiter().GetResult();
            foreach (string link in Directory.GetDirectories(folder.FullName)) Directory.Delete(link); // the link alone
            foreach (string file in Directory.GetFiles(folder.FullName)) File.Delete(file);
            return true;
        }
        try
        {
            foreach (bool findsRequestIds in (IEnumerable<bool>)[true, false])
            {
                Config config = Config.QuickThrowOnFailure.WithMaxTest(sequences / 2).WithEndSize(LongestSequence)
                    .WithReplay(new Replay(new Rnd((ulong)seed), size: null));
                Check.One(config, Prop.ForAll(Command.Sequences, commands => Holds(commands, findsRequestIds)));
            }
        }
        catch (Exception e)
        {
            print(e.ToString());
            print($"seed {seed}");
            return 1;
        }
        print($"{sequences} sequences of seed {seed}: the client did what the model says");
        return 0;
    }
}
