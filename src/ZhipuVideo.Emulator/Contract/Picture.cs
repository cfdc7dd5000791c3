using System;
using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ZhipuVideo.Emulator.Contract;

/// <summary>
/// One picture of a request: a link, which is believed without being fetched, or the bytes themselves as a data URI or bare Base64
/// (both are in official use).
/// </summary>
internal sealed class Picture
{
    private Picture(string form, string? url, ReadOnlySpan<byte> bytes)
    {
        Form = form;
        Url = url;
        Length = bytes.Length;
        Type = TypeOf(bytes);
        Sha256 = bytes.Length == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary><c>url</c>, <c>data-uri</c> or <c>base64</c>.</summary>
    public string Form { get; }

    public string? Url { get; }

    /// <summary>Bytes of the file; 0 for a link.</summary>
    public int Length { get; }

    /// <summary><c>png</c>, <c>jpeg</c>, <c>webp</c> by the first bytes; null when none of them.</summary>
    public string? Type { get; }

    public string? Sha256 { get; }

    /// <summary>Reads a JSON string; null when it is neither a link nor Base64.</summary>
    public static Picture? Read(JsonElement text)
    {
        // The text of a picture is megabytes long: it is looked at where it lies, unless the writer escaped something in it.
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        if (raw.Contains((byte)'\\')) raw = Encoding.UTF8.GetBytes(text.GetString()!);

        if (raw.StartsWith("http://"u8) || raw.StartsWith("https://"u8))
        {
            string url = Encoding.UTF8.GetString(raw);
            return Uri.TryCreate(url, UriKind.Absolute, out _) ? new Picture("url", url, []) : null;
        }
        string form = "base64";
        if (raw.StartsWith("data:image/"u8))
        {
            int comma = raw.IndexOf(";base64,"u8);
            if (comma < 0) return null;
            raw = raw[(comma + ";base64,"u8.Length)..];
            form = "data-uri";
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(raw.Length));
        try
        {
            OperationStatus status = Base64.DecodeFromUtf8(raw, bytes, out _, out int written);
            return status == OperationStatus.Done && written > 0 ? new Picture(form, null, bytes.AsSpan(0, written)) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static string? TypeOf(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]) ? "png"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "jpeg"
        : bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..12].SequenceEqual("WEBP"u8) ? "webp"
        : null;
}
