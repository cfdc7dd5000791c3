namespace ZhipuVideo.Browser.Tests;

/// <summary>What a person does with the page: plays, searches, filters, sorts, moves by keys.</summary>
[Collection(nameof(Chromium))]
public sealed class UseTests(Chromium chromium)
{
    private const string Playing = "[...document.querySelectorAll('video')].some(v => !v.paused && v.currentTime > 0.05)";

    [BrowserTheory]
    [Each(false, true)]
    public async Task Click_plays_the_video_with_sound_and_Escape_brings_the_cover_back(bool embed)
    {
        using Batch batch = new();
        batch.AddSaved("first");
        batch.AddSaved("second");
        if (embed)
        {
            // A drawing (SVG) can hold scripts: it is linked, but never goes into the page
            string cover = Path.Combine(batch.Folder, "kite.png");
            File.Copy(Repository.PathOf("src/Examples/kite.png"), cover);
            foreach (CogVideoResult result in batch.Results)
                result.CoverPath = cover;
        }
        batch.Write(embed);
        if (embed)
        {
            foreach (CogVideoResult result in batch.Results)
                File.Delete(result.SavedPath!);
        }

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.LoadCoversAsync();
        Assert.Equal(0, await page.Page.Locator("video").CountAsync());
        await page.Card("second").GetByRole(AriaRole.Button, new() { Name = "Play second" }).ClickAsync();
        await page.UntilAsync(Playing);

        ILocator video = page.Card("second").Locator("video");
        Assert.Equal("true,false,320", await video.EvaluateAsync<string>("v => [v.controls, v.muted, v.videoWidth].join()"));
        await page.KeepPictureAsync(embed ? "playing-embedded" : "playing");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.UntilAsync("!document.querySelector('video')");
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Hover_plays_silently_until_the_pointer_leaves_or_the_sound_is_turned_on()
    {
        using Batch batch = Batch.Saved("first");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        ILocator stage = page.Card("first").Locator(".stage");
        await stage.HoverAsync();
        await page.UntilAsync(Playing);
        ILocator video = stage.Locator("video");
        Assert.Equal("false,true", await video.EvaluateAsync<string>("v => [v.controls, v.muted].join()"));

        ILocator sound = stage.GetByRole(AriaRole.Button, new() { Name = "Audio" });
        Assert.Equal("false", await sound.GetAttributeAsync("aria-pressed"));
        await sound.ClickAsync();
        Assert.Equal("true", await sound.GetAttributeAsync("aria-pressed"));
        Assert.Equal("false,false", await video.EvaluateAsync<string>("v => [v.controls, v.muted].join()"));

        await page.Search.HoverAsync();
        await page.UntilAsync("!document.querySelector('video')");
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Hover_plays_nothing_for_people_who_want_less_motion()
    {
        using Batch batch = Batch.Saved("first");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address, new() { ReducedMotion = ReducedMotion.Reduce });
        await page.Card("first").Locator(".stage").HoverAsync();
        // Longer than the page waits before it plays
        await page.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 400))");

        Assert.Equal(0, await page.Page.Locator("video").CountAsync());
        await page.Card("first").Locator(".stage").ClickAsync();
        await page.UntilAsync(Playing);
    }

    [BrowserFact]
    public async Task Only_one_video_plays_at_a_time()
    {
        using Batch batch = Batch.Saved("first", "second");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Card("first").Locator(".stage").ClickAsync();
        await page.UntilAsync(Playing);
        await page.Card("second").Locator(".stage").ClickAsync();
        await page.UntilAsync(Playing);

        Assert.Equal(1, await page.Page.Locator("video").CountAsync());
        Assert.Equal(1, await page.Card("second").Locator("video").CountAsync());
    }

    [BrowserFact]
    public async Task Video_without_a_cover_shows_its_first_picture()
    {
        using Batch batch = new();
        batch.AddSaved("bare", withCover: false);
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.UntilAsync("document.querySelector('video')?.readyState >= 2");

        Assert.True(await page.Page.Locator("video").EvaluateAsync<bool>("v => v.paused && !v.controls"));
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Search_status_and_model_narrow_together_and_everything_comes_back()
    {
        using Batch batch = Demonstration.Create("en-US");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        Assert.Equal("12 of 12", await page.Page.GetByRole(AriaRole.Status).TextContentAsync());

        await page.Search.FillAsync("LIGHT camera");
        Assert.Equal(["bamboo-wind"], await page.NamesAsync());
        await page.Search.FillAsync("mist");
        Assert.Equal(["harbour-dawn"], await page.NamesAsync());

        await page.Search.FillAsync("");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Failed 1" }).ClickAsync();
        Assert.Equal(["lighthouse-storm"], await page.NamesAsync());
        Assert.Equal("1 of 12", await page.Page.GetByRole(AriaRole.Status).TextContentAsync());

        await page.Page.GetByLabel("Model").SelectOptionAsync("cogvideox-flash");
        Assert.Empty(await page.NamesAsync());
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Show all" }).ClickAsync();
        Assert.Equal(12, await page.Cards.CountAsync());

        await page.Page.GetByLabel("Model").SelectOptionAsync("cogvideox-flash");
        Assert.Equal(["harbour-dawn", "desert-night", "koi-pond", "market-steam"], await page.NamesAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserTheory]
    [InlineData("Given", "b2 b10 A1 c0")]
    [InlineData("Name", "A1 b2 b10 c0")]
    [InlineData("Slow", "A1 b2 b10 c0")]
    [InlineData("Newest", "c0 A1 b10 b2")]
    [InlineData("Largest", "b10 b2 A1 c0")]
    public async Task Each_order_sorts(string order, string names)
    {
        using Batch batch = new();
        batch.AddSaved("b2", 50);
        CogVideoResult large = batch.AddSaved("b10", 40);
        batch.AddSaved("A1", 120);
        batch.Add("c0", CogVideoStatus.Processing);
        await File.AppendAllTextAsync(large.SavedPath!, "more");
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Page.GetByLabel("Order").SelectOptionAsync(order);

        Assert.Equal(names.Split(' '), await page.NamesAsync());
    }

    [BrowserFact]
    public async Task Keys_move_play_expand_and_search()
    {
        using Batch batch = Demonstration.Create("en-US");

        await using GalleryPage page =
            await chromium.OpenAsync(batch.Address, new() { ViewportSize = new() { Width = 1100, Height = 800 } });
        const string Focused = "document.activeElement.querySelector('.name')?.textContent ?? document.activeElement.type";
        async Task<string> PressAsync(string key)
        {
            await page.Page.Keyboard.PressAsync(key);
            return await page.Page.EvaluateAsync<string>(Focused);
        }

        Assert.Equal("search", await PressAsync("/"));
        Assert.Equal("harbour-dawn", await PressAsync("Escape"));
        Assert.Equal("tea-terraces", await PressAsync("ArrowRight"));
        Assert.Equal("bamboo-wind", await PressAsync("ArrowDown"));
        Assert.Equal("desert-night", await PressAsync("ArrowLeft"));
        Assert.Equal("harbour-dawn", await PressAsync("ArrowUp"));
        Assert.Equal("harbour-dawn", await PressAsync("ArrowUp"));
        Assert.Equal("city-rain", await PressAsync("End"));
        Assert.Equal("harbour-dawn", await PressAsync("Home"));
        Assert.Equal("2px", await page.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineWidth"));

        await PressAsync("Enter");
        await page.UntilAsync(Playing);
        await PressAsync("Space");
        await page.UntilAsync("document.querySelector('video').paused");
        await PressAsync("Escape");
        await page.UntilAsync("!document.querySelector('video')");

        // Tab reaches the controls of this card and then leaves the cards: the rest are reached by the arrows
        await PressAsync("Tab");
        await PressAsync("Tab");
        await PressAsync("Tab");
        await PressAsync("Tab");
        Assert.Equal("Play harbour-dawn|Audio|Compare harbour-dawn|More", string.Join('|', await page.Page.Locator(".cards [tabindex='0']:not(li)")
            .EvaluateAllAsync<string[]>("all => all.map(b => b.getAttribute('aria-label') ?? b.textContent)")));
        await PressAsync("Enter");
        Assert.Contains("8868902201637896192-0", await page.Card("harbour-dawn").Locator(".details").TextContentAsync());
        Assert.Equal("true", await page.Card("harbour-dawn").Locator(".more").GetAttributeAsync("aria-expanded"));
        Assert.Equal("harbour-dawn", await PressAsync("Escape"));
        Assert.Equal(0, await page.Page.Locator(".details").CountAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task A_video_stops_when_its_card_goes_far_away_but_not_for_news_of_before()
    {
        using Batch batch = Demonstration.Create("en-US");

        await using GalleryPage page =
            await chromium.OpenAsync(batch.Address, new() { ViewportSize = new() { Width = 1100, Height = 500 } });
        await page.LoadCoversAsync();
        // The browser takes stock of what is near after each frame's callbacks, and tells after the tasks that were queued before
        await page.Page.EvaluateAsync("""
            () => new Promise(done => {
                const press = key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = () => {
                    press("Home");
                    press("Enter");
                    done();
                };
                document.querySelector(".cards [tabindex='0']").focus();
                requestAnimationFrame(() => {
                    press("End");
                    port2.postMessage("");
                });
            })
            """);

        await page.UntilAsync(Playing);
        Assert.Equal("harbour-dawn", await page.Page.Locator("video").GetAttributeAsync("aria-label"));

        await page.Page.Keyboard.PressAsync("End");
        await page.UntilAsync("!document.querySelector('video')");
    }

    [BrowserFact]
    public async Task Slowest_in_the_summary_and_bars_of_the_chart_lead_to_their_cards()
    {
        using Batch batch = Demonstration.Create("en-US");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Search.FillAsync("koi");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "city-rain", Exact = true }).ClickAsync();
        Assert.True(await page.Card("city-rain").EvaluateAsync<bool>("card => card === document.activeElement"));

        Assert.Equal(11, await page.Page.Locator(".chart rect").CountAsync());
        await page.Page.Locator(".chart rect").Nth(4).ClickAsync();
        Assert.True(await page.Card("bamboo-wind").EvaluateAsync<bool>("card => card === document.activeElement"));
    }

    [BrowserFact]
    public async Task Theme_follows_the_system_until_the_reader_chooses()
    {
        using Batch batch = Demonstration.Create("en-US");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address, new() { ColorScheme = ColorScheme.Light });
        ILocator root = page.Page.Locator("html");
        await page.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.UntilAsync("document.documentElement.dataset.theme === 'dark'");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Light theme" }).ClickAsync();
        Assert.Equal("light", await root.GetAttributeAsync("data-theme"));
        await page.Page.ReloadAsync();
        Assert.Equal("light", await root.GetAttributeAsync("data-theme"));
    }

    [BrowserTheory]
    [InlineData("1920x1080", 10, 60, true)]
    [InlineData("1080x1920", 5, 30, false)]
    [InlineData("3840x2160", 10, 30, true)]
    [InlineData("720x480", 5, 60, false)]
    public async Task Videos_of_the_emulator_play_as_what_they_say_they_are(string size, int duration, int fps, bool hasAudio)
    {
        using Batch batch = new();
        batch.AddMade("made", size, duration, fps, hasAudio);
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Card("made").GetByRole(AriaRole.Button, new() { Name = "Play made" }).ClickAsync();
        await page.UntilAsync(Playing);

        Assert.Equal(
            $"{size} {duration}", await page.Card("made").Locator("video").EvaluateAsync<string>("v => `${v.videoWidth}x${v.videoHeight} ${Math.round(v.duration)}`"));
        Assert.Equal(
            ["cogvideox-flash", size, $"{fps} fps", $"{duration} s", hasAudio ? "audio" : "no audio"],
            await page.Card("made").Locator(".parameters li").AllTextContentsAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserTheory]
    [InlineData("en-US", "Not as requested1", "1280x720 (1920x1080 requested)|30 fps (60 fps requested)|5 s (10 s requested)|no audio (audio requested)")]
    [InlineData("zh-CN", "与请求不符1", "1280x720（请求 1920x1080）|30 帧/秒（请求 60 帧/秒）|5 秒（请求 10 秒）|无音效（请求 有音效）")]
    public async Task What_is_not_as_it_was_asked_for_is_marked_and_found(string culture, string filter, string marked)
    {
        using Batch batch = new();
        CogVideoResult other = batch.AddMade("other", "1280x720", 5, 30, hasAudio: false);
        (other.Size, other.Duration, other.Fps, other.WithAudio) = ("1920x1080", 10, 60, true);
        CogVideoResult same = batch.AddMade("same", "1280x720", 5, 30, hasAudio: true);
        (same.Size, same.Duration, same.Fps, same.WithAudio) = ("1280x720", 5, 30, true);
        batch.Add("failed", CogVideoStatus.Fail, 9).Duration = 10;
        using (Language.Use(culture)) batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address, new() { Locale = culture });
        Assert.Equal(marked, string.Join('|', await page.Page.Locator(".differs").AllTextContentsAsync()));
        ILocator chip = page.Page.Locator(".chips .differing");
        Assert.Equal(filter, await chip.TextContentAsync());
        await chip.ClickAsync();
        Assert.Equal(["other"], await page.NamesAsync());
        Assert.Equal("true", await chip.GetAttributeAsync("aria-pressed"));
        await page.KeepPictureAsync($"differs-{culture}");
        await chip.ClickAsync();
        Assert.Equal(["other", "same", "failed"], await page.NamesAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Nothing_is_said_of_differences_where_there_are_none()
    {
        using Batch batch = new();
        batch.AddMade("same", "1280x720", 5, 30, hasAudio: true).Duration = 5;
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        Assert.Equal(0, await page.Page.Locator(".differs, .differing").CountAsync());
    }

    [BrowserTheory]
    [Each(false, true)]
    public async Task Two_cards_are_compared_by_keys_and_Escape_leads_back(bool embed)
    {
        using Batch batch = new();
        CogVideoResult first = batch.AddMade("first", "1280x720", 5, 30, hasAudio: false);
        (first.Model, first.Duration, first.Prompt) = ("cogvideox-2", 10, "a cat");
        CogVideoResult second = batch.AddMade("second", "1920x1080", 10, 60, hasAudio: true);
        (second.Model, second.Duration, second.Prompt) = ("cogvideox-3", 10, "a cat");
        batch.Write(embed);

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Page.Keyboard.PressAsync("/");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("c");
        Assert.Equal("first is selected. Select another card to compare it with.", await page.Page.Locator(".chosen-bar p").TextContentAsync());
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.Keyboard.PressAsync("c");

        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog, new() { Name = "Comparison" });
        await page.UntilAsync("[...document.querySelectorAll('dialog video')].filter(v => v.readyState >= 1).length === 2");
        Assert.Equal(["first", "second"], await dialog.Locator("thead th").AllTextContentsAsync());
        Assert.Equal(
            [
                "Prompt: a cat | a cat", "Model: cogvideox-2 | cogvideox-3", "Size: 1280x720 | 1920x1080", "Length: 5 s (10 s requested) | 10 s",
                "Frames: 30 fps | 60 fps", "Audio: no audio | audio", "Time: 40 s | 40 s",
            ],
            (await dialog.Locator("tbody tr:not(.videos)").EvaluateAllAsync<string[]>(
                "rows => rows.map(r => `${r.cells[0].textContent}: ${r.cells[1].textContent} | ${r.cells[2].textContent}`)")).Take(7));
        Assert.Equal(["Prompt", "Time", "Status"], await dialog.Locator("tr.same th").AllTextContentsAsync());
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Play both from the start" }).ClickAsync();
        await page.UntilAsync("[...document.querySelectorAll('dialog video')].filter(v => !v.paused && v.currentTime > 0.02).length === 2");
        await page.KeepPictureAsync(embed ? "comparison-embedded" : "comparison");

        await page.Page.Keyboard.PressAsync("Escape");
        await page.UntilAsync("!document.querySelector('dialog') && document.activeElement.textContent.includes('second')");
        Assert.Equal(0, await page.Page.Locator(".chosen").CountAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Two_cards_are_compared_by_mouse_and_a_choice_can_be_taken_back()
    {
        using Batch batch = Demonstration.Create("en-US");
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        ILocator Compare(string name) => page.Card(name).GetByRole(AriaRole.Button, new() { Name = "Compare " + name });
        await Compare("koi-pond").ClickAsync();
        Assert.Equal("true", await Compare("koi-pond").GetAttributeAsync("aria-pressed"));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.Equal("false", await Compare("koi-pond").GetAttributeAsync("aria-pressed"));
        await Compare("koi-pond").ClickAsync();
        await page.Page.Keyboard.PressAsync("Escape");
        Assert.Equal(0, await page.Page.Locator(".chosen").CountAsync());

        // One without a video is compared too: what was asked for is what people want to see
        await Compare("koi-pond").ClickAsync();
        await Compare("lighthouse-storm").ClickAsync();
        ILocator dialog = page.Page.GetByRole(AriaRole.Dialog);
        Assert.Equal(["koi-pond", "lighthouse-storm"], await dialog.Locator("thead th").AllTextContentsAsync());
        Assert.Equal(1, await dialog.Locator("video").CountAsync());
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await page.UntilAsync("!document.querySelector('dialog')");
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Cards_say_why_there_is_no_video()
    {
        using Batch batch = new();
        CogVideoResult failed = batch.Add("failed", CogVideoStatus.Fail, 9);
        (failed.ErrorCode, failed.ErrorMessage) = ("1301", "unsafe content");
        batch.Add("unconfirmed", CogVideoStatus.Unconfirmed);
        batch.Add("running", CogVideoStatus.Processing);
        batch.Add("odd", "SOMETHING");
        batch.Add("not saved", CogVideoStatus.Success, 9);
        File.Delete(batch.AddSaved("gone").SavedPath!);
        File.Delete(batch.AddSaved("no cover").CoverPath!);
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        string[] notices = [.. await page.Page.Locator(".notice").AllTextContentsAsync()];
        await page.KeepPictureAsync("reasons");

        Assert.Equal(
            [
                "1301unsafe content",
                "The service may or may not have accepted it.",
                "Still processing when this page was generated.",
                "Its status was unknown when this page was generated.",
                "The video was not downloaded.",
                "The video was not found when this page was generated.",
                "The cover was not found when this page was generated.",
            ],
            notices);
        Assert.Equal(["Failed", "Unconfirmed", "Processing", "Unknown"], await page.Page.Locator(".badge").AllTextContentsAsync());
        Assert.DoesNotContain("example", await File.ReadAllTextAsync(batch.PagePath), StringComparison.Ordinal);
        Assert.Equal(0, batch.Results.Count(r => page.Requests.Contains(r.Url)));
        page.AssertQuiet("file:///");
    }
}
