namespace ZhipuVideo.Browser.Tests;

/// <summary>The installed browser, started once for all tests; every test gets a fresh profile of it.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string? ExecutablePath =
        new[] { Environment.GetEnvironmentVariable("CHROMIUM_PATH"), "/usr/bin/chromium", "/usr/bin/google-chrome" }
            .FirstOrDefault(File.Exists);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Why the tests cannot run; null when they can.</summary>
    public static string? Missing => ExecutablePath is null
        ? "No chromium found: install the package chromium, or set CHROMIUM_PATH to an installed Chromium or Chrome."
        : null;

    public async Task InitializeAsync()
    {
        if (Missing is not null)
            return;
        Environment.SetEnvironmentVariable("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = ExecutablePath,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>
    /// A page with all that it complains of, over a network that is switched off. Its videos, of one second, play for ten: on a busy machine
    /// one could be over before a test has looked.
    /// </summary>
    public async Task<GalleryPage> OpenAsync(string address, BrowserNewContextOptions? options = null)
    {
        IBrowserContext context = await _browser!.NewContextAsync(options ?? new());
        await context.AddInitScriptAsync("document.addEventListener('play', event => event.target.playbackRate = .1, true)");
        GalleryPage page = new(context, await context.NewPageAsync());
        await page.OpenAsync(address);
        return page;
    }

    /// <summary>Takes a picture of a part of a page that is written here.</summary>
    /// <param name="html">The page.</param>
    /// <param name="selector">The part.</param>
    /// <param name="name">The picture's name, without its ending.</param>
    public async Task KeepPictureAsync(string html, string selector, string name)
    {
        await using IBrowserContext context = await _browser!.NewContextAsync();
        IPage page = await context.NewPageAsync();
        await page.SetContentAsync(html);
        await page.Locator(selector).ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "TestResults", name + ".png") });
    }
}

[CollectionDefinition(nameof(Chromium))]
public sealed class ChromiumTests : ICollectionFixture<Chromium>;
