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
        TypeInfoResolver = JournalJson.Default.WithAddedModifier(AddRequestFields),
    };

    private static readonly JsonTypeInfo<JournalRecord> RecordType = (JsonTypeInfo<JournalRecord>)Options.GetTypeInfo(typeof(JournalRecord));
    private static readonly JsonTypeInfo<JournalHeader> HeaderType = (JsonTypeInfo<JournalHeader>)Options.GetTypeInfo(typeof(JournalHeader));

    /// <summary>The line, without its line feed.</summary>
    internal static byte[] Write(JournalRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, RecordType);

    internal static byte[] Write(JournalHeader header) => JsonSerializer.SerializeToUtf8Bytes(header, HeaderType);

    /// <summary>
    /// What a line records, with its properties in any order and among others; null when it is not a record: not a JSON object, of an unknown
    /// kind, without what its kind must have, or with a value that is not of its type or cannot be.
    /// </summary>
    internal static JournalRecord? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RecordType) is { IsValid: true } record ? record : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What a header of any schema says; null when the line is not a header.</summary>
    internal static JournalHeader? ReadHeader(ReadOnlySpan<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line.ToArray());
            JsonElement header = document.RootElement;
            if (header.ValueKind != JsonValueKind.Object || GetText(header, "journal") != JournalHeader.Format) return null;
            return GetNumber(header, "schema") is not (> 0 and int schema) ? null : new JournalHeader
            {
                Schema = schema,
                Pid = GetNumber(header, "pid"),
                Host = GetText(header, "host"),
                Address = GetText(header, "address"),
                KeyTag = GetText(header, "key"),
            };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? GetText(JsonElement header, string name) => Get(header, name, JsonValueKind.String, static text => text.GetString());

    private static int? GetNumber(JsonElement header, string name) => Get<int?>(header, name, JsonValueKind.Number, static number => number.GetInt32());

    private static T? Get<T>(JsonElement header, string name, JsonValueKind kind, Func<JsonElement, T> read)
    {
        try
        {
            return header.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind ? read(value) : default;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException) // the second: half a surrogate pair, escaped
        {
            return default;
        }
    }

    private static void AddRequestFields(JsonTypeInfo type)
    {
        if (type.Type != typeof(JournalRecord)) return;
        foreach (RequestField field in RequestField.All)
        {
            if (field == RequestField.RequestId) continue; // every line has it
            Type valueType = field.Kind switch { FieldKind.Boolean => typeof(bool?), FieldKind.Number => typeof(int?), _ => typeof(string) };
            JsonPropertyInfo property = type.CreateJsonPropertyInfo(valueType, field.JournalName);
            property.Get = record => ((JournalRecord)record).Request is { } request ? field.Get(request) : null;
            property.Set = (record, value) => field.Set(((JournalRecord)record).Request ??= new CogVideoJob(), value);
            type.Properties.Add(property);
        }
    }
}

/// <summary>How the serializer reads and writes the two kinds of lines; made when the client is compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(JournalRecord))]
[JsonSerializable(typeof(JournalHeader))]
[JsonSerializable(typeof(bool?))]
internal sealed partial class JournalJson : JsonSerializerContext;
