using System.Collections.Generic;

namespace ZhipuVideo.Emulator.Contract;

/// <summary>
/// What the service takes for one model. A null set means that the model does not take the field at all: it is then refused as
/// illegal (1214). The reference page says only that cogvideox-flash "does not support" quality, size and fps; 1215 names two fields
/// that exclude each other, which is not the case here.
/// </summary>
/// <remarks>
/// cogvideox-2 and cogvideox-flash come from the reference page; the others from the newer public documentation of both bases.
/// Kept apart from the client's own catalogue on purpose: a mistake there must not hide itself here.
/// </remarks>
internal sealed record ModelRule(string Code)
{
    private const int MiB = 1024 * 1024;

    private static readonly string[] CogVideoPictures = ["png", "jpeg"];
    private static readonly string[] ViduPictures = ["png", "jpeg", "webp"];
    private static readonly string[] Ratios = ["16:9", "9:16", "1:1"];
    private static readonly string[] Amplitudes = ["auto", "small", "medium", "large"];

    /// <summary>A model beyond the table: everything is taken, nothing checked.</summary>
    public bool Unchecked { get; init; }

    /// <summary>Free of charge: its tasks do not use up the balance.</summary>
    public bool Free { get; init; }

    /// <summary>How many pictures must come at least; 0 where a prompt alone will do.</summary>
    public int PicturesMin { get; init; }

    public int PicturesMax { get; init; } = 1;

    /// <summary>The limit of one picture, in bytes of the file.</summary>
    public int PictureBytes { get; init; } = 5 * MiB;

    public string[] PictureTypes { get; init; } = CogVideoPictures;

    public bool PromptRequired { get; init; }

    public string[]? Qualities { get; init; }

    public string[]? Sizes { get; init; }

    public int[]? FrameRates { get; init; }

    public int[]? Durations { get; init; } = [5, 10];

    public bool Audio { get; init; } = true;

    public string[]? Styles { get; init; }

    public string[]? AspectRatios { get; init; }

    public string[]? MovementAmplitudes { get; init; }

    public static IReadOnlyDictionary<string, ModelRule> All { get; } = Table(
        new("cogvideox-2")
        {
            Qualities = ["speed", "quality"],
            Sizes = ["720x480", "1024x1024", "1280x960", "960x1280", "1920x1080", "1080x1920", "2048x1080", "3840x2160"],
            FrameRates = [30, 60],
        },
        new("cogvideox-flash") { Free = true },
        new("cogvideox-3")
        {
            PicturesMax = 2,
            Qualities = ["speed", "quality"],
            Sizes = ["1280x720", "720x1280", "1024x1024", "1920x1080", "1080x1920", "2048x1080", "3840x2160"],
            FrameRates = [30, 60],
        },
        Vidu("viduq1-text", 0, 0, 5, "1920x1080") with
        {
            PromptRequired = true,
            Audio = false,
            Styles = ["general", "anime"],
            AspectRatios = Ratios,
        },
        Vidu("viduq1-image", 1, 1, 5, "1920x1080"),
        Vidu("viduq1-start-end", 2, 2, 5, "1920x1080"),
        Vidu("vidu2-image", 1, 1, 4, "1280x720"),
        Vidu("vidu2-start-end", 2, 2, 4, "1280x720", "480x360"),
        Vidu("vidu2-reference", 1, 3, 4, "1280x720") with { AspectRatios = Ratios });

    private static ModelRule Vidu(string code, int picturesMin, int picturesMax, int duration, params string[] sizes) => new(code)
    {
        PicturesMin = picturesMin,
        PicturesMax = picturesMax,
        PictureBytes = 50 * MiB,
        PictureTypes = ViduPictures,
        Sizes = sizes,
        Durations = [duration],
        MovementAmplitudes = Amplitudes,
    };

    private static Dictionary<string, ModelRule> Table(params ModelRule[] rules)
    {
        Dictionary<string, ModelRule> table = new Dictionary<string, ModelRule>();
        foreach (ModelRule rule in rules) table.Add(rule.Code, rule);
        return table;
    }
}
