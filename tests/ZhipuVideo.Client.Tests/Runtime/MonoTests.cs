

using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Runtime;

/// <summary>
/// The client that Windows PowerShell 5.1 gets, on Mono: its references are complete without a binding redirect, also where somebody else
/// has loaded an older System.Text.Json before, and its code runs. Mono's HttpWebRequest is not that of .NET Framework, so what is said
/// here of connections holds for our settings, not for Microsoft's platform.
/// </summary>
public sealed class MonoTests
{
    [MonoFact]
    public async Task The_built_client_for_dotnet_Framework_pays_once_and_sends_many_at_once()
    {
        string output = Path.Combine(AppContext.BaseDirectory, "net472");
        (int exitCode, string text, string error) = await Child.RunAsync(
            "dotnet", "build", Repository.PathOf("tests/ZhipuVideo.Net472"), "-c", "Release", "-o", output, "-v", "q", "-nodeReuse:false");
        Assert.True(exitCode == 0, text + error);
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Settings = new EmulatorSettings { ServiceTime = 0.2, Latency = 300, Concurrency = 100 },
            Faults =
            {
                new Fault { Kind = FaultKind.DropAccepted, Phase = RequestPhase.Create, Prompt = "reply lost" },
                new Fault { Kind = FaultKind.Drop, Phase = RequestPhase.Create, Prompt = "dropped" },
                new Fault { Kind = FaultKind.Html, Phase = RequestPhase.Poll, Prompt = "gateway", Count = 2 },
            },
        });
        string[] prompts = ["一只猫在月光下 [picture]", "reply lost", "dropped", "gateway", .. Enumerable.Range(1, 12).Select(n => $"row {n}")];

        (exitCode, text, error) = await Child.RunAsync(
            "mono", [Path.Combine(output, "ZhipuVideo.Net472.exe"), emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey, Repository.PathOf("src/Examples/kite.png"), .. prompts]);

        Assert.True(exitCode == 0, text + error);
        Assert.Equal(["CLR 4", "8.0.0.6 10.0.0.15", "", .. prompts.Select(p => p == "dropped" ? $"{p}: SubmissionUnconfirmed" : $"{p}: Success")], (text + error).Trim().Split('\n'));
        List<ReceivedRequest> submissions = [.. emulator.State.Requests.Where(r => r.Phase == RequestPhase.Create)];
        Assert.Equal(prompts.Length, submissions.Count); // neither we nor the platform below sent one twice
        Assert.Equal(prompts.Except(["dropped"]).Order(StringComparer.Ordinal), emulator.State.Tasks.Select(t => t.Prompt).Order(StringComparer.Ordinal));
        Assert.InRange(emulator.State.Stats.MaxOpenRequests["create"], 3, prompts.Length); // .NET Framework's own limit is two
        Assert.All(submissions, s => Assert.Equal("close", s.Headers["connection"]));
        Assert.All(submissions, s => Assert.DoesNotContain("expect", s.Headers.Keys));
    }
}
