namespace ZhipuVideo.Tests.Console;

/// <summary>The console's prompt in a real terminal.</summary>
public sealed class PromptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TerminalFact]
    public async Task A_person_types_completes_stops_and_leaves()
    {
        await using Terminal terminal = await StartAsync("--offline");

        await terminal.TypeAsync("(New-CogVideo '猫' | Wait-CogVideo).Prompt + '!'", "Enter");
        await terminal.SeeAsync(screen => screen.Contains("\n猫!\n", StringComparison.Ordinal));

        await terminal.TypeAsync("New-CogVideo -Mod", "Tab");
        await terminal.SeeLastLineAsync("> New-CogVideo -Model");
        await terminal.TypeAsync("C-c"); // drops the line
        await terminal.TypeAsync("Enter");

        await terminal.TypeAsync("'[stall] x' | New-CogVideo -Name stalled | Wait-CogVideo; 'never'", "Enter");
        await terminal.SeeAsync(screen => screen.Contains("1 running", StringComparison.Ordinal)); // the progress bar
        await terminal.TypeAsync("C-c");
        await terminal.SeeLastLineAsync(">");
        await terminal.TypeAsync("\"$((Get-CogVideoJob)[-1].Status) after $((Get-History)[-1].Duration.TotalSeconds -lt 60)\"", "Enter");
        string screen = await terminal.SeeAsync(shown => shown.Contains("\nProcessing after True", StringComparison.Ordinal));
        Assert.DoesNotContain("\nnever", screen, StringComparison.Ordinal);

        await terminal.TypeAsync("exit 3", "Enter");
        await AssertIsLeftAsync(terminal, 3);
    }

    [TerminalFact]
    public async Task A_shell_that_crashes_at_its_prompt_leaves_a_terminal_that_works()
    {
        await using Terminal terminal = await StartAsync("--offline");

        // As a native crash does: nothing is cleaned up
        await terminal.TypeAsync("kill -KILL $PID", "Enter");

        await AssertIsLeftAsync(terminal, 137);
    }

    [TerminalFact]
    public async Task A_closed_terminal_leaves_neither_the_shell_nor_the_console()
    {
        Terminal terminal = await StartAsync("--offline");
        await terminal.TypeAsync("[IO.File]::WriteAllText('seen', \"$PID $((Get-Process -Id $PID).Parent.Id)\"); 'written'", "Enter");
        await terminal.SeeAsync(screen => screen.Contains("\nwritten", StringComparison.Ordinal));
        Process[] processes = [.. Array.ConvertAll(System.IO.File.ReadAllText(_folder["seen"]).Split(' '), id => Process.GetProcessById(int.Parse(id, null)))];
        Assert.Equal(2, processes.Length);

        await terminal.DisposeAsync();

        foreach (Process process in processes) await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [TerminalFact]
    public async Task With_a_key_of_ones_own_the_prompt_is_pwshs()
    {
        await using Terminal terminal = await StartAsync("-NoProfile");

        await terminal.SeeLastLineAsync($"PS {_folder.FullName}>");
        await terminal.TypeAsync("exit", "Enter");
        await AssertIsLeftAsync(terminal, 0);
    }

    private async Task<Terminal> StartAsync(string argument)
    {
        Terminal terminal = await Terminal.OpenAsync(_folder, 100, "NO_COLOR=1", "PS1=sh> ");
        await terminal.TypeAsync($"dotnet {Repository.Program("ZhipuVideo.Console")} {argument}", "Enter");
        await terminal.SeeLastLineAsync($"PS {(argument == "--offline" ? "offline " : "")}{_folder.FullName}>");
        return terminal;
    }

    // The system's shell has the exit code, and shows what is typed
    private static async Task AssertIsLeftAsync(Terminal terminal, int exitCode)
    {
        await terminal.SeeLastLineAsync("sh>");
        await terminal.TypeAsync("echo left with $?; stty -a | grep -ow -e -echo -e echo", "Enter");
        await terminal.SeeAsync(screen => screen.Contains($"\nleft with {exitCode}\necho\nsh>", StringComparison.Ordinal));
    }

    private sealed class TerminalFactAttribute : FactAttribute
    {
        public TerminalFactAttribute() => Skip = Terminal.IsThere ? null! : "There is no tmux on this machine.";
    }
}
