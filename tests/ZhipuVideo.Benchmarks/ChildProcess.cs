namespace ZhipuVideo.Benchmarks;

/// <summary>Processes of a benchmark: their streams are its own to read.</summary>
internal static class ChildProcess
{
    internal static Process Start(string program, IEnumerable<string> arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    /// <summary>This program once more, with a word that says what it shall be there.</summary>
    internal static Process StartSelf(params string[] arguments)
    {
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet";
        return Start(Environment.ProcessPath!, isHosted ? [typeof(ChildProcess).Assembly.Location, .. arguments] : arguments);
    }
}
