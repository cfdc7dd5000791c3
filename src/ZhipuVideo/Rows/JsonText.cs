using System;
using System.Collections;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ZhipuVideo.Rows;

/// <summary>Writes a hashtable or custom object as JSON: what -AdditionalBody takes. ConvertTo-Json is not in every host.</summary>
internal static class JsonText
{
    private const int DeepestLevel = 16;

    /// <summary>The JSON text; <see cref="NotSupportedException"/> for what has no JSON form.</summary>
    internal static string From(object value)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json, value, 0);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, object? value, int level)
    {
        if (level > DeepestLevel) throw new NotSupportedException();
        object? bare = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        switch (bare)
        {
            case null:
                json.WriteNullValue();
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case SwitchParameter flag:
                json.WriteBooleanValue(flag.IsPresent);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(bare, CultureInfo.InvariantCulture));
                break;
            case ulong or float or double or decimal:
                json.WriteNumberValue(Convert.ToDecimal(bare, CultureInfo.InvariantCulture));
                break;
            case IDictionary dictionary:
                json.WriteStartObject();
                foreach (DictionaryEntry entry in dictionary)
                {
                    json.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "");
                    Write(json, entry.Value, level + 1);
                }
                json.WriteEndObject();
                break;
            case PSObject custom:
                json.WriteStartObject();
                foreach (PSPropertyInfo property in custom.Properties)
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value, level + 1);
                }
                json.WriteEndObject();
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (object? item in list) Write(json, item, level + 1);
                json.WriteEndArray();
                break;
            default:
                throw new NotSupportedException();
        }
    }
}
