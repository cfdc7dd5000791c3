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
        ("F45_A_link_in_the_way", "Wine says that it has made a symbolic link, and makes none"),
        ("CryptographicException", "Wine's TLS takes no certificate of a test's own"),
        ("AuthenticationException", "Wine's TLS takes no certificate of a test's own"),
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
            int passed = lines.Count(line => line == "PASSED"), skipped = lines.Count(line => line == "SKIPPED");
            (Passed, Skipped) = (Passed + passed, Skipped + skipped);
            string last = lines.LastOrDefault(line => line.StartsWith("BEGAN ", StringComparison.Ordinal))?[6..] ?? name;
            if (lines is not [.., "ENDED"]) lines = [.. lines, $"FAILED {last} | {(lines is [.., "KILLED"] ? $"KILLED after {Limit.TotalMinutes} minutes" : "the process broke off")}"];
            string[] failures = [.. lines.Where(line => line.StartsWith("FAILED ", StringComparison.Ordinal))];
            foreach (string line in failures)
            {
                string? reason = Limits.FirstOrDefault(limit => line.Contains(limit.Pattern, StringComparison.Ordinal)).Reason;
                if (reason is null) Failed++;
                else Excused++;
                print($"  {(reason is null ? line : $"left out {line[7..]} ({reason})")}");
            }
            print($"  {name.Split('.')[^1]}: {passed} passed, {failures.Length} failed, {skipped} skipped");
        }
    }
}
