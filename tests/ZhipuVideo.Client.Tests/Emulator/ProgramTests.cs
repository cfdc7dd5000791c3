using System.Net;
using System.Text.Json;
using ZhipuVideo.Emulator;

namespace ZhipuVideo.Client.Tests.Emulator;

/// <summary>The emulator as a program of its own.</summary>
public sealed class ProgramTests
{
    [Fact]
    public void Switches_become_options()
    {
        (EmulatorOptions options, int? parent) = CommandLine.Parse(
        [
            "--urls", "http://127.0.0.1:0", "--api-key", "a.b", "--api-key", "c.d", "--seed", "7", "--no-log", "--parent-pid", "42",
            "--service-time", "0.5", "--sigma", "1", "--latency", "20", "--concurrency", "9", "--concurrency", "cogvideox-2=3",
            "--concurrency", "cogvideox-flash=1", "--balance", "4", "--free-models-need-balance", "--extra-models", "x", "--extra-models",
            "y", "--file-size", "5000000000", "--id-form", "time-and-hex", "--resolve-request-ids", "false", "--link-lifetime", "60",
            "--fault", "create:status,status=429,code=1303,message=slow,header.Retry-After=5,prompt=dog,nth=2,count=3,probability=0.5",
            "--fault", """{"kind":"drop-accepted","phase":"create","reset":true}""", "--fault", "any:status,accepted", "--outage", "drop",
            "--video-size", "1280x720", "--video-duration", "3", "--video-fps", "24", "--video-audio", "false",
        ]);
        EmulatorSettings settings = options.Settings;
        Assert.Equal(("http://127.0.0.1:0/", 7, false, 42), (options.Urls.ToString(), options.Seed, options.Log, parent));
        Assert.Equal(["a.b", "c.d"], options.ApiKeys);
        Assert.Equal((0.5, 1, 20), (settings.ServiceTime, settings.Sigma, settings.Latency));
        Assert.Equal((9, 4, true), (settings.Concurrency, settings.Balance, settings.FreeModelsNeedBalance));
        Assert.Equal((3, 1), (settings.ModelConcurrency["cogvideox-2"], settings.ModelConcurrency["cogvideox-flash"]));
        Assert.Equal(["x", "y"], settings.ExtraModels.Order());
        Assert.Equal((5_000_000_000, IdForm.TimeAndHex, false, 60, Outage.Drop), (
            settings.FileSize, settings.IdForm, settings.ResolveRequestIds, settings.LinkLifetime, settings.Outage));
        Assert.Equal(("1280x720", 3, 24, false), (settings.VideoSize, settings.VideoDuration, settings.VideoFps, settings.VideoAudio));
        Fault fault = options.Faults[0];
        Assert.Equal((FaultKind.Status, RequestPhase.Create, 429, "1303", "slow", "dog"), (
            fault.Kind, fault.Phase, fault.Status, fault.Code, fault.Message, fault.Prompt));
        Assert.Equal((2, 3, 0.5, "5"), (fault.Nth, fault.Count, fault.Probability, fault.Headers!["Retry-After"]));
        Assert.Equal((FaultKind.DropAccepted, true, 1, 1.0), (
            options.Faults[1].Kind, options.Faults[1].Reset, options.Faults[1].Nth, options.Faults[1].Probability));
        Assert.Equal((null, true), (options.Faults[2].Phase, options.Faults[2].Accepted));
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--urls")]
    [InlineData("--seed", "x")]
    [InlineData("--latency", "soon")]
    [InlineData("--id-form", "roman")]
    [InlineData("--fault", "create")]
    [InlineData("--fault", "create:nonsense")]
    [InlineData("--fault", "{")]
    public void Mistakes_are_named(params string[] args)
    {
        Exception mistake = Assert.ThrowsAny<Exception>(() => CommandLine.Parse(args));
        Assert.True(mistake is ArgumentException or FormatException or JsonException, mistake.ToString());
    }

    [Fact]
    public void Help_names_every_setting()
    {
        foreach (System.Text.Json.Serialization.Metadata.JsonPropertyInfo property in ZhipuVideo.Emulator.Http.ControlJson.Default.EmulatorSettings.Properties)
        {
            if (property.Name == "model_concurrency") continue;
            Assert.Contains($"--{property.Name.Replace('_', '-')} ", CommandLine.Help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Program_says_where_it_listens_and_ends_with_its_parent()
    {
        using Process parent = Start();
        using Process child = Start("--parent-pid", $"{parent.Id}");
        try
        {
            Dictionary<string, Uri> addresses = new Dictionary<string, Uri>();
            for (int i = 0; i < 3; i++)
            {
                string[] words = (await child.StandardOutput.ReadLineAsync())!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                addresses.Add(words[0], new Uri(words[1]));
            }
            using HttpClient http = new HttpClient();
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri($"{addresses["API"]}/async-result/1"))).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(addresses["Files"])).StatusCode);
            Assert.Contains("async-result", await http.GetStringAsync(new Uri(addresses["Control"], "requests")), StringComparison.Ordinal);
            parent.Kill();
            await child.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, child.ExitCode);
        }
        finally
        {
            parent.Kill();
            child.Kill();
        }
    }

    [Fact]
    public async Task Program_refuses_an_address_in_use_in_one_line()
    {
        await using EmulatorServer server = await EmulatorServer.StartAsync();
        using Process second = Start("--urls", server.BaseUri.GetLeftPart(UriPartial.Authority));
        string error = await second.StandardError.ReadToEndAsync();
        await second.WaitForExitAsync();
        Assert.Equal(1, second.ExitCode);
        Assert.Contains($"{server.BaseUri.Port}", Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static Process Start(params string[] args)
    {
        string program = typeof(EmulatorServer).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", ["exec", program, "--urls", "http://127.0.0.1:0", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
