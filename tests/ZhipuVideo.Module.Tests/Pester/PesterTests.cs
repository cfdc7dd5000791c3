using System.Xml.Linq;
using ZhipuVideo.Tests.Packaging;

namespace ZhipuVideo.Tests.Pester;

/// <summary>The tests in tests/Pester: the packed module in a real shell.</summary>
public sealed class PesterTests(PesterTests.Run run) : IClassFixture<PesterTests.Run>
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Repository.PathOf("tests/Pester"), "*.Tests.ps1").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_It_of_the_file_passes(string file)
    {
        XElement[] cases = [.. run.Results.Descendants("test-suite").Single(suite => Path.GetFileName((string?)suite.Attribute("name")) == file).Descendants("test-case")];

        Assert.NotEmpty(cases);
        Assert.All(cases, test => Assert.True(
            (string?)test.Attribute("result") == "Success",
            $"{test.Attribute("name")!.Value}: {test.Attribute("result")!.Value} {test.Element("failure")?.Value ?? test.Element("reason")?.Value}\n{run.Screen}"));
    }

    /// <summary>One run of all files; what it found is left beside the results of the other tests, where CI counts it.</summary>
    public sealed class Run : IAsyncLifetime
    {
        /// <summary>In NUnit's form.</summary>
        public XDocument Results { get; private set; } = new();

        /// <summary>What Pester has shown.</summary>
        public string Screen { get; private set; } = "";

        public async Task InitializeAsync()
        {
            using PackedModule packed = new();
            await packed.InitializeAsync();
            string path = Repository.PathOf("artifacts/test-results/pester.xml");
            File.Delete(path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            PwshSetup setup = new() { Folder = Repository.Root };

            PwshResult result = await PwshProcess.RunAsync(
                setup, "-File", "tests/Pester/Invoke-Tests.ps1", "-Feed", packed.Feed, "-Pester", Pwsh.Pester, "-ResultPath", path);

            Screen = result.Output + result.Error;
            Assert.True(File.Exists(path), Screen);
            Results = XDocument.Load(path);
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
