namespace ZhipuVideo.Tests;

/// <summary>Everything that a script left to see.</summary>
internal sealed record Outcome
{
    public required IReadOnlyList<PSObject> Output { get; init; }

    /// <summary>Errors that did not end the script.</summary>
    public required IReadOnlyList<ErrorRecord> Errors { get; init; }

    /// <summary>The error that ended it.</summary>
    public required ErrorRecord? Terminating { get; init; }

    /// <summary>Whether it was stopped from outside.</summary>
    public required bool IsStopped { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<string> Verbose { get; init; }

    public required IReadOnlyList<string> Debug { get; init; }

    public required IReadOnlyList<string> Information { get; init; }

    public required IReadOnlyList<ProgressRecord> Progress { get; init; }

    /// <summary>The progress bars that a console would have shown.</summary>
    public required IReadOnlyList<(long Source, int Activity)> Bars { get; init; }

    /// <summary>What -WhatIf and -Confirm have shown.</summary>
    public required string HostText { get; init; }

    /// <summary>All that was said in words, errors included: everything but the objects themselves.</summary>
    public IEnumerable<string> Said =>
        [.. Errors.Append(Terminating).Where(e => e is not null).Select(e => $"{e} {e!.Exception} {e.ErrorDetails?.RecommendedAction}"),
        .. Warnings, .. Verbose, .. Debug, .. Information, .. Progress.Select(p => $"{p.StatusDescription} {p.CurrentOperation}"), HostText];

    /// <summary>The one object.</summary>
    public PSObject Single => Assert.Single(Succeeded().Output);

    /// <summary>The one error, which did not end the script.</summary>
    public ErrorRecord Error
    {
        get
        {
            Assert.Null(Terminating);
            return Assert.Single(Errors);
        }
    }

    /// <summary>The ids of all errors that did not end the script.</summary>
    public IEnumerable<string> ErrorIds => Errors.Select(e => e.Id());

    /// <summary>A property of each object, as text.</summary>
    public IEnumerable<string?> Texts(string property) => Output.Select(o => o.Text(property));

    /// <summary>Asserts that this was the one error, with these words in it, and that the script went on.</summary>
    /// <param name="reason">Its id without <c>CogVideo.</c>.</param>
    /// <param name="words">What it says among other things.</param>
    public ErrorRecord Fails(string reason, params string[] words) => Check(Error, reason, words);

    /// <summary>The same of the error that ended the script.</summary>
    public ErrorRecord Ends(string reason, params string[] words) => Check(Terminating, reason, words);

    /// <summary>Asserts that there was no error.</summary>
    public Outcome Succeeded()
    {
        Assert.Null(Terminating?.ToString());
        Assert.Empty(Errors.Select(e => e.ToString()));
        return this;
    }

    private static ErrorRecord Check(ErrorRecord? error, string reason, string[] words)
    {
        Assert.Equal("CogVideo." + reason, error?.Id());
        Assert.All(words, word => Assert.Contains(word, error!.ToString()));
        return error!;
    }
}
