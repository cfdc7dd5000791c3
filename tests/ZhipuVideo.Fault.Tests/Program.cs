namespace ZhipuVideo.Tests;

/// <summary>The commands: at full length what the tests run in short.</summary>
internal static class Program
{
    private const string Usage = """
        Usage: ZhipuVideo.Fault.Tests COMMAND
          simulate [SEEDS] [FIRST]   lives of a batch in a simulated world, a seed each; 10000 seeds
          model [SEQUENCES] [SEED]   submit, poll, complete, crash and resume against a model; 10000 sequences
          fuzz [INPUTS] [SEED]       random and mutated inputs for every parser; 1000000 inputs
          rows [ROWS]                a CSV of so many rows through one pipeline that must not grow; 100000 rows
          soak [--short]             20000 jobs in an hour, with faults, by one process that must not grow; 5 minutes
          kill-loop [KILLS] [SEED]   kills the module, starts it again on the same journal, and checks what is left; 1000 kills
          matrix                     the fault table, line by phase: what held in the last dotnet test, what fell, what cannot be and why
        The tests themselves run with dotnet test.
        """;

    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["simulate", .. string[] rest]:
                return Simulation.Simulation.Run(Number(rest, 0, 10_000), Number(rest, 1, 1), System.Console.WriteLine);
            case ["model", .. string[] rest]:
                return Model.ModelCheck.Run(Number(rest, 0, 10_000), Number(rest, 1, Environment.TickCount), System.Console.WriteLine);
            case ["fuzz", .. string[] rest]:
                return Fuzz.Fuzzing.Run(Number(rest, 0, 1_000_000), Number(rest, 1, Environment.TickCount), System.Console.WriteLine).Count == 0 ? 0 : 1;
            case ["rows", .. string[] rest]:
                await Rows.RowsRun.RunAsync(Number(rest, 0, 100_000), System.Console.WriteLine);
                return 0;
            case ["soak"] or ["soak", "--short"]:
                await Soak.SoakRun.RunAsync(20_000, TimeSpan.FromMinutes(arguments.Length == 1 ? 60 : 5), System.Console.WriteLine);
                return 0;
            case ["kill-loop", .. string[] rest]:
                await KillLoop.KillLoop.RunAsync(
                    Number(rest, 0, 1000), Number(rest, 1, Environment.TickCount), Environment.ProcessorCount, System.Console.WriteLine);
                return 0;
            case ["matrix"]:
                return new Matrix.FaultMatrix().Print(Repository.PathOf("artifacts/test-results"), System.Console.WriteLine) ? 0 : 1;
            default:
                await System.Console.Error.WriteLineAsync(Usage);
                return 2;
        }
    }

    private static int Number(string[] words, int index, int otherwise) =>
        index < words.Length ? int.Parse(words[index], CultureInfo.InvariantCulture) : otherwise;
}
