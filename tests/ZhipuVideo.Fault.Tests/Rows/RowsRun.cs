namespace ZhipuVideo.Tests.Rows;

/// <summary>
/// A CSV of a hundred thousand rows through New-CogVideo and Wait-CogVideo in one process: every row is accepted once, and what the process
/// holds on to does not grow with the rows.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Fault.Tests -- rows [rows]</code>
/// </summary>
internal static class RowsRun
{
    private const int Samples = 10;

    /// <summary>A runspace remembers ten thousand ended jobs; before so many rows its memory must grow.</summary>
    private const int FewestRows = 50_000;

    /// <summary>
    /// Kilobytes a row, between the middle and the end of a run: of each job Wait-CogVideo keeps the id, to know what it was given before.
    /// A row that was kept would cost five times that.
    /// </summary>
    private const double MostGrowth = 0.2;

    // What the collector has left is what is held on to
    private const string Script = """
        param([string] $Csv, [int] $Every)
        $ended = 0
        Import-Csv $Csv | New-CogVideo -ThrottleLimit 64 | Wait-CogVideo | ForEach-Object {
            if (++$ended % $Every -eq 0) { [GC]::GetTotalMemory($true) / 1mb }
        }
        $ended
        """;

    /// <summary>Runs so many rows; throws when one is lost or paid twice, or when memory grows.</summary>
    public static async Task RunAsync(int rows, Action<string> print)
    {
        using TemporaryFolder folder = new();
        string csv = folder.Write("prompts.csv", "Prompt,Name\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"text {i},row{i}\n")));
        string script = folder.Write("rows.ps1", Script);
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Log = false,
            Settings = new EmulatorSettings { Concurrency = rows, ServiceTime = 0 },
        });
        PwshSetup setup = PwshSetup.Connected(emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey, folder);

        long began = Stopwatch.GetTimestamp();
        using PwshProcess process = PwshProcess.Start(setup, script, "-Csv", csv, "-Every", $"{rows / Samples}");
        PwshResult result = await process.EndAsync();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(result.ExitCode == 0 && lines.Length == Samples + 1 && lines[^1] == $"{rows}", result.Output + result.Error);
        Assert.Equal(rows, emulator.State.Tasks.Select(task => task.Prompt).Distinct().Count());
        Assert.Equal(rows, emulator.State.Tasks.Count);
        double[] held = [.. lines[..Samples].Select(line => double.Parse(line, CultureInfo.InvariantCulture))];
        print($"{rows} rows in {seconds:F0} s, {rows / seconds:F0} a second; each accepted once");
        print($"megabytes held after each tenth: {string.Join(' ', held.Select(megabytes => megabytes.ToString("F1", CultureInfo.InvariantCulture)))}");
        if (rows >= FewestRows) Assert.InRange((held[^1] - held[(Samples / 2) - 1]) * 1024 / (rows / 2), double.NegativeInfinity, MostGrowth);
    }
}
