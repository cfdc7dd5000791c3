using System;

namespace ZhipuVideo.Files;

/// <summary>What a link must lead to.</summary>
internal enum Media
{
    /// <summary>An MP4 file (ISO/IEC 14496-12): it begins with an <c>ftyp</c> box.</summary>
    Video,

    /// <summary>A PNG, JPEG, WebP or GIF image.</summary>
    Image,
}

/// <summary>Tells files by their first bytes: neither the extension of a link nor a Content-Type can be trusted.</summary>
internal static class FileSignature
{
    /// <summary>How many bytes are needed to tell.</summary>
    internal const int Length = 12;

    private static ReadOnlySpan<byte> Png => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>The extensions that images may get.</summary>
    internal static string[] ImageExtensions { get; } = [".png", ".jpg", ".webp", ".gif"];

    /// <summary>Whether a file that begins like this is of the kind.</summary>
    internal static bool Fits(Media media, ReadOnlySpan<byte> head) =>
        media == Media.Video ? IsMp4(head) : ImageExtension(head) is not null;

    /// <summary>The extension that an image's bytes deserve; null when they are of no known kind.</summary>
    internal static string? ImageExtension(ReadOnlySpan<byte> head) =>
        head.StartsWith(Png) ? ".png"
        : head.StartsWith(Jpeg) ? ".jpg"
        : head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8) ? ".gif"
        : head.Length >= Length && head.StartsWith("RIFF"u8) && head.Slice(8).StartsWith("WEBP"u8) ? ".webp"
        : null;

    private static bool IsMp4(ReadOnlySpan<byte> head) => head.Length >= Length && head.Slice(4).StartsWith("ftyp"u8);
}
