using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Benchmarks.Pipeline;

/// <summary>-WhatIf of a large file against a journal that knows all of its rows, beside reading the file.</summary>
internal static class PlanBenchmark
{
    private const int Rows = 100_000;
    private const int Rounds = 3;

    /// <summary>
    /// A line for each round, of seconds; the last of the bytes that live when the last row is read, beside those before: the journal's index, and
    /// no row of the file.
    /// </summary>
    private const string Script = """
        param([string] $Csv, [string] $Journal, [int] $Rounds, [int] $Rows)
        foreach ($round in 0..$Rounds) {
            $reading = Measure-Command { $null = Import-Csv $Csv }
            $planning = Measure-Command { Import-Csv $Csv | New-CogVideo -WhatIf -JournalPath $Journal 6> $null }
            [string]::Format([cultureinfo]::InvariantCulture, '{0} {1}', $planning.TotalSeconds, $reading.TotalSeconds)
        }
        $before = [GC]::GetTotalMemory($true)
        $count = 0
        $held = 0
        Import-Csv $Csv | ForEach-Object { if (++$count -eq $Rows) { $held = [GC]::GetTotalMemory($true) }; $_ } |
            New-CogVideo -WhatIf -JournalPath $Journal 6> $null
        "$($held - $before)"
        """;

    internal static async IAsyncEnumerable<BenchmarkRow> RunAsync()
    {
        using TemporaryFolder folder = new();
        string csv = folder.Write("rows.csv", "Prompt,Name,Model\n" + string.Concat(Enumerable.Range(0, Rows).Select(NewRow).Select(row => $"{row.Prompt},{row.Name},{row.Model}\n")));
        await WriteAsync(folder["run.jsonl"]);
        PwshResult result = await PwshProcess.RunAsync(
            new PwshSetup { Import = true, Folder = folder.FullName },
            folder.Write("plan.ps1", Script), "-Csv", csv, "-Journal", folder["run.jsonl"], "-Rounds", $"{Rounds}", "-Rows", $"{Rows}");
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length != Rounds + 2) throw new InvalidOperationException(result.Output + result.Error);
        double[][] seconds = [.. lines[1..^1].Select(line => line.Split(' ').Select(figure => double.Parse(figure, CultureInfo.InvariantCulture)).ToArray())]; // the first compiles
        yield return BenchmarkRow.OfPairs(
            "-WhatIf of 100,000 known rows / Import-Csv of them", [.. seconds.Select(pair => pair[0])], [.. seconds.Select(pair => pair[1])], "<= 1.5");
        double held = double.Parse(lines[^1], CultureInfo.InvariantCulture) / Rows;
        double texts = Enumerable.Range(0, Rows).Average(row => TextsOf(NewRow(row)).Sum(text => (22 + (2 * text.Length) + 7) & ~7));
        yield return new BenchmarkRow("bytes held per known row by -WhatIf, beside its texts", held, texts, held - texts, "<= 400");
    }

    private static VideoRequest NewRow(int row) => new() { Prompt = $"prompt {row} of a cat that walks along the beach at dusk", Name = $"row{row}", Model = "cogvideox-2" };

    private static string[] TextsOf(VideoRequest row) => [row.Prompt!, row.Name!, row.Model, "request-99999", new('0', 19), new('0', 64)];

    private static async Task WriteAsync(string path)
    {
        using JournalLease lease = Journal.Open(path);
        using JournalRun run = lease.Journal.BeginRun();
        Task last = Task.CompletedTask;
        for (int i = 0; i < Rows; i++)
        {
            VideoRequest request = NewRow(i);
            CogVideoJob job = request.ToJob($"request-{i}");
            _ = lease.Journal.IntentAsync(run.Claim(new PreparedRequest(request).ComputeHash()), job, request.Label);
            job.Id = $"88689022{i:d11}";
            last = lease.Journal.AcceptedAsync(job);
        }
        await last;
    }
}
