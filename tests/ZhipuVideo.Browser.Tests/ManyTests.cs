namespace ZhipuVideo.Browser.Tests;

/// <summary>Five hundred cards: nothing loads before it is near.</summary>
[Collection(nameof(Chromium))]
public sealed class ManyTests(Chromium chromium)
{
    private const int Count = 500;

    /// <summary>A window of 1280x720 shows six cards; 600 px above and below it make some fifteen.</summary>
    private const int Near = 24;

    [BrowserFact]
    public async Task Covers_load_only_near_the_window()
    {
        using Batch batch = Create(withCover: true);

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.LoadCoversAsync();
        Assert.Equal("500 of 500", await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Status).TextContentAsync());
        Assert.InRange(CountRequests(page, ".svg"), 1, Near);
        await page.KeepPictureAsync("500-cards");

        await page.Page.Keyboard.PressAsync("/");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.Keyboard.PressAsync("End");
        await page.UntilAsync("[...document.querySelectorAll('.card')].at(-1).querySelector('img').naturalWidth > 0");
        Assert.InRange(CountRequests(page, ".svg"), 2, 2 * Near);
        Assert.Equal(0, CountRequests(page, ".mp4"));

        await page.Search.FillAsync("of video 499");
        Assert.Equal(["video 499"], await page.NamesAsync());
        page.AssertQuiet("file:///");
    }

    [BrowserFact]
    public async Task Videos_without_covers_exist_only_near_the_window()
    {
        using Batch batch = Create(withCover: false);

        await using GalleryPage page = await chromium.OpenAsync(batch.Address);
        await page.UntilAsync("document.querySelector('video')?.readyState >= 2");
        Assert.InRange(await page.Page.Locator("video").CountAsync(), 1, Near);

        await page.Page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
        await page.UntilAsync("document.querySelector('.card video') && !document.querySelector('.card').querySelector('video')");
        Assert.InRange(await page.Page.Locator("video").CountAsync(), 1, Near);
        page.AssertQuiet("file:///");
    }

    private static int CountRequests(GalleryPage page, string extension) =>
        page.Requests.Distinct().Count(address => address.EndsWith(extension, StringComparison.Ordinal));

    private static Batch Create(bool withCover)
    {
        Batch batch = new();
        for (int i = 0; i < Count; i++)
            batch.AddSaved($"video {i}", 30 + (i * 37 % 50), withCover: withCover);
        batch.Write();
        return batch;
    }
}
