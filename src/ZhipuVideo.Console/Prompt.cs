using System;
using System.Linq;
using System.Management.Automation.Language;
using ZhipuVideo.Console.Host;

namespace ZhipuVideo.Console;

/// <summary>A minimal prompt: reads a command, runs it, shows what comes of it, until <c>exit</c> or the end of the input.</summary>
internal sealed class Prompt
{
    private readonly Session _session;
    private readonly Screen _screen;
    private readonly bool _isTerminal = !System.Console.IsInputRedirected;

    /// <summary>Creates the prompt.</summary>
    /// <param name="session">Where commands run.</param>
    /// <param name="screen">Where the prompt is shown, if somebody types.</param>
    public Prompt(Session session, Screen screen)
    {
        _session = session;
        _screen = screen;
    }

    /// <summary>Runs commands until there are no more.</summary>
    /// <returns>The code given to <c>exit</c>, else the last command's.</returns>
    public int Run()
    {
        int code = ExitCode.Success;
        while (_session.RequestedExit is null && ReadCommand() is { } command)
            code = _session.RunText(command);

        return _session.RequestedExit ?? code;
    }

    // A command goes on over lines while the parser says that it is not complete; an empty line ends it all the same
    private string? ReadCommand()
    {
        string? command = ReadLine("zhipuvideo> ");
        while (command is not null && IsIncomplete(command) && ReadLine(">> ") is { Length: > 0 } next)
            command += Environment.NewLine + next;

        return command;
    }

    private string? ReadLine(string question)
    {
        if (_isTerminal)
            _screen.WriteQuestion(question);

        return System.Console.In.ReadLine();
    }

    private static bool IsIncomplete(string command)
    {
        Parser.ParseInput(command, out _, out ParseError[] errors);
        return errors.Any(error => error.IncompleteInput);
    }
}
