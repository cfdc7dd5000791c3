using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Views;

/// <summary>
/// The cells of the views in <c>ZhipuVideo.format.ps1xml</c>. Everything is on one line and steers no terminal; numbers are written as the
/// reader's culture does. Values come as PowerShell has them: null, fresh, or back from another session and of any type.
/// </summary>
public static class Format
{
    private static readonly Dictionary<string, string> Colours = new(StringComparer.OrdinalIgnoreCase)
    {
        [CogVideoStatus.Success] = "Green",
        [CogVideoStatus.Fail] = "Red",
        [CogVideoStatus.Rejected] = "Red",
        [CogVideoStatus.Unconfirmed] = "Yellow",
        [CogVideoStatus.Processing] = "Cyan",
    };

    /// <summary>A status, coloured where the shell has colours and was not told to leave them out.</summary>
    /// <param name="status">One of <see cref="CogVideoStatus"/>.</param>
    /// <param name="style">The shell's <c>$PSStyle</c>; null in Windows PowerShell, which has none.</param>
    public static string Status(object? status, object? style)
    {
        string text = Line(status);
        if (style is null || !Colours.TryGetValue(text, out string? colour)) return text;
        bool isColoured = Property(style, "OutputRendering")?.ToString() switch
        {
            "PlainText" => false,
            "Ansi" => true,
            // Host, the default, knows of pipes inside the shell alone: not that the shell's own output goes to a file
            _ => !Console.IsOutputRedirected,
        };
        if (!isColoured) return text;
        return Property(Property(style, "Foreground"), colour) + text + Property(style, "Reset");
    }

    /// <summary>A moment in universal time, as the properties and files have it, and marked so: <c>2026-05-01 09:30:00Z</c>.</summary>
    /// <param name="time">A time; anything else is written as it is.</param>
    public static string Time(object? time) =>
        Bare(time) is DateTime moment ? moment.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture) : Line(time);

    /// <summary>Whether there is anything to show.</summary>
    /// <param name="value">Any value; false and zero are something, an empty text or list is nothing.</param>
    public static bool Has(object? value) => Line(value).Length > 0;

    /// <summary>A value on one line without anything that could steer a terminal: prompts come from files of others. Of a list all values.</summary>
    /// <param name="value">Any value or null.</param>
    public static string Line(object? value) => Bare(value) switch
    {
        string text => ScreenText.Line(text),
        IEnumerable list => string.Join(", ", list.Cast<object?>().Select(Line)),
        var other => ScreenText.Line(Convert.ToString(other, CultureInfo.CurrentCulture)),
    };

    /// <summary>An id in at most 19 characters, as many as the service's have; of a longer one the beginning and the end.</summary>
    /// <param name="id">Any id; null or empty while a submission is unconfirmed.</param>
    public static string Id(object? id)
    {
        const int longest = 19;
        const int part = 8;
        string line = Line(id);
        return line.Length <= longest ? line : line.Substring(0, part) + "..." + line.Substring(line.Length - part);
    }

    /// <summary>Many values in little room: the first, the last and how many there are; <c>-</c> for none.</summary>
    /// <param name="values">Values in their order.</param>
    public static string Range(object? values)
    {
        string[] lines = Bare(values) is IEnumerable list and not string ? [.. list.Cast<object?>().Select(Line)] : Has(values) ? [Line(values)] : [];
        return lines switch
        {
            [] => "-",
            { Length: <= 2 } => string.Join(", ", lines),
            _ => $"{lines[0]} .. {lines[lines.Length - 1]} ({lines.Length})",
        };
    }

    /// <summary>What a job is about: its name and its prompt, as far as there are any.</summary>
    internal static string Title(string? name, string? prompt) =>
        string.Join(": ", new[] { Line(name), Line(prompt) }.Where(part => part.Length > 0));

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static object? Property(object? value, string name) => value is null ? null : PSObject.AsPSObject(value).Properties[name]?.Value;
}
