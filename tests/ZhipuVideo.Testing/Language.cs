namespace ZhipuVideo.Tests;

/// <summary>The reader's language, and culture, for a while.</summary>
public sealed class Language : IDisposable
{
    private readonly CultureInfo _language = CultureInfo.CurrentUICulture, _culture = CultureInfo.CurrentCulture;

    private Language(string language, string? culture)
    {
        CultureInfo.CurrentUICulture = new CultureInfo(language);
        if (culture is not null) CultureInfo.CurrentCulture = new CultureInfo(culture);
    }

    /// <param name="language">That of messages.</param>
    /// <param name="culture">That of numbers and times; the one that is there.</param>
    public static Language Use(string language, string? culture = null) => new(language, culture);

    public void Dispose() => (CultureInfo.CurrentUICulture, CultureInfo.CurrentCulture) = (_language, _culture);
}
