using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Gallery;

namespace ZhipuVideo.Browser.Tests;

/// <summary>A folder of its own with saved videos and the page of them.</summary>
internal sealed class Batch : IDisposable
{
    private static readonly DateTime Start = new(2026, 3, 14, 21, 0, 0, DateTimeKind.Utc);
    private static readonly string Clip = Path.Combine(AppContext.BaseDirectory, "clip.mp4");

    public TemporaryFolder Folder { get; } = new("gallery 画廊 #1 ");

    public List<CogVideoResult> Results { get; } = [];

    public string PagePath => Path.Combine(Folder, "index.html");

    public string Address => new UriBuilder { Scheme = "file", Host = "", Path = PagePath }.Uri.AbsoluteUri;

    /// <summary>The page of videos of these names.</summary>
    public static Batch Saved(params string[] names)
    {
        Batch batch = new();
        foreach (string name in names) batch.AddSaved(name);
        batch.Write();
        return batch;
    }

    /// <summary>A video on disk.</summary>
    public CogVideoResult AddSaved(string name, double seconds = 40, string? fileName = null, bool withCover = true)
    {
        CogVideoResult result = Add(name, CogVideoStatus.Success, seconds);
        result.SavedPath = Path.Combine(Folder, (fileName ?? name) + ".mp4");
        File.Copy(Clip, result.SavedPath, overwrite: true);
        if (withCover)
        {
            result.CoverPath = Path.ChangeExtension(result.SavedPath, ".svg");
            File.WriteAllText(result.CoverPath, Scenery.Draw(Results.Count), Encoding.UTF8);
        }
        return result;
    }

    /// <summary>A video as the emulator makes it when this is asked for; what is asked for is left to the test.</summary>
    public CogVideoResult AddMade(string name, string size, int duration, int fps, bool hasAudio)
    {
        CogVideoResult result = AddSaved(name, withCover: false);
        File.WriteAllBytes(result.SavedPath!, new Emulator.Files.Clip(size, duration, fps, hasAudio).ToFile());
        return result;
    }

    /// <summary>Anything else.</summary>
    public CogVideoResult Add(string name, string status, double? seconds = null)
    {
        int number = Results.Count;
        CogVideoResult result = new()
        {
            Id = $"8868902201637896192-{number}",
            RequestId = $"request-{number}",
            Name = name,
            Prompt = "The prompt of " + name,
            Model = "cogvideox-flash",
            Status = status,
            SubmittedAt = Start.AddSeconds(number * 20),
            EndedAt = seconds is double s ? Start.AddSeconds((number * 20) + s) : null,
            ElapsedSec = seconds,
            Url = "https://files.example/secret-link.mp4?sig=1",
            CoverUrl = "https://files.example/secret-cover.png?sig=1",
        };
        Results.Add(result);
        return result;
    }

    public GalleryReport Write(bool embed = false, string? title = null, long embedLimit = GalleryOptions.DefaultEmbedLimit) =>
        GalleryWriter.Write(Results, new GalleryOptions
        {
            Path = PagePath,
            Title = title,
            Embed = embed,
            EmbedLimit = embedLimit,
            Overwrite = true,
            Time = new FakeTimeProvider(new DateTimeOffset(Start.AddHours(9))),
        });

    public void Dispose() => Folder.Dispose();
}
