using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ZhipuVideo.Journaling;
using ZhipuVideo.Rows;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Commands;

/// <summary>
/// The jobs of a journal, else those of this runspace, unconfirmed ones included: what is left to a person after Ctrl+C or a crash.
/// They pipe into Wait-CogVideo and Save-CogVideo. A journal can be read while another process writes it.
/// </summary>
[Cmdlet(VerbsCommon.Get, "CogVideoJob")]
[OutputType(typeof(CogVideoJob), typeof(CogVideoResult))]
public sealed class GetCogVideoJobCommand : StorageCommand
{
    /// <summary>The journal to list; default the jobs of this runspace.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [PathArgument]
    public string? JournalPath { get; set; }

    /// <summary>Only jobs with these ids, or request_ids; wildcards are taken.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(JobCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Id { get; set; }

    /// <summary>Only jobs with these names; wildcards are taken.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <summary>Only jobs in these states.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(StatusCompleter))]
    public string[]? Status { get; set; }

    /// <summary>A state that there is not would find nothing, and say nothing.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Status?.FirstOrDefault(s => !CogVideoStatus.All.Any(known => CogVideoStatus.Is(s, known))) is { } unknown)
        {
            ThrowTerminatingError(new CogVideoException(ErrorReason.InvalidInput, MessageKey.StatusInvalid, unknown, CogVideoStatus.All), unknown);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        Filter ids = new(Id), names = new(Name);
        try
        {
            foreach (CogVideoItem item in JournalPath is null ? State.Jobs.ToList() : FromJournal(ResolvePlace(JournalPath)))
            {
                if (Pump.Token.IsCancellationRequested) return;
                // Both are asked, so that each knows what it has found
                bool isMeant = ids.Matches(item.Id, item.RequestId) & names.Matches(item.Name);
                if (isMeant && (Status is null || Status.Any(s => CogVideoStatus.Is(item.Status, s)))) WriteObject(item);
            }
        }
        catch (CogVideoException e)
        {
            WriteError(e, Shown(JournalPath));
            return;
        }
        foreach (string missing in ids.Missing.Concat(names.Missing))
            WriteError(new CogVideoException(ErrorReason.NotFound, MessageKey.JobNotListed, missing), missing);
    }

    /// <summary>What was not sent is no job; what the service refused is one that can be submitted again.</summary>
    private IEnumerable<CogVideoItem> FromJournal(string path) =>
        from row in Journal.Read(path, line => WriteError(line, path), new BlobLogStore(State.Storage))
        let item = row.Result ?? (row.State == JournalState.NotAccepted ? null : (CogVideoItem)row.Job)
        where item is not null
        select item;

    /// <summary>What the user asks for: texts as they are, or patterns. That nothing matches a pattern is no error, as everywhere in PowerShell.</summary>
    private sealed class Filter(string[]? wanted)
    {
        private readonly (string Text, WildcardPattern Pattern)[] _wanted =
            [.. (wanted ?? []).Select(text => (text, PatternOf(text)))];

        private readonly HashSet<string> _found = [];

        internal IEnumerable<string> Missing =>
            _wanted.Select(w => w.Text).Where(text => !_found.Contains(text) && !WildcardPattern.ContainsWildcardCharacters(text));

        internal bool Matches(params string?[] values)
        {
            (string Text, WildcardPattern Pattern)[] matching = [.. _wanted.Where(w => values.Any(value =>
                value is not null && (string.Equals(value, w.Text, StringComparison.OrdinalIgnoreCase) || w.Pattern.IsMatch(value))))];
            foreach ((string text, _) in matching) _found.Add(text);
            return wanted is null || matching.Length > 0;
        }

        /// <summary>A text that is no pattern for want of a bracket, as in <c>cat [1</c>, means itself.</summary>
        private static WildcardPattern PatternOf(string text)
        {
            try
            {
                WildcardPattern pattern = new(text, WildcardOptions.IgnoreCase);
                _ = pattern.IsMatch("");
                return pattern;
            }
            catch (WildcardPatternException)
            {
                return new WildcardPattern(WildcardPattern.Escape(text), WildcardOptions.IgnoreCase);
            }
        }
    }
}
