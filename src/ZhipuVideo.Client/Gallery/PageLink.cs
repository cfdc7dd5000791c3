using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Gallery;

/// <summary>The relative, percent-encoded address of a file as seen from the page's folder.</summary>
internal static class PageLink
{
    private static readonly StringComparer PathComparer =
        Path.DirectorySeparatorChar == '\\' ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>
    /// The address, or null when no relative one exists: another drive or network share. Every segment is encoded, the colon too,
    /// so that a file called <c>javascript:alert(1)</c> is a file name and not a scheme.
    /// </summary>
    internal static string? Create(string folder, string file)
    {
        string root = GetRoot(file);
        if (!PathComparer.Equals(GetRoot(folder), root)) return null;

        string[] from = Segments(folder, root.Length);
        string[] to = Segments(file, root.Length);
        int common = 0;
        while (common < from.Length && common < to.Length - 1 && PathComparer.Equals(from[common], to[common]))
            common++;

        IEnumerable<string> up = Enumerable.Repeat("..", from.Length - common);
        return string.Join("/", up.Concat(to.Skip(common).Select(Uri.EscapeDataString)));
    }

    /// <summary>The same of a blob, seen from a page in its container; null for any other.</summary>
    internal static string? CreateForBlob(string folder, string blob)
    {
        if (!BlobAddress.Is(folder)) return null;
        BlobAddress page = BlobAddress.Parse(folder), file = BlobAddress.Parse(blob);
        return page.Container == file.Container ? Create("/" + page.Name, "/" + file.Name) : null;
    }

    private static string GetRoot(string fullPath) => Path.GetPathRoot(fullPath) ?? "";

    private static string[] Segments(string fullPath, int rootLength) => fullPath.Substring(rootLength)
        .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
}
