namespace ZhipuVideo.Download;

/// <summary>One result to be saved.</summary>
internal sealed class SaveRequest
{
    /// <summary>The result; its status must be Success and it must have a link.</summary>
    internal required CogVideoResult Result { get; init; }

    /// <summary>The wanted file name, with or without <c>.mp4</c>; null or blank = the result's Name, else its Id.</summary>
    internal string? FileName { get; init; }

    /// <summary>Whether the cover picture is saved beside the video.</summary>
    internal bool IncludeCover { get; init; }

    /// <summary>Whether a file of that name is replaced.</summary>
    internal bool Force { get; init; }
}
