using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo;

/// <summary>
/// What one model takes. A null or empty list means that the model does not take the field.
/// Source: the service's reference page for <c>cogvideox-2</c> and <c>cogvideox-flash</c>, its newer OpenAPI pages for the others.
/// </summary>
public sealed class CogVideoModel
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What people and programs write between width and height.</summary>
    private const string Times = "xX\u00D7\u2715\u2716*\uFF0A\uFF58\uFF38\u0445\u0425";

    private CogVideoModel(string model) => Model = model;

    /// <summary>The model's code.</summary>
    public string Model { get; }

    /// <summary><c>Free</c> or <c>Billed</c>.</summary>
    public string Billing { get; private init; } = "Billed";

    /// <summary>Whether the model works from a prompt alone.</summary>
    public bool TextToVideo => MinImages == 0;

    /// <summary>Whether a prompt must be given even with a picture.</summary>
    public bool PromptRequired { get; private init; }

    /// <summary>Sizes in pixels, width x height.</summary>
    public string[] Sizes { get; private init; } = [];

    /// <summary>Frames per second.</summary>
    public int[] Fps { get; private init; } = [];

    /// <summary>Seconds of video.</summary>
    public int[] Durations { get; private init; } = [];

    /// <summary>Output modes.</summary>
    public string[] Qualities { get; private init; } = [];

    /// <summary>Whether sound can be asked for.</summary>
    public bool Audio { get; private init; }

    /// <summary>The fewest pictures a request must have.</summary>
    public int MinImages { get; private init; }

    /// <summary>The most pictures a request may have.</summary>
    public int MaxImages { get; private init; }

    /// <summary>Formats of pictures.</summary>
    public string[] ImageFormats { get; private init; } = [];

    /// <summary>The largest picture in bytes of file.</summary>
    public long MaxImageBytes { get; private init; }

    /// <summary>The model's code.</summary>
    public override string ToString() => Model;

    /// <summary>All models that this version knows; others pass through unchecked.</summary>
    public static IReadOnlyList<CogVideoModel> Catalogue { get; } = Build();

    /// <summary>The free one, so that nothing is billed until a paid model is named.</summary>
    public const string Default = "cogvideox-flash";

    internal static CogVideoModel? Find(string model) =>
        Catalogue.FirstOrDefault(m => string.Equals(m.Model, model, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a request costs money: what nobody knows is not free.</summary>
    internal static bool IsBilled(string? model) => model is null || Find(model) is not { Billing: "Free" };

    /// <summary>The code of a model however it was capitalised: replies call it CogVideoX-2. What the catalogue does not know stays as it is.</summary>
    internal static string Code(string model) => Find(model)?.Model ?? model;

    /// <summary>One of this model's sizes, also when it was written 1920X1080, 1920 × 1080 or 1920*1080; what is none stays as it is.</summary>
    internal string SizeLike(string size)
    {
        string plain = string.Concat(size.Where(static c => !char.IsWhiteSpace(c)).Select(static c => Times.IndexOf(c) < 0 ? c : 'x'));
        return Sizes.Contains(plain) ? plain : size;
    }

    private static CogVideoModel[] Build()
    {
        string[] photo = ["png", "jpeg"];
        string[] viduPhoto = ["png", "jpeg", "webp"];
        string[] modes = ["speed", "quality"];
        int[] rates = [30, 60];
        int[] lengths = [5, 10];
        CogVideoModel Vidu(string model, int seconds, int min, int max, params string[] sizes) => new(model)
        {
            Sizes = sizes,
            Durations = [seconds],
            Audio = max > 0,
            PromptRequired = max == 0,
            MinImages = min,
            MaxImages = max,
            ImageFormats = max > 0 ? viduPhoto : [],
            MaxImageBytes = max > 0 ? 50 * Mebibyte : 0,
        };
        return
        [
            new("cogvideox-2")
            {
                Sizes = ["720x480", "1024x1024", "1280x960", "960x1280", "1920x1080", "1080x1920", "2048x1080", "3840x2160"],
                Fps = rates, Durations = lengths, Qualities = modes, Audio = true,
                MaxImages = 1, ImageFormats = photo, MaxImageBytes = 5 * Mebibyte,
            },
            new("cogvideox-flash")
            {
                Billing = "Free", Durations = lengths, Audio = true,
                MaxImages = 1, ImageFormats = photo, MaxImageBytes = 5 * Mebibyte,
            },
            new("cogvideox-3")
            {
                Sizes = ["1280x720", "720x1280", "1024x1024", "1920x1080", "1080x1920", "2048x1080", "3840x2160"],
                Fps = rates, Durations = lengths, Qualities = modes, Audio = true,
                MaxImages = 2, ImageFormats = photo, MaxImageBytes = 5 * Mebibyte,
            },
            Vidu("viduq1-text", 5, 0, 0, "1920x1080"),
            Vidu("viduq1-image", 5, 1, 1, "1920x1080"),
            Vidu("viduq1-start-end", 5, 2, 2, "1920x1080"),
            Vidu("vidu2-image", 4, 1, 1, "1280x720"),
            Vidu("vidu2-start-end", 4, 2, 2, "1280x720", "480x360"),
            Vidu("vidu2-reference", 4, 1, 3, "1280x720"),
        ];
    }
}
