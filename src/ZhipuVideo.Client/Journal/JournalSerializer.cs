using System;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ZhipuVideo.Journaling;

/// <summary>Lines of a journal to records and back.</summary>
internal static class JournalSerializer
{
    private static readonly JsonSerializerOptions Options = new(JournalJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JournalJson.Default.WithAddedModifier(AddFields),
    };

    private static readonly JsonTypeInfo<JournalRecord> RecordType = (JsonTypeInfo<JournalRecord>)Options.GetTypeInfo(typeof(JournalRecord));

    /// <summary>The line, without its line feed.</summary>
    internal static byte[] Write(JournalRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, RecordType);

    /// <summary>
    /// What a line says, with its properties in any order and among others; null when it is not a JSON object. Where a value is not of its type,
    /// the others, but not what the line would record.
    /// </summary>
    internal static JournalRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RecordType);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return ReadDamaged(line);
        }
    }

    private static JournalRecord? ReadDamaged(ReadOnlySpan<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.ToArray());
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            JournalRecord record = new();
            foreach (JsonPropertyInfo property in RecordType.Properties) ReadProperty(document.RootElement, property, record);
            record.State = JournalState.New;
            return record;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void ReadProperty(JsonElement line, JsonPropertyInfo property, JournalRecord record)
    {
        try
        {
            if (property.Set is { } set && line.TryGetProperty(property.Name, out JsonElement value))
                set(record, value.Deserialize(Options.GetTypeInfo(property.PropertyType)));
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // As if it were not there
        }
    }

    /// <summary>The second: half a surrogate pair, escaped. The third: a number that is too large for .NET Framework.</summary>
    private static bool IsUnreadable(Exception e) => e is JsonException or InvalidOperationException or FormatException;

    private static void AddFields(JsonTypeInfo type)
    {
        if (type.Type != typeof(JournalRecord)) return;
        foreach (RequestField field in RequestField.All)
        {
            if (field == RequestField.RequestId) continue; // every line has it
            Add(type, field.JournalName, field.ValueType, record => record.Request is { } request ? field.Get(request) : null,
                (record, value) => field.Set(record.Request ??= new CogVideoJob(), value));
        }
        foreach (ResultField field in ResultField.All)
        {
            if (field.Record is null) continue;
            Add(type, field.JournalName, field.ValueType, record => record.Kind == field.Record && record.Result is { } result ? ToUtc(field.Get(result)) : null,
                (record, value) => field.Set(record.Result ??= new CogVideoResult(), ToUtc(value)));
        }
    }

    private static void Add(JsonTypeInfo type, string name, Type valueType, Func<JournalRecord, object?> get, Action<JournalRecord, object?> set)
    {
        JsonPropertyInfo property = type.CreateJsonPropertyInfo(valueType, name);
        property.Get = record => get((JournalRecord)record);
        property.Set = (record, value) => set((JournalRecord)record, value);
        type.Properties.Add(property);
    }

    private static object? ToUtc(object? value) => value is DateTime time ? time.ToUniversalTime() : value;
}

/// <summary>How the serializer reads and writes lines; made when the client is compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JournalRecord))]
[JsonSerializable(typeof(bool?))]
[JsonSerializable(typeof(double?))]
internal sealed partial class JournalJson : JsonSerializerContext;
