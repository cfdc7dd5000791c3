using ZhipuVideo.Emulator;
using ZhipuVideo.Files;
using ZhipuVideo.Http;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Facts;

/// <summary>What a saved video is: on the result, in the journal, and in a warning where it is not what was asked for.</summary>
public sealed class SavedFactsTests : IDisposable
{
    private static readonly VideoRequest TenSeconds = new()
    {
        Model = "cogvideox-3",
        Prompt = "a cat",
        Name = "cat",
        Size = "1920x1080",
        Duration = 10,
        Fps = 60,
        WithAudio = true,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CultureInfo _language = CultureInfo.CurrentUICulture;

    public void Dispose()
    {
        CultureInfo.CurrentUICulture = _language;
        _folder.Dispose();
    }

    [Fact]
    public async Task F183_A_video_that_is_what_was_asked_for_is_not_talked_about()
    {
        await using EmulatorServer emulator = await StartAsync();

        (SavedVideo video, string[] warnings) = await SaveAsync(emulator, TenSeconds);

        Assert.Equal(new VideoFacts(1920, 1080, 10, 60, true), video.Result.Facts);
        Assert.Empty(warnings);
    }

    [Theory]
    [InlineData("en-US", "cat ", "5 s long (10 s requested), 1280x720 (1920x1080 requested), 30 fps (60 requested), no audio (audio requested)")]
    [InlineData("zh-CN", "cat ", "时长 5 秒（请求 10 秒），分辨率 1280x720（请求 1920x1080），帧率 30（请求 60），无音效（请求有音效）")]
    public async Task F183_One_warning_names_the_row_and_all_that_is_not_as_asked_for(string language, string row, string differences)
    {
        CultureInfo.CurrentUICulture = new CultureInfo(language);
        await using EmulatorServer emulator = await StartAsync(new() { VideoSize = "1280x720", VideoDuration = 5, VideoFps = 30, VideoAudio = false });

        (SavedVideo video, string[] warnings) = await SaveAsync(emulator, TenSeconds);

        string warning = Assert.Single(warnings);
        Assert.StartsWith(row + video.Result.Id, warning, StringComparison.Ordinal);
        Assert.Contains(differences, warning, StringComparison.Ordinal);
        Assert.True(File.Exists(video.Path));
    }

    /// <summary>Files end with a whole frame, 29.97 is called 30, and what was not asked for cannot be missed.</summary>
    [Theory]
    [InlineData(10, 10.5, null, null, 30, 29.97, false, false, 0)]
    [InlineData(10, 9.5, null, null, 30, 31.0, null, false, 0)]
    [InlineData(10, 10.501, null, null, 30, 28.99, null, null, 2)]
    [InlineData(null, 5.0, null, 640, null, 24.0, null, true, 0)]
    [InlineData(10, null, "1920x1080", null, 60, null, true, null, 0)]
    [InlineData(null, null, "640 x 360", 640, null, null, null, null, 0)]
    [InlineData(null, null, "640*360", 640, null, null, null, null, 0)]
    [InlineData(null, null, "720p", 640, null, null, null, null, 0)]
    [InlineData(null, null, "360x640", 640, null, null, true, false, 2)]
    public void F183_What_differs(
        int? duration, double? lasts, string? size, int? width, int? fps, double? actual, bool? withAudio, bool? hasAudio, int differences) =>
        Assert.Equal(differences, new Differences(new CogVideoResult
        {
            Duration = duration,
            DurationSec = lasts,
            Size = size,
            Width = width,
            Height = 360,
            Fps = fps,
            ActualFps = actual,
            WithAudio = withAudio,
            HasAudio = hasAudio,
        }).Fields.Count());

    [Fact]
    public async Task F184_A_run_that_is_started_again_knows_it_from_the_journal_and_warns_no_more()
    {
        await using EmulatorServer emulator = await StartAsync(new() { VideoDuration = 5 });
        (SavedVideo first, string[] warnings) = await SaveAsync(emulator, TenSeconds);
        Assert.Single(warnings);

        (SavedVideo again, warnings) = await SaveAsync(emulator, TenSeconds);

        Assert.Equal(new VideoFacts(1920, 1080, 5, 60, true), again.Result.Facts);
        Assert.Equal(first.Result.Facts, again.Result.Facts);
        Assert.Empty(warnings);
        Assert.True(again.AlreadyThere);
        Assert.Equal(1, emulator.State.Stats.Requests["download"]);
        Assert.Contains(
            "\"width\":1920,\"height\":1080,\"durationSec\":5,\"actualFps\":60,\"hasAudio\":true", File.ReadAllText(_folder["run.jsonl"]), StringComparison.Ordinal);
    }

    /// <summary>The journal of a version that did not look: nothing is known, and nothing fails.</summary>
    [Fact]
    public async Task F184_A_journal_that_does_not_say_what_was_saved_is_good()
    {
        await using EmulatorServer emulator = await StartAsync();
        await SaveAsync(emulator, TenSeconds);
        string journal = File.ReadAllText(_folder["run.jsonl"]);
        string old = journal.Replace(",\"width\":1920,\"height\":1080,\"durationSec\":10,\"actualFps\":60,\"hasAudio\":true", "", StringComparison.Ordinal);
        Assert.NotEqual(journal, old);
        File.WriteAllText(_folder["run.jsonl"], old);

        (SavedVideo again, string[] warnings) = await SaveAsync(emulator, TenSeconds);

        Assert.Equal(VideoFacts.None, again.Result.Facts);
        Assert.Empty(warnings);
        Assert.Equal(1, emulator.State.Stats.Requests["download"]);
    }

    /// <summary>Without a journal the file itself is found to be the job's, and is looked into again.</summary>
    [Fact]
    public async Task F181_A_file_that_is_there_already_is_looked_into()
    {
        await using EmulatorServer emulator = await StartAsync();
        await using VideoBatch batch = await OpenAsync(emulator, new VideoBatchOptions());
        CogVideoResult result = await batch.WaitAsync(await batch.SubmitAsync(TenSeconds));
        await batch.SaveAsync(result, _folder);

        SavedVideo again = await batch.SaveAsync(result, _folder);

        Assert.True(again.AlreadyThere);
        Assert.Equal(new VideoFacts(1920, 1080, 10, 60, true), again.Result.Facts);
    }

    private static Task<EmulatorServer> StartAsync(EmulatorSettings? settings = null)
    {
        settings ??= new EmulatorSettings();
        settings.ServiceTime = 0.05;
        return EmulatorServer.StartAsync(new EmulatorOptions { Settings = settings });
    }

    private async Task<(SavedVideo Video, string[] Warnings)> SaveAsync(EmulatorServer emulator, VideoRequest request)
    {
        List<CogVideoException> warnings = [];
        await using VideoBatch batch = await OpenAsync(emulator, new VideoBatchOptions { JournalPath = _folder["run.jsonl"], Warn = warnings.Add });
        SavedVideo video = await batch.SaveAsync(await batch.WaitAsync(await batch.SubmitAsync(request)), _folder["videos"]);
        return (video, [.. warnings.Select(warning => warning.Message)]);
    }

    private static Task<VideoBatch> OpenAsync(EmulatorServer emulator, VideoBatchOptions options) => VideoBatch.OpenAsync(
        new CogVideoClient(
            new ServiceEndpoint(ApiKey.Parse(EmulatorOptions.DemoKey), emulator.BaseUri.AbsoluteUri), new CogVideoClientOptions { Accounts = new SchedulerRegistry() }),
        options,
        CancellationToken.None);
}
