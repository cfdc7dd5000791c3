using System;
using ZhipuVideo.Files;

namespace ZhipuVideo.Gallery;

/// <summary>Where a gallery goes and what it holds.</summary>
internal sealed class GalleryOptions
{
    /// <summary>
    /// The largest number of bytes of videos and covers in one page, before Base64 adds a third. A browser reads the whole page into
    /// memory before its last card works; at 256 MiB that takes seconds on a laptop, at 1 GiB it fails on a telephone.
    /// </summary>
    internal const long DefaultEmbedLimit = 256L * 1024 * 1024;

    /// <summary>Full path of the page. Its folder must exist.</summary>
    internal required string Path { get; init; }

    /// <summary>The page's folder, or what is like one in a container, as its links are to see it; null = the folder of <see cref="Path"/>.</summary>
    internal string? LinkFolder { get; init; }

    /// <summary>The heading; null for the default one in the language of the reader.</summary>
    internal string? Title { get; init; }

    internal bool Embed { get; init; }

    /// <summary>The largest number of bytes to embed; what does not fit is linked.</summary>
    internal long EmbedLimit { get; init; } = DefaultEmbedLimit;

    internal bool Overwrite { get; init; }

    /// <summary>The clock that dates the page, and by which a rename is tried again.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The calls that the page is renamed by.</summary>
    internal Disk Disk { get; init; } = Disk.Real;

    /// <summary>How long a rename is tried again while something else holds the page (antivirus, indexer, a preview).</summary>
    internal TimeSpan RenameTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
