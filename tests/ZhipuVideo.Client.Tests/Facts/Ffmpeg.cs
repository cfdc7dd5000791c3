using System.Text.Json;
using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Facts;

/// <summary>A test that needs ffmpeg and ffprobe (Debian: ffmpeg); skipped, and said so, where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FfmpegTheoryAttribute : TheoryAttribute
{
    public FfmpegTheoryAttribute() => Skip = Child.Exists("ffmpeg") && Child.Exists("ffprobe") ? null! : "ffmpeg is not on this machine";
}

/// <summary>Somebody else who makes videos, and says what is in them.</summary>
internal static class Ffmpeg
{
    /// <summary>Makes a video of a test picture, and of a tone where sound is wanted.</summary>
    internal static void Make(string path, string arguments)
    {
        const string Picture = "-f lavfi -i testsrc2=size=64x48:rate=24:duration=2", Tone = "-f lavfi -i sine=duration=2 -c:a aac -b:a 24k";
        Run($"{Picture} {arguments.Replace("TONE", Tone, StringComparison.Ordinal)} {path}");
    }

    internal static void Run(string arguments) =>
        Tool.Run("ffmpeg", ["-v", "error", "-nostdin", "-y", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

    /// <summary>What ffprobe says of a file, in our words.</summary>
    internal static VideoFacts Probe(string path)
    {
        string json = Tool.Run("ffprobe", "-v", "error", "-of", "json", "-show_streams", path);
        JsonElement[] streams = [.. JsonDocument.Parse(json).RootElement.GetProperty("streams").EnumerateArray()];
        JsonElement video = streams.First(stream => stream.GetProperty("codec_type").GetString() == "video");
        string[] rate = video.GetProperty("avg_frame_rate").GetString()!.Split('/');
        bool isTurned = video.TryGetProperty("side_data_list", out JsonElement data)
            && data.EnumerateArray().Any(one => one.TryGetProperty("rotation", out JsonElement rotation) && rotation.GetInt32() % 180 != 0);
        (int width, int height) = (video.GetProperty("width").GetInt32(), video.GetProperty("height").GetInt32());
        return new VideoFacts(
            isTurned ? height : width,
            isTurned ? width : height,
            GetShownSeconds(path),
            Math.Round(Number(rate[0]) / Number(rate[1]), 3),
            streams.Any(stream => stream.GetProperty("codec_type").GetString() == "audio"));
    }

    /// <summary>From the first picture that is shown to the end of the last: where times vary, the stream's own duration forgets that they are reordered.</summary>
    private static double GetShownSeconds(string path)
    {
        string csv = Tool.Run("ffprobe", "-v", "error", "-of", "csv=p=0", "-select_streams", "v:0", "-show_entries", "packet=pts_time,duration_time,flags", path);
        string[][] shown = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).Where(packet => !packet[2].Contains('D'))];
        return shown.Max(packet => Number(packet[0]) + Number(packet[1])) - shown.Min(packet => Number(packet[0]));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
