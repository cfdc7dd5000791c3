using System.Collections.ObjectModel;
using System.Management.Automation.Host;
using System.Security;

namespace ZhipuVideo.Tests;

/// <summary>A host that keeps what it is to show and answers questions as it was told.</summary>
internal sealed class RecordingHost : PSHost
{
    private readonly RecordingUI _ui = new();

    public Queue<int> Answers => _ui.Answers;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override string Name => "Tests";

    public override PSHostUserInterface UI => _ui;

    public override Version Version { get; } = new(1, 0);

    public string TakeText()
    {
        string text = _ui.Shown.ToString();
        _ui.Shown.Clear();
        return text;
    }

    /// <summary>The progress bars that a console would have shown: one for each source and number.</summary>
    public IReadOnlyList<(long Source, int Activity)> TakeBars()
    {
        (long, int)[] bars = [.. _ui.Bars];
        _ui.Bars.Clear();
        return bars;
    }

    public override void EnterNestedPrompt() => throw new NotSupportedException();

    public override void ExitNestedPrompt() => throw new NotSupportedException();

    public override void NotifyBeginApplication() { }

    public override void NotifyEndApplication() { }

    public override void SetShouldExit(int exitCode) => throw new NotSupportedException();

    private sealed class RecordingUI : PSHostUserInterface
    {
        public StringBuilder Shown { get; } = new();

        public Queue<int> Answers { get; } = new();

        public HashSet<(long Source, int Activity)> Bars { get; } = [];

        public override PSHostRawUserInterface? RawUI => null;

        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        {
            Shown.Append("? ").AppendLine(message);
            const int no = 2;
            return Answers.TryDequeue(out int answer) ? answer : no;
        }

        public override void Write(string value) => Shown.Append(value);

        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Shown.Append(value);

        public override void WriteLine(string value) => Shown.AppendLine(value);

        public override void WriteErrorLine(string value) => Shown.AppendLine(value);

        // The streams have these already
        public override void WriteDebugLine(string message) { }

        public override void WriteProgress(long sourceId, ProgressRecord record) => Bars.Add((sourceId, record.ActivityId));

        public override void WriteVerboseLine(string message) { }

        public override void WriteWarningLine(string message) { }

        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
            throw new InvalidOperationException($"A question that no script can answer: {caption} {message}");

        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
            throw new InvalidOperationException($"A question that no script can answer: {caption} {message}");

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
            throw new InvalidOperationException($"A question that no script can answer: {caption} {message}");

        public override string ReadLine() => throw new NotSupportedException();

        public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();
    }
}
