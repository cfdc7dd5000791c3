using System;
using System.IO;
using ZhipuVideo.Files;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Gallery;

/// <summary>A video or cover as the page knows it: linked, embedded, or neither and why.</summary>
internal sealed class GalleryFile
{
    private readonly Media _media;

    /// <param name="path">Full path of the file, from a result that anybody may have written.</param>
    /// <param name="folder">Full path of the page's folder.</param>
    /// <param name="media">What it is to be.</param>
    /// <param name="length">Bytes of a blob, as far as the result knows: a blob is linked and never looked into.</param>
    internal GalleryFile(string path, string folder, Media media, long? length = null)
    {
        Path = path;
        _media = media;
        if (BlobAddress.Is(path))
        {
            (Link, Bytes) = (PageLink.CreateForBlob(folder, path), length);
            return;
        }
        try
        {
            Path = System.IO.Path.GetFullPath(path);
            bool mayTouch = RegularFile.MayTouch(Path, folder);
            Bytes = mayTouch ? RegularFile.GetLength(Path) : null;
            IsRefused = !mayTouch || (Bytes is null && Disk.Exists(Path)); // a folder, a pipe, a device
            if (!IsRefused) Link = PageLink.Create(folder, Path);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or PathTooLongException)
        {
            // A result that came from another system may name a path that cannot exist on this one: then it is missing here
        }
    }

    internal string Path { get; }

    /// <summary>Size when the page was written; null when there was no such file, or none that may be shown.</summary>
    internal long? Bytes { get; private set; }

    /// <summary>The address relative to the page; null on another drive.</summary>
    internal string? Link { get; private set; }

    /// <summary>The number of the block that holds the file's bytes; null when it is not embedded.</summary>
    internal int? Block { get; set; }

    /// <summary>Whether there is something of that name that the page neither reads nor links: not a regular file, or not what it should be.</summary>
    internal bool IsRefused { get; private set; }

    /// <summary>Whether the file can go into the page: its first bytes say that it is what it should be. What cannot is not linked either.</summary>
    internal bool CheckEmbeddable()
    {
        if (BlobAddress.Is(Path)) return false;
        try
        {
            using FileStream? file = TryOpen();
            IsRefused = file is null;
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            IsRefused = true;
        }
        if (IsRefused) (Bytes, Link) = (null, null);
        return !IsRefused;
    }

    /// <summary>What a video says of itself; nothing when it cannot be read, or is none.</summary>
    internal VideoFacts ReadFacts()
    {
        if (Bytes is null) return VideoFacts.None;
        try
        {
            using FileStream? file = TryOpen();
            return file is null ? VideoFacts.None : Mp4Reader.Read(file);
        }
        catch (Exception e) when (Disk.IsFailure(e))
        {
            return VideoFacts.None;
        }
    }

    /// <summary>Opens what is a regular file and begins like what it should be; null for anything else.</summary>
    internal FileStream? TryOpen()
    {
        FileStream? file = RegularFile.TryOpen(Path);
        if (file is null) return null;
        byte[] head = new byte[FileSignature.Length];
        int read = file.Read(head, 0, head.Length);
        if (FileSignature.Fits(_media, head.AsSpan(0, read)))
        {
            file.Position = 0;
            return file;
        }
        file.Dispose();
        return null;
    }
}
