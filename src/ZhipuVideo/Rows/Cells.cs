using System;
using System.Collections;
using System.Collections.Generic;
using System.Data;
using System.Data.SqlTypes;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;
using System.Numerics;
using System.Reflection;

namespace ZhipuVideo.Rows;

/// <summary>Reads the cells of a piped object. A cell is text or a scalar; empty means not given; anything else is refused, never turned into text.</summary>
internal static class Cells
{
    /// <summary>What Windows puts before the first header of a file, read in a western encoding.</summary>
    private const string MisreadByteOrderMark = "ï»¿";

    /// <summary>What programs write into a text where a value is missing, and what is left of objects that were written as text.</summary>
    private static readonly HashSet<string> WordsForNothing = new(StringComparer.OrdinalIgnoreCase)
    {
        "nan", "-nan", "nat", "<NA>", "NA", "N/A", "null", "(null)", "<null>", "[null]", "\\N", "nil", "none", "undefined",
        "#N/A", "#N/A N/A", "#NA", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!", "#GETTING_DATA",
        "System.Object[]", "System.String[]", "System.Collections.Hashtable", "System.DBNull", "[object Object]",
    };

    /// <summary>The name of a column without a byte order mark, quotes, spaces and what nobody sees at its ends.</summary>
    internal static string GetName(string column)
    {
        string name = column.StartsWith(MisreadByteOrderMark, StringComparison.Ordinal) ? column.Substring(MisreadByteOrderMark.Length) : column;
        return HiddenText.Trim(HiddenText.Trim(name).Trim('"'));
    }

    /// <summary>The columns of a row: properties of an object, or keys of a dictionary.</summary>
    internal static IEnumerable<KeyValuePair<string, object?>> GetColumns(PSObject row)
    {
        if (row.BaseObject is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary)
                yield return new(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value);
            yield break;
        }
        foreach (PSPropertyInfo property in row.Properties)
        {
            if (property is PSNoteProperty or PSProperty or PSAliasProperty) yield return new(property.Name, GetValue(property));
        }
    }

    /// <summary>The objects that an argument holds: itself, or the elements of what PowerShell would enumerate in a pipeline.</summary>
    internal static IEnumerable<PSObject?> Elements(object? value)
    {
        IEnumerable? several = Bare(value) is null or string or PSCustomObject ? null : LanguagePrimitives.GetEnumerable(value);
        return several is null
            ? [value is null ? null : PSObject.AsPSObject(value)]
            : several.Cast<object?>().SelectMany(Elements);
    }

    /// <summary>The object itself, without the engine's wrapper.</summary>
    internal static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>
    /// Whether a cell holds what cannot be a value: nothing, in the forms of databases, spreadsheets, data frames and PowerShell itself.
    /// </summary>
    internal static bool IsEmpty(object? cell) => ReferenceEquals(cell, AutomationNull.Value) || Bare(cell) switch
    {
        null or DBNull or Missing or NullString or INullable { IsNull: true } => true,
        string text => HiddenText.Trim(text).Length == 0,
        double number => double.IsNaN(number),
        float number => float.IsNaN(number),
        ICollection several and not IDictionary => several.Cast<object?>().All(IsEmpty),
        _ => false,
    };

    /// <summary>Whether there is nothing at all in a row: sheets end with lines of commas, and files with blank lines.</summary>
    internal static bool IsEmptyRow(PSObject row) => row.BaseObject switch
    {
        string => IsEmpty(row),
        DataRow data => data.ItemArray.All(IsEmpty),
        PSCustomObject or IDictionary => GetColumns(row).All(column => IsEmpty(column.Value)),
        _ => false,
    };

    /// <summary>Whether a text is what a program writes for a missing value.</summary>
    internal static bool IsWordForNothing(string text) => WordsForNothing.Contains(HiddenText.Trim(text));

    /// <summary>The cell as text: null when it is empty, false when it is no scalar.</summary>
    internal static bool TryText(object? cell, out string? text)
    {
        object? value = Bare(cell);
        text = value switch
        {
            null => null,
            string s => s,
            bool b => b ? "True" : "False",
            float f => Number(f),
            double d => Number(d),
            sbyte or byte or short or ushort or int or uint or long or ulong or decimal or BigInteger or char or Guid or Uri or SwitchParameter =>
                Convert.ToString(value, CultureInfo.InvariantCulture),
            _ => null,
        };
        if (text is { Length: 0 }) text = null;
        return text is not null || value is null or string;
    }

    /// <summary>As <see cref="TryText"/>, and the invariant text of what is more than a scalar and yet has one: a date, a version, an enum.</summary>
    internal static bool TryInvariantText(object? cell, out string? text)
    {
        if (TryText(cell, out text)) return true;
        text = Bare(cell) switch
        {
            Enum or Version => Bare(cell)!.ToString(),
            ValueType and IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
            _ => null,
        };
        return text is not null;
    }

    /// <summary>A whole number or a flag as pandas and Excel write it: 30.0, or 30,0 where the comma is the decimal sign.</summary>
    internal static string WithoutZeroFraction(string text)
    {
        int point = text.LastIndexOfAny(['.', ',']);
        string fraction = text.Substring(point + 1);
        bool isZero = point > 0 && fraction.All(static c => c == '0') && (text[point] == '.' || fraction.Length < 3); // 30,000 is thirty thousand
        return isZero ? text.Substring(0, point) : text;
    }

    /// <summary>Why a text cannot be an id, when a spreadsheet has had it; null when it can. A message of the text alone.</summary>
    internal static string? FindLostId(string id)
    {
        if (id.Length > 0 && id[0] is '=' or '\'' or '"') return MessageKey.IdFormula;
        if (id.IndexOf(',') > 0 && id.All(static c => char.IsDigit(c) || c == ',')) return MessageKey.IdRounded; // 8,868,902,201,637,890,000
        int e = id.IndexOf('E');
        string exponent = e < 0 ? "" : id.Substring(e + 1).TrimStart('+');
        bool isRounded = e > 0 && id.Take(e).All(static c => char.IsDigit(c) || c is '.' or ',')
            && exponent.Length is > 0 and < 4 && exponent.All(char.IsDigit);
        return isRounded ? MessageKey.IdRounded : null;
    }

    private static string Number(double d) =>
        d == Math.Floor(d) && Math.Abs(d) < 1e15 ? d.ToString("F0", CultureInfo.InvariantCulture) : d.ToString("R", CultureInfo.InvariantCulture);

    private static string Number(float f) =>
        f == Math.Floor(f) ? Number((double)f) : f.ToString("R", CultureInfo.InvariantCulture);

    private static object? GetValue(PSPropertyInfo property)
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
