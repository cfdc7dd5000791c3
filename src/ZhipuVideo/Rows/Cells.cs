using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;

namespace ZhipuVideo.Rows;

/// <summary>Reads the cells of a piped object. A cell is text or a scalar; empty means not given; anything else is refused, never turned into text.</summary>
internal static class Cells
{
    /// <summary>What Windows puts before the first header of a file; some readers leave it there.</summary>
    private const string ByteOrderMark = "\uFEFF";

    private const string MisreadByteOrderMark = "ï»¿";

    /// <summary>The name of a column without a byte order mark and spaces.</summary>
    internal static string NameOf(string column)
    {
        string name = column;
        if (name.StartsWith(MisreadByteOrderMark, StringComparison.Ordinal)) name = name.Substring(MisreadByteOrderMark.Length);
        return name.TrimStart(ByteOrderMark[0]).Trim().Trim('"');
    }

    /// <summary>The columns of a row: properties of an object, or keys of a dictionary.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> Of(PSObject row)
    {
        if (row.BaseObject is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary)
                yield return new(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value);
            yield break;
        }
        foreach (PSPropertyInfo property in row.Properties)
        {
            if (property is PSNoteProperty or PSProperty or PSAliasProperty) yield return new(property.Name, ValueOf(property));
        }
    }

    /// <summary>The cell as text: null when it is empty, false when it is no scalar.</summary>
    internal static bool TryText(object? cell, out string? text)
    {
        object? value = cell is PSObject wrapped ? wrapped.BaseObject : cell;
        text = value switch
        {
            null => null,
            string s => s,
            bool b => b ? "True" : "False",
            double d => d == Math.Floor(d) && Math.Abs(d) < 1e15 ? d.ToString("F0", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture),
            sbyte or byte or short or ushort or int or uint or long or ulong or decimal or BigInteger or char or Guid or Uri or SwitchParameter =>
                Convert.ToString(value, CultureInfo.InvariantCulture),
            _ => null,
        };
        if (text is { Length: 0 }) text = null;
        return text is not null || value is null or string;
    }

    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            return null;
        }
    }
}
