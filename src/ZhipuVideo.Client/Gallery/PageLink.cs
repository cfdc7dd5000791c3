using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

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

    private static string GetRoot(string fullPath) => Path.GetPathRoot(fullPath) ?? "";

    private static string[] Segments(string fullPath, int rootLength) => fullPath.Substring(rootLength)
        .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
}
