using System;
using System.Collections;
using System.Management.Automation;
using System.Runtime.CompilerServices;

namespace ZhipuVideo.Rows;

/// <summary>
/// Lets a parameter of text be given objects: a job where an id is taken, as in <c>Wait-Job $job</c>. The binder would make a text of them
/// (and a prompt of a row); the text that it gets from here leads back to the object.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ObjectArgumentAttribute : ArgumentTransformationAttribute
{
    /// <summary>By reference: another text of the same letters is a text.</summary>
    private static readonly ConditionalWeakTable<string, object> Objects = new();

    /// <summary>Whether only jobs, rows and lists are objects here; all else has a text that is meant, and a folder its full name.</summary>
    public bool OnlyRows { get; set; }

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (Cells.IsEmpty(inputData) || !IsObject(inputData)) return OnlyRows ? PathArgumentAttribute.WithFullNames(inputData) : inputData;
        string text = new([.. $"({Cells.Bare(inputData)!.GetType().Name})"]); // a text of its own
        Objects.Add(text, inputData);
        return text;
    }

    /// <summary>What a parameter was given: the object behind a text, the text itself, or a list of either.</summary>
    internal static object? Resolve(object? argument) => argument switch
    {
        string text => Objects.TryGetValue(text, out object? value) ? value : text,
        string[] texts => Array.ConvertAll(texts, text => Resolve(text)),
        _ => argument,
    };

    private bool IsObject(object value)
    {
        PSObject?[] elements = [.. Cells.Elements(value)];
        if (OnlyRows && elements.Length != 1) return true;
        return Array.Exists(elements, element => element?.BaseObject switch
        {
            null => false,
            CogVideoItem or PSCustomObject or IDictionary => true,
            Guid or Uri => !OnlyRows,
            _ => !OnlyRows && !Cells.TryText(element, out _),
        });
    }
}
