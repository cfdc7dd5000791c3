using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Tasks;

namespace ZhipuVideo.Protocol;

/// <summary>A checked request and its body, which can be sent again as often as needed without being held in memory.</summary>
internal sealed class PreparedRequest
{
    private readonly IReadOnlyList<Image> _images;

    /// <summary>Throws <see cref="ErrorReason.InvalidInput"/> when the request cannot be sent as it is.</summary>
    internal PreparedRequest(VideoRequest request)
    {
        Request = request;
        _images = request.Check();
        if (request.AdditionalBody is not null) WriteFields(null); // a bad one is found before anything is sent
    }

    internal VideoRequest Request { get; }

    /// <summary>The body of one attempt.</summary>
    internal RequestContent CreateContent(string requestId) => new(WriteFields(requestId), _images);

    /// <summary>
    /// A hash of everything that makes this row what it is: the fields that are sent, images by content, and the name.
    /// Two rows with the same hash are the same row written twice.
    /// </summary>
    internal string ComputeHash()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(WriteFields((string?)GetFirstRead(RequestField.RequestId), isHashed: true));
        hash.AppendData(Encoding.UTF8.GetBytes("\n" + GetFirstRead(RequestField.Name) + "\n" + _images.Count.ToString(CultureInfo.InvariantCulture)));
        foreach (Image image in _images)
        {
            hash.AppendData([0]);
            image.AddTo(hash);
        }
        return ToHex(hash);
    }

    /// <summary>
    /// What is asked for, whatever the row's request_id and name: by it a row is known that is typed again in this process. Images count by
    /// where they are. Unlike the hash it is written nowhere.
    /// </summary>
    internal string ComputeIdentity()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join("\n", Request.Images) + "\n"));
        hash.AppendData(WriteFields(null));
        return ToHex(hash);
    }

    private static string ToHex(IncrementalHash hash) =>
        string.Concat(hash.GetHashAndReset().Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));

    /// <summary>A field as the first version read and wrote it.</summary>
    private object? GetFirstRead(RequestField field) =>
        field == RequestField.Model ? Request.ModelAsWritten
        : (field == RequestField.RequestId || field == RequestField.UserId || field == RequestField.Name)
            && Request.AsFirstRead is { } earlier && earlier.TryGetValue(field.Property, out string? text) ? text
        : field.Get(Request);

    /// <summary>The JSON object with all fields but the images, which follow it.</summary>
    /// <param name="requestId">The request's id; null leaves it out.</param>
    /// <param name="isHashed">As the first version wrote it, for the row's hash.</param>
    private byte[] WriteFields(string? requestId, bool isHashed = false)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (RequestField field in RequestField.All)
            {
                if (field.WireName is null || field.Kind == FieldKind.Images) continue;
                switch (field == RequestField.RequestId ? requestId : isHashed ? GetFirstRead(field) : field.Get(Request))
                {
                    case string { Length: 0 } when field == RequestField.Prompt:
                        break;
                    case string text:
                        json.WriteString(field.WireName, text);
                        break;
                    case bool flag:
                        json.WriteBoolean(field.WireName, flag);
                        break;
                    case int number:
                        json.WriteNumber(field.WireName, number);
                        break;
                }
            }
            if (Request.AdditionalBody is not null) WriteAdditional(json, Request.AdditionalBody);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>In any spelling: whoever reads names without regard to case would take the last of two for the row's.</summary>
    private static bool IsOwn(string name)
    {
        string letters = Letters(name);
        return RequestField.All.Any(field => field.WireName is { } own && string.Equals(Letters(own), letters, StringComparison.OrdinalIgnoreCase));
    }

    private static string Letters(string name)
    {
        // What is no valid text cannot be normalized, and is no name of ours
        string plain = name.Any(char.IsSurrogate) || name.Any(c => c is >= '\uFDD0' and <= '\uFDEF' or '\uFFFE' or '\uFFFF') ? name : name.Normalize(NormalizationForm.FormKC);
        return string.Concat(plain.Where(char.IsLetterOrDigit));
    }

    private void WriteAdditional(Utf8JsonWriter json, string additional)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(additional);
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new JsonException();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (IsOwn(property.Name))
                    throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.AdditionalFieldTaken, Request.Label, property.Name);
                if (property.Value.ValueKind != JsonValueKind.Null) property.WriteTo(json);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the second: half a surrogate pair, escaped
        {
            throw new CogVideoException(ErrorReason.InvalidInput, MessageKey.AdditionalBodyInvalid, Request.Label);
        }
    }
}

/// <summary>
/// The JSON of one submission. <see cref="Started"/> is the evidence on which paying once rests: while it is false,
/// not one byte of the body has left, and the service cannot have accepted anything.
/// </summary>
internal sealed class RequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };

    private readonly List<(byte[] Before, Image? Image)> _parts = [];

    internal RequestContent(byte[] fields, IReadOnlyList<Image> images)
    {
        bool isList = images.Count > 1;
        Headers.ContentType = Json;
        if (images.Count == 0) _parts.Add((fields, null));
        for (int i = 0; i < images.Count; i++)
        {
            byte[] before = Encoding.ASCII.GetBytes(i > 0 ? "\",\"" : isList ? ",\"image_url\":[\"" : ",\"image_url\":\"");
            _parts.Add((i > 0 ? before : [.. fields.Take(fields.Length - 1), .. before], images[i])); // all but the closing brace
        }
        if (images.Count > 0) _parts.Add((Encoding.ASCII.GetBytes(isList ? "\"]}" : "\"}"), null));
    }

    internal bool Started { get; private set; }

    /// <summary>
    /// An image turned out to be another while it was being read: its last part was not sent, and the service has half a request, which it
    /// cannot accept.
    /// </summary>
    internal bool IsWithheld { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // A row may wait for its slot for hours: an image that is another by now is found before anything leaves
        foreach ((_, Image? image) in _parts) image?.CheckUnchanged();
        Started = true;
        foreach ((byte[] before, Image? image) in _parts)
        {
            await stream.WriteAsync(before, 0, before.Length).ConfigureAwait(false);
            if (image is null) continue;
            try
            {
                await image.WriteAsync(stream).ConfigureAwait(false);
            }
            catch (CogVideoException)
            {
                IsWithheld = true;
                throw;
            }
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _parts.Sum(static part => part.Before.Length + (part.Image?.SentLength ?? 0));
        return true;
    }
}
