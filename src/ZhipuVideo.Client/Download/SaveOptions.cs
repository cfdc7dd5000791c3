namespace ZhipuVideo;

/// <summary>How one result is saved.</summary>
public sealed class SaveOptions
{
    /// <summary>The wanted file name, with or without <c>.mp4</c>; null or blank = the result's Name, else its Id.</summary>
    public string? FileName { get; init; }

    /// <summary>Whether the cover is saved beside the video; default false.</summary>
    public bool IncludeCover { get; init; }

    /// <summary>Whether a file of that name is replaced; default false.</summary>
    public bool Force { get; init; }
}
