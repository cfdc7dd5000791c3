

using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Readme;

/// <summary>The READMEs' few lines of C#.</summary>
public class CSharpExampleTests
{
    [Fact]
    public async Task It_runs()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0 } });
        (string key, string address) = (EmulatorOptions.DemoKey, emulator.BaseUri.ToString());
        using TemporaryFolder root = new();
        (string journal, string folder) = (root["run.jsonl"], root["videos"]);

        ServiceEndpoint endpoint = new(ApiKey.Parse(key), address);
        await using VideoBatch batch = await VideoBatch.OpenAsync(endpoint, new VideoBatchOptions { JournalPath = journal });
        CogVideoJob job = await batch.SubmitAsync(new VideoRequest { Prompt = "一只橘猫在月球上追蝴蝶" });
        CogVideoResult result = await batch.WaitAsync(job);
        SavedVideo video = await batch.SaveAsync(result, folder);
        Console.WriteLine(video.Path);

        Assert.Equal(video.Length, new FileInfo(video.Path).Length);
        Assert.Contains("\"record\":\"saved\"", File.ReadAllText(journal), StringComparison.Ordinal);
    }

    [Theory]
    [Each("README.md", "README.zh-CN.md")]
    public void It_is_what_the_README_shows(string readme)
    {
        string[] here = File.ReadAllLines(Repository.PathOf("tests/ZhipuVideo.Client.Tests/Readme/CSharpExampleTests.cs"))
            .Select(line => line.Trim()).ToArray();

        string[] shown = File.ReadAllLines(Repository.PathOf(readme))
            .SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```").ToArray();

        Assert.Equal(6, shown.Length);
        Assert.Equal(shown, here.SkipWhile(line => line != shown[0]).Take(6));
    }
}
