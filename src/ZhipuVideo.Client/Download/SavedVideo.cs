using System.Collections.Generic;
using ZhipuVideo.Files;

namespace ZhipuVideo;

/// <summary>A video in its place: complete, checked and flushed to the disk.</summary>
public sealed record SavedVideo
{
    /// <summary>The full path of the video.</summary>
    public required string Path { get; init; }

    /// <summary>The length of the video in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>The result, with SavedPath, CoverPath and FileLength.</summary>
    public CogVideoResult Result { get; init; } = new();

    /// <summary>What the video's file says of itself.</summary>
    internal VideoFacts Facts { get; init; } = VideoFacts.None;

    /// <summary>True when the file was there before and is this job's: nothing was downloaded.</summary>
    public bool AlreadyThere { get; init; }

    /// <summary>The full path of the cover; null when none was asked for, or see <see cref="CoverError"/>.</summary>
    public string? CoverPath { get; init; }

    /// <summary>Why the cover could not be saved; the video is saved all the same.</summary>
    public CogVideoException? CoverError { get; init; }

    /// <summary>The full paths of the second and further videos of the result, which the service gives at most one of today.</summary>
    public IReadOnlyList<string> AdditionalPaths { get; init; } = [];
}
