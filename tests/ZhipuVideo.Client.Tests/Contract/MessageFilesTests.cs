using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ZhipuVideo.Client.Tests.Contract;

/// <summary>The words shown to people: one file per language, and the same in both but for the language.</summary>
public class MessageFilesTests
{
    // Keys that are made of a beginning and of what is known only then
    private static readonly string[] Composed = ["Action_", "Error_", "GalleryPage"];

    private static readonly Dictionary<string, string> English = Read("Messages.resx");
    private static readonly Dictionary<string, string> Chinese = Read("Messages.zh-CN.resx");

    [Fact]
    public void Every_text_is_there_in_both_languages_with_the_same_gaps()
    {
        Assert.Equal(English.Keys.Order(StringComparer.Ordinal), Chinese.Keys.Order(StringComparer.Ordinal));
        Assert.All(English, text => Assert.Equal((text.Key, Gaps(text.Value)), (text.Key, Gaps(Chinese[text.Key]))));
    }

    [Fact]
    public void Every_text_is_in_the_language_of_its_file()
    {
        string[] names = ["ProgressActivity", "GalleryLanguage"];
        const string Word = @"\p{L}{2}";
        Assert.All(English, text => Assert.DoesNotMatch(@"\p{IsCJKUnifiedIdeographs}", text.Value));
        Assert.All(
            Chinese.Where(text => !names.Contains(text.Key) && Regex.IsMatch(Regex.Replace(text.Value, @"\{[^}]*\}", ""), Word)),
            text => Assert.True(Regex.IsMatch(text.Value, @"\p{IsCJKUnifiedIdeographs}"), text.Key));
    }

    [Fact]
    public void Every_text_is_used()
    {
        string source = string.Join('\n', new[] { "ZhipuVideo.Client", "ZhipuVideo" }
            .SelectMany(project => Directory.GetFiles(Repository.PathOf("src/" + project), "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(File.ReadAllText));

        Assert.All(English.Keys.Where(key => !Composed.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))),
            key => Assert.True(Regex.IsMatch(source, @$"\bMessageKey\.{key}\b"), key));
        Assert.All(Composed, prefix => Assert.Contains($"\"{prefix}\"", source, StringComparison.Ordinal));
    }

    /// <summary>The numbers of the gaps, each once, in their order.</summary>
    private static string Gaps(string text) =>
        string.Join(' ', Regex.Matches(text, @"\{(\d+)").Select(m => m.Groups[1].Value).Distinct().Order());

    private static Dictionary<string, string> Read(string file) => XDocument.Load(Repository.PathOf("src/ZhipuVideo.Client/" + file))
        .Descendants("data").ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value);
}
