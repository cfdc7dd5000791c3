using ZhipuVideo.Emulator;

namespace ZhipuVideo.Windows;

/// <summary>The packed module in the Windows PowerShell 7, step by step; the service is the emulator, outside of Wine.</summary>
internal sealed class Smoke(Wine wine, string host, string modules, string folder) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private EmulatorServer _emulator = null!;

    private IReadOnlyList<VideoTask> Tasks => _emulator.State.Tasks;

    /// <summary>The steps, in order; each says what was wrong, or nothing.</summary>
    internal IEnumerable<(string Name, Func<Task<string?>> Run)> Steps =>
    [
        ("import, auto-discovery, manifest", ImportAsync),
        ("a batch of a CSV with a journal", BatchAsync),
        ("the same line again submits nothing", AgainAsync),
        ("a second writer is refused, a reader is not", SecondWriterAsync),
        ("killed and started again, nothing is paid twice", KillAsync),
        ("names: devices, case twins, noncharacters, streams, a path of 400", NamesAsync),
        ("pictures as objects of another folder", PicturesAsync),
        ("a gallery, and again over one that is open", GalleryAsync),
        ("stopped, and the journal is free", StopAsync),
        ("Chinese: errors, help", () => LanguageAsync("zh-CN", "等待任务")),
        ("Chinese of Singapore: errors, help", () => LanguageAsync("zh-SG", "等待任务")),
        ("English: errors, help", () => LanguageAsync("en-US", "Waits for")),
        ("views in strict mode", ViewsAsync),
    ];

    internal async Task StartAsync()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        _emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0.5, Concurrency = 4 } });
    }

    public ValueTask DisposeAsync() => _emulator.DisposeAsync();

    private async Task<string?> ImportAsync()
    {
        string[] lines = await RunAsync("""
            (Get-Command -Module ZhipuVideo).Count
            (Get-Command New-CogVideo).Name
            (Test-ModuleManifest "$((Get-Module ZhipuVideo).ModuleBase)\ZhipuVideo.psd1").Version.Major
            (Get-Module ZhipuVideo).ModuleBase -like 'Z:*'
            """, import: false);
        return Expect(lines, "9", "New-CogVideo", "0", "True") ?? Expect(await RunAsync("(Get-Command -Module ZhipuVideo).Count"), "9");
    }

    private async Task<string?> BatchAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "rows.csv"), "Prompt,Name\n一只橘猫,月球\na boat,boat\n\"two\nlines\",lines\n", new UTF8Encoding(false));
        return Expect(await RunAsync(Batch), "boat.mp4 True", "lines.mp4 True", "月球.mp4 True")
            ?? (Tasks.Select(task => task.Prompt).Order(StringComparer.Ordinal).SequenceEqual(["a boat", "two\nlines", "一只橘猫"]) ? null : "other prompts reached the service");
    }

    private const string Batch = """
        Import-Csv rows.csv -Encoding UTF8 | New-CogVideo -JournalPath run.jsonl | Wait-CogVideo | Save-CogVideo -DestinationPath videos |
            Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Length -gt 1000)" }
        """;

    private async Task<string?> AgainAsync()
    {
        int before = Tasks.Count;
        return Expect(await RunAsync(Batch), "boat.mp4 True", "lines.mp4 True", "月球.mp4 True") ?? (Tasks.Count == before ? null : "something was submitted again");
    }

    private async Task<string?> SecondWriterAsync()
    {
        using Process first = Start("New-CogVideo 'x [stall]' -JournalPath held.jsonl | ForEach-Object { [Console]::WriteLine($_.Status); $_ } | Wait-CogVideo", "holder");
        try
        {
            if (await first.StandardOutput.ReadLineAsync() is not { } status || status.Trim() != "Processing") return "the first did not get its row accepted";
            string[] lines = await RunAsync("New-CogVideo y -JournalPath held.jsonl; (Get-CogVideoJob -JournalPath held.jsonl).Status; (Get-Content held.jsonl -Encoding UTF8).Count -gt 2");
            return lines is [var refused, "Processing", "True"] && refused.StartsWith("ENDED", StringComparison.Ordinal) ? null
                : lines.Any(line => line.Contains("CogVideo.JournalLocked", StringComparison.Ordinal)) && lines.Contains("Processing") && lines.Contains("True") ? null
                : string.Join(" / ", lines);
        }
        finally
        {
            first.Kill(entireProcessTree: true);
        }
    }

    private async Task<string?> KillAsync()
    {
        const string script = "1..8 | ForEach-Object { [pscustomobject]@{ Prompt = \"kill $_\"; Name = \"k$_\" } } | New-CogVideo -JournalPath kill.jsonl -RetryUnconfirmed | Wait-CogVideo | Save-CogVideo -DestinationPath killed | ForEach-Object Name";
        int Killed() => Tasks.Count(task => task.Prompt?.StartsWith("kill ", StringComparison.Ordinal) == true);
        for (int kill = 1; kill <= 3; kill++)
        {
            using Process run = Start(script, "killed");
            Task ended = run.WaitForExitAsync();
            await Task.WhenAny(_emulator.State.WhenAsync(_ => Killed() >= kill * 2), ended).WaitAsync(Limit);
            if (ended.IsCompleted) return $"run {kill} ended by itself: {await run.StandardOutput.ReadToEndAsync()}";
            run.Kill(entireProcessTree: true);
            await ended;
        }
        string[] lines = await RunAsync(script);
        int[] files = [.. lines.Where(line => line.EndsWith(".mp4", StringComparison.Ordinal)).Select(line => line[1] - '0').Distinct().Order()];
        string? doubled = Tasks.GroupBy(task => task.Prompt).FirstOrDefault(same => same.Key?.StartsWith("kill ", StringComparison.Ordinal) == true && same.Count() > 1)?.Key;
        return doubled is not null ? $"'{doubled}' was paid twice"
            : files.SequenceEqual(Enumerable.Range(1, 8)) ? null
            : string.Join(" / ", lines);
    }

    private async Task<string?> NamesAsync()
    {
        string[] lines = await RunAsync("""
            $names = 'con', 'NUL .x', 'Twin', 'twin', "x$([char]0xFDD0)y", "x$([char]::ConvertFromUtf32(0x1FFFE))z", 'a:b', 'C:\x', '猫'
            $deep = (Get-Location).ProviderPath + '\' + ('d' * 100) + '\' + ('e' * 100) + '\' + ('f' * 100)
            $names | ForEach-Object { [pscustomobject]@{ Prompt = 'name'; Name = $_ } } | New-CogVideo | Wait-CogVideo |
                Save-CogVideo -DestinationPath $deep | ForEach-Object { $_.Name -replace '\d{19}', 'ID' } | Sort-Object { [string]$_ } -Culture ''
            """);
        string[] expected = ["_con.mp4", "_NUL .x.mp4", "a_b.mp4", "C__x.mp4", "x_y.mp4", "x_z.mp4", "猫.mp4"];
        return expected.All(lines.Contains) && lines.Count(line => line.StartsWith("twin", StringComparison.OrdinalIgnoreCase)) == 2 && lines.Length == 9 ? null : string.Join(" / ", lines);
    }

    private async Task<string?> PicturesAsync()
    {
        byte[] picture = await File.ReadAllBytesAsync(Repository.PathOf("src/Examples/kite.png"));
        foreach (string name in (string[])["there/one.png", "there/two.png"])
        {
            Directory.CreateDirectory(Path.Combine(folder, "there"));
            await File.WriteAllBytesAsync(Path.Combine(folder, name), picture);
        }
        return Expect(
            await RunAsync("""
                (Get-ChildItem there | New-CogVideo -Prompt 'piped').Name -join ' '
                (New-CogVideo 'given' -Image (Get-Item there/one.png)).Image -like '*\there\one.png'
                """),
            "one two", "True");
    }

    private async Task<string?> GalleryAsync()
    {
        string[] lines = await RunAsync("""
            Get-CogVideoJob -JournalPath run.jsonl | Export-CogVideoGallery -Path page.html
            $held = [IO.File]::Open("$PWD\page.html", 'Open', 'Read', 'Read')
            $timer = [Threading.Timer]::new({ $held.Dispose() }.GetNewClosure(), $null, -1, -1)
            $release = [powershell]::Create().AddScript({ param($file) Start-Sleep 1; $file.Dispose() }).AddArgument($held)
            $null = $release.BeginInvoke()
            Get-CogVideoJob -JournalPath run.jsonl | Export-CogVideoGallery -Path page.html -Force
            (Get-Content page.html -Raw -Encoding UTF8) -match '月球'
            """);
        return Expect(lines, "True");
    }

    private async Task<string?> StopAsync()
    {
        string[] lines = await RunAsync("""
            $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
            $null = $shell.AddScript("Set-Location '$PWD'; New-CogVideo 'stop [stall]' -JournalPath stop.jsonl | Wait-CogVideo")
            $run = $shell.BeginInvoke()
            while (-not ((Test-Path stop.jsonl) -and (Get-CogVideoJob -JournalPath stop.jsonl -ErrorAction Ignore))) { Start-Sleep -Milliseconds 100 }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.ElapsedMilliseconds -lt 5000
            (New-CogVideo 'after' -JournalPath stop.jsonl).Status
            """);
        return Expect(lines, "True", "Processing");
    }

    private async Task<string?> LanguageAsync(string culture, string synopsis)
    {
        string[] lines = await RunAsync("New-CogVideo x -Fps 7 -Model cogvideox-2; (Get-Help Wait-CogVideo).Synopsis; (Get-Help about_ZhipuVideo).Length -gt 1000", culture);
        bool isChinese = culture.StartsWith("zh", StringComparison.Ordinal);
        return lines is [var error, var help, "True"]
            && error.StartsWith("ERROR CogVideo.InvalidInput", StringComparison.Ordinal) && error.Any(c => c is >= '\u4e00' and <= '\u9fff') == isChinese
            && help.StartsWith(synopsis, StringComparison.Ordinal) ? null : string.Join(" / ", lines);
    }

    private async Task<string?> ViewsAsync()
    {
        string[] lines = await RunAsync("Set-StrictMode -Version Latest; Get-CogVideoJob -JournalPath run.jsonl | Format-Table");
        return lines.Count(line => line.StartsWith("Success", StringComparison.Ordinal)) == 3 ? null : string.Join(" / ", lines);
    }

    private static string? Expect(string[] lines, params string[] expected) => lines.SequenceEqual(expected) ? null : string.Join(" / ", lines);

    private Task<string[]> RunAsync(string script, string culture = "en-US", bool import = true) =>
        wine.RunAsync(host, Limit, culture, Wine.PathOf(Write(script, import, "step")));

    private Process Start(string script, string name) => wine.Start(host, "en-US", Wine.PathOf(Write(script, true, name)));

    private string Write(string script, bool import, string name)
    {
        string path = Path.Combine(folder, name + ".ps1");
        File.WriteAllText(
            path,
            $"""
            $env:PSModulePath = '{Wine.PathOf(modules)}'
            $env:ZHIPUAI_API_KEY = '{EmulatorOptions.DemoKey}'
            $env:ZHIPUAI_BASE_URL = '{_emulator.BaseUri}'
            Set-Location '{Wine.PathOf(folder)}'
            {(import ? "Import-Module ZhipuVideo" : "")}
            {script}
            """,
            new UTF8Encoding(true));
        return path;
    }
}
