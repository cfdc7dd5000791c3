using System;
using System.Globalization;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Cultures: the wire and the disk are the same everywhere, words are the reader's.</summary>
public sealed class CultureTests : CmdletTest
{
    private static readonly string[] Cultures = ["tr-TR", "fa-IR", "zh-CN", "de-DE", "ar-SA"];

    private readonly CultureInfo _culture = CultureInfo.CurrentCulture;
    private readonly CultureInfo _language = CultureInfo.CurrentUICulture;

    public CultureTests(Emulator emulator)
        : base(emulator)
    {
    }

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
    [Trait("Phase", "input")]
    public void F55_Numbers_in_messages_are_the_same_in_every_culture(string culture)
    {
        Shell["prompt"] = new string('x', 1000);

        Outcome outcome = In(culture, () => Shell.Run("New-CogVideo $prompt; New-CogVideo x -Fps -5 -Model cogvideox-2; New-CogVideo x -WithAudio I"));

        Assert.Contains("1000", outcome.Warnings[0]);
        Assert.Contains(outcome.Errors, e => e.ToString().Contains("'-5'", StringComparison.Ordinal));
        Assert.Contains(outcome.Errors, e => e.ToString().Contains("'I'", StringComparison.Ordinal));
    }

    [Fact]
    public void Messages_are_Chinese_where_the_reader_is()
    {
        using Shell shell = Shell.Unconnected();
        Outcome outcome = In("zh-CN", () => Shell.Run("New-CogVideo; New-CogVideo x -Fps 7 -Model cogvideox-2; [pscustomobject]@{ Prompt = 'x'; Colour = 1 } | New-CogVideo -WhatIf"));

        Assert.All(outcome.Errors, e => AssertChinese(e.ToString()));
        Assert.All(outcome.Warnings, AssertChinese);
        Assert.Equal(2, outcome.Errors.Count);
        Assert.Contains("30, 60", outcome.Errors[1].ToString());
        Assert.Equal("CogVideo.InvalidInput", outcome.Errors[0].Id());
    }

    [Fact]
    public void Failures_of_background_work_are_Chinese_too()
    {
        Emulator.Fault("create:status,status=400,code=1214,message=no");

        Outcome outcome = In("zh-CN", () =>
        {
            Outcome ran = Shell.Run("New-CogVideo 'a cat'; Wait-CogVideo 1 -TimeoutSec 1; Save-CogVideo $folder -Id 1");
            Assert.All(ran.Errors, e => AssertChinese(e.ToString()));
            Assert.All(ran.Errors, e => AssertChinese(e.Exception.Message));
            return ran;
        });

        Assert.Equal(3, outcome.Errors.Count);
    }

    private string? Sent(string field) => Emulator.Submissions[0].Field(field);

    private static void AssertChinese(string text) => Assert.Contains(text, c => c is >= '\u4e00' and <= '\u9fff');

    private Outcome In(string culture, Func<Outcome> run)
    {
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = new CultureInfo(culture);
            return run();
        }
        finally
        {
            CultureInfo.CurrentCulture = _culture;
            CultureInfo.CurrentUICulture = _language;
        }
    }
}
