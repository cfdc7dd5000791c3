using System.Net;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Browser.Tests;

/// <summary>
/// The quickstart in a real terminal, as the README runs it: pictures of it are kept for people to judge, and the narrow ones
/// are in the READMEs.
/// </summary>
[Collection(nameof(Chromium))]
public sealed partial class TerminalTests(Chromium chromium)
{
    private const string Command = "dotnet run --project src/ZhipuVideo.Console -- --offline src/Examples/Quickstart.ps1";

    [BrowserTheory]
    [InlineData(80, "en_US")]
    [InlineData(120, "en_US")]
    [InlineData(80, "zh_CN")]
    public async Task Quickstart_fits_the_terminal_with_its_columns_under_one_another(int columns, string language)
    {
        using TemporaryFolder folder = new();
        await using Terminal terminal = await Terminal.OpenAsync(folder, columns, "PS1=$ ", "TERM=xterm-256color", $"LC_ALL={language}.UTF-8");
        foreach (string file in Directory.GetFiles(Repository.PathOf("src/Examples"))) folder.Write("src/Examples/" + Path.GetFileName(file), File.ReadAllBytes(file));
        // What the command runs, as it was built with these tests
        await terminal.TypeAsync($"dotnet() {{ shift 4; command dotnet {Repository.Program("ZhipuVideo.Console")} \"$@\"; }}; clear", "Enter");
        await terminal.SeeAsync(shown => shown == "$");
        await terminal.TypeAsync(Command, "Enter");
        await terminal.SeeAsync(shown => shown.LastIndexOf("\n$", StringComparison.Ordinal) > shown.IndexOf("ErrorMessage", StringComparison.Ordinal)
            && shown.Contains("ErrorMessage", StringComparison.Ordinal));

        // Up to the prompt: pwsh 7.6 counts a wide character of a progress line as one column, and leaves the line's end on the screen
        string screen = await terminal.GetColoursAsync();
        screen = screen[..screen.LastIndexOf("\n$", StringComparison.Ordinal)].TrimEnd();
        string[] lines = Colours().Replace(screen, "").Split('\n');
        await chromium.KeepPictureAsync(ToHtml(screen, columns), "pre", $"quickstart-{language}-{columns}");

        Assert.All(lines, line => Assert.InRange(line.Sum(WidthOf), 0, columns));
        string[] table = [.. lines.Where(line => line.StartsWith("Success ", StringComparison.Ordinal) || line.StartsWith("Fail ", StringComparison.Ordinal))];
        Assert.Equal(6, table.Length);
        // The names stand under one another, Chinese or not, and a failed task says why
        Assert.All(table, row => Assert.Matches(@"^(Success +\d+(\.\d+)? +\d{4,5} \S+ *|Fail +\d+(\.\d+)? +\S+ +\S+)$", row));
        Assert.Single(table.Select(row => Name().Match(row).Index).Distinct());
        Assert.Equal(1, lines.Count(line => line.Contains("1301", StringComparison.Ordinal)));
    }

    private static int WidthOf(char letter) => letter is >= '\u2E80' and <= '\uFFE6' ? 2 : 1;

    /// <summary>A screen as a page: colours by their numbers, and every wide character in a cell of two columns.</summary>
    private static string ToHtml(string screen, int columns)
    {
        string[] palette = ["#1e1e1e", "#f14c4c", "#23d18b", "#d7ba7d", "#3b8eea", "#d670d6", "#29b8db", "#d4d4d4"];
        StringBuilder html = new();
        string style = "";
        foreach (string part in Parts().Split(screen))
        {
            if (Colours().Match(part) is { Success: true } colours)
            {
                foreach (int number in colours.Groups[1].Value.Split(';').Select(digits => digits.Length == 0 ? 0 : int.Parse(digits, null)))
                {
                    style = number switch
                    {
                        0 => "",
                        1 => style + "font-weight:bold;",
                        3 => style + "font-style:italic;",
                        >= 30 and <= 37 => style + $"color:{palette[number - 30]};",
                        >= 90 and <= 97 => style + $"color:{palette[number - 90]};",
                        39 => style + $"color:{palette[7]};",
                        _ => style,
                    };
                }
                continue;
            }
            string text = string.Concat(part.Select(letter => WidthOf(letter) == 2 ? $"<i>{letter}</i>" : WebUtility.HtmlEncode(letter.ToString())));
            html.Append("<span style=\"").Append(style).Append("\">").Append(text).Append("</span>");
        }
        return $$"""
            <style>
              pre { margin: 0; padding: 12px; width: {{columns}}ch; background: {{palette[0]}}; color: {{palette[7]}}; font: 14px/1.3 "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace }
              i { display: inline-block; width: 2ch; font-style: normal; overflow: hidden; vertical-align: top; height: 1.3em }
            </style><pre>{{html}}</pre>
            """;
    }

    [GeneratedRegex("\u001b\\[([0-9;]*)m")]
    private static partial Regex Colours();

    [GeneratedRegex("(\u001b\\[[0-9;]*m)")]
    private static partial Regex Parts();

    [GeneratedRegex(@"(?<=^(Success|Fail) +[\d.]+ +(\d{4,5} )?)[^\d\s]")]
    private static partial Regex Name();
}
