using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using System.Security;

namespace ZhipuVideo.Console.Host;

/// <summary>Shows what the engine says and asks what it wants to know.</summary>
internal sealed class ConsoleUI : PSHostUserInterface
{
    private readonly Screen _screen;

    /// <summary>Creates the interface.</summary>
    /// <param name="screen">Where everything is shown.</param>
    public ConsoleUI(Screen screen) => _screen = screen;

    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new ConsoleRawUI();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => Terminal.ColoursOutput;

    /// <inheritdoc/>
    public override void Write(string value) => _screen.WriteOutput(value);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => _screen.WriteOutput(value);

    /// <inheritdoc/>
    public override void WriteLine(string value) => _screen.WriteOutput(value + Environment.NewLine);

    /// <inheritdoc/>
    public override void WriteErrorLine(string value) => _screen.WriteError(value);

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) =>
        _screen.WriteNotice("WARNING: " + message, PSStyle.Instance.Formatting.Warning);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) =>
        _screen.WriteNotice("VERBOSE: " + message, PSStyle.Instance.Formatting.Verbose);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => _screen.WriteNotice("DEBUG: " + message, PSStyle.Instance.Formatting.Debug);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => _screen.WriteProgress(sourceId, record);

    /// <inheritdoc/>
    public override string ReadLine()
    {
        if (System.Console.In.ReadLine() is { } answer)
            return answer;

        // No answer must never be taken for yes: what is asked about may cost money
        _screen.WriteNotice("");
        throw new HostException("The command asks a question, but standard input has ended: there is nobody to answer.");
    }

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString()
    {
        if (System.Console.IsInputRedirected)
            return new NetworkCredential("", ReadLine()).SecurePassword;

        var secret = new SecureString();
        for (ConsoleKeyInfo key; (key = System.Console.ReadKey(intercept: true)).Key != ConsoleKey.Enter;)
        {
            if (key.Key == ConsoleKey.Backspace && secret.Length > 0)
                secret.RemoveAt(secret.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                secret.AppendChar(key.KeyChar);
        }

        _screen.WriteNotice("");
        return secret;
    }

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
    {
        Introduce(caption, message);
        var answers = new Dictionary<string, PSObject>();
        foreach (FieldDescription field in descriptions)
        {
            _screen.WriteQuestion(field.Name + ": ");
            bool isSecret = field.ParameterTypeFullName == typeof(SecureString).FullName;
            answers[field.Name] = isSecret ? new PSObject(ReadLineAsSecureString()) : new PSObject(ReadLine());
        }

        return answers;
    }

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        Introduce(caption, message);
        string[] keys = choices.Select(choice => KeyOf(choice.Label)).ToArray();
        string options = string.Join(
            "  ", choices.Zip(keys, (choice, key) => $"[{key}] {choice.Label.Replace("&", "", StringComparison.Ordinal)}"));
        string question = defaultChoice >= 0 ? $"{options} (default is {keys[defaultChoice]}): " : $"{options}: ";
        while (true)
        {
            _screen.WriteQuestion(question);
            string answer = ReadLine().Trim();
            int choice = answer.Length == 0
                ? defaultChoice
                : Array.FindIndex(keys, key => key.Equals(answer, StringComparison.OrdinalIgnoreCase));
            if (choice >= 0)
                return choice;
        }
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
    {
        Introduce(caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            _screen.WriteQuestion("User: ");
            userName = ReadLine();
        }

        _screen.WriteQuestion($"Password for {userName}: ");
        return new PSCredential(userName, ReadLineAsSecureString());
    }

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) => PromptForCredential(caption, message, userName, targetName);

    // The letter after & in a label is the answer's short form
    private static string KeyOf(string label)
    {
        int mark = label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < label.Length ? label[mark + 1].ToString() : label;
    }

    private void Introduce(params ReadOnlySpan<string> lines)
    {
        foreach (string line in lines)
        {
            if (!string.IsNullOrEmpty(line))
                _screen.WriteNotice(line);
        }
    }
}
