using System;
using System.IO;

namespace ZhipuVideo.Gallery;

/// <summary>A video or cover as the page knows it: linked, embedded, or neither and why.</summary>
internal sealed class GalleryFile
{
    /// <param name="path">Full path of the file.</param>
    /// <param name="folder">Full path of the page's folder.</param>
    internal GalleryFile(string path, string folder)
    {
        Path = path;
        try
        {
            Path = System.IO.Path.GetFullPath(path);
            FileInfo file = new(Path);
            Bytes = file.Exists ? file.Length : null;
            Link = PageLink.Create(folder, Path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            // A result that came from another system may name a path that cannot exist on this one: then it is missing here
        }
    }

    internal string Path { get; }

    /// <summary>Size when the page was written; null when there was no such file.</summary>
    internal long? Bytes { get; }

    /// <summary>The address relative to the page; null on another drive.</summary>
    internal string? Link { get; }

    /// <summary>The number of the block that holds the file's bytes; null when it is not embedded.</summary>
    internal int? Block { get; set; }
}
