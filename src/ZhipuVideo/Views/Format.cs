using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Text;

namespace ZhipuVideo.Views;

/// <summary>
/// The cells of the views in <c>ZhipuVideo.format.ps1xml</c>. Everything is short and on one line; numbers are written as the reader's culture does.
/// Values come as PowerShell has them: null, fresh, or back from another session.
/// </summary>
public static class Format
{
    private const int Minute = 60;
    private const int Hour = 60 * Minute;
    private const int Day = 24 * Hour;

    private static readonly Dictionary<string, string> Colours = new(StringComparer.OrdinalIgnoreCase)
    {
        [CogVideoStatus.Success] = "Green",
        [CogVideoStatus.Fail] = "Red",
        [CogVideoStatus.Unconfirmed] = "Yellow",
        [CogVideoStatus.Processing] = "Cyan",
    };

    /// <summary>A status, coloured where the shell has colours and was not told to leave them out.</summary>
    /// <param name="status">One of <see cref="CogVideoStatus"/>.</param>
    /// <param name="style">The shell's <c>$PSStyle</c>; null in Windows PowerShell, which has none.</param>
    public static string Status(string? status, object? style)
    {
        if (status is null || style is null || !Colours.TryGetValue(status, out string? colour)) return status ?? "";
        bool isColoured = Property(style, "OutputRendering")?.ToString() switch
        {
            "PlainText" => false,
            "Ansi" => true,
            // Host, the default, knows of pipes inside the shell alone: not that the shell's own output goes to a file
            _ => !Console.IsOutputRedirected,
        };
        if (!isColoured) return status;
        return Property(Property(style, "Foreground"), colour) + status + Property(style, "Reset");
    }

    /// <summary>A length of time in at most seven characters: <c>3.6s</c>, <c>36s</c>, <c>2m 05s</c>, <c>1h 02m</c>, <c>5d 03h</c>.</summary>
    /// <param name="seconds">Seconds; null and negative ones are blank.</param>
    public static string Duration(double? seconds)
    {
        if (seconds is not >= 0) return "";
        // 9.96 is 10.0 when it is written: rounded first, so that it is 10
        return Math.Round(seconds.Value, 1) < 10
            ? seconds.Value.ToString("0.0", CultureInfo.CurrentCulture) + "s"
            : Whole(Math.Round(seconds.Value));
    }

    /// <summary>How long ago something was, in whole seconds; a time in the future, by a clock that is wrong, is now.</summary>
    /// <param name="since">UTC; null is blank.</param>
    /// <param name="now">UTC.</param>
    public static string Age(DateTime? since, DateTime now) =>
        since is DateTime time ? Whole(Math.Max(0, Math.Floor((now - time.ToUniversalTime()).TotalSeconds))) : "";

    /// <summary>A moment in the reader's time zone, in the order that sorts: <c>2026-05-01 09:30:00</c>.</summary>
    /// <param name="utc">UTC; null is blank.</param>
    public static string Time(DateTime? utc) =>
        utc?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A number of bytes in powers of ten: <c>512 B</c>, <c>19 KB</c>, <c>4.5 MB</c>.</summary>
    /// <param name="bytes">Zero or more.</param>
    public static string Size(long bytes)
    {
        if (bytes < 1000) return $"{bytes} B";
        double value = bytes;
        string unit = "";
        foreach (string next in (string[])["KB", "MB", "GB", "TB"])
        {
            value /= 1000;
            unit = next;
            if (Math.Round(value) < 1000) break;
        }
        return value.ToString(Math.Round(value, 1) < 10 ? "0.0 " : "0 ", CultureInfo.CurrentCulture) + unit;
    }

    /// <summary>The size of a saved file; blank when it is not on this machine.</summary>
    /// <param name="path">Full path or null.</param>
    public static string FileSize(string? path)
    {
        if (string.IsNullOrEmpty(path)) return "";
        FileInfo file = new(path);
        return file.Exists ? Size(file.Length) : "";
    }

    /// <summary>A text on one line without anything that could steer a terminal: prompts come from files of others.</summary>
    /// <param name="text">Any text or null.</param>
    public static string Line(string? text)
    {
        StringBuilder line = new();
        foreach (char c in text ?? "")
        {
            bool isBlank = char.IsWhiteSpace(c) || ScreenText.Steers(c);
            if (!isBlank) line.Append(c);
            else if (line.Length > 0 && line[line.Length - 1] != ' ') line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }

    /// <summary>An id in at most 19 characters, as many as the service's have; of a longer one the beginning and the end.</summary>
    /// <param name="id">Any id; null or empty while a submission is unconfirmed.</param>
    public static string Id(string? id)
    {
        const int longest = 19;
        const int part = 8;
        string line = Line(id);
        return line.Length <= longest ? line : line.Substring(0, part) + "..." + line.Substring(line.Length - part);
    }

    /// <summary>What a job is about: its name and its prompt, as far as there are any.</summary>
    public static string Title(string? name, string? prompt) =>
        string.Join(": ", new[] { Line(name), Line(prompt) }.Where(part => part.Length > 0));

    /// <summary>What came of a job: the saved file, else why there is none, else what it is about.</summary>
    /// <param name="name">The job's name.</param>
    /// <param name="prompt">Its prompt.</param>
    /// <param name="reason">The service's words for a failure.</param>
    /// <param name="savedPath">Full path of the video.</param>
    /// <param name="location">The current location: a path below it is written from there, any other file before its folder.</param>
    public static string Outcome(string? name, string? prompt, string? reason, string? savedPath, string? location)
    {
        if (string.IsNullOrEmpty(savedPath)) return Title(name, string.IsNullOrEmpty(reason) ? prompt : reason);
        string folder = (location ?? "").TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        return Line(savedPath!.StartsWith(folder, StringComparison.Ordinal)
            ? savedPath.Substring(folder.Length)
            : $"{Path.GetFileName(savedPath)} ({Path.GetDirectoryName(savedPath)})");
    }

    /// <summary>Many values in little room: the first, the last and how many there are; <c>-</c> for none.</summary>
    /// <param name="values">Values in their order.</param>
    public static string Range(string[]? values) => values switch
    {
        null or [] => "-",
        { Length: <= 2 } => string.Join(", ", values),
        _ => $"{values[0]} .. {values[values.Length - 1]} ({values.Length})",
    };

    /// <summary>From the fewest to the most: <c>0-1</c>, or one number when they are the same.</summary>
    public static string Count(int fewest, int most) => fewest == most ? $"{most}" : $"{fewest}-{most}";

    private static string Whole(double seconds) => seconds switch
    {
        < Minute => $"{seconds:0}s",
        < Hour => Parts(seconds, Minute, "m", 1, "s"),
        < Day => Parts(seconds, Hour, "h", Minute, "m"),
        < 100 * Day => Parts(seconds, Day, "d", Hour, "h"),
        _ => $"{Math.Floor(seconds / Day):0}d",
    };

    private static string Parts(double seconds, int unit, string name, int part, string partName) =>
        $"{Math.Floor(seconds / unit):0}{name} {Math.Floor(seconds % unit / part):00}{partName}";

    private static object? Property(object? value, string name) => value is null ? null : PSObject.AsPSObject(value).Properties[name]?.Value;
}
