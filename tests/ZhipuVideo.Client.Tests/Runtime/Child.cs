using System.Diagnostics;
using System.Threading.Tasks;

namespace ZhipuVideo.Client.Tests.Runtime;

/// <summary>A program of another runtime.</summary>
internal static class Child
{
    /// <summary>Runs it to its end and gives everything that it wrote.</summary>
    internal static async Task<(int ExitCode, string Text)> RunAsync(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text + await error);
    }
}
