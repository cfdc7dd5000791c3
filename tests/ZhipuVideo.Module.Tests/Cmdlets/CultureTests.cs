using System.Collections;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Cultures: the wire and the disk are the same everywhere, words are the reader's.</summary>
[Trait("Phase", "input")]
public sealed class CultureTests(Emulator emulator) : CmdletTest(emulator)
{
    /// <summary>What no two runs have in common, in the one form that each may have.</summary>
    private static readonly string Varying = string.Join(
        '|',
        @"(""(?:at|submittedAt|endedAt)"":"")20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,7})?Z(?="")",
        @"(""elapsedSec"":)\d+(?:\.\d+)?(?=[,}])",
        @"(""id"":"")\d{19}(?="")",
        @"(""requestId"":"")[0-9a-f]{32}(?="")",
        @"(""links"":"")[^""]+");

    private static readonly string[] Cultures = ["tr-TR", "fa-IR", "zh-CN", "de-DE", "ar-SA"];

    public static TheoryData<string> All => new(Cultures);

    [Theory]
    [MemberData(nameof(All))]
    [Trait("Phase", "input, download")]
    public void F55_Requests_times_and_names_are_the_same_in_every_culture(string culture)
    {
        Outcome outcome = In(culture, () => Shell.Run("""
            [pscustomobject]@{
                PROMPT = 'TITLE iI'; MODEL = 'COGVIDEOX-2'.ToLowerInvariant(); FPS = '30'; DURATION = '10'; WITH_AUDIO = 'true'; SIZE = '1280x960'; QUALITY = 'quality'
                IMAGE_URL = 'https://EXAMPLE.COM/I.PNG'; USER_ID = 'user-iI'; NAME = 'I i.MP4'
            } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder -PassThru
            """)).Succeeded();

        Assert.Equal(
            ("TITLE iI", "30", "10", "true", "1280x960", "quality", "https://EXAMPLE.COM/I.PNG", "user-iI"),
            (Sent("prompt"), Sent("fps"), Sent("duration"), Sent("with_audio"), Sent("size"), Sent("quality"), Sent("image_url"), Sent("user_id")));
        Assert.Equal(Folder["I i.mp4"], Assert.Single(Folder.Files));
        Assert.InRange(Assert.IsType<double>(outcome.Single.Get("ElapsedSec")), 0.1, 60);
        Assert.Equal(DateTime.UtcNow.Year, Assert.IsType<DateTime>(outcome.Single.Get("SubmittedAt")).Year);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void F55_Numbers_in_messages_are_the_same_in_every_culture(string culture)
    {
        Shell["prompt"] = new string('x', 1000);

        Outcome outcome = In(culture, () => Shell.Run("New-CogVideo $prompt; New-CogVideo x -Fps -5 -Model cogvideox-2; New-CogVideo x -WithAudio I"));

        Assert.Contains("1000", outcome.Warnings[0]);
        Assert.Contains(outcome.Errors, e => e.ToString().Contains("-5", StringComparison.Ordinal));
        Assert.Contains(outcome.Errors, e => Regex.IsMatch(e.ToString(), "['“]I['”]"));
    }

    [Fact]
    [Trait("Phase", "input, submit, wait, download")]
    public void F55_Requests_and_journals_are_the_same_in_every_culture()
    {
        string[] journals = [.. Cultures.Select(culture =>
        {
            string name = "run-" + culture;
            Shell["name"] = name;
            return In(culture, () =>
            {
                Shell.Run("""
                    [pscustomobject]@{
                        Prompt = 'Iı iİ'; Name = 'Iı'; Model = 'cogvideox-2'; Fps = '30'; Duration = '10'; WithAudio = 'yes'; Size = '1280x960'
                    } | New-CogVideo -JournalPath "$folder/$name.jsonl" -AdditionalBody @{ scale = 1234.5 } |
                        Wait-CogVideo | Save-CogVideo "$folder/$name"
                    """).Succeeded();
                PSObject job = Shell.Run("Get-CogVideoJob \"$folder/$name.jsonl\"").Single;
                string text = File.ReadAllText(Folder[name + ".jsonl"]);
                string submitted = ((DateTime)job.Get("SubmittedAt")!).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
                Assert.Contains($"\"submittedAt\":\"{submitted}\"", text);
                return Regex.Replace(text.Replace(name, "run", StringComparison.Ordinal), Varying, "$1$2$3$4$5~");
            });
        })];

        string journal = Assert.Single(journals.Distinct());
        Assert.Equal(
            ["intent", "accepted", "ended", "saved"],
            Regex.Matches(journal, "\"record\":\"(\\w+)\"").Select(m => m.Groups[1].Value));
        string[] bodies = [.. Emulator.Submissions.Select(s => Regex.Replace(s.Body!.ToJsonString(), "[0-9a-f]{32}", "~"))];
        Assert.Equal(Cultures.Length, bodies.Length);
        Assert.Contains("1234.5", Assert.Single(bodies.Distinct()));
    }

    [Theory]
    [MemberData(nameof(All))]
    [Each("en-GB", "en-US", "th-TH")]
    public void F55_What_Export_Csv_has_written_in_a_culture_is_read_in_it(string culture)
    {
        DateTime time = new(2026, 11, 5, 9, 8, 7, DateTimeKind.Utc);
        (string Time, string Seconds)[] cells =
        [
            (time.ToString("o", CultureInfo.InvariantCulture), "0.5"),
            In(culture, () => (time.ToString(CultureInfo.CurrentCulture), 0.5.ToString(CultureInfo.CurrentCulture))),
        ];
        foreach ((string text, string seconds) in cells)
        {
            Shell["row"] = new Hashtable
            {
                ["Id"] = "1",
                ["Status"] = "Success",
                ["Url"] = Emulator.BaseUri,
                ["EndedAt"] = text,
                ["ElapsedSec"] = seconds,
            };

            PSObject result = In(culture, () => Shell.Run("[pscustomobject]$row | Wait-CogVideo").Single);

            Assert.Equal((time, 0.5), (result.Get("EndedAt"), result.Get("ElapsedSec")));
        }
    }

    [Theory]
    [InlineData("en-US", false)]
    [InlineData("zh-CN", true)]
    [InlineData("fr-FR", false)]
    [InlineData("zh-TW", true)]
    [InlineData("zh-HK", true)]
    [InlineData("zh-SG", true)]
    [InlineData("zh-Hans-CN", true)]
    [InlineData("zh-Hant", true)]
    [InlineData("zh", true)]
    [InlineData("", false)]
    public void F125_All_that_is_said_follows_PSUICulture(string language, bool isChinese)
    {
        Emulator.Fault("create:status,status=401,code=1000,message=no,nth=3");
        Shell["badKey"] = "not-a-key";
        using Language reader = Language.Use(language, "de-DE");

        Outcome outcome = Shell.Run("""
            $PSUICulture
            $rows = [pscustomobject]@{ Prompt = 'one'; Colour = 'odd' },
                [pscustomobject]@{ Prompt = 'two'; Fps = '7'; Model = 'cogvideox-2' }
            $result = $rows | New-CogVideo -Verbose | Wait-CogVideo -Verbose
            $result | Save-CogVideo $folder/a -WhatIf
            $result | Export-CogVideoGallery $folder/a.html -WhatIf
            New-CogVideo three -WhatIf
            New-CogVideo four -ApiKey $badKey -WhatIf
            New-CogVideo
            Get-CogVideoJob $folder/none.jsonl
            Wait-CogVideo 1 -TimeoutSec 1
            Save-CogVideo $folder -Id 1
            'five', 'six' | New-CogVideo -ThrottleLimit 1
            """);

        Assert.Equal(language, outcome.Output[0].ToString());
        string[] words =
        [
            .. outcome.Errors.SelectMany(e => new[] { $"{e}", e.Exception.Message, e.ErrorDetails?.RecommendedAction }).OfType<string>(),
            .. outcome.Warnings, .. outcome.Verbose,
            .. Regex.Matches(outcome.HostText, "operation \"([^\"]+)\"").Select(m => m.Groups[1].Value),
        ];
        Assert.Equal((6, 3, 4), (outcome.Errors.Count, outcome.Warnings.Count, Regex.Count(outcome.HostText, "operation")));
        Assert.Equal(4, outcome.Verbose.Count);
        // The service's own words come as they are
        Assert.All(words, text => Assert.True(isChinese == Regex.IsMatch(text.Replace("任务1不存在", ""), @"\p{IsCJKUnifiedIdeographs}"), text));
    }

    private string? Sent(string field) => Emulator.Submissions[0].Field(field);

    private static T In<T>(string culture, Func<T> run)
    {
        using (Language.Use(culture, culture)) return run();
    }
}
