using System;
using System.Text;

namespace ZhipuVideo.Files;

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
    internal const int Length = 12;

    internal static string[] ImageExtensions { get; } = [".png", ".jpg", ".webp", ".gif"];

    internal static bool Fits(Media media, ReadOnlySpan<byte> head) => media == Media.Video ? IsMedia(head) : GetImageExtension(head) is not null;

    /// <summary>The extension that an image's bytes deserve; null when they are of no known kind.</summary>
    internal static string? GetImageExtension(ReadOnlySpan<byte> head) => GetFormat(head) switch
    {
        "png" => ".png",
        "jpeg" => ".jpg",
        "webp" => ".webp",
        "gif" => ".gif",
        _ => null,
    };

    /// <summary>The format by its first bytes; empty when it is none that is known.</summary>
    internal static string GetFormat(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return "png";
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "jpeg";
        if (head.Length >= Length && head.StartsWith("RIFF"u8) && head.Slice(8).StartsWith("WEBP"u8)) return "webp";
        if (head.StartsWith("GIF87a"u8) || head.StartsWith("GIF89a"u8)) return "gif";
        if (head.StartsWith("BM"u8)) return "bmp";
        if (IsMedia(head)) return GetFormatOfBrand(head.Slice(8, 4));
        if (head.StartsWith((ReadOnlySpan<byte>)[0x49, 0x49, 0x2A, 0]) || head.StartsWith((ReadOnlySpan<byte>)[0x4D, 0x4D, 0, 0x2A])) return "tiff";
        if (head.StartsWith("8BPS"u8)) return "psd";
        if (head.StartsWith("%PDF"u8)) return "pdf";
        if (head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A])) return "jxl";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return "webm";
        if (head.StartsWith("<!DOCTYPE"u8) || head.StartsWith("<!doctype"u8) || head.StartsWith("<html"u8)) return "html";
        if (head.StartsWith("<svg"u8) || head.StartsWith("<?xml"u8)) return "svg";
        return "";
    }

    /// <summary>What an <c>ftyp</c> box stands before: images (ISO/IEC 23008-12, AVIF) and films (ISO/IEC 14496-12) begin alike.</summary>
    private static string GetFormatOfBrand(ReadOnlySpan<byte> brand) => Encoding.ASCII.GetString(brand.ToArray()) switch
    {
        "avif" or "avis" => "avif",
        "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" or "mif1" or "msf1" => "heic",
        "qt  " => "mov",
        _ => "mp4",
    };

    private static bool IsMedia(ReadOnlySpan<byte> head) => head.Length >= Length && head.Slice(4).StartsWith("ftyp"u8);
}
