using System;
using System.Text.Json;

namespace ZhipuVideo.Journaling;

/// <summary>The lines of a journal, written and read in full. A value that is not known is left out.</summary>
internal static class JournalLine
{
    internal static void WriteOpened(Utf8JsonWriter json, int schema, DateTime at, int pid, string host, JournalOwner? owner)
    {
        json.WriteString(Field.Journal, Field.JournalValue);
        json.WriteNumber(Field.Schema, schema);
        json.WriteString(Field.At, at);
        json.WriteNumber(Field.Pid, pid);
        json.WriteString(Field.Host, host);
        WriteText(json, Field.Address, owner?.Address);
        WriteText(json, Field.Key, owner?.KeyTag);
    }

    internal static void WriteIntent(Utf8JsonWriter json, DateTime at, JournalEntry row, CogVideoJob job, int attempt)
    {
        WriteStart(json, RecordKind.Intent, at, null, job.RequestId);
        json.WriteString(Field.Hash, row.Hash);
        json.WriteNumber(Field.Occurrence, row.Occurrence);
        if (attempt > 1) json.WriteNumber(Field.Attempt, attempt);
        WriteText(json, Field.Model, job.Model);
        WriteText(json, Field.Name, job.Name);
        WriteText(json, Field.Prompt, job.Prompt);
        WriteText(json, Field.Image, job.Image);
        WriteText(json, Field.Quality, job.Quality);
        if (job.WithAudio is bool audio) json.WriteBoolean(Field.WithAudio, audio);
        WriteText(json, Field.Size, job.Size);
        WriteNumber(json, Field.Fps, job.Fps);
        WriteNumber(json, Field.Duration, job.Duration);
        WriteText(json, Field.UserId, job.UserId);
        WriteText(json, Field.AdditionalBody, job.AdditionalBody);
    }

    internal static void WriteNotAccepted(
        Utf8JsonWriter json, DateTime at, string requestId, int attempt, string reason, string? code, string? message)
    {
        WriteStart(json, RecordKind.NotAccepted, at, null, requestId);
        if (attempt > 1) json.WriteNumber(Field.Attempt, attempt);
        json.WriteString(Field.Reason, reason);
        WriteText(json, Field.Code, code);
        WriteText(json, Field.Message, message);
    }

    internal static void WriteAccepted(Utf8JsonWriter json, DateTime at, JournalEntry row, CogVideoJob job)
    {
        WriteStart(json, RecordKind.Accepted, at, job.Id, job.RequestId);
        json.WriteString(Field.Hash, row.Hash);
        json.WriteNumber(Field.Occurrence, row.Occurrence);
        WriteTime(json, Field.SubmittedAt, job.SubmittedAt);
    }

    internal static void WriteEnded(Utf8JsonWriter json, DateTime at, CogVideoResult result)
    {
        WriteStart(json, RecordKind.Ended, at, result.Id, result.RequestId);
        json.WriteString(Field.Status, result.Status);
        WriteTime(json, Field.EndedAt, result.EndedAt);
        if (result.ElapsedSec is double elapsed) json.WriteNumber(Field.ElapsedSec, elapsed);
        WriteText(json, Field.ErrorCode, result.ErrorCode);
        WriteText(json, Field.ErrorMessage, result.ErrorMessage);
    }

    internal static void WriteSaved(
        Utf8JsonWriter json, DateTime at, string id, string path, long length, string? coverPath, long? coverLength)
    {
        WriteStart(json, RecordKind.Saved, at, id, null);
        json.WriteString(Field.Path, path);
        json.WriteNumber(Field.Length, length);
        WriteText(json, Field.CoverPath, coverPath);
        WriteNumber(json, Field.CoverLength, coverLength);
    }

    /// <summary>What a header says of who opened the journal; what it does not say, or not in the type it has, is null.</summary>
    internal static JournalHeader ReadOpened(ReadOnlySpan<byte> line)
    {
        using JsonDocument document = JsonDocument.Parse(line.ToArray());
        JsonElement header = document.RootElement;
        int? pid = header.TryGetProperty(Field.Pid, out JsonElement number)
            && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int value) ? value : null;
        return new JournalHeader(pid, Text(header, Field.Host), Text(header, Field.Address), Text(header, Field.Key));
    }

    private static string? Text(JsonElement header, ReadOnlySpan<byte> name)
    {
        try
        {
            return header.TryGetProperty(name, out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        }
        catch (InvalidOperationException) // half a surrogate pair, escaped
        {
            return null;
        }
    }

    /// <summary>
    /// Adds what a line says to what is known of its row. Throws what <see cref="Utf8JsonReader"/> throws when a value is not of its type.
    /// </summary>
    internal static void ReadInto(ReadOnlySpan<byte> line, JournalEntry entry)
    {
        CogVideoJob job = entry.Job;
        Utf8JsonReader json = new(line);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            Utf8JsonReader name = json;
            json.Read();
            if (name.ValueTextEquals(Field.At)) _ = ReadTime(ref json);
            else if (name.ValueTextEquals(Field.RequestId)) job.RequestId = json.GetString();
            else if (name.ValueTextEquals(Field.Id)) job.Id = ReadId(ref json);
            else if (name.ValueTextEquals(Field.Hash)) entry.Hash = json.GetString() ?? "";
            else if (name.ValueTextEquals(Field.Occurrence)) entry.Occurrence = json.GetInt32();
            else if (name.ValueTextEquals(Field.Attempt)) entry.Attempt = json.GetInt32();
            else if (name.ValueTextEquals(Field.Model)) job.Model = json.GetString();
            else if (name.ValueTextEquals(Field.Name)) job.Name = json.GetString();
            else if (name.ValueTextEquals(Field.Prompt)) job.Prompt = json.GetString();
            else if (name.ValueTextEquals(Field.Image)) job.Image = json.GetString();
            else if (name.ValueTextEquals(Field.Quality)) job.Quality = json.GetString();
            else if (name.ValueTextEquals(Field.WithAudio)) job.WithAudio = json.GetBoolean();
            else if (name.ValueTextEquals(Field.Size)) job.Size = json.GetString();
            else if (name.ValueTextEquals(Field.Fps)) job.Fps = json.GetInt32();
            else if (name.ValueTextEquals(Field.Duration)) job.Duration = json.GetInt32();
            else if (name.ValueTextEquals(Field.UserId)) job.UserId = json.GetString();
            else if (name.ValueTextEquals(Field.AdditionalBody)) job.AdditionalBody = json.GetString();
            else if (name.ValueTextEquals(Field.SubmittedAt)) job.SubmittedAt = ReadTime(ref json);
            else if (name.ValueTextEquals(Field.Reason)) entry.Reason = json.GetString();
            else if (name.ValueTextEquals(Field.Code)) entry.Code = json.GetString();
            else if (name.ValueTextEquals(Field.Message)) entry.Message = json.GetString();
            else if (name.ValueTextEquals(Field.Status)) job.Status = CogVideoStatus.Canonical(json.GetString());
            else if (name.ValueTextEquals(Field.EndedAt)) entry.EndedAt = ReadTime(ref json);
            else if (name.ValueTextEquals(Field.ElapsedSec)) entry.ElapsedSec = json.GetDouble();
            else if (name.ValueTextEquals(Field.ErrorCode)) entry.ErrorCode = json.GetString();
            else if (name.ValueTextEquals(Field.ErrorMessage)) entry.ErrorMessage = json.GetString();
            else if (name.ValueTextEquals(Field.Path)) entry.SavedPath = json.GetString();
            else if (name.ValueTextEquals(Field.Length)) entry.SavedLength = json.GetInt64();
            else if (name.ValueTextEquals(Field.CoverPath)) entry.CoverPath = json.GetString();
            else if (name.ValueTextEquals(Field.CoverLength)) entry.CoverLength = json.GetInt64();
            else json.Skip();
        }
    }

    private static void WriteStart(Utf8JsonWriter json, RecordKind kind, DateTime at, string? id, string? requestId)
    {
        json.WriteString(Field.Record, Field.NameOf(kind));
        json.WriteString(Field.At, at);
        WriteText(json, Field.Id, id);
        WriteText(json, Field.RequestId, requestId);
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is not null) json.WriteNumber(name, value.Value);
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTime? value)
    {
        if (value is not null) json.WriteString(name, value.Value.ToUniversalTime());
    }

    private static string ReadId(ref Utf8JsonReader json) =>
        json.GetString() is { } id && TaskId.IsWellFormed(id) ? id : throw new FormatException();

    /// <summary>ISO 8601; UTC, whatever the offset that a hand wrote.</summary>
    private static DateTime ReadTime(ref Utf8JsonReader json) => json.GetDateTimeOffset().UtcDateTime;
}

/// <summary>What the header line of a process says.</summary>
internal readonly record struct JournalHeader(int? Pid, string? Host, string? Address, string? KeyTag);
