using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using ZhipuVideo.Session;

namespace ZhipuVideo.Commands;

/// <summary>Offers known values; what is not offered can be typed all the same.</summary>
public abstract class ValueCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? "").Trim('\'', '"');
        WildcardPattern pattern = new(WildcardPattern.Escape(typed) + "*", WildcardOptions.IgnoreCase);
        return Values(fakeBoundParameters).Where(v => pattern.IsMatch(v.Value))
            .Select(v => new CompletionResult(v.Value, v.Value, CompletionResultType.ParameterValue, v.ToolTip));
    }

    private protected abstract IEnumerable<(string Value, string ToolTip)> Values(IDictionary bound);

    /// <summary>The models that the command line leaves possible: the one named, else all.</summary>
    private protected static IEnumerable<CogVideoModel> ModelsOf(IDictionary bound)
    {
        string? named = bound["Model"] as string ?? RunspaceState.Current.Connection?.Model;
        CogVideoModel? model = named is null ? null : CogVideoModel.Find(named);
        return model is null ? CogVideoModel.Catalogue : [model];
    }
}

/// <summary>The models of the catalogue.</summary>
public sealed class ModelCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        CogVideoModel.Catalogue.Select(m => (m.Model, $"{m.Model} ({m.Billing})"));
}

/// <summary>The sizes that the chosen model takes.</summary>
public sealed class SizeCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        ModelsOf(bound).SelectMany(m => m.Sizes).Distinct().Select(s => (s, s));
}

/// <summary>The output modes that the chosen model takes.</summary>
public sealed class QualityCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        ModelsOf(bound).SelectMany(m => m.Qualities).Distinct().Select(q => (q, q));
}

/// <summary>The frame rates that the chosen model takes.</summary>
public sealed class FpsCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        ModelsOf(bound).SelectMany(m => m.Fps).Distinct().Select(f => f.ToString(CultureInfo.InvariantCulture)).Select(f => (f, f + " fps"));
}

/// <summary>The lengths that the chosen model takes.</summary>
public sealed class DurationCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        ModelsOf(bound).SelectMany(m => m.Durations).Distinct().Select(d => d.ToString(CultureInfo.InvariantCulture)).Select(d => (d, d + " s"));
}

/// <summary>The jobs of this runspace, most recent first.</summary>
public sealed class JobCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) =>
        RunspaceState.Current.Jobs.ToList().AsEnumerable().Reverse().Where(j => j.Id.Length > 0).Select(j => (j.Id, j.ToString()));
}

/// <summary>The states of a job.</summary>
public sealed class StatusCompleter : ValueCompleter
{
    private protected override IEnumerable<(string, string)> Values(IDictionary bound) => CogVideoStatus.All.Select(s => (s, s));
}
