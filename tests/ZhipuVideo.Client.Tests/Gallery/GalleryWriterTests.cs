using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using ZhipuVideo.Files;
using ZhipuVideo.Gallery;

namespace ZhipuVideo.Client.Tests.Gallery;

/// <summary>The written file, byte for byte; what a browser makes of it is tested in one.</summary>
public sealed class GalleryWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string PagePath => _folder["index.html"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Data_holds_what_the_page_shows_and_no_link_or_folder()
    {
        CogVideoResult result = new()
        {
            Id = "1",
            Model = "cogvideox-2",
            Status = "success",
            Name = "名称",
            Prompt = "a </script> & b",
            Image = _folder.FullName + "/private/a.png|https://elsewhere.example/b.png?token=t",
            WithAudio = false,
            Fps = 60,
            SubmittedAt = new DateTime(2026, 3, 1, 10, 0, 0, DateTimeKind.Utc),
            ElapsedSec = 12.5,
            Url = "https://files.example/v.mp4",
            JournalPath = _folder.FullName + "/run.jsonl",
            UserId = "person-1",
            SavedPath = _folder.Write("v.mp4", new byte[10]),
        };

        Write([result]);

        JsonElement card = Data().GetProperty("cards")[0];
        Assert.Equal(
            """
            {"id":"1","name":"名称","prompt":"a \u003C/script\u003E \u0026 b","model":"cogvideox-2","status":"Success",
            "image":"a.png, b.png","fps":60,"audio":false,"submittedAt":"2026-03-01T10:00:00Z","elapsed":12.5,
            "video":{"bytes":10,"href":"v.mp4"}}
            """.ReplaceLineEndings(""),
            card.GetRawText());
        string page = File.ReadAllText(PagePath);
        foreach (string secret in new[] { _folder.FullName, "files.example", "token", "person-1", "run.jsonl" })
            Assert.DoesNotContain(secret, page, StringComparison.Ordinal);
    }

    /// <summary>An antivirus, an indexer or a preview opens what is new.</summary>
    [Theory]
    [Each(false, true)]
    [Trait("Phase", "download")]
    public void F211_A_page_that_somebody_holds_for_a_moment_gets_its_name_all_the_same(bool replaces)
    {
        if (replaces) _folder.Write("index.html", "earlier");
        HeldDisk disk = new(failures: 2);

        GalleryWriter.Write([new CogVideoResult { Name = "cat" }], new GalleryOptions { Path = PagePath, Overwrite = replaces, Disk = disk });

        Assert.Equal("cat", Data().GetProperty("cards")[0].GetProperty("name").GetString());
        Assert.Equal([PagePath], _folder.Files);
        Assert.Equal(3, disk.Renames);
    }

    [Fact]
    [Trait("Phase", "download")]
    public void F211_A_page_that_is_held_for_good_is_an_error_and_leaves_nothing()
    {
        GalleryOptions options = new() { Path = PagePath, Disk = new HeldDisk(int.MaxValue), RenameTimeout = TimeSpan.FromMilliseconds(1) };

        Assert.Equal(ErrorReason.WriteFailed, Assert.Throws<CogVideoException>(() => GalleryWriter.Write([], options)).Reason);
        Assert.Empty(_folder.Files);
    }

    /// <summary>As it was when it was saved; a file of another origin is asked itself.</summary>
    [Theory]
    [Each(true, false)]
    public void F181_A_card_says_what_is_in_the_file_and_what_was_not_asked_for(bool isRecorded)
    {
        CogVideoResult result = new()
        {
            Id = "1",
            Status = "Success",
            Size = "1920x1080",
            Fps = 30,
            Duration = 10,
            WithAudio = true,
            SavedPath = _folder.Write("v.mp4", new Mp4File { HasAudio = true, Fps = 24 }.ToBytes()),
        };
        if (isRecorded) (result.Width, result.Height, result.DurationSec, result.ActualFps, result.HasAudio) = (1920, 1080, 5, 24.5, false);

        Write([result]);

        Assert.Equal(
            isRecorded
                ? """{"width":1920,"height":1080,"duration":5,"fps":24.5,"audio":false,"differs":["duration","fps","audio"]}"""
                : """{"width":1280,"height":720,"duration":5,"fps":24,"audio":true,"differs":["duration","size","fps"]}""",
            Data().GetProperty("cards")[0].GetProperty("actual").GetRawText());
    }

    [Theory]
    [Each("</script>", "<!-- <script>", "\u2028\u2029\0\u0001", "'\"`&")]
    public void Data_never_ends_its_element_and_is_read_back_whole(string text)
    {
        Write([new CogVideoResult { Name = text }], title: "{{data}}" + text);

        string block = Block("data");
        Assert.DoesNotMatch("[<>&'`\u2028\u2029\0]", block);
        Assert.Equal(text, Data().GetProperty("cards")[0].GetProperty("name").GetString());
        Assert.Equal("{{data}}" + text, Data().GetProperty("title").GetString());
    }

    [Fact]
    public void Half_a_character_and_numbers_that_are_none_do_no_harm()
    {
        Write([new() { Name = "a\uD83Cb", ElapsedSec = double.NaN }, new() { ElapsedSec = double.PositiveInfinity }]);

        JsonElement cards = Data().GetProperty("cards");
        Assert.Equal("a\uFFFDb", cards[0].GetProperty("name").GetString());
        Assert.False(cards[0].TryGetProperty("elapsed", out _));
    }

    [Fact]
    public void Policy_names_the_hashes_of_the_one_script_and_the_one_style()
    {
        Write([]);

        string page = File.ReadAllText(PagePath);
        string policy = Regex.Match(page, "http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value;
        string Hash(string element)
        {
            Match only = Assert.Single(Regex.Matches(page, $"<{element}>(.*?)</{element}>", RegexOptions.Singleline));
            return "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(only.Groups[1].Value)));
        }

        Assert.StartsWith("default-src 'none'; ", policy);
        Assert.Contains($"script-src '{Hash("script")}'; style-src '{Hash("style")}'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("blob:", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("en-US", "en-US")]
    [InlineData("de-DE", "en-US")]
    [InlineData("zh-CN", "zh-CN")]
    public void Every_text_that_the_script_asks_for_is_there_in_the_language_of_the_reader(string culture, string language)
    {
        using (Language.Use(culture)) Write([]);

        Assert.Equal(language, Data().GetProperty("language").GetString());
        Assert.Contains($"<html lang=\"{language}\">", File.ReadAllText(PagePath), StringComparison.Ordinal);
        HashSet<string> texts = [.. Data().GetProperty("texts").EnumerateObject().Select(t => t.Name)];
        string script = Regex.Match(File.ReadAllText(PagePath), "<script>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
        string[] named = [.. Regex.Matches(script, @"texts\.(\w+)").Select(m => m.Groups[1].Value).Distinct()];
        string[] composed =
        [
            .. CogVideoStatus.All, .. CogVideoStatus.All.Where(s => s != CogVideoStatus.Success).Select(s => "Reason" + s), "All",
            "VideoMissing", "VideoElsewhere", "CoverMissing", "CoverElsewhere",
            .. new[] { "Given", "Name", "Slow", "Newest", "Largest" }.Select(o => "Order" + o),
        ];
        Assert.Equal(texts.Order(StringComparer.Ordinal), named.Concat(composed).Distinct().Order(StringComparer.Ordinal));
        Assert.All(Data().GetProperty("texts").EnumerateObject(), text => Assert.Equal(
            language == "zh-CN", text.Value.GetString()!.Any(c => c > '\u2E7F') || text.Value.GetString() == "{0} / {1}"));
    }

    [Fact]
    public void Embedded_files_are_whole_and_covers_come_first()
    {
        byte[] video = [.. VideoHead, .. RandomNumberGenerator.GetBytes((3 * 16 * 1024 * 2) + 1)];
        CogVideoResult first = new() { SavedPath = _folder.Write("first.mp4", video), CoverPath = _folder.Write("first.png", Picture(9)) };
        CogVideoResult second = new() { SavedPath = _folder.Write("second.mp4", VideoHead), CoverPath = _folder.Write("second.png", Picture(10)) };

        GalleryReport report = Write([first, second], embed: true);

        Assert.Equal(new GalleryReport(2, 4, 0, 0), report);
        JsonElement cards = Data().GetProperty("cards");
        Assert.Equal("""{"bytes":9,"block":0}""", cards[0].GetProperty("cover").GetRawText());
        Assert.Equal("""{"bytes":10,"block":1}""", cards[1].GetProperty("cover").GetRawText());
        Assert.Equal(video, Convert.FromBase64String(Block("block-2")));
        Assert.Equal(VideoHead, Convert.FromBase64String(Block("block-3")));
        Assert.Contains("media-src 'self' file: blob:;", File.ReadAllText(PagePath), StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_linked_and_counted()
    {
        CogVideoResult first = new() { SavedPath = _folder.Write("first.mp4", Video(100)), CoverPath = _folder.Write("first.png", Picture(10)) };
        CogVideoResult second = new() { SavedPath = _folder.Write("second.mp4", Video(40)), CoverPath = _folder.Write("second.png", Picture(10)) };

        GalleryReport report = Write([first, second], embed: true, limit: 60);

        Assert.Equal(new GalleryReport(2, 3, 1, 0), report);
        JsonElement cards = Data().GetProperty("cards");
        Assert.Equal("first.mp4", cards[0].GetProperty("video").GetProperty("href").GetString());
        Assert.Equal(2, cards[1].GetProperty("video").GetProperty("block").GetInt32());
    }

    [Fact]
    public void Embedding_holds_no_file_in_memory()
    {
        const int Size = 24 * 1024 * 1024;
        CogVideoResult result = new() { SavedPath = _folder.Write("large.mp4", Video(Size)) };
        Write([], overwrite: true); // what is allocated once

        long before = GC.GetAllocatedBytesForCurrentThread();
        Write([result], embed: true, overwrite: true);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Size / 8);
        Assert.InRange(new FileInfo(PagePath).Length, Size / 3L * 4, (Size / 3L * 4) + 200_000);
    }

    [Fact]
    public void Missing_files_are_counted_and_have_no_size()
    {
        GalleryReport report = Write(
        [
            new CogVideoResult { SavedPath = _folder["gone.mp4"], CoverPath = _folder["gone.png"] },
            new CogVideoResult { SavedPath = "a\0b" },
        ]);

        Assert.Equal(new GalleryReport(2, 0, 0, 2), report);
        Assert.Equal("""{"href":"gone.mp4"}""", Data().GetProperty("cards")[0].GetProperty("video").GetRawText());
        Assert.Equal("{}", Data().GetProperty("cards")[1].GetProperty("video").GetRawText());
    }

    [Fact]
    public void Taken_name_is_refused_and_left_as_it_was_unless_it_may_be_replaced()
    {
        File.WriteAllText(PagePath, "mine");

        CogVideoException error = Assert.Throws<CogVideoException>(() => Write([]));

        Assert.Equal("CogVideo.DestinationUnusable", error.ErrorId);
        Assert.Contains(PagePath, error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(PagePath));
        Write([], overwrite: true);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(PagePath));
        Assert.Equal([PagePath], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void Failure_halfway_leaves_the_old_page_and_nothing_else()
    {
        File.WriteAllText(PagePath, "old");
        string video = _folder.Write("v.mp4", Video(100));

        // The page is dated after its files were chosen and before they are read
        CogVideoException error = Assert.Throws<CogVideoException>(
            () => Write([new CogVideoResult { SavedPath = video }], embed: true, overwrite: true, halfway: () => File.Delete(video)));

        Assert.Equal(ErrorReason.WriteFailed, error.Reason);
        Assert.Equal("old", File.ReadAllText(PagePath));
        Assert.Equal([PagePath], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void F121_A_file_that_becomes_another_one_halfway_is_not_embedded()
    {
        string video = _folder.Write("v.mp4", Video(100));
        string key = _folder.Write("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----"u8.ToArray());

        CogVideoException error = Assert.Throws<CogVideoException>(
            () => Write([new CogVideoResult { SavedPath = video }], embed: true, halfway: () => File.Move(key, video, overwrite: true)));

        Assert.Equal(ErrorReason.WriteFailed, error.Reason);
        Assert.False(File.Exists(PagePath));
    }

    [Fact]
    public void F121_A_file_that_grows_halfway_is_embedded_as_it_was_counted()
    {
        byte[] bytes = Video(100);
        string video = _folder.Write("v.mp4", bytes);

        Write([new CogVideoResult { SavedPath = video }], embed: true, halfway: () => File.AppendAllText(video, new string('x', 1000)));

        Assert.Equal(bytes, Convert.FromBase64String(Block("block-0")));
    }

    [Fact]
    public void F121_Only_what_begins_like_a_video_or_a_picture_is_embedded()
    {
        (string Name, byte[] Bytes)[] files =
        [
            ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----"u8.ToArray()), ("key.mp4", "-----BEGIN OPENSSH PRIVATE KEY-----"u8.ToArray()),
            ("text.png", "ftyp is not where it belongs"u8.ToArray()), ("empty.mp4", []), ("short.mp4", [0, 0, 0, 8, .. "ftyp"u8]),
            ("page.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"u8.ToArray()),
        ];
        IEnumerable<CogVideoResult> results = files.Select(file => new CogVideoResult { SavedPath = _folder.Write(file.Name, file.Bytes), CoverPath = _folder.Write("c-" + file.Name, file.Bytes) });
        // A picture is no video, nor a video a cover
        results = [.. results, new() { SavedPath = _folder.Write("p.mp4", Picture(20)), CoverPath = _folder.Write("v.png", Video(20)) }, new() { SavedPath = _folder.Write("v.mp4", Video(20)) }];

        GalleryReport report = Write(results, embed: true);

        Assert.Equal((1, 0), (report.Embedded, report.Unreachable));
        Assert.Equal(14, report.Refused.Length);
        Assert.Single(Regex.Matches(File.ReadAllText(PagePath), "application/octet-stream"));
        Assert.Equal(7, Data().GetProperty("cards").EnumerateArray().Count(card => card.GetProperty("video").GetRawText() == "{}"));
    }

    [UnixFact]
    public void F121_Links_are_followed_to_regular_files_and_to_nothing_else()
    {
        string Link(string name, string target)
        {
            string path = _folder[name];
            File.CreateSymbolicLink(path, target);
            return path;
        }
        string pipe = _folder["pipe.mp4"];
        Directory.CreateDirectory(_folder["folder.mp4"]);
        Tool.Run("mkfifo", pipe);
        string[] refused = [pipe, _folder["folder.mp4"], "/dev/zero", Link("zero.mp4", "/dev/zero"), Link("p.mp4", pipe), Link("loop.mp4", "loop.mp4")];

        foreach (bool embed in new[] { true, false })
        {
            GalleryReport report = Write(
                [.. refused.Select(path => new CogVideoResult { SavedPath = path, CoverPath = path }), new() { SavedPath = Link($"good{embed}.mp4", _folder.Write("v.mp4", Video(50))) }],
                embed: embed,
                overwrite: true);

            Assert.Equal((embed ? 1 : 0, 0), (report.Embedded, report.Unreachable));
            Assert.Equal(refused.Concat(refused), report.Refused);
            JsonElement[] cards = [.. Data().GetProperty("cards").EnumerateArray()];
            Assert.All(cards[..^1], card => Assert.Equal("{}", card.GetProperty("video").GetRawText()));
            Assert.Equal(50, cards[^1].GetProperty("video").GetProperty("bytes").GetInt32());
        }
    }

    [Fact]
    public void Folder_that_is_not_there_is_an_error()
    {
        CogVideoException error = Assert.Throws<CogVideoException>(
            () => GalleryWriter.Write([], new GalleryOptions { Path = Path.Combine(_folder["none"], "index.html") }));

        Assert.Equal(ErrorReason.WriteFailed, error.Reason);
    }

    [Fact]
    public void Page_is_dated_by_the_clock()
    {
        Write([]);
        Assert.Equal("2026-03-01T12:00:00+00:00", Data().GetProperty("writtenAt").GetString());
    }

    private GalleryReport Write(
        IEnumerable<CogVideoResult> results,
        bool embed = false,
        bool overwrite = false,
        string? title = null,
        long limit = GalleryOptions.DefaultEmbedLimit,
        Action? halfway = null) =>
        GalleryWriter.Write(results, new GalleryOptions
        {
            Path = PagePath,
            Title = title,
            Embed = embed,
            EmbedLimit = limit,
            Overwrite = overwrite,
            Time = halfway is null ? new FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero)) : new ActingTime(halfway),
        });

    private static byte[] VideoHead => [0, 0, 0, 16, .. "ftypisom"u8];

    private static byte[] Video(int length) => [.. VideoHead, .. new byte[length - VideoHead.Length]];

    private static byte[] Picture(int length) => [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. new byte[length - 8]];

    private string Block(string id) => Regex
        .Match(File.ReadAllText(PagePath), $"<script type=\"[^\"]+\" id=\"{id}\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;

    private JsonElement Data() => JsonDocument.Parse(Block("data")).RootElement;

    /// <summary>Does something when it is asked.</summary>
    private sealed class ActingTime(Action act) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow()
        {
            act();
            return base.GetUtcNow();
        }
    }

    /// <summary>A disk on which a rename fails so many times.</summary>
    private sealed class HeldDisk(int failures) : Disk
    {
        internal int Renames { get; private set; }

        internal override bool TryRename(string from, string to) => ++Renames > failures ? base.TryRename(from, to) : throw CreateError(32);

        internal override void Replace(string from, string to)
        {
            if (++Renames <= failures) throw CreateError(5);
            base.Replace(from, to);
        }
    }
}
