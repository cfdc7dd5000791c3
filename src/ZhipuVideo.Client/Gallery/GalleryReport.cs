namespace ZhipuVideo.Gallery;

/// <summary>What became of the files of a written gallery.</summary>
/// <param name="Cards">Number of cards.</param>
/// <param name="Embedded">Number of videos and covers inside the page.</param>
/// <param name="OverLimit">Number of videos and covers that were to be embedded but did not fit.</param>
/// <param name="Unreachable">Number of videos that the page cannot show: missing, or on another drive and not embedded.</param>
internal sealed record GalleryReport(int Cards, int Embedded, int OverLimit, int Unreachable)
{
    /// <summary>The files that are not what they should be, are not regular files, or lie on a network share other than the page's.</summary>
    internal string[] Refused { get; init; } = [];
}
