namespace ZhipuVideo.Windows;

/// <summary>
/// The client's own tests of what is otherwise on Windows: files, journals, submissions. A class is a process, so that one that hangs costs no other.
/// </summary>
internal sealed class ClientTests(Wine wine, string runner)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly string[] Namespaces = ["Download", "Journaling", "Submission"];

    /// <summary>What Wine 8 cannot do, by what the failure says or the name of the test.</summary>
    private static readonly (string Pattern, string Reason)[] Limits =
    [
        ("CreateSymbolicLink", "Wine makes no symbolic links"),
        ("mkfifo", "no pipes in folders on Windows"),
        ("'dotnet'", "it starts another process by a dotnet that is not there"),
        ("KILLED", "Wine stood still"),
    ];

    internal int Passed { get; private set; }

    internal int Failed { get; private set; }

    internal int Excused { get; private set; }

    internal int Skipped { get; private set; }

    /// <summary>Runs them all and prints each that failed, with the reason where it is Wine's.</summary>
    internal async Task RunAsync(Action<string> print)
    {
        string[] classes = await wine.RunAsync(runner, Limit, ["list", .. Namespaces.Select(name => "ZhipuVideo.Client.Tests." + name)]);
        foreach (string name in classes)
        {
            string[] lines = await wine.RunAsync(runner, Limit, "run", name);
            string[] sums = lines.LastOrDefault(line => line.StartsWith("SUMS ", StringComparison.Ordinal))?.Split(' ') ?? ["SUMS", "0", "0", "0"];
            Passed += int.Parse(sums[1], CultureInfo.InvariantCulture);
            Skipped += int.Parse(sums[3], CultureInfo.InvariantCulture);
            foreach (string line in lines.Where(line => line.StartsWith("FAILED ", StringComparison.Ordinal) || line == "KILLED"))
            {
                string? reason = Limits.FirstOrDefault(limit => line.Contains(limit.Pattern, StringComparison.Ordinal)).Reason;
                if (reason is null) Failed++;
                else Excused++;
                print($"  {(reason is null ? "FAILED" : "left out")} {name.Split('.')[^1]}: {line}{(reason is null ? "" : $" ({reason})")}");
            }
            print($"  {name.Split('.')[^1]}: {sums[1]} passed, {sums[2]} failed, {sums[3]} skipped");
        }
    }
}
