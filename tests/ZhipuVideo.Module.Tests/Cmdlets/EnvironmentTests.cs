using System.Reflection;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Keys of the environment, which is the whole process's: only tests of this class change it, all others name their key.</summary>
public sealed class EnvironmentTests : IClassFixture<Emulator>, IDisposable
{
    private readonly Emulator _emulator;
    private readonly Shell _shell = Shell.Unconnected();

    public EnvironmentTests(Emulator emulator) => _emulator = emulator.Reset();

    [Fact]
    public void No_key_is_one_terminating_error_that_lists_every_way_and_no_question()
    {
        foreach (string script in new[]
        {
            "Connect-CogVideo", "'a cat' | New-CogVideo", "Get-CogVideoResult 1", "Wait-CogVideo 1", "Save-CogVideo -Id 1",
        })
        {
            Outcome outcome = _shell.Run(script);

            Assert.Equal("CogVideo.NoApiKey", outcome.Terminating!.Id());
            Assert.Equal(ErrorCategory.AuthenticationError, outcome.Terminating!.CategoryInfo.Category);
            Assert.All(
                ["Connect-CogVideo", "-ApiKey", "-Credential", "ZHIPUAI_API_KEY", "ZAI_API_KEY", "--offline"],
                way => Assert.Contains(way, outcome.Terminating!.ToString()));
            Assert.NotEmpty(outcome.Terminating!.ErrorDetails.RecommendedAction);
        }
    }

    [Fact]
    public void What_needs_no_key_asks_for_none() => _shell.Run("Get-CogVideoModel; Get-CogVideoJob; Disconnect-CogVideo").Succeeded();

    [Theory]
    [InlineData("HTTPS_PROXY", "http://me:pr0xySecret@127.0.0.1:1", "https://service.invalid", "through the proxy http://127.0.0.1:1)")]
    [InlineData("https_proxy", "socks://127.0.0.1:1", "https://127.0.0.1:1", "https_proxy")]
    [InlineData("ALL_PROXY", "socks5h://me:pr0xySecret@127.0.0.1:1", "https://127.0.0.1:1", "ALL_PROXY")]
    [Trait("Phase", "wait")]
    public async Task F172_A_real_shell_names_the_proxy_or_the_variable_and_no_password(string name, string proxy, string address, string said)
    {
        PwshSetup setup = new() { Import = true, Environment = new() { [name] = proxy } };

        PwshResult result = await PwshProcess.RunAsync(
            setup, "-Command", $"$PSStyle.OutputRendering = 'PlainText'; '1' | Wait-CogVideo -ApiKey {_shell.Key} -BaseUri {address} -TimeoutSec 3 3>&1 2>&1 | % {{ \"$_\" }}");

        string text = result.Output + result.Error;
        Assert.Contains(said, text, StringComparison.Ordinal);
        Assert.DoesNotContain("pr0xySecret", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Disconnect-CogVideo", 1)]
    [InlineData("$manifest = (Get-Module ZhipuVideo).ModuleBase + '/ZhipuVideo.psd1'; Remove-Module ZhipuVideo; Import-Module $manifest", 0)]
    public void F56_Who_leaves_leaves_no_key_behind_and_who_removes_the_module_no_jobs(string leave, int jobs)
    {
        _shell.Connect(_emulator, _shell.Key);
        _shell.Run("New-CogVideo 'a cat'").Succeeded();
        Assert.NotEmpty(KeyInAccounts());

        _shell.Run(leave).Succeeded();

        Assert.Empty(KeyInAccounts());
        _shell.Run("New-CogVideo 'a dog'").Ends("NoApiKey");
        Assert.Equal(jobs, _shell.Run("Get-CogVideoJob").Output.Count);
        Assert.Single(_emulator.Tasks);
    }

    [Fact]
    public void A_refused_key_leaves_the_earlier_connection()
    {
        _shell.Connect(_emulator, _shell.Key);
        _shell["wrong"] = ConnectTests.WrongKey;

        Assert.NotNull(_shell.Run($"Connect-CogVideo -ApiKey $wrong -BaseUri {_emulator.BaseUri}").Terminating);

        _shell.Run("New-CogVideo 'a cat'").Succeeded();
    }

    [Theory]
    [InlineData("ZHIPUAI_API_KEY", "ZHIPUAI_BASE_URL")]
    [InlineData("ZAI_API_KEY", "ZAI_BASE_URL")]
    public void A_pair_of_environment_variables_is_enough(string key, string address)
    {
        Environment.SetEnvironmentVariable(key, Shell.NewKey());
        Environment.SetEnvironmentVariable(address, _emulator.BaseUri);

        _shell.Run("New-CogVideo 'a cat'").Succeeded();

        Assert.Equal(key, _shell.Run("Connect-CogVideo").Single.Text("KeySource"));
        Assert.Single(_emulator.Tasks);
    }

    [Theory]
    [InlineData("ZHIPUAI_API_KEY", "ZAI_BASE_URL", "https://open.bigmodel.cn/api/paas/v4")]
    [InlineData("ZAI_API_KEY", "ZHIPUAI_BASE_URL", "https://api.z.ai/api/paas/v4")]
    public void The_two_pairs_are_never_mixed(string key, string otherAddress, string address)
    {
        Environment.SetEnvironmentVariable("ZHIPUAI_BASE_URL", null);
        Environment.SetEnvironmentVariable("ZAI_BASE_URL", null);
        Environment.SetEnvironmentVariable(key, Shell.NewKey());
        Environment.SetEnvironmentVariable(otherAddress, _emulator.BaseUri);

        // Nothing is sent: this only says where a key would go
        Assert.Equal(address, _shell.Run("Connect-CogVideo -SkipCheck").Single.Text("BaseUri"));
    }

    [Fact]
    public void Parameters_come_before_the_connection_and_that_before_the_environment()
    {
        using Emulator second = new();
        Environment.SetEnvironmentVariable("ZHIPUAI_API_KEY", Shell.NewKey());

        _shell.Connect(_emulator, _shell.Key);
        _shell.Run("New-CogVideo connected").Succeeded();
        _shell.Run($"New-CogVideo parameter -BaseUri {second.BaseUri}").Succeeded();

        Assert.Equal("connected", Assert.Single(_emulator.Tasks).Prompt);
        Assert.Equal("parameter", Assert.Single(second.Tasks).Prompt);
    }

    [Fact]
    public void An_environment_key_of_blanks_is_none()
    {
        Environment.SetEnvironmentVariable("ZHIPUAI_API_KEY", "  ");

        _shell.Run("New-CogVideo 'a cat'").Ends("NoApiKey");
    }

    /// <summary>Where what all runs of the process share still holds the key.</summary>
    private IEnumerable<string> KeyInAccounts() => AppDomain.CurrentDomain.GetAssemblies()
        .Where(assembly => assembly.GetName().Name == "ZhipuVideo.Client")
        .Select(client => client.GetType("ZhipuVideo.Scheduling.SchedulerRegistry")!.GetProperty("Shared", BindingFlags.NonPublic | BindingFlags.Static)!)
        .SelectMany(shared => Secrets.FindBelow(shared.GetValue(null)!, [_shell.Key]));

    public void Dispose()
    {
        SafetyNet.Spread();
        _shell.Dispose();
    }
}
