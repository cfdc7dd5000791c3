using ZhipuVideo.Emulator;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Runtime;

/// <summary>
/// The client that Windows PowerShell 5.1 gets, on Mono: its references are complete without a binding redirect, also where somebody else
/// has loaded an older System.Text.Json before, and its code runs, from the submission to the file. Mono's HttpWebRequest is not that of .NET
/// Framework, so what is said here of connections holds for our settings, not for Microsoft's platform.
/// </summary>
public sealed class MonoTests
{
    private const string LongName = "a name that is longer than what is left of the 259 characters of a path behind a folder that is itself as deep as this one";

    [MonoFact]
    public async Task The_built_client_for_dotnet_Framework_pays_once_and_sends_many_at_once()
    {
        string program = await BuildAsync();
        using TemporaryFolder root = new();
        string folder = Directory.CreateDirectory(root[new string('d', 150 - root.FullName.Length)]).FullName;
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions
        {
            Settings = new EmulatorSettings { ServiceTime = 0.2, Latency = 300, Concurrency = 100 },
            Faults =
            {
                new Fault { Kind = FaultKind.DropAccepted, Phase = RequestPhase.Create, Prompt = "reply lost" },
                new Fault { Kind = FaultKind.Drop, Phase = RequestPhase.Create, Prompt = "dropped" },
                new Fault { Kind = FaultKind.Html, Phase = RequestPhase.Poll, Prompt = "gateway", Count = 2 },
                new Fault { Kind = FaultKind.Cut, Phase = RequestPhase.Download, Prompt = "cut", Bytes = 3000, Count = 2 },
            },
        });
        string[] prompts = ["一只猫在月光下", "reply lost", "dropped", "gateway", "cut", LongName, "con", .. Enumerable.Range(1, 12).Select(n => $"row {n}")];

        string[] lines = await RunAsync(program, emulator, folder, prompts);

        Assert.Equal(["CLR 4", "8.0.0.6 10.0.0.15", ""], lines[..3]);
        // 259 characters: the folder, and behind it a name with room for its part file
        string shortened = LongName[..FileNames.GetMaxStem(folder.Length, 259)].Trim();
        string NameOf(string prompt) => prompt == LongName ? shortened : prompt == "con" ? "_con" : prompt;
        Assert.InRange(shortened.Length, 8, LongName.Length - 1);
        Assert.Equal(
            prompts.Select(p => p == "dropped" ? $"{p}: SubmissionUnconfirmed" : $"{p}: Success {NameOf(p)}.mp4 {new FileInfo(Path.Combine(folder, NameOf(p) + ".mp4")).Length}"),
            lines[3..^2]);
        Assert.Equal(["NotFound", "NotFound"], lines[^2..]);
        Assert.All(Directory.GetFiles(folder), file => Assert.EndsWith(".mp4", file, StringComparison.Ordinal));
        Assert.Equal(prompts.Length - 1, Directory.GetFiles(folder).Length);
        Assert.True(emulator.State.Requests.Count(r => r.Phase == RequestPhase.Download) > prompts.Length); // resumed
        List<ReceivedRequest> submissions = [.. emulator.State.Requests.Where(r => r.Phase == RequestPhase.Create)];
        Assert.Equal(prompts.Length, submissions.Count); // neither we nor the platform below sent one twice
        Assert.Equal(prompts.Except(["dropped"]).Order(StringComparer.Ordinal), emulator.State.Tasks.Select(t => t.Prompt).Order(StringComparer.Ordinal));
        Assert.InRange(emulator.State.Stats.MaxOpenRequests["create"], 3, prompts.Length); // .NET Framework's own limit is two
        Assert.All(submissions, s => Assert.Equal("close", s.Headers["connection"]));
        Assert.All(submissions, s => Assert.DoesNotContain("expect", s.Headers.Keys));
    }

    /// <summary>
    /// A program that hosts the shell (an editor, a server) has older assemblies in its own folder, where .NET Framework looks first. Mono does
    /// that as strictly when it is told to.
    /// </summary>
    [MonoFact]
    [Trait("Phase", "process")]
    public async Task F212_A_host_with_older_assemblies_in_its_own_folder_leaves_the_module_its_own()
    {
        using TemporaryFolder host = new();
        string program = await BuildAsync();
        string[] files = [program, .. Directory.GetFiles(Path.Combine(Path.GetDirectoryName(program)!, "older"), "*.dll")];
        foreach (string file in files) File.Copy(file, host[Path.GetFileName(file)]);
        await using EmulatorServer emulator = await EmulatorServer.StartAsync(new EmulatorOptions { Settings = new EmulatorSettings { ServiceTime = 0.2 } });

        string[] lines = await RunAsync(
            "--assembly-loader=strict", emulator, host, ["一只猫在月光下"], host[Path.GetFileName(program)], "module", Repository.PathOf("bin/net472"));

        Assert.Equal("yes no no yes yes", lines[0]); // no number, .NET Framework 4.6.2, 4.7.1, 4.7.2, 4.8.1
        Assert.Equal("host asks: nothing", lines[1]); // the same assembly, asked for by somebody else
        Assert.Equal(["CLR 4", "10.0.0.15", ""], lines[2..5]);
        Assert.StartsWith("一只猫在月光下: Success 一只猫在月光下.mp4 ", lines[5], StringComparison.Ordinal);
    }

    private static async Task<string> BuildAsync()
    {
        string output = Path.Combine(AppContext.BaseDirectory, "net472");
        (int exitCode, string text, string error) = await Child.RunAsync(
            "dotnet", "build", Repository.PathOf("tests/ZhipuVideo.Net472"), "-c", "Release", "-o", output, "-v", "q", "-nodeReuse:false");
        Assert.True(exitCode == 0, text + error);
        return Path.Combine(output, "ZhipuVideo.Net472.exe");
    }

    private static async Task<string[]> RunAsync(string first, EmulatorServer emulator, string folder, string[] prompts, params string[] before)
    {
        (int exitCode, string text, string error) = await Child.RunAsync(
            "mono", [first, .. before, emulator.BaseUri.AbsoluteUri, EmulatorOptions.DemoKey, Repository.PathOf("src/Examples/kite.png"), folder, .. prompts]);
        Assert.True(exitCode == 0, text + error);
        return (text + error).Trim().Split('\n');
    }
}
