using System.Text.Json;
using System.Text.Json.Nodes;
using ZhipuVideo.Emulator.Contract;

namespace ZhipuVideo.Emulator.Log;

/// <summary>Copies of bodies for the log: megabytes of a picture become its form, type, length and SHA-256; the rest stays.</summary>
internal static class Abridged
{
    public static JsonNode? Copy(JsonElement body)
    {
        if (body.ValueKind == JsonValueKind.Undefined) return null;
        if (body.ValueKind != JsonValueKind.Object) return CopyOf(body);
        JsonObject copy = new JsonObject();
        foreach (JsonProperty field in body.EnumerateObject())
            copy[field.Name] = field.NameEquals("image_url"u8) ? CopyPictures(field.Value) : CopyOf(field.Value);
        return copy;
    }

    private static JsonNode? CopyPictures(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            JsonArray all = new JsonArray();
            foreach (JsonElement one in value.EnumerateArray()) all.Add(CopyPictures(one));
            return all;
        }
        if (value.ValueKind != JsonValueKind.String || Picture.Read(value) is not { Url: null } picture) return CopyOf(value);
        return new JsonObject
        {
            ["form"] = picture.Form,
            ["type"] = picture.Type,
            ["length"] = picture.Length,
            ["sha256"] = picture.Sha256,
        };
    }

    // JsonNode.Parse and not JsonValue.Create: the document that the element belongs to is gone before the log is read.
    private static JsonNode? CopyOf(JsonElement value) => JsonNode.Parse(value.GetRawText());
}
