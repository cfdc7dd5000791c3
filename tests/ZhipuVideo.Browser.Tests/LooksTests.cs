namespace ZhipuVideo.Browser.Tests;

/// <summary>The page as people see it: pictures of it are kept for people to judge.</summary>
[Collection(nameof(Chromium))]
public sealed class LooksTests(Chromium chromium)
{
    [BrowserTheory]
    [InlineData("en-US", ColorScheme.Light, 1440, 1000)]
    [InlineData("en-US", ColorScheme.Dark, 1440, 1000)]
    [InlineData("zh-CN", ColorScheme.Light, 1440, 1000)]
    [InlineData("zh-CN", ColorScheme.Dark, 390, 844)]
    [InlineData("en-US", ColorScheme.Light, 390, 844)]
    [InlineData("en-US", ColorScheme.Light, 2200, 1200)]
    public async Task Page_in_each_language_scheme_and_width(string culture, ColorScheme scheme, int width, int height)
    {
        using Batch batch = Demonstration.Create(culture);
        using (Language.Use(culture))
            batch.Write(title: culture == "zh-CN" ? "春季短片 · 一夜的成果" : "Spring shorts, the overnight run");

        await using GalleryPage page = await chromium.OpenAsync(
            batch.Address,
            new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, Locale = culture });
        await page.LoadCoversAsync();
        await page.KeepPictureAsync(string.Create(CultureInfo.InvariantCulture, $"{culture}-{scheme}-{width}"));

        Assert.Equal(culture, await page.Page.Locator("html").GetAttributeAsync("lang"));
        Assert.Equal(scheme == ColorScheme.Dark ? "dark" : "light", await page.Page.Locator("html").GetAttributeAsync("data-theme"));
        int overflow = await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth - innerWidth");
        Assert.True(overflow <= 0, $"The page is {overflow} px wider than the window.");
        page.AssertQuiet("file:///");
    }
}
