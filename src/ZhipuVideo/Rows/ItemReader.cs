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

    /// <summary>The result that the object means; its status is Unknown when it says none. Throws InvalidInput when there is no id in it.</summary>
    internal static CogVideoResult Read(PSObject input)
    {
        CogVideoResult result = ReadItem(input);
        foreach (string? id in (string?[])[result.Id, result.RequestId])
        {
            if (id is { Length: > 0 } && !TaskId.IsWellFormed(id)) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.IdInvalid, id);
        }
        return result;
    }

    private static CogVideoResult ReadItem(PSObject input)
    {
        if (input.BaseObject is CogVideoItem item) return new CogVideoResult(item);
        if (input.BaseObject is not (PSCustomObject or IDictionary))
        {
            // A bare id. A double has lost digits that an id may need.
            if (input.BaseObject is not double && Cells.TryText(input, out string? id) && id is not null) return new CogVideoResult { Id = id.Trim() };
            if (input.BaseObject is string or double) throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.IdInvalid, input.BaseObject);
        }
        Dictionary<string, object?> cells = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> cell in Cells.Of(input)) cells[Cells.NameOf(cell.Key).Replace("_", "")] = cell.Value;
        string? Text(string field) => cells.TryGetValue(field, out object? cell) && Cells.TryText(cell, out string? text) ? text : null;
        CogVideoResult result = new()
        {
            Id = Text("Id") ?? "",
            RequestId = Text("RequestId"),
            Model = Text("Model"),
            Status = CogVideoStatus.Canonical(Text("Status")),
            Name = Text("Name"),
            Prompt = Text("Prompt"),
            Image = Text("Image"),
            Quality = Text("Quality"),
            WithAudio = bool.TryParse(Text("WithAudio"), out bool audio) ? audio : null,
            Size = Text("Size"),
            Fps = Number(Text("Fps")),
            Duration = Number(Text("Duration")),
            UserId = Text("UserId"),
            AdditionalBody = Text("AdditionalBody"),
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
        };
        result.VideoUrls = Texts(cells, "VideoUrls") ?? (result.Url is null ? [] : [result.Url]);
        result.CoverUrls = Texts(cells, "CoverUrls") ?? (result.CoverUrl is null ? [] : [result.CoverUrl]);
        if (result.Id.Length == 0 && string.IsNullOrEmpty(result.RequestId) && result.Url is null)
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.NoIdInObject, string.Join(", ", cells.Keys));
        return result;
    }

    internal static bool IsDeserializedItem(PSObject input) => input.TypeNames.Any(t =>
        t == DeserializedPrefix + typeof(CogVideoJob).FullName || t == DeserializedPrefix + typeof(CogVideoResult).FullName);

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : null;

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
