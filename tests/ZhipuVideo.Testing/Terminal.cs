namespace ZhipuVideo.Tests;

/// <summary>A terminal in which somebody types, by tmux: what it shows, and what was started in it.</summary>
public sealed class Terminal : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly string _socket;

    private Terminal(string socket) => _socket = socket;

    /// <summary>Whether this machine has tmux.</summary>
    public static bool IsThere { get; } = Child.Exists("tmux");

    /// <summary>Opens one with a shell of the system in it.</summary>
    /// <param name="folder">Where its socket is; the current location.</param>
    /// <param name="columns">Its width.</param>
    /// <param name="environment">Variables, such as <c>NO_COLOR=1</c>.</param>
    public static async Task<Terminal> OpenAsync(TemporaryFolder folder, int columns, params string[] environment)
    {
        Terminal terminal = new(folder["tmux"]);
        string[] around = ["env", $"HOME={folder["home"]}", "LC_ALL=C.UTF-8", $"NUGET_PACKAGES={Pwsh.Packages}", .. environment];
        await terminal.TmuxAsync(["-u", "-f", "/dev/null", "new-session", "-d", "-x", $"{columns}", "-y", "40", "-c", folder.FullName, .. around, "sh"]);
        return terminal;
    }

    /// <summary>Types text, or presses keys by their names in tmux (Enter, Tab, C-c).</summary>
    public Task TypeAsync(params string[] keys) => TmuxAsync(["send-keys", .. keys]);

    /// <summary>Waits until the screen shows what was expected, and gives it.</summary>
    public async Task<string> SeeAsync(Func<string, bool> expected)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string screen = (await TmuxAsync("capture-pane", "-p")).TrimEnd();
            if (expected(screen)) return screen;
            if (Stopwatch.GetElapsedTime(start) > Timeout) throw new TimeoutException("The terminal never showed what was expected:\n" + screen);
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until the last line of the screen is a prompt with this text behind it.</summary>
    public Task<string> SeeLastLineAsync(string text) => SeeAsync(screen => screen.EndsWith(text, StringComparison.Ordinal));

    /// <summary>The screen with its colours, as escape sequences.</summary>
    public async Task<string> GetColoursAsync() => (await TmuxAsync("capture-pane", "-p", "-e")).TrimEnd();

    /// <summary>Closes the window, as a person does with the mouse.</summary>
    public async ValueTask DisposeAsync() => await Child.RunAsync("tmux", "-S", _socket, "kill-server");

    private async Task<string> TmuxAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await Child.RunAsync("tmux", ["-S", _socket, .. arguments]);
        return exitCode == 0 ? output : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"tmux ended with {exitCode}: {error}"));
    }
}
