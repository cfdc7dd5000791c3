using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using FsCheck;
using FsCheck.Fluent;
using ZhipuVideo.Tests.Simulation;

namespace ZhipuVideo.Tests.Model;

/// <summary>
/// Random sequences of submit, complete, poll, crash and resume against the real client and journal, with a small model as the oracle.
/// The sequence that fails is shrunk to a short one and printed with what happened.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- model [sequences]</code>
/// </summary>
internal static class ModelCheck
{
    private const int LongestSequence = 40;

    /// <summary>The process must be given up to it (see <see cref="World"/>).</summary>
    /// <returns>0, or 1 when the client and the model have parted.</returns>
    public static int Run(int sequences, Action<string> print)
    {
        World.Enter();
        using TemporaryFolder folder = new();
        bool Holds(Command[] commands, bool findsRequestIds)
        {
            Task.Run(() => Batch.RunAsync(commands, folder.FullName, findsRequestIds)).GetAwaiter().GetResult();
            foreach (string file in Directory.GetFiles(folder.FullName)) File.Delete(file);
            return true;
        }
        try
        {
            foreach (bool findsRequestIds in (IEnumerable<bool>)[true, false])
            {
                Config config = Config.QuickThrowOnFailure.WithMaxTest(sequences / 2).WithEndSize(LongestSequence);
                Check.One(config, Prop.ForAll(Command.Sequences, commands => Holds(commands, findsRequestIds)));
            }
        }
        catch (Exception e)
        {
            print(e.ToString());
            return 1;
        }
        print($"{sequences} sequences: the client did what the model says");
        return 0;
    }
}
