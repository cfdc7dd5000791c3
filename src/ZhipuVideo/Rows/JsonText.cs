using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZhipuVideo.Rows;

/// <summary>Writes a hashtable or custom object as JSON: what -AdditionalBody takes. ConvertTo-Json is not in every host.</summary>
internal static class JsonText
{
    private const int DeepestLevel = 16;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The JSON text; <see cref="NotSupportedException"/> for what has no JSON form.</summary>
    internal static string From(object value) => Read(value, 0)?.ToJsonString(Relaxed) ?? "null";

    private static JsonNode? Read(object? value, int level)
    {
        if (level > DeepestLevel) throw new NotSupportedException();
        object? bare = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        KeyValuePair<string, JsonNode?> Property(object name, object? content) =>
            new(Convert.ToString(name, CultureInfo.InvariantCulture) ?? "", Read(content, level + 1));
        return bare switch
        {
            null => null,
            string text => JsonValue.Create(text),
            bool flag => JsonValue.Create(flag),
            SwitchParameter flag => JsonValue.Create(flag.IsPresent),
            sbyte or byte or short or ushort or int or uint or long => JsonValue.Create(Convert.ToInt64(bare, CultureInfo.InvariantCulture)),
            ulong or float or double or decimal => JsonValue.Create(Convert.ToDecimal(bare, CultureInfo.InvariantCulture)),
            IDictionary dictionary => new JsonObject(dictionary.Cast<DictionaryEntry>().Select(entry => Property(entry.Key, entry.Value))),
            PSObject custom => new JsonObject(custom.Properties.Select(property => Property(property.Name, property.Value))),
            IEnumerable list => new JsonArray([.. list.Cast<object?>().Select(item => Read(item, level + 1))]),
            _ => throw new NotSupportedException(),
        };
    }
}
