using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ZhipuVideo.Tests.Help;

/// <summary>Every text that people read, in both languages: the words of the glossary, and the language of its file.</summary>
public partial class TextTests
{
    private const string Glossary = "src/ZhipuVideo/Help/GLOSSARY.md";

    public static TheoryData<string> Languages => ["en-US", "zh-CN"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void No_text_has_a_word_that_the_glossary_forbids(string language)
    {
        bool isEnglish = language == "en-US";
        string[][] rows = [.. File.ReadAllLines(Repository.PathOf(Glossary)).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Select(line => line.Trim('|').Split('|'))];
        string[] words = [.. rows.SelectMany(row => row[isEnglish ? 2 : 3].Split(',', '、')).Select(word => word.Trim()).Where(word => word.Length > 0)];
        Regex forbidden = new(isEnglish ? $@"\b({string.Join('|', words.Select(Regex.Escape))})\b" : string.Join('|', words.Select(Regex.Escape)), RegexOptions.IgnoreCase);

        Assert.InRange(words.Length, 15, 200);
        Assert.Equal([], Texts(language).SelectMany(text => forbidden.Matches(Prose(text.Text)).Select(match => $"{text.Place}: {match.Value}")));
    }

    [Fact]
    public void No_English_text_has_Chinese_in_it() => Assert.Equal(
        [], Texts("en-US").Where(text => Chinese().IsMatch(Prose(text.Text))).Select(text => text.Place));

    [Fact]
    public void No_Chinese_text_has_an_English_sentence_in_it() => Assert.Equal(
        [], Texts("zh-CN").SelectMany(text => Sentence().Matches(Prose(text.Text)).Select(match => $"{text.Place}: {match.Value}")));

    /// <summary>The code gives every such message the label of its row or job, so the text shows it, in both languages.</summary>
    [Fact]
    public void A_message_of_a_row_or_job_names_it()
    {
        string[] sources = Directory.GetFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)).Select(File.ReadAllText).ToArray();
        string[] keys = [.. sources.SelectMany(source => Labelled().Matches(source)).Select(match => match.Groups[1].Value).Distinct()];

        Assert.InRange(keys.Length, 20, 200);
        foreach (string language in (string[])["en-US", "zh-CN"])
        {
            Dictionary<string, string> messages = Messages(language).ToDictionary(text => text.Place, text => text.Text);
            Assert.All(keys, key => Assert.Contains("{0}", messages[key], StringComparison.Ordinal));
        }
    }

    private static IEnumerable<(string Place, string Text)> Texts(string language)
    {
        string readme = language == "en-US" ? "README.md" : "README.zh-CN.md";
        string[] files = [.. Directory.GetFiles(Repository.PathOf("src/ZhipuVideo/Help/" + language), "*.md"), Repository.PathOf(readme)];
        return files.SelectMany(file => Lines(file)).Concat(Messages(language));
    }

    /// <summary>The lines of a page without its blocks of code and its comments.</summary>
    private static IEnumerable<(string Place, string Text)> Lines(string file)
    {
        bool isCode = false;
        string[] lines = File.ReadAllLines(file);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (!isCode && !lines[i].StartsWith("<!--", StringComparison.Ordinal)) yield return ($"{Path.GetFileName(file)}({i + 1})", lines[i]);
        }
    }

    private static IEnumerable<(string Place, string Text)> Messages(string language) =>
        XDocument.Load(Repository.PathOf("src/ZhipuVideo.Client/Messages" + (language == "en-US" ? "" : ".zh-CN") + ".resx")).Root!.Elements("data")
            .Select(data => (data.Attribute("name")!.Value, data.Element("value")!.Value));

    /// <summary>A text without code, addresses, names of parameters, what a link leads to, and the key of a storage account, which is Azure's word.</summary>
    private static string Prose(string text) => NotProse().Replace(text, " · ");

    [GeneratedRegex(@"`[^`]*`|\]\([^)]*\)|https?://\S+|\[中文\]|\[English\]|(?<![\w-])-[A-Z]\w+|【[^】]*】|账户密钥|""[^""]*""|'[^']*'")]
    private static partial Regex NotProse();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex Chinese();

    /// <summary>Six words in a row with nothing between them but blanks: more than a name has.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Za-z]{2,}( [a-z]+){5,}")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"MessageKey\.(\w+),\s*(?:\w+\.)*[lL]abel\b")]
    private static partial Regex Labelled();
}
