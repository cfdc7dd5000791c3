using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using ZhipuVideo.Files;

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

    /// <summary>What separates the columns of files that are no CSV to Import-Csv.</summary>
    private const string Delimiters = ";\t|,\uFF1B\uFF0C";

    /// <summary>Long prompts that are warned of one by one; the others are counted.</summary>
    private const int LongPromptsTold = 3;

    private static readonly Dictionary<string, string> FieldOf =
        Fields.SelectMany(f => f.Value.Select(name => (name, f.Key))).ToDictionary(p => p.name, p => p.Key, StringComparer.OrdinalIgnoreCase);

    private readonly CommandLine _commandLine;
    private readonly string _defaultModel;
    private readonly Func<string, string> _resolvePath;
    private readonly Action<string> _warn;
    private readonly HashSet<string> _namedColumns = new(StringComparer.OrdinalIgnoreCase);
    private bool _hasWarnedEncoding;
    private int _longPrompts;

    /// <param name="commandLine">The parameters given on the command line win over columns, those of the session's defaults do not.</param>
    /// <param name="defaultModel">The model of rows that name none.</param>
    /// <param name="resolvePath">Makes a path of the shell a path of the file system.</param>
    /// <param name="warn">Writes a warning.</param>
    internal RowReader(CommandLine commandLine, string defaultModel, Func<string, string> resolvePath, Action<string> warn)
    {
        _commandLine = commandLine;
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
        Dictionary<string, object?> cells = Collect(row, Messages.Format(MessageKey.LabelRow, number), bound);
        string label = LabelOf(row, number, cells);
        if (row?.BaseObject is string && IsTyped("Prompt"))
            throw Invalid(MessageKey.PromptTwice, label);
        Dictionary<string, string> firstRead = new(StringComparer.Ordinal);
        string? Text(string field) => TextOf(cells, field, label, firstRead);
        string? prompt = Text("Prompt");
        string model = Text("Model") ?? _defaultModel;
        CheckPrompt(prompt, model, label);
        return new VideoRequest
        {
            Label = label,
            Prompt = prompt,
            Images = ImagesOf(cells, label, row?.BaseObject is FileSystemInfo),
            Model = model,
            Quality = Text("Quality"),
            WithAudio = Flag(Text("WithAudio"), label),
            Size = Text("Size"),
            Fps = Number("Fps", Text("Fps"), label),
            Duration = Number("Duration", Text("Duration"), label),
            RequestId = IsOurs(row) && !IsTyped("RequestId") ? null : Text("RequestId"),
            UserId = Text("UserId"),
            Name = row?.BaseObject is FileInfo file && !IsTyped("Name") && NameIsFileName(cells, file)
                ? Path.GetFileNameWithoutExtension(file.Name)
                : Text("Name"),
            AdditionalBody = AdditionalOf(cells, label),
            AsFirstRead = firstRead.Count > 0 ? firstRead : null,
        };
    }

    /// <summary>Says at the end how many rows had what only the first few were warned of.</summary>
    internal void Finish()
    {
        if (_longPrompts > LongPromptsTold)
            _warn(Messages.Format(MessageKey.WarnPromptsLong, _longPrompts - LongPromptsTold, VideoRequest.PromptCharacters));
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    private bool IsTyped(string field) => _commandLine.Typed.Contains(field);

    /// <summary>
    /// The command line, then the row, then the session's defaults. Command line and delay-bind come from the binder; a cell that the binder
    /// turned into text is taken raw.
    /// </summary>
    private Dictionary<string, object?> Collect(PSObject? row, string label, IReadOnlyDictionary<string, object?> bound)
    {
        Dictionary<string, object?> cells = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> value in bound)
        {
            if (value.Value is not null && !_commandLine.Defaults.Contains(value.Key)) cells[value.Key] = value.Value;
        }
        if (row is not null) AddRow(cells, row, label);
        foreach (string field in _commandLine.Defaults)
        {
            if (bound.TryGetValue(field, out object? value) && (!cells.TryGetValue(field, out object? cell) || Cells.IsEmpty(cell))) cells[field] = value;
        }
        return cells;
    }

    private void AddRow(Dictionary<string, object?> cells, PSObject row, string label)
    {
        if (row.BaseObject is string prompt)
        {
            if (!IsTyped("Prompt")) cells["Prompt"] = prompt;
            return;
        }
        if (row.BaseObject is FileSystemInfo item)
        {
            // A picture's own properties are no row: PowerShell gives every file a Size.
            foreach (string field in cells.Keys.Where(f => f is not ("Image" or "Name") && !IsTyped(f)).ToList())
            {
                if (row.Properties[field] is { } property && IsTextOf(cells[field], property.Value)) cells.Remove(field);
            }
            // What has a default, the binder does not take from the file
            if (_commandLine.Defaults.Contains("Image")) cells["Image"] = item.FullName;
            if (_commandLine.Defaults.Contains("Name")) cells["Name"] = item.Name;
            return;
        }
        List<string>? unknown = null;
        int columns = 0;
        foreach (KeyValuePair<string, object?> column in Cells.Of(row))
        {
            columns++;
            string name = Cells.NameOf(column.Key);
            if (!FieldOf.TryGetValue(name, out string? field))
            {
                if (HiddenText.Find(name) is { } code && FieldOf.ContainsKey(HiddenText.Remove(name)))
                    throw Invalid(MessageKey.ColumnHidden, label, Shorten(HiddenText.Remove(name)), code);
                (unknown ??= []).Add(column.Key);
            }
            else if (!IsTyped(field)
                && (!cells.TryGetValue(field, out object? filled) || IsTextOf(filled, column.Value) || (Cells.IsEmpty(filled) && !Cells.IsEmpty(column.Value))))
            {
                cells[field] = column.Value;
            }
        }
        if (unknown is null || row.BaseObject is not (PSCustomObject or IDictionary) || IsOurs(row)) return;
        CheckDelimiter(unknown[0], columns, label);
        WarnOfColumns(unknown);
    }

    /// <summary>Whether the binder has made this text of that cell, and not a script block of something else.</summary>
    private static bool IsTextOf(object? bound, object? cell) => bound switch
    {
        string text => LanguagePrimitives.TryConvertTo(cell, CultureInfo.InvariantCulture, out string converted) && converted == text,
        string[] { Length: 1 } texts => IsTextOf(texts[0], cell),
        _ => false,
    };

    /// <summary>A file whose columns are not separated by what Import-Csv was told has one column, with all their names in it.</summary>
    private static void CheckDelimiter(string column, int columns, string label)
    {
        if (column.StartsWith("sep=", StringComparison.OrdinalIgnoreCase))
            throw Invalid(MessageKey.OneColumnSep, label, Shorten(column), Delimiter(column.Length > 4 ? column[4] : ';'));
        if (columns > 1) return;
        foreach (char delimiter in Delimiters)
        {
            if (column.Split(delimiter).Any(name => FieldOf.ContainsKey(Cells.NameOf(name))) && column.IndexOf(delimiter) >= 0)
                throw Invalid(MessageKey.OneColumn, label, Shorten(column), Delimiter(delimiter));
        }
    }

    private static string Delimiter(char delimiter) => delimiter == '\t' ? "\"`t\"" : $"'{delimiter}'";

    private static bool NameIsFileName(Dictionary<string, object?> cells, FileInfo file) =>
        cells.TryGetValue("Name", out object? name) && name as string == file.Name;

    private static string LabelOf(PSObject? row, int number, Dictionary<string, object?> cells)
    {
        bool hasName = cells.TryGetValue("Name", out object? cell) && !Cells.IsEmpty(cell);
        string? name = hasName && Cells.TryInvariantText(cell, out string? text) ? Shorten(text!) : null;
        if (row is null) return name ?? Messages.Format(MessageKey.LabelRequest);
        return name is null ? Messages.Format(MessageKey.LabelRow, number) : Messages.Format(MessageKey.LabelNamedRow, number, name);
    }

    /// <summary>Jobs and results of ours, fresh or come back from another session: piped into New they are new rows.</summary>
    private static bool IsOurs(PSObject? row) => row is not null && (row.BaseObject is CogVideoItem || ItemReader.IsDeserializedItem(row));

    /// <summary>A cell as text; null when it is not given.</summary>
    /// <param name="cells">The cells of the row.</param>
    /// <param name="field">The field.</param>
    /// <param name="label">The row.</param>
    /// <param name="firstRead">Takes what earlier versions read, where that was something else: the row's hash is made of it.</param>
    private static string? TextOf(Dictionary<string, object?> cells, string field, string label, Dictionary<string, string> firstRead)
    {
        if (!cells.TryGetValue(field, out object? cell)) return null;
        object? value = Cells.Bare(cell);
        bool isKeptAsWritten = field is "Prompt" or "Name";
        bool isText = Cells.TryText(value, out string? written);
        string? text = isKeptAsWritten && value is string ? written
            : Cells.IsEmpty(cell) ? null
            : !isText || (field == "Prompt" && value is Guid or Uri) ? TextOfObject(value!, field, label)
            : isKeptAsWritten ? written
            : HiddenText.Trim(written!);
        string? earlier = isKeptAsWritten ? written : written?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        if (isText && earlier is not null && earlier != text) firstRead[field] = earlier;
        if (text is null || field == "Name") return text;
        if (Cells.IsWordForNothing(text)) throw Invalid(MessageKey.CellWord, label, field, text);
        if (!isKeptAsWritten && HiddenText.Find(text) is { } code) throw Invalid(MessageKey.CellHidden, label, field, code);
        if (field is "RequestId" or "UserId" && Cells.FindLostId(text) is { } why)
            throw Invalid(MessageKey.CellIdInvalid, label, field, Messages.Format(why, Shorten(text)));
        return text;
    }

    /// <summary>What is no text any more makes a label and nothing else: a date that ConvertFrom-Json has read is not what was written.</summary>
    private static string? TextOfObject(object value, string field, string label)
    {
        if (!Cells.TryInvariantText(value, out string? text)) throw Invalid(MessageKey.CellNotText, label, field, value.GetType().Name);
        if (field == "Name") return text;
        if (field != "Prompt") throw Invalid(MessageKey.CellNotText, label, field, value.GetType().Name);
        bool isDate = value is DateTime or DateTimeOffset or TimeSpan || value.GetType().FullName is "System.DateOnly" or "System.TimeOnly";
        throw Invalid(isDate ? MessageKey.PromptIsDate : MessageKey.PromptNotText, label, value.GetType().Name, text);
    }

    /// <param name="cells">The row.</param>
    /// <param name="label">How messages name it.</param>
    /// <param name="isFile">Whether a file was piped: it has been looked at already, wherever it is.</param>
    private IReadOnlyList<string> ImagesOf(Dictionary<string, object?> cells, string label, bool isFile)
    {
        if (!cells.TryGetValue("Image", out object? cell) || Cells.IsEmpty(cell)) return [];
        object? value = Cells.Bare(cell);
        bool mayHoldSeveral = !IsTyped("Image");
        bool isData = !isFile && (mayHoldSeveral || _commandLine.Computed.Contains("Image"));
        List<string> images = [];
        foreach (object? item in value is IEnumerable several and not string ? several.Cast<object?>() : [value])
        {
            if (Cells.IsEmpty(item)) continue;
            if (Cells.Bare(item) is FileSystemInfo file) images.Add(file.FullName);
            else if (!Cells.TryText(item, out string? text)) throw Invalid(MessageKey.CellNotText, label, "Image", Cells.Bare(item)!.GetType().Name);
            else if (text is not null) images.AddRange(mayHoldSeveral ? SplitImages(text) : [text]);
        }
        return images.Where(i => i.Trim().Length > 0).Select(i => ResolveImage(i, label, isData)).ToList();
    }

    /// <summary>
    /// The pictures of a cell. A <c>|</c> is also a sign in links (<c>/thumbnail/60x|imageslim</c>): behind one it separates only where a new
    /// address, data URI or existing file begins.
    /// </summary>
    private List<string> SplitImages(string cell)
    {
        List<string> images = [];
        string gap = "";
        foreach (string piece in cell.Split('|'))
        {
            if (piece.Trim().Length == 0)
            {
                gap += "|" + piece;
                continue;
            }
            string? before = images.Count > 0 ? images[images.Count - 1] : null;
            if (before is not null && (IsAddress(before.Trim()) ? !BeginsPicture(piece) : FindFile(before + gap + "|" + piece) is not null))
                images[images.Count - 1] = before + gap + "|" + piece;
            else
                images.Add(piece);
            gap = "";
        }
        return images;
    }

    private bool BeginsPicture(string piece)
    {
        string image = Plain(piece);
        return IsAddress(image) || Picture.IsDataUri(image) || Picture.IsBase64(image) || FindFile(image) is not null;
    }

    /// <summary>Whether it begins with a scheme, as <c>https://</c>.</summary>
    private static bool IsAddress(string image)
    {
        int colon = image.IndexOf("://", StringComparison.Ordinal);
        return colon > 0 && image.Take(colon).All(static c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '+' or '-' or '.');
    }

    /// <summary>A path as "Copy as path" gives it stands in quotes, and the one of a file's properties behind a mark of direction.</summary>
    private static string Plain(string image)
    {
        string plain = image.Trim();
        if (IsAddress(plain)) return plain;
        plain = HiddenText.Trim(plain);
        bool isQuoted = plain.Length > 1 && plain[0] == plain[plain.Length - 1] && plain[0] is '"' or '\'';
        return isQuoted ? plain.Substring(1, plain.Length - 2).Trim() : plain;
    }

    /// <summary>The full path of an existing file; null when there is none that may be looked at, or the text can be no path.</summary>
    private string? FindFile(string image, bool isData = true)
    {
        if (Picture.IsTooLongForPath(image) || (isData && LeadsAway(image))) return null;
        try
        {
            string path = _resolvePath(image);
            return !(isData && LeadsAway(path)) && File.Exists(path) ? path : null;
        }
        catch (Exception e) when (e is CogVideoException or PSArgumentException or ArgumentException or IOException or ItemNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a row's path leads to a network share, and not the one that the shell stands on: on Windows the mere look there tells a
    /// stranger's machine who the user is.
    /// </summary>
    private bool LeadsAway(string path)
    {
        if (!RegularFile.IsOnNetwork(path)) return false;
        try
        {
            return !RegularFile.MayTouch(path, _resolvePath("."));
        }
        catch (CogVideoException)
        {
            return true; // the shell is on another drive than one of files
        }
    }

    private string ResolveImage(string written, string label, bool isData)
    {
        string image = Plain(written);
        if (Picture.IsDataUri(image) || image.Contains("://") || Picture.IsBase64(image) || Picture.IsTooLongForPath(image)) return image;
        if (isData && LeadsAway(image)) throw Invalid(MessageKey.ImageOnShare, label, Shorten(image));
        if (image != written.Trim() && FindFile(written.Trim(), isData) is { } literal) return literal;
        try
        {
            string path = _resolvePath(image);
            return isData && LeadsAway(path) ? throw Invalid(MessageKey.ImageOnShare, label, Shorten(image)) : path;
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

    private static string? AdditionalOf(Dictionary<string, object?> cells, string label)
    {
        if (!cells.TryGetValue("AdditionalBody", out object? cell) || Cells.IsEmpty(cell)) return null;
        object value = cell is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : cell!;
        if (value is string json) return json;
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
        return int.TryParse(Cells.WithoutZeroFraction(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Invalid(MessageKey.CellNotNumber, label, field, Shorten(text));
    }

    private static bool? Flag(string? text, string label) => text is null ? null : Cells.WithoutZeroFraction(text).ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => throw Invalid(MessageKey.CellNotBoolean, label, "WithAudio", Shorten(text)),
    };

    /// <summary>
    /// A prompt in a wrong encoding is refused when characters of it are lost, or when it would cost money; one that was typed is only warned of.
    /// </summary>
    private void CheckPrompt(string? prompt, string model, string label)
    {
        if (prompt is null) return;
        if (WrongEncoding.Find(prompt) is { } wrong)
        {
            bool isBilled = CogVideoModel.Find(model) is not { Billing: "Free" };
            bool isTyped = IsTyped("Prompt") && !_commandLine.Computed.Contains("Prompt");
            if (!isTyped && (isBilled || wrong == MessageKey.EncodingReplaced)) throw Invalid(wrong, label);
            if (!_hasWarnedEncoding) _warn(Messages.Format(wrong, label));
            _hasWarnedEncoding = true;
        }
        if (prompt.Length <= VideoRequest.PromptCharacters || new StringInfo(prompt).LengthInTextElements <= VideoRequest.PromptCharacters) return;
        if (_longPrompts++ < LongPromptsTold)
            _warn(Messages.Format(MessageKey.WarnPromptLong, label, prompt.Length, VideoRequest.PromptCharacters));
    }

    private void WarnOfColumns(List<string> unknown)
    {
        List<string> news = unknown.Where(_namedColumns.Add).Select(Shorten).ToList();
        if (news.Count > 0) _warn(Messages.Format(MessageKey.WarnColumns, string.Join(", ", news), string.Join(", ", Fields.Keys)));
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text.Substring(0, 80) + "...";
}
