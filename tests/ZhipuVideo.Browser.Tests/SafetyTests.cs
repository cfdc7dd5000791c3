namespace ZhipuVideo.Browser.Tests;

/// <summary>What people and the service wrote is shown and never becomes markup, script, an address or a request.</summary>
[Collection(nameof(Chromium))]
public sealed class SafetyTests(Chromium chromium)
{
    public static TheoryData<string> HostileTexts => new(
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "<img src=x onerror=alert(1)>",
        "\"'><svg onload=alert(1)>`${alert(1)}`",
        "javascript:alert(1)",
        "{{script}} {{data}} {0} {1} $& $1 \\u003c \\\" \\",
        "line\u2028separator\u2029end &lt;b&gt; &amp;",
        "\u202Egpj.exe\u202C ملف العربية with English",
        "__proto__",
        "constructor",
        "会议 纪要 🎬 e\u0301");

    [BrowserTheory]
    [MemberData(nameof(HostileTexts))]
    public async Task Hostile_text_is_shown_as_it_is_everywhere(string text)
    {
        using Batch batch = new();
        CogVideoResult result = batch.AddSaved("saved", fileName: "plain");
        (result.Name, result.Prompt, result.Model, result.Size, result.Quality) = (text, text, text, text, text);
        (result.Id, result.RequestId, result.Image) = (text, text, "no-path");
        CogVideoResult failed = batch.Add(text, CogVideoStatus.Fail, 3);
        (failed.ErrorCode, failed.ErrorMessage) = (text, text);
        batch.Write(title: text);

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.LoadCoversAsync();
        await page.Page.Locator(".more").First.ClickAsync();

        Assert.Equal(text, await page.Page.Locator("h1").TextContentAsync());
        Assert.Equal(Collapse(text), Collapse(await page.Page.TitleAsync()));
        Assert.Equal([text, text], await page.NamesAsync());
        Assert.Equal(text, await page.Page.Locator(".prompt").First.TextContentAsync());
        Assert.Equal(text + text, await page.Page.Locator(".notice").TextContentAsync());
        Assert.Equal(text, await page.Page.Locator(".parameters li").First.TextContentAsync());
        Assert.Equal(text, await page.Page.Locator(".details dd").First.TextContentAsync());
        Assert.Contains(text, await page.Page.Locator("select[aria-label=Model] option").AllTextContentsAsync());
        await page.Search.FillAsync(text);
        Assert.Equal(2, await page.Cards.CountAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserTheory]
    [Each("javascript:alert(1)", "a#b?c=d%20e%", "quote\"'<b>&amp;", "back\\slash and space ", "视频 画廊 🎬", "\u202Egpm.3pm",
        "..leading.dots")]
    public async Task File_of_any_name_is_found_and_plays(string name)
    {
        using Batch batch = new();
        batch.AddSaved("first", fileName: name);
        batch.Write();

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.LoadCoversAsync();
        Assert.True(await page.Page.Locator("img").EvaluateAsync<bool>("image => image.naturalWidth > 0"));
        await page.Card("first").Locator(".stage").ClickAsync();
        await page.UntilAsync("document.querySelector('video').currentTime > 0.05");
        await page.Card("first").Locator(".more").ClickAsync();
        Assert.Equal(name + ".mp4", await page.Page.Locator(".details a").TextContentAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Very_long_texts_stay_inside_their_cards()
    {
        using Batch batch = new();
        CogVideoResult result = batch.AddSaved("long");
        result.Name = new string('W', 3000);
        result.Prompt = new string('字', 20000);
        result.Model = new string('m', 500);
        CogVideoResult failed = batch.Add("failed", CogVideoStatus.Fail);
        failed.ErrorMessage = new string('e', 5000);
        batch.Write(title: new string('T', 500));

        await using GalleryPage page =
            await chromium.OpenAsync(batch.Address, new() { ViewportSize = new() { Width = 360, Height = 740 } });
        await page.Page.Locator(".more").First.ClickAsync();

        Assert.True(await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth") <= 0);
        Assert.Equal(20000, (await page.Page.Locator(".prompt").First.TextContentAsync())!.Length);
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Policy_refuses_what_is_not_the_page_itself()
    {
        using Batch batch = Batch.Saved("first");

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.Page.EvaluateAsync("""
            () => {
                window.refused = new Set();
                addEventListener("securitypolicyviolation", e => refused.add(e.effectiveDirective));
                const add = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
                add("img", { src: "https://elsewhere.example/x.png" });
                add("video", { src: "https://elsewhere.example/x.mp4" });
                add("link", { rel: "stylesheet", href: "https://elsewhere.example/x.css" });
                add("iframe", { src: "https://elsewhere.example/" });
                fetch("https://elsewhere.example/").catch(() => {});
                try { document.body.insertAdjacentHTML("beforeend", "<b>markup</b>"); } catch { refused.add("markup"); }
                try { add("script", { textContent: "window.reached = true" }); } catch { refused.add("script"); }
            }
            """);

        await page.UntilAsync(
            "['connect-src', 'frame-src', 'img-src', 'media-src', 'style-src-elem', 'markup', 'script'].every(what => refused.has(what))");
        Assert.True(await page.Page.EvaluateAsync<bool>("window.reached === undefined"));
    }

    [BrowserFact]
    public async Task Page_works_from_a_web_server_too()
    {
        using Batch batch = Batch.Saved("视频 1");

        await using GalleryPage page = await chromium.OpenAsync("about:blank");
        await page.Page.RouteAsync("http://gallery.example/**", route =>
        {
            string file = Path.Combine(batch.Folder, Uri.UnescapeDataString(new Uri(route.Request.Url).Segments.Last()));
            string type = Path.GetExtension(file) switch { ".svg" => "image/svg+xml", ".mp4" => "video/mp4", _ => "text/html" };
            return route.FulfillAsync(new() { BodyBytes = File.ReadAllBytes(file), ContentType = type });
        });
        page.Requests.Clear();
        await page.OpenAsync("http://gallery.example/batch/index.html");
        await page.LoadCoversAsync();
        Assert.True(await page.Page.Locator("img").EvaluateAsync<bool>("image => image.naturalWidth > 0"));
        await page.Card("视频 1").Locator(".stage").ClickAsync();
        await page.UntilAsync("document.querySelector('video').currentTime > 0.05");
        page.AssertQuiet("http://gallery.example/batch/");
    }

    private static string Collapse(string text) => string.Join(' ', text.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
}
