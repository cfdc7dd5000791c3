using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

namespace ZhipuVideo.Rows;

/// <summary>
/// Which parameters of a call were given on its command line, splatted ones included, and which only <c>$PSDefaultParameterValues</c> has set:
/// to the binder both are the same, but a cell of a row stands between them.
/// </summary>
internal sealed class CommandLine
{
    private const string DefaultsVariable = "PSDefaultParameterValues";

    /// <summary>The note on an element of <c>@args</c> that is a parameter's name.</summary>
    private const string ParameterMark = "<CommandParameterName>";

    private readonly PSCmdlet _cmdlet;

    private CommandLine(PSCmdlet cmdlet) => _cmdlet = cmdlet;

    /// <summary>The parameters that were given.</summary>
    internal HashSet<string> Typed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those of them that a script block makes of each row.</summary>
    internal HashSet<string> Computed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The parameters that have a value because it is their default in this session.</summary>
    internal HashSet<string> Defaults { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the call of a cmdlet; in BeginProcessing, before the pipeline binds anything.</summary>
    internal static CommandLine Read(PSCmdlet cmdlet)
    {
        CommandLine line = new(cmdlet);
        line.Typed.UnionWith(cmdlet.MyInvocation.BoundParameters.Keys);
        // A script block is there in a form of the engine's own until the first row comes
        line.Computed.UnionWith(cmdlet.MyInvocation.BoundParameters
            .Where(bound => cmdlet.MyInvocation.MyCommand.Parameters.TryGetValue(bound.Key, out ParameterMetadata? parameter)
                && !(bound.Value is null || parameter.ParameterType.IsInstanceOfType(bound.Value)))
            .Select(bound => bound.Key));
        if (cmdlet.SessionState.PSVariable.GetValue(DefaultsVariable) is not IDictionary { Count: > 0 } defaults) return line;
        List<KeyValuePair<string, object?>> candidates =
            [.. line.Typed.SelectMany(name => ValuesFor(cmdlet.MyInvocation.MyCommand, name, defaults).Select(value => new KeyValuePair<string, object?>(name, value)))];
        if (candidates.Count == 0) return line;
        CommandAst? command = FindCommand(cmdlet.MyInvocation);
        HashSet<string> given = new(command is null ? line.NamesForwarded() : line.NamesIn(command), StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> candidate in candidates)
        {
            // Called from C# there is no line to read: what is not the default's value was given
            bool isDefault = !given.Contains(candidate.Key)
                && (command is not null || candidate.Value is ScriptBlock
                    || LanguagePrimitives.Equals(cmdlet.MyInvocation.BoundParameters[candidate.Key], candidate.Value));
            if (isDefault && line.Typed.Remove(candidate.Key)) line.Defaults.Add(candidate.Key);
        }
        return line;
    }

    /// <summary>What the session has set a parameter of a cmdlet to; null when it has not.</summary>
    internal static object? GetDefault(PSCmdlet cmdlet, string parameter) => DefaultsOf(cmdlet, parameter).FirstOrDefault();

    /// <summary>Whether the session has set a parameter of a cmdlet to anything, be it nothing, and has not switched its defaults off.</summary>
    internal static bool HasDefault(PSCmdlet cmdlet, string parameter) =>
        DefaultsOf(cmdlet, parameter).Any()
        && !(cmdlet.SessionState.PSVariable.GetValue(DefaultsVariable) is IDictionary defaults
            && defaults.Cast<DictionaryEntry>().Any(entry => "Disabled".Equals(entry.Key as string, StringComparison.OrdinalIgnoreCase) && LanguagePrimitives.IsTrue(entry.Value)));

    private static IEnumerable<object?> DefaultsOf(PSCmdlet cmdlet, string parameter)
    {
        CommandInfo command = cmdlet.MyInvocation.MyCommand;
        string[] names = [command.Name, $"{command.ModuleName}\\{command.Name}", cmdlet.MyInvocation.InvocationName];
        return cmdlet.SessionState.PSVariable.GetValue(DefaultsVariable) is IDictionary { Count: > 0 } defaults ? ValuesFor(command, parameter, defaults, names) : [];
    }

    /// <summary>What the session may have set a parameter to, of commands of some names or of any. Keys are <c>Command:Parameter</c>, either with wildcards or in quotes.</summary>
    private static IEnumerable<object?> ValuesFor(CommandInfo command, string parameter, IDictionary defaults, string[]? commands = null)
    {
        static bool Matches(string pattern, string[] names) =>
            new WildcardPattern(pattern.Trim().Trim('\'', '"'), WildcardOptions.IgnoreCase) is { } wildcard && Array.Exists(names, wildcard.IsMatch);
        if (!command.Parameters.TryGetValue(parameter, out ParameterMetadata? metadata)) return [];
        string[] names = [metadata.Name, .. metadata.Aliases];
        return defaults.Cast<DictionaryEntry>()
            .Where(entry => entry.Key is string key && key.IndexOf(':') > 0
                && Matches(key.Substring(key.LastIndexOf(':') + 1), names)
                && (commands is null || Matches(key.Substring(0, key.LastIndexOf(':')), commands)))
            .Select(entry => entry.Value);
    }

    /// <summary>
    /// The call as it was parsed. The engine tells where it began; its text is that of the statement under way, or, of a steppable pipeline,
    /// which a proxy function began somewhere else, the rest of its line.
    /// </summary>
    private static CommandAst? FindCommand(InvocationInfo call)
    {
        if (call.OffsetInLine < 1) return null;
        if (Runspace.DefaultRunspace?.Debugger?.GetCallStack().FirstOrDefault()?.Position is { } statement)
        {
            int line = call.ScriptLineNumber - statement.StartLineNumber + 1;
            int column = line == 1 ? call.OffsetInLine - statement.StartColumnNumber + 1 : call.OffsetInLine;
            if (FindCommand(statement.Text, line, column) is { } command) return command;
        }
        return call.OffsetInLine <= call.Line.Length ? FindCommand(call.Line.Substring(call.OffsetInLine - 1), 1, 1) : null;
    }

    private static CommandAst? FindCommand(string text, int line, int column) =>
        (CommandAst?)Parser.ParseInput(text, out _, out _).Find(
            ast => ast is CommandAst && ast.Extent.StartLineNumber == line && ast.Extent.StartColumnNumber == column, searchNestedScriptBlocks: true);

    /// <summary>
    /// What a proxy function was given itself, and hands on: the engine shows such a call as the function's own, wherever that was made.
    /// </summary>
    private List<string> NamesForwarded()
    {
        List<string> named = [];
        AddSplatted(named, _cmdlet.SessionState.PSVariable.GetValue("PSBoundParameters"));
        return named;
    }

    private IEnumerable<string> NamesIn(CommandAst command)
    {
        List<string> named = [];
        int positional = 0;
        bool isValue = false;
        foreach (CommandElementAst element in command.CommandElements.Skip(1))
        {
            if (element is CommandParameterAst parameter)
            {
                isValue = Add(named, parameter.ParameterName) is { SwitchParameter: false } && parameter.Argument is null;
            }
            else if (element is VariableExpressionAst { Splatted: true } splat)
            {
                positional += AddSplatted(named, _cmdlet.SessionState.PSVariable.GetValue(splat.VariablePath.UserPath));
            }
            else if (isValue)
            {
                isValue = false;
            }
            else
            {
                positional++;
            }
        }
        return named.Concat(Positional().Except(named, StringComparer.OrdinalIgnoreCase).Take(positional));
    }

    /// <summary>Adds what a splatted variable names, and returns how many values it has without a name.</summary>
    private int AddSplatted(List<string> named, object? value)
    {
        object? bare = Cells.Bare(value);
        if (bare is IDictionary dictionary)
        {
            foreach (object key in dictionary.Keys) Add(named, $"{key}");
            return 0;
        }
        int positional = 0;
        bool isValue = false;
        foreach (object? item in bare is IEnumerable several and not string ? several.Cast<object?>() : [bare])
        {
            if (item is PSObject { BaseObject: string text } marked && marked.Properties[ParameterMark] is not null)
                isValue = Add(named, text.TrimStart('-').TrimEnd(':')) is { SwitchParameter: false };
            else if (isValue) isValue = false;
            else positional++;
        }
        return positional;
    }

    /// <summary>Adds a parameter by any of its names or the beginning of one; null when there is none.</summary>
    private ParameterMetadata? Add(List<string> named, string name)
    {
        try
        {
            ParameterMetadata parameter = _cmdlet.MyInvocation.MyCommand.ResolveParameter(name);
            named.Add(parameter.Name);
            return parameter;
        }
        catch (ParameterBindingException)
        {
            return null;
        }
    }

    private IEnumerable<string> Positional() =>
        from parameter in _cmdlet.MyInvocation.MyCommand.Parameters.Values
        let position = parameter.ParameterSets.Values.Max(set => set.Position)
        where position >= 0
        orderby position
        select parameter.Name;
}
