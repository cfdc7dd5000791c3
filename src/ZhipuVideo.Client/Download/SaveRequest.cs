using System.Collections.Generic;

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

/// <summary>A video in its place: complete, checked and flushed to the disk.</summary>
internal sealed record SavedVideo
{
    /// <summary>The full path of the video.</summary>
    internal required string Path { get; init; }

    /// <summary>The length of the video in bytes.</summary>
    internal required long Length { get; init; }

    /// <summary>True when the file was there before and is this job's: nothing was downloaded.</summary>
    internal bool AlreadyThere { get; init; }

    /// <summary>The full path of the cover; null when none was asked for, or see <see cref="CoverError"/>.</summary>
    internal string? CoverPath { get; init; }

    /// <summary>Why the cover could not be saved; the video is saved all the same.</summary>
    internal CogVideoException? CoverError { get; init; }

    /// <summary>The full paths of the second and further videos of the result, which the service gives at most one of today.</summary>
    internal IReadOnlyList<string> AdditionalPaths { get; init; } = [];
}
