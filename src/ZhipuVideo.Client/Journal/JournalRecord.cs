using System;
using System.Text.Json;

namespace ZhipuVideo.Journaling;

/// <summary>What the lines of a journal record.</summary>
internal enum RecordKind
{
    /// <summary>A process opened the journal for writing.</summary>
    Opened,

    /// <summary>A row is about to be sent.</summary>
    Intent,

    /// <summary>It was surely not accepted.</summary>
    NotAccepted,

    /// <summary>It was accepted under an id.</summary>
    Accepted,

    /// <summary>The task ended.</summary>
    Ended,

    /// <summary>Its files are in place.</summary>
    Saved,
}

/// <summary>
/// The part of a line that replay needs: what happened, and to whom. Names are kept as 64-bit hashes, so that reading 10^5 lines makes no
/// strings; among a million rows the odds of two names sharing one are below 10^-7.
/// </summary>
internal struct JournalRecord
{
    internal RecordKind Kind;
    internal ulong RowKey;
    internal ulong RequestKey;
    internal ulong IdKey;
    internal int Attempt;
    internal int Schema;

    /// <summary>
    /// Reads a line of any schema; false when it is no record: no JSON object, an unknown kind, or without what its kind must have.
    /// </summary>
    internal static bool TryParse(ReadOnlySpan<byte> line, out JournalRecord record)
    {
        record = new JournalRecord { Attempt = 1 };
        bool isHeader = false;
        bool hasKind = false;
        ulong hash = 0;
        int occurrence = 0;
        Utf8JsonReader json = new(line);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals(Field.Record)) hasKind = json.Read() && TryReadKind(ref json, out record.Kind);
                else if (json.ValueTextEquals(Field.RequestId)) record.RequestKey = ReadKey(ref json, KeyKind.RequestId);
                else if (json.ValueTextEquals(Field.Id)) record.IdKey = ReadKey(ref json, KeyKind.Id);
                else if (json.ValueTextEquals(Field.Hash)) hash = ReadKey(ref json, KeyKind.Row);
                else if (json.ValueTextEquals(Field.Occurrence)) occurrence = ReadNumber(ref json);
                else if (json.ValueTextEquals(Field.Attempt)) record.Attempt = ReadNumber(ref json);
                else if (json.ValueTextEquals(Field.Schema)) record.Schema = ReadNumber(ref json);
                else if (json.ValueTextEquals(Field.Journal)) isHeader = json.Read() && json.ValueTextEquals(Field.JournalValue);
                else json.Skip();
            }
            if (json.Read()) return false; // something behind the object
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
        record.RowKey = Combine(hash, occurrence);
        if (isHeader)
        {
            record.Kind = RecordKind.Opened;
            return record.Schema > 0;
        }
        if (!hasKind || record.Attempt < 1) return false;
        return record.Kind switch
        {
            RecordKind.Intent => record.RequestKey != 0 && hash != 0 && occurrence > 0,
            RecordKind.NotAccepted => record.RequestKey != 0,
            RecordKind.Accepted => record.RequestKey != 0 && record.IdKey != 0 && hash != 0 && occurrence > 0,
            _ => record.IdKey != 0,
        };
    }

    /// <summary>The key of the n-th row with a hash.</summary>
    internal static ulong CreateRowKey(string hash, int occurrence) => Combine(ItemKey.Create(hash, KeyKind.Row), occurrence);

    private static ulong Combine(ulong hash, int occurrence) => unchecked((hash ^ (uint)occurrence) * 0x9E3779B97F4A7C15);

    private static ulong ReadKey(ref Utf8JsonReader json, KeyKind kind)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String) throw new FormatException();
        return json.ValueIsEscaped ? ItemKey.Create(json.GetString()!, kind) : ItemKey.Create(json.ValueSpan, kind);
    }

    private static int ReadNumber(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetInt32();
    }

    private static bool TryReadKind(ref Utf8JsonReader json, out RecordKind kind)
    {
        for (kind = RecordKind.Intent; kind <= RecordKind.Saved; kind++)
            if (json.ValueTextEquals(Field.NameOf(kind))) return true;
        return false;
    }
}
