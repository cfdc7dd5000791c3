using System;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Threading;

namespace ZhipuVideo.Console.Host;

/// <summary>
/// The two output streams of the process: results go to standard output, everything a person is told goes to standard error.
/// One lock keeps them and the line of progress apart. Thread-safe.
/// </summary>
internal sealed class Screen
{
    private readonly Lock _lock = new();
    private readonly TextWriter _output = System.Console.Out;
    private readonly TextWriter _error = System.Console.Error;
    private readonly ProgressLine _progress = new(System.Console.Error, !System.Console.IsErrorRedirected, TimeProvider.System);

    /// <summary>Writes results.</summary>
    /// <param name="text">The text; its escape sequences are taken out where standard output is no terminal.</param>
    public void WriteOutput(string text)
    {
        lock (_lock)
        {
            _progress.Erase();
            _output.Write(PSHostUserInterface.GetOutputString(text, Terminal.ColoursOutput));
        }
    }

    /// <summary>Writes a line for the person.</summary>
    /// <param name="text">The text.</param>
    /// <param name="colour">The escape sequence that begins it on a terminal.</param>
    public void WriteNotice(string text, string colour = "")
    {
        lock (_lock)
        {
            _progress.Erase();
            _error.WriteLine(PSHostUserInterface.GetOutputString($"{colour}{text}{PSStyle.Instance.Reset}", Terminal.ColoursError));
        }
    }

    /// <summary>Writes an error, in red on a terminal.</summary>
    /// <param name="text">The text.</param>
    public void WriteError(string text) => WriteNotice(text, PSStyle.Instance.Formatting.Error);

    /// <summary>Writes a question, after which the answer is typed on the same line.</summary>
    /// <param name="text">The question.</param>
    public void WriteQuestion(string text)
    {
        lock (_lock)
        {
            _progress.Erase();
            _error.Write(text);
        }
    }

    /// <summary>Shows how far a command is.</summary>
    /// <param name="source">The command.</param>
    /// <param name="record">How far it is.</param>
    public void WriteProgress(long source, ProgressRecord record)
    {
        lock (_lock)
            _progress.Update(source, record);
    }

    /// <summary>Takes the progress away at the end of a pipeline.</summary>
    public void EndProgress()
    {
        lock (_lock)
            _progress.End();
    }
}
