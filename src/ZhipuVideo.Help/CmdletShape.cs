using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Reflection;

namespace ZhipuVideo.Help;

/// <summary>A compiled cmdlet: what its help must agree with.</summary>
internal sealed record CmdletShape
{
    /// <summary>The parameters that PowerShell adds where a cmdlet asks before it does something.</summary>
    private static readonly ParameterShape[] Confirmation =
    [
        new("WhatIf", typeof(SwitchParameter), "named", "False", ["wi"], "False", false, false, null),
        new("Confirm", typeof(SwitchParameter), "named", "False", ["cf"], "False", false, false, null),
    ];

    private CmdletShape(Type type, CmdletAttribute cmdlet)
    {
        Verb = cmdlet.VerbName;
        Noun = cmdlet.NounName;
        OutputTypes = [.. type.GetCustomAttributes<OutputTypeAttribute>().SelectMany(output => output.Type).Select(output => output.Name)];
        Cmdlet instance = (Cmdlet)Activator.CreateInstance(type)!;
        Parameters =
        [
            .. type.GetProperties()
                .Where(property => property.IsDefined(typeof(ParameterAttribute)))
                .Select(property => new ParameterShape(property, instance))
                .OrderBy(parameter => parameter.Position, StringComparer.Ordinal), // digits come before "named"
            .. cmdlet.SupportsShouldProcess ? Confirmation : [],
        ];
        Sets =
        [
            .. Parameters.Select(parameter => parameter.Set).OfType<string>().DefaultIfEmpty("").Distinct()
                .OrderBy(set => set != cmdlet.DefaultParameterSetName),
        ];
        (instance as IDisposable)?.Dispose();
    }

    public string Verb { get; }

    public string Noun { get; }

    public string Name => $"{Verb}-{Noun}";

    /// <summary>The types that it says it emits, by full name.</summary>
    public IReadOnlyList<string> OutputTypes { get; }

    /// <summary>Its parameters, the positional ones first.</summary>
    public IReadOnlyList<ParameterShape> Parameters { get; private init; }

    /// <summary>The names of its parameter sets, the default first; one without a name where there is one.</summary>
    public IReadOnlyList<string> Sets { get; }

    /// <summary>Puts the parameters into the order of the page: input, settings, batch, connection. Positional ones stay first.</summary>
    public CmdletShape InOrder(List<string> names) => this with
    {
        Parameters = [.. Parameters.OrderBy(parameter => parameter.Position, StringComparer.Ordinal).ThenBy(parameter => names.IndexOf(parameter.Name))],
    };

    /// <summary>The cmdlets of a module's assembly, by name.</summary>
    public static IReadOnlyList<CmdletShape> ReadAll(Assembly module) =>
    [
        .. from type in module.GetExportedTypes()
           let cmdlet = type.GetCustomAttribute<CmdletAttribute>()
           where cmdlet is not null
           let shape = new CmdletShape(type, cmdlet)
           orderby shape.Name
           select shape,
    ];
}

/// <summary>A parameter of a compiled cmdlet: of one parameter set, or of all.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Position"><c>named</c> or its number.</param>
/// <param name="PipelineInput">Whether and how the pipeline fills it, in the words of Get-Help.</param>
/// <param name="Aliases">Its other names.</param>
/// <param name="Default">What it is when not given.</param>
/// <param name="IsMandatory">Whether it must be given.</param>
/// <param name="Globbing">Whether it takes wildcards.</param>
/// <param name="Set">Its parameter set; null: it is in all.</param>
internal sealed record ParameterShape(
    string Name, Type Type, string Position, string PipelineInput, string[] Aliases, string Default, bool IsMandatory, bool Globbing, string? Set)
{
    /// <summary>Reads a property of a cmdlet.</summary>
    public ParameterShape(PropertyInfo property, Cmdlet instance)
        : this(
            property.Name,
            Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
            PositionOf(property.GetCustomAttribute<ParameterAttribute>()!),
            PipelineInputOf(property.GetCustomAttribute<ParameterAttribute>()!),
            property.GetCustomAttribute<AliasAttribute>()?.AliasNames.ToArray() ?? [],
            DefaultOf(property, instance),
            property.GetCustomAttribute<ParameterAttribute>()!.Mandatory,
            property.IsDefined(typeof(SupportsWildcardsAttribute)),
            SetOf(property.GetCustomAttribute<ParameterAttribute>()!))
    {
    }

    public bool IsSwitch => Type == typeof(SwitchParameter);

    private static string? SetOf(ParameterAttribute parameter) =>
        parameter.ParameterSetName is ParameterAttribute.AllParameterSets or null ? null : parameter.ParameterSetName;

    private static string PositionOf(ParameterAttribute parameter) =>
        parameter.Position < 0 ? "named" : parameter.Position.ToString(CultureInfo.InvariantCulture);

    private static string PipelineInputOf(ParameterAttribute parameter) => (parameter.ValueFromPipeline, parameter.ValueFromPipelineByPropertyName) switch
    {
        (true, true) => "True (ByValue, ByPropertyName)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    // A number that could not be given stands for nothing given
    private static string DefaultOf(PropertyInfo property, Cmdlet instance) => property.GetValue(instance) switch
    {
        null or "" => "None",
        IComparable number when property.GetCustomAttribute<ValidateRangeAttribute>() is { } range && number.CompareTo(range.MinRange) < 0 => "None",
        string[] values => string.Join(", ", values),
        object value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
