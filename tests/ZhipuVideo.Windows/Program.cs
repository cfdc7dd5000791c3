namespace ZhipuVideo.Windows;

/// <summary>
/// What can be run of Windows without one: the build of PowerShell 7 for Windows, put together from NuGet packages, under Wine, with the packed
/// module in it, and the client's tests. Wine is not Windows, and takes minutes: no part of CI.
/// <code>dotnet run -c Release --project tests/ZhipuVideo.Windows [-- [again] smoke | tests]</code>
/// With <c>again</c> nothing is put together anew.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        if (!Wine.IsThere)
        {
            await Console.Error.WriteLineAsync("Wine is not on this machine (Debian: wine, wine64). Nothing was run.");
            return 2;
        }
        string output = Repository.PathOf("artifacts/windows");
        bool isAgain = arguments.Contains("again");
        Wine wine = new(Path.Combine(output, "prefix"));
        if (!isAgain)
        {
            if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
            await wine.PrepareAsync();
        }
        int passed = 0, failed = 0, skipped = 0;
        if (!arguments.Contains("tests"))
        {
            if (!isAgain) await DotnetAsync("publish", "tests/ZhipuVideo.Windows/Host", "-o", Path.Combine(output, "host"));
            if (!isAgain) await DotnetAsync("build", "src/ZhipuVideo.Package", "-t:Package", $"-p:PackageFolder={Path.Combine(output, "package")}/");
            await using Smoke smoke = new(wine, Path.Combine(output, "host", "ZhipuVideo.Windows.Host.exe"), Path.Combine(output, "package"), Path.Combine(output, "smoke"));
            await smoke.StartAsync();
            foreach ((string name, Func<Task<string?>> run) in smoke.Steps)
            {
                Stopwatch watch = Stopwatch.StartNew();
                string? wrong;
                try
                {
                    wrong = await run();
                }
                catch (TimeoutException e)
                {
                    wrong = e.Message;
                }
                Console.WriteLine($"{(wrong is null ? "held  " : "FAILED")} {name} ({watch.Elapsed.TotalSeconds:F0} s){(wrong is null ? "" : ": " + wrong)}");
                if (wrong is null) passed++;
                else failed++;
            }
        }
        if (!arguments.Contains("smoke"))
        {
            // Where the build puts it: -o would be the folder of all that it refers to
            string runner = Repository.PathOf("tests/ZhipuVideo.Windows/Runner/bin/Release/net10.0/win-x64/ZhipuVideo.Windows.Runner.exe");
            if (!isAgain || !File.Exists(runner)) await DotnetAsync("build", "tests/ZhipuVideo.Windows/Runner");
            ClientTests tests = new(wine, runner);
            await tests.RunAsync(Console.WriteLine);
            (passed, failed, skipped) = (passed + tests.Passed, failed + tests.Failed, skipped + tests.Skipped + tests.Excused);
        }
        Console.WriteLine();
        Console.WriteLine(NotRun);
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 ? 0 : 1;
    }

    private const string NotRun = """
        Not run, and why:
          Windows PowerShell 5.1: .NET Framework does not run under Wine without Microsoft's installer; its build runs on Mono (MonoTests).
          pwsh.exe: it writes to a console that is not there; the engine runs in a host of thirty lines.
          TLS: Wine's Schannel is GnuTLS with other errors; proxies, drives of others, access lists, an antivirus: there are none here.
          Tests that need a second user, a pipe, a symbolic link or another process by 'dotnet' are skipped, or said to be left out above.
        """;

    private static async Task DotnetAsync(string command, string project, params string[] arguments)
    {
        (int exitCode, string text, string error) = await Child.RunAsync("dotnet", [command, Repository.PathOf(project), "-c", "Release", "-v", "q", "-nologo", "-nodeReuse:false", .. arguments]);
        if (exitCode != 0) throw new InvalidOperationException(text + error);
    }
}
