using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using ZhipuVideo.Session;
using ZhipuVideo.Views;

namespace ZhipuVideo.Commands;

/// <summary>Offers known values; what is not offered can be typed all the same.</summary>
public abstract class ValueCompleter : IArgumentCompleter
{
    private readonly Func<IDictionary, IEnumerable<(string Value, string ToolTip)>> _values;

    /// <param name="values">The values, and what to say of each, beside the parameters that the command line has.</param>
    private protected ValueCompleter(Func<IDictionary, IEnumerable<(string Value, string ToolTip)>> values) => _values = values;

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string typed = (wordToComplete ?? "").Trim('\'', '"');
        WildcardPattern pattern = new(WildcardPattern.Escape(typed) + "*", WildcardOptions.IgnoreCase);
        return _values(fakeBoundParameters).Where(v => pattern.IsMatch(v.Value) && !v.Value.Any(ScreenText.IsControlOrBidi))
            .Select(v => new CompletionResult(Argument(v.Value), v.Value, CompletionResultType.ParameterValue, ScreenText.Line(v.ToolTip)));
    }

    /// <summary>What the models take that the command line leaves possible: the one named, else all; with whose it is.</summary>
    private protected static IEnumerable<(string Value, string ToolTip)> Taken<T>(
        IDictionary bound, Func<CogVideoModel, IEnumerable<T>> values, string unit = "")
    {
        string? named = bound["Model"] as string ?? RunspaceState.Current.Connection?.Model;
        CogVideoModel? model = named is null ? null : CogVideoModel.Find(named);
        return from candidate in model is null ? CogVideoModel.Catalogue : [model]
               from value in values(candidate)
               group candidate.Model by Convert.ToString(value, CultureInfo.InvariantCulture)! into models
               select (models.Key, $"{models.Key}{unit} ({string.Join(", ", models)})");
    }

    /// <summary>A value that is inserted is one argument, whatever the service may have put into an id.</summary>
    private static string Argument(string value) =>
        value.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.')
            ? value
            : $"'{CodeGeneration.EscapeSingleQuotedStringContent(value)}'";
}

/// <summary>The models of the catalogue.</summary>
public sealed class ModelCompleter() : ValueCompleter(_ => CogVideoModel.Catalogue.Select(m => (m.Model, $"{m.Model} ({m.Billing})")));

/// <summary>The sizes that the chosen model takes.</summary>
public sealed class SizeCompleter() : ValueCompleter(bound => Taken(bound, m => m.Sizes));

/// <summary>The output modes that the chosen model takes.</summary>
public sealed class QualityCompleter() : ValueCompleter(bound => Taken(bound, m => m.Qualities));

/// <summary>The frame rates that the chosen model takes.</summary>
public sealed class FpsCompleter() : ValueCompleter(bound => Taken(bound, m => m.Fps, " fps"));

/// <summary>The lengths that the chosen model takes.</summary>
public sealed class DurationCompleter() : ValueCompleter(bound => Taken(bound, m => m.Durations, " s"));

/// <summary>With sound or without; without only, where the chosen model makes none.</summary>
public sealed class AudioCompleter() : ValueCompleter(bound => Taken<bool>(bound, m => m.Audio ? [true, false] : [false]));

/// <summary>The jobs of this runspace, most recent first.</summary>
public sealed class JobCompleter() : ValueCompleter(_ => RunspaceState.Current.Jobs.ToList().AsEnumerable().Reverse()
    .Where(j => j.Id.Length > 0).Select(j => (j.Id, $"{j.Status} {Format.Title(j.Name, j.Prompt)}")));

/// <summary>The states of a job.</summary>
public sealed class StatusCompleter() : ValueCompleter(_ => CogVideoStatus.All.Select(s => (s, s)));
