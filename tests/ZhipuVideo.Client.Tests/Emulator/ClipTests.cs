using System.Text.Json;
using ZhipuVideo.Client.Tests.Facts;
using ZhipuVideo.Emulator;
using ZhipuVideo.Emulator.Contract;
using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>The videos that the emulator makes are what was asked for, or on purpose something else.</summary>
public sealed class ClipTests
{
    public static TheoryData<string, string, int, int, bool> AllThatCanBeAskedFor
    {
        get
        {
            TheoryData<string, string, int, int, bool> all = new();
            foreach (ModelRule model in ModelRule.All.Values.Where(model => model.Sizes is not null && model.PicturesMin == 0))
            {
                foreach (string size in model.Sizes!)
                {
                    bool isFirst = size == model.Sizes[0];
                    all.Add(model.Code, size, isFirst ? model.Durations![^1] : model.Durations![0], model.FrameRates?[isFirst ? 1 : 0] ?? 30, isFirst && model.Audio);
                }
            }
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(AllThatCanBeAskedFor))]
    public async Task Video_is_what_was_asked_for(string model, string size, int duration, int fps, bool sound)
    {
        await using Service service = await Service.StartAsync();
        object request = model.StartsWith("vidu", StringComparison.Ordinal)
            ? new { model, prompt = "a cat", size, duration }
            : new { model, prompt = "a cat", size, duration, fps, with_audio = sound };

        byte[] video = await SaveAsync(service, request);

        string[] sides = size.Split('x');
        Assert.Equal(
            new VideoFacts(int.Parse(sides[0], CultureInfo.InvariantCulture), int.Parse(sides[1], CultureInfo.InvariantCulture), duration, fps, sound), Read(video));
        Assert.InRange(video.Length, 1, 40_000);
    }

    [FfmpegTheory]
    [MemberData(nameof(AllThatCanBeAskedFor))]
    public void Video_is_decoded_to_its_end(string model, string size, int duration, int fps, bool sound)
    {
        _ = model;
        using TemporaryFolder folder = new();
        string path = folder.Write("video.mp4", new ZhipuVideo.Emulator.Files.Clip(size, duration, fps, sound).ToFile());
        VideoFacts expected = Ffmpeg.Probe(path);

        Assert.Equal((expected.Width, expected.Height, expected.HasAudio), (Read(File.ReadAllBytes(path)).Width, Read(File.ReadAllBytes(path)).Height, sound));
        Assert.Equal((duration, fps), (expected.DurationSec!.Value, expected.ActualFps!.Value));
        // Whatever a decoder stumbles over would be an error
        Ffmpeg.Run($"-xerror -i {path} -f null -");
    }

    [Fact]
    public async Task Video_of_which_nothing_was_said_is_small_and_short()
    {
        await using Service service = await Service.StartAsync();

        Assert.Equal(new VideoFacts(320, 180, 5, 30, false), Read(await SaveAsync(service, new { model = "cogvideox-flash", prompt = "a cat" })));
    }

    [Fact]
    public async Task Video_is_something_else_where_a_setting_says_so()
    {
        await using Service service = await Service.StartAsync();
        service.State.Settings = new EmulatorSettings { VideoSize = "1280x720", VideoDuration = 5, VideoFps = 24, VideoAudio = false };
        object request = new { model = "cogvideox-3", prompt = "a cat", size = "3840x2160", duration = 10, fps = 60, with_audio = true };

        Assert.Equal(new VideoFacts(1280, 720, 5, 24, false), Read(await SaveAsync(service, request)));
    }

    private static async Task<byte[]> SaveAsync(Service service, object request)
    {
        Answer accepted = await service.CreateAsync(JsonSerializer.Serialize(request));
        Assert.Equal(200, accepted.Status);
        service.State.End(accepted.Text("id")!);
        return (await service.SendAsync(HttpMethod.Get, (await service.PollAsync(accepted.Text("id")!)).Link())).Body;
    }

    private static VideoFacts Read(byte[] video)
    {
        using MemoryStream file = new(video);
        return Mp4Reader.Read(file);
    }
}
