namespace ZhipuVideo.Files;

/// <summary>What a video's file says of itself; null is what it does not say.</summary>
/// <param name="Width">Pixels of a picture as it is shown: a quarter turn of the track is counted in.</param>
/// <param name="Height">The same.</param>
/// <param name="DurationSec">Seconds for which pictures are shown, to the millisecond.</param>
/// <param name="ActualFps">Frames per second on average, to three places.</param>
/// <param name="HasAudio">Whether there is a track of sound.</param>
internal sealed record VideoFacts(int? Width = null, int? Height = null, double? DurationSec = null, double? ActualFps = null, bool? HasAudio = null)
{
    /// <summary>Nothing is known.</summary>
    internal static VideoFacts None { get; } = new();
}
