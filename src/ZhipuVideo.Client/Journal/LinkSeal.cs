using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ZhipuVideo.Journaling;

/// <summary>
/// Keeps result links out of a journal's reach for everybody but the account's owner. The service's links need no key, so whoever reads one
/// has the video; a journal is mailed around and kept. Yet a restarted run needs the link to save an ended row without asking again.
/// So the links are encrypted under keys derived from the API key: who can open them could ask the service for them anyway,
/// and under another key the run simply asks again. AES-256 in CBC mode, then HMAC-SHA256 over it; both exist on .NET Framework.
/// </summary>
internal sealed class LinkSeal
{
    private const int BlockBytes = 16;
    private const int TagBytes = 32;

    private readonly byte[] _encryptionKey;
    private readonly byte[] _tagKey;

    internal LinkSeal(ApiKey key)
    {
        using HMACSHA256 derive = new(Encoding.UTF8.GetBytes(key.Authorization));
        _encryptionKey = derive.ComputeHash(Encoding.ASCII.GetBytes("ZhipuVideo journal links, encryption"));
        _tagKey = derive.ComputeHash(Encoding.ASCII.GetBytes("ZhipuVideo journal links, tag"));
    }

    /// <summary>The links of a result as Base64; null when it has none.</summary>
    internal string? Close(CogVideoResult result)
    {
        string[] videos = Known(result.VideoUrls, result.Url);
        if (videos.Length == 0) return null;
        using MemoryStream plain = new();
        using (Utf8JsonWriter json = new(plain))
        {
            json.WriteStartArray();
            WriteArray(json, videos);
            WriteArray(json, Known(result.CoverUrls, result.CoverUrl));
            json.WriteEndArray();
        }
        using Aes aes = CreateCipher();
        using ICryptoTransform encryptor = aes.CreateEncryptor();
        byte[] encrypted = encryptor.TransformFinalBlock(plain.GetBuffer(), 0, (int)plain.Length);
        byte[] body = [.. aes.IV, .. encrypted];
        return Convert.ToBase64String([.. body, .. ComputeTag(body, body.Length)]);
    }

    /// <summary>Puts the links into the result; false when they were not sealed with this key.</summary>
    internal bool TryOpen(string? links, CogVideoResult result)
    {
        if (links is null) return false;
        try
        {
            byte[] sealedBytes = Convert.FromBase64String(links);
            int bodyLength = sealedBytes.Length - TagBytes;
            if (bodyLength < 2 * BlockBytes || !ComputeTag(sealedBytes, bodyLength).SequenceEqual(sealedBytes.Skip(bodyLength))) return false;
            using Aes aes = CreateCipher();
            aes.IV = sealedBytes.Take(BlockBytes).ToArray();
            using ICryptoTransform decryptor = aes.CreateDecryptor();
            using JsonDocument plain = JsonDocument.Parse(decryptor.TransformFinalBlock(sealedBytes, BlockBytes, bodyLength - BlockBytes));
            result.VideoUrls = ReadArray(plain.RootElement[0]);
            result.CoverUrls = ReadArray(plain.RootElement[1]);
            result.Url = result.VideoUrls.FirstOrDefault();
            result.CoverUrl = result.CoverUrls.FirstOrDefault();
            return true;
        }
        catch (FormatException) // edited by hand: no Base64
        {
            return false;
        }
    }

    private static string[] Known(string[] all, string? first) => all.Length > 0 ? all : first is null ? [] : [first];

    private static void WriteArray(Utf8JsonWriter json, IEnumerable<string> values)
    {
        json.WriteStartArray();
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string[] ReadArray(JsonElement array) => array.EnumerateArray().Select(e => e.GetString() ?? "").ToArray();

    private Aes CreateCipher()
    {
        Aes aes = Aes.Create(); // CBC and PKCS7 are its defaults, and the IV is fresh
        aes.Key = _encryptionKey;
        return aes;
    }

    private byte[] ComputeTag(byte[] data, int length)
    {
        using HMACSHA256 tag = new(_tagKey);
        return tag.ComputeHash(data, 0, length);
    }
}
