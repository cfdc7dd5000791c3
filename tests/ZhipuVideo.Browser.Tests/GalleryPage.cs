using System.Collections.Concurrent;

namespace ZhipuVideo.Browser.Tests;

/// <summary>An open gallery, what it asked for and what it complained of.</summary>
public sealed class GalleryPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    internal GalleryPage(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
                Complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Dialog += async (_, dialog) =>
        {
            Complaints.Enqueue("dialog: " + dialog.Message);
            await dialog.DismissAsync();
        };
        page.Request += (_, request) => Requests.Enqueue(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors, warnings and dialogs.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Every address the page asked for, itself first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ILocator Cards => Page.Locator(".card:visible");

    public ILocator Search => Page.GetByRole(AriaRole.Searchbox);

    public async Task OpenAsync(string address) => await Page.GotoAsync(address);

    public ILocator Card(string name) =>
        Page.Locator(".card").Filter(new() { Has = Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true }) });

    /// <summary>Names of the cards shown, in the order shown.</summary>
    public async Task<string[]> NamesAsync() =>
        [.. await Page.Locator(".card:visible .name").AllTextContentsAsync()];

    /// <summary>Waits until every cover near the window is there.</summary>
    public async Task LoadCoversAsync() =>
        await UntilAsync("[...document.images].some(i => i.src) && [...document.images].every(i => !i.src || i.complete)");

    /// <summary>
    /// Waits, for 20 seconds at most, until the expression is true. Playwright's own way needs eval in the page, which its policy forbids.
    /// </summary>
    public async Task UntilAsync(string condition) => await Page.EvaluateAsync($$"""
        () => new Promise((done, fail) => {
            const end = performance.now() + 20000;
            const look = () => {
                if ({{condition}}) done();
                else if (performance.now() > end) fail(new Error("Never came true"));
                else requestAnimationFrame(look);
            };
            look();
        })
        """);

    /// <summary>Keeps a picture for people to look at.</summary>
    public async Task KeepPictureAsync(string name) => await Page.ScreenshotAsync(new()
    {
        Path = Path.Combine(AppContext.BaseDirectory, "TestResults", name + ".png"),
    });

    /// <summary>What a page that works leaves behind: no complaint, and no request beyond the files beside it.</summary>
    public void AssertQuiet(string allowedPrefix)
    {
        Assert.Empty(Complaints);
        Assert.All(Requests, address => Assert.True(
            address.StartsWith(allowedPrefix, StringComparison.Ordinal) || address.StartsWith("data:", StringComparison.Ordinal)
                || address.StartsWith("blob:", StringComparison.Ordinal),
            address));
        Assert.NotEmpty(Requests.ToArray());
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
