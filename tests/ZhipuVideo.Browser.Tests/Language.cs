namespace ZhipuVideo.Browser.Tests;

/// <summary>The reader's language for a while.</summary>
internal sealed class Language : IDisposable
{
    private readonly CultureInfo _before = CultureInfo.CurrentUICulture;

    private Language(string name) => CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(name);

    public static Language Use(string name) => new(name);

    public void Dispose() => CultureInfo.CurrentUICulture = _before;
}
