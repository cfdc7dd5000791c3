using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;

namespace ZhipuVideo.Rows;

/// <summary>
/// Reads a job or result that was piped: one of ours, one that came back from Export-Clixml, a job or another machine, a row of a CSV or
/// JSON file with its columns, or a bare id.
/// </summary>
internal static class ItemReader
{
    private const string DeserializedPrefix = "Deserialized.";

    /// <summary>The columns that hold an id, the surest first; without <c>_</c>, as all are compared.</summary>
    private static readonly string[] IdColumns = ["TaskId", "JobId", "Id"];

    /// <summary>The result that the object means; its status is Unknown when it says none. Throws InvalidInput when there is no id in it.</summary>
    /// <param name="input">The object.</param>
    /// <param name="takesAddress">Whether a text may be a video's link instead of an id.</param>
    internal static CogVideoResult Read(PSObject input, bool takesAddress = false)
    {
        CogVideoResult result = ReadItem(input, takesAddress);
        foreach (string? id in (string?[])[result.Id, result.RequestId])
        {
            if (id is { Length: > 0 } && !TaskId.IsWellFormed(id)) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.IdInvalid, id);
        }
        return result;
    }

    private static CogVideoResult ReadItem(PSObject input, bool takesAddress)
    {
        if (input.BaseObject is CogVideoItem item) return new CogVideoResult(item);
        if (input.BaseObject is not (PSCustomObject or IDictionary))
        {
            // What was typed is what was typed: 007 is no 7, and 8.8689E+18 no whole number
            if (input.BaseObject is string or ValueType or Uri && Cells.TryText(input, out _))
                return FromText(LanguagePrimitives.ConvertTo<string>(input), input.BaseObject, takesAddress);
            if (Cells.IsEmpty(input)) throw Invalid(MessageKey.NoJobs);
        }
        Dictionary<string, object?> cells = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> cell in Cells.GetColumns(input)) cells[Cells.GetName(cell.Key).Replace("_", "")] = cell.Value;
        string? Text(string field) =>
            cells.TryGetValue(field, out object? cell) && !Cells.IsEmpty(cell) && (field == "Name" ? Cells.TryInvariantText(cell, out string? text) : Cells.TryText(cell, out text))
                ? text
                : null;
        CogVideoResult result = new()
        {
            Id = GetId(cells),
            Status = CogVideoStatus.Canonical(Text("Status")),
            SubmittedAt = Time(cells, "SubmittedAt"),
            JournalPath = IsDeserializedItem(input) ? Text("JournalPath") : null, // a column of a foreign file must not choose where we write
            Url = Text("Url"),
            CoverUrl = Text("CoverUrl") ?? Text("CoverImageUrl"),
            EndedAt = Time(cells, "EndedAt"),
            ElapsedSec = Seconds(Text("ElapsedSec")),
            ErrorCode = Text("ErrorCode"),
            ErrorMessage = Text("ErrorMessage"),
            SavedPath = Text("SavedPath"),
            CoverPath = Text("CoverPath"),
            Width = Number(Text("Width")),
            Height = Number(Text("Height")),
            DurationSec = Seconds(Text("DurationSec")),
            ActualFps = Seconds(Text("ActualFps")),
            HasAudio = Boolean(Text("HasAudio")),
        };
        foreach (RequestField field in RequestField.All)
        {
            string? text = Text(field.Property);
            field.Set(result, field.Kind switch
            {
                FieldKind.Boolean => Boolean(text),
                FieldKind.Number => Number(text),
                _ => text,
            });
        }
        result.VideoUrls = Texts(cells, "VideoUrls") ?? (result.Url is null ? [] : [result.Url]);
        result.CoverUrls = Texts(cells, "CoverUrls") ?? (result.CoverUrl is null ? [] : [result.CoverUrl]);
        if (result.Id.Length == 0 && string.IsNullOrEmpty(result.RequestId) && result.Url is null)
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoIdInObject, string.Join(", ", cells.Keys));
        return result;
    }

    /// <summary>A bare id, or an address where one is taken. A double has lost digits that an id may need.</summary>
    private static CogVideoResult FromText(string text, object value, bool takesAddress)
    {
        string id = HiddenText.Trim(text);
        bool isAddress = id.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || id.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        if (isAddress && takesAddress) return new CogVideoResult { Url = id, VideoUrls = [id] };
        if (isAddress) throw Invalid(MessageKey.IdIsAddress);
        if (id.Length == 0) throw Invalid(MessageKey.IdInvalid, text);
        Check(id);
        return value is float or double ? throw Invalid(MessageKey.IdInvalid, id) : new CogVideoResult { Id = id };
    }

    /// <summary>The id in a row's columns. A row that has both a task's id and an id of its own means the task's.</summary>
    private static string GetId(Dictionary<string, object?> cells)
    {
        foreach (string column in IdColumns)
        {
            if (!cells.TryGetValue(column, out object? cell) || Cells.IsEmpty(cell) || !Cells.TryText(cell, out string? text)) continue;
            string id = HiddenText.Trim(text!);
            Check(id);
            return Cells.Bare(cell) is float or double ? throw Invalid(MessageKey.IdInvalid, id) : id;
        }
        return "";
    }

    private static void Check(string id)
    {
        if (Cells.FindLostId(id) is { } why) throw Invalid(why, id);
        if (HiddenText.Find(id) is { } code) throw Invalid(MessageKey.IdHidden, HiddenText.Remove(id), code);
    }

    private static CogVideoException Invalid(string key, params object?[] arguments) => new(ErrorReason.InvalidInput, key, arguments);

    internal static bool IsDeserializedItem(PSObject input) => input.TypeNames.Any(t =>
        t == DeserializedPrefix + typeof(CogVideoJob).FullName || t == DeserializedPrefix + typeof(CogVideoResult).FullName);

    private static int? Number(string? text) => text is not null && int.TryParse(Cells.WithoutZeroFraction(text), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static bool? Boolean(string? text) => bool.TryParse(text, out bool flag) ? flag : null;

    /// <summary>A number with a fraction: in the invariant form, else in this culture's, which Export-Csv writes.</summary>
    private static double? Seconds(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double invariant) ? invariant
            : double.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out double local) ? local
            : null;

    /// <summary>
    /// A time as it is, or as text: the round-trip form, else this culture's, which Export-Csv writes, else the invariant. Not the
    /// invariant before the culture's: 5/11 is a day of May or of November, and Persian years are not ours.
    /// </summary>
    private static DateTime? Time(Dictionary<string, object?> cells, string field)
    {
        if (!cells.TryGetValue(field, out object? cell)) return null;
        object? value = cell is PSObject wrapped ? wrapped.BaseObject : cell;
        if (value is DateTime time) return time.ToUniversalTime();
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (value is not string text) return null;
        const string roundTrip = "yyyy-MM-ddTHH:mm:ss.FFFFFFFK";
        return DateTime.TryParseExact(text, roundTrip, CultureInfo.InvariantCulture, Utc, out DateTime exact) ? exact
            : DateTime.TryParse(text, CultureInfo.CurrentCulture, Utc, out DateTime local) ? local
            : DateTime.TryParse(text, CultureInfo.InvariantCulture, Utc, out DateTime invariant) ? invariant
            : null;
    }

    private static string[]? Texts(Dictionary<string, object?> cells, string field)
    {
        if (!cells.TryGetValue(field, out object? cell)) return null;
        object? value = cell is PSObject wrapped ? wrapped.BaseObject : cell;
        if (value is not IEnumerable list || value is string) return null;
        string[] texts = list.Cast<object?>().Select(i => Cells.TryText(i, out string? text) ? text : null).OfType<string>().ToArray();
        return texts.Length > 0 ? texts : null;
    }
}
