using System.Text.Json;

namespace ZhipuVideo.Tests.Console;

/// <summary>The starter: which PowerShell it takes, what it hands on, and what it leaves behind.</summary>
public sealed class ConsoleTests : IDisposable
{
    private const string WhichShell = "\"$PSHOME $((Get-Module ZhipuVideo).Version)\"";

    private readonly TemporaryFolder _folder = new();

    // <packages>/powershell/<version>/tools/<target>/any/unix/pwsh.dll
    private static DirectoryInfo ToolPackage { get; } = new FileInfo(Pwsh.Program).Directory!.Parent!.Parent!.Parent!.Parent!;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_scripts_parameters_streams_and_exit_code_are_pwshs_own()
    {
        string script = _folder.Write("sub/参数.ps1", """
            param([string] $DestinationPath, [switch] $Force, [int] $Number, $Rest)
            "$DestinationPath|$Force|$Number|$Rest|$PSScriptRoot|$PWD"
            Write-Error 'wrong'
            exit 7
            """);

        PwshResult result = await RunAsync([script, "-DestinationPath", "videos dir", "-Force", "-Number", "-5", "$(throw 1); 'a\""]);

        Assert.Equal((7, $"videos dir|True|-5|$(throw 1); 'a\"|{_folder["sub"]}|{_folder.FullName}\n"), (result.ExitCode, result.Output));
        Assert.Contains("wrong", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(Get-Module).Name; exit 3", 3, "ZhipuVideo\n")]
    [InlineData("throw 'broken'", 1, "")]
    [InlineData("(Import-Csv rows.csv).Name.ToUpper()", 0, "猫A\n")]
    public async Task Text_is_run_with_the_module_and_its_exit_code_is_the_consoles(string text, int exitCode, string output)
    {
        _folder.Write("rows.csv", "Name\n猫a\n");

        PwshResult result = await RunAsync(["-Command", text]);

        Assert.Equal((exitCode, output), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task What_it_does_not_know_is_passed_on()
    {
        PwshResult result = await RunAsync(["-NoProfile", "-WorkingDirectory", _folder["elsewhere"], "-OutputFormat", "XML", "-Command", "$PWD.Path"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches($"(?s)^#< CLIXML.*>{_folder["elsewhere"]}</S>", result.Output);
    }

    [Fact]
    public async Task Commands_are_read_from_standard_input()
    {
        PwshResult result = await RunAsync(["-Command", "-"], input: "$a = '猫'\n\"$a 1\"\nexit 7\n");

        Assert.Equal((7, "猫 1\n"), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task Help_names_every_option_and_starts_nothing()
    {
        PwshResult result = await RunAsync(["--help"]);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.All(["--offline", "-Command", "SCRIPT.ps1", "--help"], option => Assert.Contains(option, result.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Offline_an_emulator_answers_whatever_key_and_address_a_person_has()
    {
        PwshResult result = await RunAsync(
            ["--offline", "-Command", "(New-CogVideo '一只猫' | Wait-CogVideo).Status; (Get-CogVideoJob).Count; $env:ZHIPUAI_BASE_URL"],
            new() { ["ZHIPUAI_API_KEY"] = "a.person's", ["ZHIPUAI_BASE_URL"] = "https://service.invalid" });

        string[] lines = result.Output.Split('\n');
        Assert.Equal((0, "Success", "1"), (result.ExitCode, lines[0], lines[1]));
        Assert.Equal($"Offline: an emulator at {lines[2]} answers instead of the service. Nothing is billed.\n", result.Error);
        await AssertNobodyListensAsync(lines[2]);
    }

    [Theory]
    [InlineData("7.6.9", true)]
    [InlineData("7.4.0", true)]
    [InlineData("7.10.0-preview.1", true)]
    [InlineData("7.2.24", false)]
    [InlineData("6.2.7", false)]
    [InlineData("what?", false)]
    [InlineData(null, false)]
    public async Task The_pwsh_on_PATH_is_taken_when_it_is_new_enough_else_the_pinned_tool(string? version, bool isTaken)
    {
        if (OperatingSystem.IsWindows()) return; // the stand-in is a shell script
        if (version is not null) WriteStandIn($"[ \"$1\" = --version ] && echo 'PowerShell {version}' || echo stand-in");

        PwshResult result = await RunAsync(["-Command", WhichShell]);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(isTaken ? "stand-in\n" : $"{Path.GetDirectoryName(Pwsh.Program)} 0.1.0\n", result.Output);
    }

    [Fact]
    public async Task A_tool_that_is_missing_is_fetched_and_one_line_says_so()
    {
        foreach (FileInfo package in ToolPackage.GetFiles("*.nupkg")) package.CopyTo(Path.Combine(CreateFeed(), package.Name));

        PwshResult result = await RunAsync(["-Command", WhichShell], WithFeed());

        Assert.Equal((0, $"{_folder["packages"]}"), (result.ExitCode, result.Output[.._folder["packages"].Length]));
        Assert.EndsWith(" 0.1.0\n", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"^There is no pwsh on PATH that runs: fetching PowerShell 7\.\d+\.\d+ as a \.NET tool, once\.\n$", result.Error);
    }

    [Fact]
    public async Task A_tool_that_cannot_be_fetched_is_an_error_that_says_what_to_do()
    {
        CreateFeed();

        PwshResult result = await RunAsync(["--offline", "-Command", WhichShell], WithFeed());

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("Install PowerShell 7.4 or newer (https://aka.ms/powershell), or run 'dotnet tool restore'", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [Each("TERM", "HUP")]
    public async Task A_signal_to_the_console_ends_the_shell_and_the_emulator(string signal)
    {
        using PwshProcess console = StartEndless();
        (Process shell, string address) = await ReadAsync(console);

        await console.SignalAsync(signal);

        Assert.NotEqual(0, (await console.EndAsync()).ExitCode);
        Assert.True(shell.HasExited);
        await AssertNobodyListensAsync(address);
    }

    [Fact]
    public async Task A_shell_that_is_killed_takes_the_console_and_the_emulator_along()
    {
        using PwshProcess console = StartEndless();
        (Process shell, string address) = await ReadAsync(console);

        shell.Kill();

        Assert.Equal(137, (await console.EndAsync()).ExitCode);
        await AssertNobodyListensAsync(address);
    }

    [Fact]
    public void The_tool_that_the_console_takes_is_the_one_that_the_tests_run()
    {
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Repository.PathOf(".config/dotnet-tools.json")));

        string version = manifest.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString()!;

        Assert.Equal(version, ToolPackage.Name);
    }

    [Fact]
    public void The_console_stays_a_starter()
    {
        IEnumerable<string> files = Directory.GetFiles(Repository.PathOf("src/ZhipuVideo.Console")).Where(file => Path.GetFileName(file) != "packages.lock.json");

        Assert.InRange(files.Sum(file => File.ReadLines(file).Count()), 1, 200);
    }

    private async Task<PwshResult> RunAsync(string[] arguments, Dictionary<string, string>? environment = null, string input = "")
    {
        using PwshProcess console = Start(arguments, environment, input);
        return await console.EndAsync();
    }

    // No profile of whoever runs the tests, and on PATH no pwsh but a stand-in
    private PwshProcess Start(string[] arguments, Dictionary<string, string>? environment = null, string input = "")
    {
        Directory.CreateDirectory(_folder["elsewhere"]);
        IEnumerable<string> path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Where(place => !File.Exists(Path.Combine(place, "pwsh")));
        PwshSetup setup = new() { Folder = _folder.FullName, Input = input, Environment = new(environment ?? []) };
        setup.Environment["HOME"] = _folder["home"];
        setup.Environment["PATH"] = string.Join(Path.PathSeparator, path.Prepend(_folder["bin"]));
        setup.Environment.TryAdd("NUGET_PACKAGES", Pwsh.Packages);
        return PwshProcess.StartProgram(setup, ["dotnet", Repository.Program("ZhipuVideo.Console"), .. arguments]);
    }

    private PwshProcess StartEndless() =>
        Start(["--offline", "-Command", "[IO.File]::WriteAllText('seen', \"$PID $env:ZHIPUAI_BASE_URL\"); 'running'; while ($true) { Start-Sleep -Milliseconds 50 }"]);

    private async Task<(Process Shell, string Address)> ReadAsync(PwshProcess console)
    {
        await console.FirstLine;
        string[] seen = (await File.ReadAllTextAsync(_folder["seen"])).Split(' ');
        return (Process.GetProcessById(int.Parse(seen[0], CultureInfo.InvariantCulture)), seen[1]);
    }

    private void WriteStandIn(string script)
    {
        string path = _folder.Write("bin/pwsh", "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string CreateFeed() => Directory.CreateDirectory(_folder["feed"]).FullName;

    // Nothing has been fetched yet, and the feed is the only place to fetch from
    private Dictionary<string, string> WithFeed()
    {
        string configuration = $"""<configuration><packageSources><clear /><add key="feed" value="{_folder["feed"]}" /></packageSources></configuration>""";
        _folder.Write("home/.nuget/NuGet/NuGet.Config", configuration);
        return new() { ["NUGET_PACKAGES"] = _folder["packages"], ["DOTNET_CLI_HOME"] = _folder["home"], ["APPDATA"] = _folder["home/.nuget"] };
    }

    private static async Task AssertNobodyListensAsync(string address)
    {
        using HttpClient client = new();
        HttpRequestException exception = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address)));
        Assert.Equal(HttpRequestError.ConnectionError, exception.HttpRequestError);
    }
}
