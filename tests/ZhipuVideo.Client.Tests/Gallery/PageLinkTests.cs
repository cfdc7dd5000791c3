using FsCheck.Xunit;
using ZhipuVideo.Gallery;

namespace ZhipuVideo.Client.Tests.Gallery;

public sealed class PageLinkTests
{
    [Theory]
    [InlineData("/videos", "/videos/a.mp4", "a.mp4")]
    [InlineData("/videos/", "/videos/a.mp4", "a.mp4")]
    [InlineData("/", "/a.mp4", "a.mp4")]
    [InlineData("/pages/of/me", "/pages/videos/a.mp4", "../../videos/a.mp4")]
    [InlineData("/videos", "/videos2/a.mp4", "../videos2/a.mp4")]
    [InlineData("/videos/a.mp4", "/videos/a.mp4", "../a.mp4")]
    [InlineData("/videos", "/videos/视频 1.mp4", "%E8%A7%86%E9%A2%91%201.mp4")]
    [InlineData("/videos", "/videos/javascript:alert(1).mp4", "javascript%3Aalert%281%29.mp4")]
    [InlineData("/videos", "/videos/a#b?c%20d&e\"f'<g>.mp4", "a%23b%3Fc%2520d%26e%22f%27%3Cg%3E.mp4")]
    public void Link_is_relative_and_encoded(string folder, string file, string expected) =>
        Assert.Equal(expected, PageLink.Create(Local(folder), Local(file)));

    [Fact]
    public void There_is_no_link_to_another_drive()
    {
        if (OperatingSystem.IsWindows())
            Assert.Null(PageLink.Create(@"C:\videos", @"D:\videos\a.mp4"));
        else
            Assert.Null(PageLink.Create("/videos", "not-rooted/a.mp4"));
    }

    /// <summary>Whatever the name, a browser finds its way from the page to the file.</summary>
    [Property]
    public void Link_leads_back_to_the_file(string[] folders, string name)
    {
        string folder = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "page"));
        string below = string.Join('/', Array.ConvertAll(folders ?? [], Clean));
        string file = Path.GetFullPath(Path.Combine(Path.GetTempPath(), below, Clean(name)));

        string link = PageLink.Create(folder, file)!;

        Assert.Matches("^[A-Za-z0-9._~%/-]+$", link);
        Assert.Equal(file, Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(link))));
    }

    private static string Local(string path) => OperatingSystem.IsWindows() ? @"C:" + path.Replace('/', '\\') : path;

    /// <summary>A name that the file system of the test may have.</summary>
    private static string Clean(string? name) =>
        "x" + string.Concat((name ?? "").Split([.. Path.GetInvalidFileNameChars(), '\\', '.'])).Normalize();
}
