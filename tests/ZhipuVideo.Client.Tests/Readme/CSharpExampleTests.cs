using ZhipuVideo.Emulator;
using ZhipuVideo.Http;

namespace ZhipuVideo.Client.Tests.Readme;

/// <summary>The READMEs' few lines of C#.</summary>
public class CSharpExampleTests
{
    [Fact]
    public async Task It_runs()
    {
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0 } });
        (string key, string address) = (EmulatorOptions.DemoKey, emulator.BaseUri.ToString());

        using CogVideoClient client = new(new ServiceEndpoint(ApiKey.Parse(key), address));
        CogVideoJob job = await client.SubmitAsync(new VideoRequest { Prompt = "一只橘猫在月球上追蝴蝶" });
        CogVideoResult result = await client.WaitAsync(job, timeoutSeconds: 1800);
        Console.WriteLine(result.Url);

        Assert.Equal(CogVideoStatus.Success, result.Status);
        Assert.NotNull(result.Url);
    }

    [Theory]
    [Each("README.md", "README.zh-CN.md")]
    public void It_is_what_the_README_shows(string readme)
    {
        string[] here = File.ReadAllLines(Repository.PathOf("tests/ZhipuVideo.Client.Tests/Readme/CSharpExampleTests.cs"))
            .Select(line => line.Trim()).ToArray();

        string[] shown = File.ReadAllLines(Repository.PathOf(readme))
            .SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```").ToArray();

        Assert.Equal(4, shown.Length);
        Assert.Equal(shown, here.SkipWhile(line => line != shown[0]).Take(4));
    }
}
