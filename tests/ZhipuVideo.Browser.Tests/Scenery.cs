namespace ZhipuVideo.Browser.Tests;

/// <summary>Landscapes drawn from numbers: covers that can be told apart and belong to nobody.</summary>
internal static class Scenery
{
    private const int Width = 640;
    private const int Height = 360;

    /// <summary>The picture of one number as SVG; the same number gives the same picture.</summary>
    internal static string Draw(int number)
    {
        Random random = new(number * 7919);
        int hue = (int)((number * 137.508) % 360);
        bool isNight = number % 4 == 3;
        string sun = Tone(hue + 50, 93);
        StringBuilder svg = new();
        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture));

        Add($"<svg xmlns='http://www.w3.org/2000/svg' width='{Width}' height='{Height}'>");
        Add($"<linearGradient id='sky' x2='0' y2='1'><stop stop-color='{Tone(hue, isNight ? 14 : 62)}'/>");
        Add($"<stop offset='1' stop-color='{Tone(hue + 40, isNight ? 38 : 88)}'/></linearGradient>");
        Add($"<rect width='100%' height='100%' fill='url(#sky)'/>");
        Add($"<circle cx='{random.Next(100, 540)}' cy='{random.Next(70, 190)}' r='{random.Next(24, 56)}' fill='{sun}' opacity='.9'/>");
        for (int star = 0; isNight && star < 40; star++)
            Add($"<circle cx='{random.Next(Width)}' cy='{random.Next(200)}' r='1' fill='white' opacity='.7'/>");
        for (int hill = 0; hill < 4; hill++)
        {
            string tone = Tone(hue - 10 + (hill * 9), (isNight ? 26 : 58) - (hill * (isNight ? 6 : 11)));
            Add($"<path d='{Ridge(random, 170 + (hill * 48), 46 - (hill * 7))}' fill='{tone}'/>");
        }
        return svg.Append("</svg>").ToString();
    }

    private static string Tone(int hue, int lightness) =>
        string.Create(CultureInfo.InvariantCulture, $"hsl({(hue + 360) % 360} 38% {lightness}%)");

    private static string Ridge(Random random, int level, int swing)
    {
        double first = random.NextDouble() * 6;
        double second = random.NextDouble() * 6;
        IEnumerable<string> points = Enumerable.Range(0, 65).Select(step => string.Create(
            CultureInfo.InvariantCulture,
            $"L{step * 10} {level + (swing * Math.Sin(first + (step / 9.0))) + (swing * 0.4 * Math.Sin(second + (step / 3.3))):0}"));
        return $"M0 {Height}{string.Concat(points)}L{Width} {Height}Z";
    }
}
