using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using ZhipuVideo.Files;

namespace ZhipuVideo.Rows;

/// <summary>
/// Makes a request of what New-CogVideo was given: parameters that the binder has filled (command line, delay-bind script blocks, columns of
/// that name) and the piped object itself, whose raw cells are checked here, where the row is known.
/// </summary>
internal sealed class RowReader
{
    /// <summary>What separates the columns of files that are no CSV to Import-Csv.</summary>
    private const string Delimiters = ";\t|,\uFF1B\uFF0C";

    /// <summary>Long prompts that are warned of one by one; the others are counted.</summary>
    private const int LongPromptsTold = 3;

    private static readonly Dictionary<string, RequestField> Columns = RequestField.All
        .SelectMany(field => field.Columns.Distinct(StringComparer.OrdinalIgnoreCase).Select(column => (column, field)))
        .ToDictionary(pair => pair.column, pair => pair.field, StringComparer.OrdinalIgnoreCase);

    private readonly PSCmdlet _cmdlet;
    private readonly CommandLine _commandLine;
    private readonly Dictionary<RequestField, PropertyInfo> _parameters;
    private readonly string _defaultModel;
    private readonly Func<string, string> _resolvePath;
    private readonly Action<string> _warn;
    private readonly Dictionary<string, RequestField?> _fields = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namedColumns = new(StringComparer.OrdinalIgnoreCase);
    private bool _hasWarnedEncoding;
    private int _longPrompts;

    /// <param name="cmdlet">The cmdlet: the binder fills its parameters for each row.</param>
    /// <param name="commandLine">The parameters given on the command line win over columns, those of the session's defaults do not.</param>
    /// <param name="defaultModel">The model of rows that name none.</param>
    /// <param name="resolvePath">Makes a path of the shell a path of the file system.</param>
    /// <param name="warn">Writes a warning.</param>
    internal RowReader(PSCmdlet cmdlet, CommandLine commandLine, string defaultModel, Func<string, string> resolvePath, Action<string> warn)
    {
        _cmdlet = cmdlet;
        _parameters = RequestField.All.ToDictionary(field => field, field => cmdlet.GetType().GetProperty(field.Property)!);
        _commandLine = commandLine;
        _defaultModel = defaultModel;
        _resolvePath = resolvePath;
        _warn = warn;
    }

    /// <summary>The request of one row. Throws <see cref="ErrorReason.InvalidInput"/>, naming the row.</summary>
    /// <param name="row">The piped object; null when nothing was piped.</param>
    /// <param name="number">Its number, from 1.</param>
    internal VideoRequest Read(PSObject? row, int number)
    {
        Dictionary<RequestField, object?> cells = Collect(row, number);
        string label = CreateLabel(row, number, cells);
        if (row?.BaseObject is string && IsTyped(RequestField.Prompt)) throw Invalid(MessageKey.PromptTwice, label);
        Dictionary<string, string> firstRead = new(StringComparer.Ordinal);
        string? Text(RequestField field) => ReadText(cells, field, label, firstRead);
        CheckPrompt(Text(RequestField.Prompt), Text(RequestField.Model) ?? _defaultModel, label);
        if (IsOurs(row) && !IsTyped(RequestField.RequestId)) cells.Remove(RequestField.RequestId);
        if (row?.BaseObject is FileInfo file && !IsTyped(RequestField.Name) && cells.TryGetValue(RequestField.Name, out object? name) && name as string == file.Name)
            cells[RequestField.Name] = Path.GetFileNameWithoutExtension(file.Name);
        VideoRequest request = new() { Label = label, Model = _defaultModel, AsFirstRead = firstRead };
        foreach (RequestField field in RequestField.All)
        {
            object? value = field.Kind switch
            {
                FieldKind.Images => ReadImages(cells, label, row?.BaseObject is FileSystemInfo),
                FieldKind.Json => ReadJson(cells, field, label),
                FieldKind.Number => ParseNumber(field, Text(field), label),
                FieldKind.Boolean => ParseFlag(field, Text(field), label),
                _ => Text(field),
            };
            if (value is not null) field.Set(request, value);
        }
        return request;
    }

    /// <summary>Says at the end how many rows had what only the first few were warned of.</summary>
    internal void Finish()
    {
        if (_longPrompts > LongPromptsTold)
            _warn(Messages.Format(MessageKey.WarnPromptsLong, _longPrompts - LongPromptsTold, VideoRequest.PromptCharacters));
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    private bool IsTyped(RequestField field) => _commandLine.Typed.Contains(field.Property);

    private bool IsComputed(RequestField field) => _commandLine.Computed.Contains(field.Property);

    private bool IsDefault(RequestField field) => _commandLine.Defaults.Contains(field.Property);

    /// <summary>What the binder has filled in.</summary>
    private object? GetParameter(RequestField field)
    {
        object? value = _parameters[field].GetValue(_cmdlet);
        return value is string ? ObjectArgumentAttribute.Resolve(value) : value;
    }

    /// <summary>
    /// The command line, then the row, then the session's defaults. Command line and delay-bind come from the binder; a cell that the binder
    /// turned into text is taken raw.
    /// </summary>
    private Dictionary<RequestField, object?> Collect(PSObject? row, int number)
    {
        Dictionary<RequestField, object?> cells = [];
        foreach (RequestField field in RequestField.All)
        {
            if (!IsDefault(field) && GetParameter(field) is { } value) cells[field] = value;
        }
        if (row is not null) AddRow(cells, row, number);
        foreach (RequestField field in RequestField.All)
        {
            if (IsDefault(field) && (!cells.TryGetValue(field, out object? cell) || Cells.IsEmpty(cell))) cells[field] = GetParameter(field);
        }
        return cells;
    }

    private void AddRow(Dictionary<RequestField, object?> cells, PSObject row, int number)
    {
        if (row.BaseObject is string prompt)
        {
            if (!IsTyped(RequestField.Prompt)) cells[RequestField.Prompt] = prompt;
            return;
        }
        if (row.BaseObject is FileSystemInfo item)
        {
            // An image file's own properties are not a row: PowerShell gives every file a Size.
            foreach (RequestField field in cells.Keys.Where(f => f != RequestField.Image && f != RequestField.Name && !IsTyped(f)).ToList())
            {
                if (row.Properties[field.Property] is { } property && IsMadeFrom(cells[field], property.Value)) cells.Remove(field);
            }
            // What has a default, the binder does not take from the file
            if (IsDefault(RequestField.Image)) cells[RequestField.Image] = item.FullName;
            if (IsDefault(RequestField.Name)) cells[RequestField.Name] = item.Name;
            return;
        }
        List<string>? unknown = null;
        int columns = 0;
        foreach (KeyValuePair<string, object?> column in Cells.GetColumns(row))
        {
            columns++;
            RequestField? field = FindField(column.Key, number);
            if (field is null)
            {
                (unknown ??= []).Add(column.Key);
            }
            else if (!IsTyped(field)
                && (!cells.TryGetValue(field, out object? filled) || IsMadeFrom(filled, column.Value) || (Cells.IsEmpty(filled) && !Cells.IsEmpty(column.Value))))
            {
                cells[field] = column.Value;
            }
        }
        if (unknown is null || row.BaseObject is not (PSCustomObject or IDictionary) || IsOurs(row)) return;
        CheckDelimiter(unknown[0], columns, number);
        WarnOfColumns(unknown);
    }

    /// <summary>The field that a column holds; null when it holds none. The rows of a file have the same columns: each is looked at once.</summary>
    private RequestField? FindField(string column, int number)
    {
        if (_fields.TryGetValue(column, out RequestField? field)) return field;
        string name = Cells.GetName(column);
        if (!Columns.TryGetValue(name, out field) && HiddenText.Find(name) is { } code && Columns.ContainsKey(HiddenText.Remove(name)))
            throw Invalid(MessageKey.ColumnHidden, LabelOf(number), Shorten(HiddenText.Remove(name)), code);
        return _fields[column] = field;
    }

    private static string LabelOf(int number) => Messages.Format(MessageKey.LabelRow, number);

    /// <summary>Whether the binder has made this text of that cell, and not a script block of something else.</summary>
    private static bool IsMadeFrom(object? bound, object? cell) => bound switch
    {
        string text => LanguagePrimitives.TryConvertTo(cell, CultureInfo.InvariantCulture, out string converted) && converted == text,
        string[] { Length: 1 } texts => IsMadeFrom(texts[0], cell),
        _ => false,
    };

    /// <summary>A file whose columns are not separated by what Import-Csv was told has one column, with all their names in it.</summary>
    private static void CheckDelimiter(string column, int columns, int number)
    {
        if (column.StartsWith("sep=", StringComparison.OrdinalIgnoreCase))
            throw Invalid(MessageKey.OneColumnSep, LabelOf(number), Shorten(column), Delimiter(column.Length > 4 ? column[4] : ';'));
        if (columns > 1) return;
        foreach (char delimiter in Delimiters)
        {
            if (column.Split(delimiter).Any(name => Columns.ContainsKey(Cells.GetName(name))) && column.IndexOf(delimiter) >= 0)
                throw Invalid(MessageKey.OneColumn, LabelOf(number), Shorten(column), Delimiter(delimiter));
        }
    }

    private static string Delimiter(char delimiter) => delimiter == '\t' ? "\"`t\"" : $"'{delimiter}'";

    private static string CreateLabel(PSObject? row, int number, Dictionary<RequestField, object?> cells)
    {
        bool hasName = cells.TryGetValue(RequestField.Name, out object? cell) && !Cells.IsEmpty(cell);
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
    private static string? ReadText(Dictionary<RequestField, object?> cells, RequestField field, string label, Dictionary<string, string> firstRead)
    {
        if (!cells.TryGetValue(field, out object? cell)) return null;
        object? value = Cells.Bare(cell);
        bool isKeptAsWritten = field == RequestField.Prompt || field == RequestField.Name;
        bool isText = Cells.TryText(value, out string? written);
        string? text = isKeptAsWritten && value is string ? written
            : Cells.IsEmpty(cell) ? null
            : !isText || (field == RequestField.Prompt && value is Guid or Uri) ? ReadObject(value!, field, label)
            : isKeptAsWritten ? written
            : HiddenText.Trim(written!);
        string? earlier = isKeptAsWritten ? written : written?.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        if (isText && earlier is not null && earlier != text) firstRead[field.Property] = earlier;
        if (text is null || field == RequestField.Name) return text;
        if (Cells.IsWordForNothing(text)) throw Invalid(MessageKey.CellWord, label, field.Property, text);
        if (!isKeptAsWritten && HiddenText.Find(text) is { } code) throw Invalid(MessageKey.CellHidden, label, field.Property, code);
        if ((field == RequestField.RequestId || field == RequestField.UserId) && Cells.FindLostId(text) is { } why)
            throw Invalid(MessageKey.CellIdInvalid, label, field.Property, Messages.Format(why, Shorten(text)));
        return text;
    }

    /// <summary>What is no text any more makes a label and nothing else: a date that ConvertFrom-Json has read is not what was written.</summary>
    private static string? ReadObject(object value, RequestField field, string label)
    {
        if (!Cells.TryInvariantText(value, out string? text)) throw Invalid(MessageKey.CellNotText, label, field.Property, value.GetType().Name);
        if (field == RequestField.Name) return text;
        if (field != RequestField.Prompt) throw Invalid(MessageKey.CellNotText, label, field.Property, value.GetType().Name);
        bool isDate = value is DateTime or DateTimeOffset or TimeSpan || value.GetType().FullName is "System.DateOnly" or "System.TimeOnly";
        throw Invalid(isDate ? MessageKey.PromptIsDate : MessageKey.PromptNotText, label, value.GetType().Name, text);
    }

    /// <param name="cells">The row.</param>
    /// <param name="label">How messages name it.</param>
    /// <param name="isFile">Whether a file was piped: it has been looked at already, wherever it is.</param>
    private List<string> ReadImages(Dictionary<RequestField, object?> cells, string label, bool isFile)
    {
        if (!cells.TryGetValue(RequestField.Image, out object? cell) || Cells.IsEmpty(cell)) return [];
        object? value = Cells.Bare(cell);
        bool mayHoldSeveral = !IsTyped(RequestField.Image);
        bool isData = !isFile && (mayHoldSeveral || IsComputed(RequestField.Image));
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
    /// The images of a cell. A <c>|</c> is also a sign in links (<c>/thumbnail/60x|imageslim</c>): behind one it separates only where a new
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
            if (before is not null && (IsAddress(before.Trim()) ? !BeginsImage(piece) : FindFile(before + gap + "|" + piece) is not null))
                images[images.Count - 1] = before + gap + "|" + piece;
            else
                images.Add(piece);
            gap = "";
        }
        return images;
    }

    private bool BeginsImage(string piece)
    {
        string image = Plain(piece);
        return IsAddress(image) || Image.IsDataUri(image) || Image.IsBase64(image) || FindFile(image) is not null;
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
        if (Image.IsTooLongForPath(image) || (isData && LeadsAway(image))) return null;
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
        if (Image.IsDataUri(image) || image.Contains("://") || Image.IsBase64(image) || Image.IsTooLongForPath(image)) return image;
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

    private static string? ReadJson(Dictionary<RequestField, object?> cells, RequestField field, string label)
    {
        if (!cells.TryGetValue(field, out object? cell) || Cells.IsEmpty(cell)) return null;
        object value = cell is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : cell!;
        if (value is string json) return json;
        try
        {
            return JsonText.From(value);
        }
        catch (NotSupportedException)
        {
            throw Invalid(MessageKey.AdditionalBodyInvalid, label);
        }
    }

    private static int? ParseNumber(RequestField field, string? text, string label)
    {
        if (text is null) return null;
        return int.TryParse(Cells.WithoutZeroFraction(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Invalid(MessageKey.CellNotNumber, label, field.Property, Shorten(text));
    }

    private static bool? ParseFlag(RequestField field, string? text, string label) => text is null ? null : Cells.WithoutZeroFraction(text).ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => throw Invalid(MessageKey.CellNotBoolean, label, field.Property, Shorten(text)),
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
            bool isTyped = IsTyped(RequestField.Prompt) && !IsComputed(RequestField.Prompt);
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
        if (news.Count > 0) _warn(Messages.Format(MessageKey.WarnColumns, news, RequestField.All.Select(field => field.Property)));
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text.Substring(0, 80) + "...";
}
