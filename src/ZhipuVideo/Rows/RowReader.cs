using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Rows;

/// <summary>
/// Makes a request of what New-CogVideo was given: parameters that the binder has filled (command line, delay-bind script blocks, columns of
/// that name) and the piped object itself, whose raw cells are checked here, where the row is known.
/// </summary>
internal sealed class RowReader
{
    /// <summary>What each field may be called in a row: its own name and the service's.</summary>
    internal static readonly IReadOnlyDictionary<string, string[]> Fields = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Prompt"] = ["Prompt"],
        ["Image"] = ["Image", "ImageUrl", "image_url", "ImagePath", "FullName"],
        ["Model"] = ["Model"],
        ["Quality"] = ["Quality"],
        ["WithAudio"] = ["WithAudio", "with_audio"],
        ["Size"] = ["Size"],
        ["Fps"] = ["Fps"],
        ["Duration"] = ["Duration"],
        ["RequestId"] = ["RequestId", "request_id"],
        ["UserId"] = ["UserId", "user_id"],
        ["Name"] = ["Name"],
        ["AdditionalBody"] = ["AdditionalBody", "additional_body"],
    };

    private static readonly Dictionary<string, string> FieldOf =
        Fields.SelectMany(f => f.Value.Select(name => (name, f.Key))).ToDictionary(p => p.name, p => p.Key, StringComparer.OrdinalIgnoreCase);

    private readonly HashSet<string> _commandLine;
    private readonly string _defaultModel;
    private readonly Func<string, string> _resolvePath;
    private readonly Action<string> _warn;
    private readonly HashSet<string> _namedColumns = new(StringComparer.OrdinalIgnoreCase);
    private bool _hasWarnedEncoding;

    /// <param name="commandLine">The parameters given on the command line: they win over columns.</param>
    /// <param name="defaultModel">The model of rows that name none.</param>
    /// <param name="resolvePath">Makes a path of the shell a path of the file system.</param>
    /// <param name="warn">Writes a warning.</param>
    internal RowReader(IEnumerable<string> commandLine, string defaultModel, Func<string, string> resolvePath, Action<string> warn)
    {
        _commandLine = new HashSet<string>(commandLine, StringComparer.OrdinalIgnoreCase);
        _defaultModel = defaultModel;
        _resolvePath = resolvePath;
        _warn = warn;
    }

    /// <summary>The request of one row. Throws <see cref="ErrorReason.InvalidInput"/>, naming the row.</summary>
    /// <param name="row">The piped object; null when nothing was piped.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="bound">What the binder has filled in, by parameter.</param>
    internal VideoRequest Read(PSObject? row, int number, IReadOnlyDictionary<string, object?> bound)
    {
        Dictionary<string, object?> cells = Collect(row, bound);
        string label = LabelOf(row, number, cells);
        if (row?.BaseObject is string && _commandLine.Contains("Prompt"))
            throw Invalid(MessageKey.PromptTwice, label);
        string? Text(string field) => TextOf(cells, field, label);
        string? prompt = Text("Prompt");
        WarnOfPrompt(prompt, label);
        return new VideoRequest
        {
            Label = label,
            Prompt = prompt,
            Images = ImagesOf(cells, label),
            Model = Text("Model") ?? _defaultModel,
            Quality = Text("Quality"),
            WithAudio = Flag(Text("WithAudio"), label),
            Size = Text("Size"),
            Fps = Number("Fps", Text("Fps"), label),
            Duration = Number("Duration", Text("Duration"), label),
            RequestId = IsOurs(row) && !_commandLine.Contains("RequestId") ? null : Text("RequestId"),
            UserId = Text("UserId"),
            Name = row?.BaseObject is FileInfo file && !_commandLine.Contains("Name") && NameIsFileName(cells, file)
                ? Path.GetFileNameWithoutExtension(file.Name)
                : Text("Name"),
            AdditionalBody = AdditionalOf(cells, label),
        };
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    /// <summary>Command line and delay-bind come from the binder; a cell that the binder turned into text is taken raw.</summary>
    private Dictionary<string, object?> Collect(PSObject? row, IReadOnlyDictionary<string, object?> bound)
    {
        Dictionary<string, object?> cells = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> value in bound)
        {
            if (value.Value is not null) cells[value.Key] = value.Value;
        }
        if (row is null) return cells;
        if (row.BaseObject is string prompt)
        {
            if (!_commandLine.Contains("Prompt")) cells["Prompt"] = prompt;
            return cells;
        }
        if (row.BaseObject is FileSystemInfo)
        {
            // A picture's own properties are no row: PowerShell gives every file a Size.
            foreach (string field in cells.Keys.Where(f => f is not ("Image" or "Name") && !_commandLine.Contains(f)).ToList())
            {
                if (row.Properties[field] is { } property && IsTextOf(cells[field], property.Value)) cells.Remove(field);
            }
            return cells;
        }
        List<string>? unknown = null;
        foreach (KeyValuePair<string, object?> column in Cells.Of(row))
        {
            if (!FieldOf.TryGetValue(Cells.NameOf(column.Key), out string? field)) (unknown ??= []).Add(column.Key);
            else if (_commandLine.Contains(field) || (field == "Image" && cells.ContainsKey("Image") && IsBlank(column.Value))) continue;
            else if (!cells.TryGetValue(field, out object? filled) || IsTextOf(filled, column.Value)) cells[field] = column.Value;
        }
        if (unknown is not null && row.BaseObject is PSCustomObject or IDictionary && !IsOurs(row)) WarnOfColumns(unknown);
        return cells;
    }

    /// <summary>Whether the binder has made this text of that cell, and not a script block of something else.</summary>
    private static bool IsTextOf(object? bound, object? cell) => bound switch
    {
        string text => LanguagePrimitives.TryConvertTo(cell, CultureInfo.InvariantCulture, out string converted) && converted == text,
        string[] { Length: 1 } texts => IsTextOf(texts[0], cell),
        _ => false,
    };

    private static bool IsBlank(object? cell) => Cells.TryText(cell, out string? text) && text is null;

    private static bool NameIsFileName(Dictionary<string, object?> cells, FileInfo file) =>
        cells.TryGetValue("Name", out object? name) && name as string == file.Name;

    private static string LabelOf(PSObject? row, int number, Dictionary<string, object?> cells)
    {
        bool hasName = cells.TryGetValue("Name", out object? cell) && Cells.TryText(cell, out string? text) && text is not null;
        string? name = hasName ? Shorten(Convert.ToString(cell, CultureInfo.InvariantCulture)!) : null;
        if (row is null) return name ?? Messages.Format(MessageKey.LabelRequest);
        return name is null ? Messages.Format(MessageKey.LabelRow, number) : Messages.Format(MessageKey.LabelNamedRow, number, name);
    }

    /// <summary>Jobs and results of ours, fresh or come back from another session: piped into New they are new rows.</summary>
    private static bool IsOurs(PSObject? row) => row is not null && (row.BaseObject is CogVideoItem || ItemReader.IsDeserializedItem(row));

    private static string? TextOf(Dictionary<string, object?> cells, string field, string label)
    {
        if (!cells.TryGetValue(field, out object? cell)) return null;
        if (!Cells.TryText(cell, out string? text))
        {
            object shown = cell is PSObject wrapped ? wrapped.BaseObject : cell!;
            throw Invalid(MessageKey.CellNotText, label, field, shown.GetType().Name);
        }
        return field is "Prompt" or "Name" ? text : text?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
    }

    private IReadOnlyList<string> ImagesOf(Dictionary<string, object?> cells, string label)
    {
        if (!cells.TryGetValue("Image", out object? cell)) return [];
        object? value = cell is PSObject wrapped ? wrapped.BaseObject : cell;
        bool mayHoldSeveral = !_commandLine.Contains("Image");
        List<string> images = [];
        foreach (object? item in value is IEnumerable several and not string ? several.Cast<object?>() : [value])
        {
            if (item is PSObject { BaseObject: FileSystemInfo info }) images.Add(info.FullName);
            else if (item is FileSystemInfo file) images.Add(file.FullName);
            else if (!Cells.TryText(item, out string? text)) throw Invalid(MessageKey.CellNotText, label, "Image", item!.GetType().Name);
            else if (text is not null) images.AddRange(mayHoldSeveral && !IsDataUri(text) ? text.Split('|') : [text]);
        }
        return images.Select(i => i.Trim()).Where(i => i.Length > 0).Select(i => ResolveImage(i, label)).ToList();
    }

    private string ResolveImage(string image, string label)
    {
        if (IsDataUri(image) || image.Contains("://")) return image;
        try
        {
            return _resolvePath(image);
        }
        catch (CogVideoException e)
        {
            throw Invalid(MessageKey.ImageUnreadable, label, Shorten(image), e.Message);
        }
        catch (Exception e) when (e is PSArgumentException or ArgumentException or IOException)
        {
            throw Invalid(MessageKey.ImageUnreadable, label, Shorten(image), e.Message);
        }
    }

    private static bool IsDataUri(string image) => image.StartsWith("data:", StringComparison.OrdinalIgnoreCase);

    private static string? AdditionalOf(Dictionary<string, object?> cells, string label)
    {
        if (!cells.TryGetValue("AdditionalBody", out object? cell)) return null;
        object? value = cell is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : cell;
        if (value is string or null) return string.IsNullOrWhiteSpace(value as string) ? null : (string)value!;
        try
        {
            return JsonText.Of(value);
        }
        catch (NotSupportedException)
        {
            throw Invalid(MessageKey.AdditionalBodyInvalid, label);
        }
    }

    private static int? Number(string field, string? text, string label)
    {
        if (text is null) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Invalid(MessageKey.CellNotNumber, label, field, Shorten(text));
    }

    private static bool? Flag(string? text, string label) => text?.ToUpperInvariant() switch
    {
        null => null,
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => throw Invalid(MessageKey.CellNotBoolean, label, "WithAudio", Shorten(text)),
    };

    private void WarnOfPrompt(string? prompt, string label)
    {
        if (prompt is null) return;
        if (prompt.Length > VideoRequest.PromptCharacters && new StringInfo(prompt).LengthInTextElements > VideoRequest.PromptCharacters)
            _warn(Messages.Format(MessageKey.WarnPromptLong, label, prompt.Length, VideoRequest.PromptCharacters));
        if (_hasWarnedEncoding || prompt.IndexOf('\uFFFD') < 0) return;
        _hasWarnedEncoding = true;
        _warn(Messages.Format(MessageKey.WarnEncoding, label));
    }

    private void WarnOfColumns(List<string> unknown)
    {
        List<string> news = unknown.Where(_namedColumns.Add).Select(Shorten).ToList();
        if (news.Count > 0) _warn(Messages.Format(MessageKey.WarnColumns, string.Join(", ", news), string.Join(", ", Fields.Keys)));
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text.Substring(0, 80) + "...";
}
