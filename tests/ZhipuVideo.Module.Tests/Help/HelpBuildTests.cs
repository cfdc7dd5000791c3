namespace ZhipuVideo.Tests.Help;

/// <summary>What ends the build: texts that do not agree with the cmdlets.</summary>
public class HelpBuildTests
{
    [Theory]
    [InlineData("New-CogVideo.md", "### -Quality", "### -Qualities", "has no parameter -Qualities")]
    [InlineData("Wait-CogVideo.md", "### -TimeoutSec", "", "has a parameter -TimeoutSec")]
    [InlineData("Shared.md", "### -BaseUri", "### -Address", "has a parameter -BaseUri")]
    [InlineData("Shared.md", "### -Confirm", "### -Other\n\nText.\n\n### -Confirm", "No cmdlet takes -Other")]
    [InlineData("Save-CogVideo.md", "### System.IO.FileInfo", "### System.IO.File", "The outputs are not System.IO.FileInfo")]
    [InlineData("Save-CogVideo.md", "## Notes", "", "There are 6 chapters")]
    [InlineData("about_ZhipuVideo_Errors.md", "| CogVideo.DiskFull |", "| CogVideo.DiskFool |", "CogVideo.DiskFull is missing")]
    [InlineData("about_ZhipuVideo_Errors.md", "| 1261 | PromptTooLong.", "| 1261 | InvalidRequest.", "The service's code 1261 does not lead to PromptTooLong")]
    public async Task A_text_that_disagrees_is_an_error_of_its_file(string file, string text, string changed, string message)
    {
        using TemporaryFolder folder = new TemporaryFolder();
        foreach (string page in Directory.GetFiles(Repository.PathOf("src/ZhipuVideo/Help/en-US")))
        {
            string content = await File.ReadAllTextAsync(page);
            bool isChanged = Path.GetFileName(page) == file;
            Assert.True(!isChanged || content.Contains(text, StringComparison.Ordinal));
            folder.Write("texts/en-US/" + Path.GetFileName(page), isChanged ? content.Replace(text, changed, StringComparison.Ordinal) : content);
        }

        (int exitCode, string output, _) = await Child.RunAsync(
            "dotnet", Repository.Program("ZhipuVideo.Help"), Path.Combine(Repository.Module("net8.0"), "ZhipuVideo.dll"), folder["texts"], folder["help"]);

        Assert.Equal(1, exitCode);
        Assert.Matches($@"\.md\(\d+\): error HELP: .*{System.Text.RegularExpressions.Regex.Escape(message)}", output);
    }
}
