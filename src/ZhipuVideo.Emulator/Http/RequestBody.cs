using System;
using System.Buffers;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;

namespace ZhipuVideo.Emulator.Http;

/// <summary>A JSON body in a borrowed buffer: with a picture it is megabytes long.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>A body without a stated length is read into so many bytes at first.</summary>
    private const int UnknownLength = 16 * 1024;

    private readonly byte[] _buffer;
    private readonly JsonDocument? _json;

    private RequestBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        try
        {
            _json = JsonDocument.Parse(buffer.AsMemory(0, length));
        }
        catch (JsonException)
        {
            // No JSON: Root is undefined, and the request is refused for it.
        }
    }

    /// <summary>The JSON value; undefined when the body is none.</summary>
    public JsonElement Root => _json?.RootElement ?? default;

    /// <summary>The prompt, as far as it can be read; null when there is none.</summary>
    public string? Prompt =>
        Root.ValueKind == JsonValueKind.Object && Root.TryGetProperty("prompt"u8, out JsonElement prompt)
            && prompt.ValueKind == JsonValueKind.String ? prompt.GetString() : null;

    public static async Task<RequestBody> ReadAsync(HttpRequest request)
    {
        // One byte more than stated, so that the end is seen without a larger buffer.
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)(request.ContentLength ?? UnknownLength) + 1);
        int length = 0;
        for (int read; (read = await request.Body.ReadAsync(buffer.AsMemory(length))) > 0;)
        {
            length += read;
            if (length < buffer.Length) continue;
            byte[] larger = ArrayPool<byte>.Shared.Rent(2 * length);
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        return new RequestBody(buffer, length);
    }

    public void Dispose()
    {
        _json?.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }
}
