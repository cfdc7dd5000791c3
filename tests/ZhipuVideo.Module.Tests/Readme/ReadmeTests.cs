using System.Text.RegularExpressions;
using ZhipuVideo.Tests.Examples;

namespace ZhipuVideo.Tests.Readme;

/// <summary>What the README tells a person to type, typed; the Chinese one says the same commands.</summary>
public class ReadmeTests
{
    private const string ConsoleCommand = "dotnet run --project src/ZhipuVideo.Console -- ";

    private static IReadOnlyList<CodeBlock> English => CodeBlock.ReadAll(Repository.PathOf("README.md"));

    [Fact]
    public async Task PowerShell_blocks_run_one_after_the_other_in_one_session()
    {
        using TemporaryFolder folder = Checkout();
        CodeBlock[] blocks = [.. English.Where(block => block is { Language: "powershell", IsRun: true })];

        // The README's own Import-Module imports it
        OfflineRun run = await OfflineRun.RunAsync(string.Join('\n', blocks.Select(block => block.Text)), folder, import: false);

        Assert.True(run.Shell.ExitCode == 0, run.Shell.Error);
        Assert.Equal(blocks.SelectMany(block => block.ErrorIds).Order(), run.ErrorIds.Order());
        Assert.Equal(5, Directory.GetFiles(Path.Combine(folder.FullName, "videos"), "*.mp4").Length);
        Assert.Equal(5, Directory.GetFiles(Path.Combine(folder.FullName, "batch"), "*.mp4").Length);
    }

    [Fact]
    public async Task Shell_blocks_run()
    {
        using TemporaryFolder folder = Checkout();
        foreach (string line in English.Where(block => block is { Language: "shell", IsRun: true }).SelectMany(block => block.Text.Split('\n')))
        {
            // The program as it was built with these tests
            Assert.StartsWith(ConsoleCommand, line, StringComparison.Ordinal);
            using PwshProcess console = PwshProcess.StartProgram(
                new PwshSetup { Folder = folder.FullName }, ["dotnet", Repository.Program("ZhipuVideo.Console"), .. line[ConsoleCommand.Length..].Split(' ')]);
            PwshResult result = await console.EndAsync();
            Assert.True(result.ExitCode == 0, $"{line}\n{result.Error}");
        }
    }

    [Fact]
    public void Both_languages_have_the_same_commands() => Assert.Equal(
        English.Where(IsCommand).Select(block => block with { Text = block.Commands }),
        CodeBlock.ReadAll(Repository.PathOf("README.zh-CN.md")).Where(IsCommand).Select(block => block with { Text = block.Commands }));

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_picture_and_page_that_is_linked_exists_and_the_page_is_short(string page)
    {
        string text = File.ReadAllText(Repository.PathOf(page));
        string[] links = [.. Regex.Matches(text, @"\]\(([^)#]+)[^)]*\)").Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal))];

        Assert.All(links, link => Assert.True(Path.Exists(Repository.PathOf(link)), link));
        Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, 12 * 1024);
    }

    /// <summary>A folder that looks like the repository's root after a build, with the examples' rows and picture at hand.</summary>
    private static TemporaryFolder Checkout()
    {
        TemporaryFolder folder = new TemporaryFolder();
        string[] files = ["ZhipuVideo.psd1", .. FilesOf("bin"), .. FilesOf("en-US"), .. FilesOf("zh"), .. FilesOf("src/Examples")];
        foreach (string file in files)
            folder.Write(file, File.ReadAllBytes(Repository.PathOf(file)));
        foreach (string name in (string[])["prompts.csv", "kite.png"])
            folder.Write(name, File.ReadAllBytes(Repository.PathOf("src/Examples/" + name)));
        folder.Write("prompts.txt", "一条小船\na lighthouse in the rain\n");
        return folder;
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path));

    private static bool IsCommand(CodeBlock block) => block.Language.Length > 0;
}
