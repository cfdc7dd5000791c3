namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Keys and addresses: where they come from, which are refused, and that they are one runspace's.</summary>
public sealed class ConnectTests(Emulator emulator) : CmdletTest(emulator)
{
    /// <summary>An account that every emulator knows, under another secret.</summary>
    internal const string WrongKey = "0123456789abcdef0123456789abcdef.notTheSecret0000";

    [Fact]
    public void A_key_is_checked_by_one_look_that_costs_nothing()
    {
        Shell["key"] = Shell.NewKey();

        PSObject connection = Shell.Run($"Connect-CogVideo -ApiKey $key -BaseUri {Emulator.BaseUri} -Model cogvideox-2").Single;

        Assert.Equal("poll", Assert.Single(Emulator.Requests).Phase);
        Assert.Equal(
            [Emulator.BaseUri, "-ApiKey", "cogvideox-2", "True"],
            new[] { "BaseUri", "KeySource", "Model", "Checked" }.Select(connection.Text));
        Assert.Equal("ZhipuVideo.Session.CogVideoConnection", connection.BaseObject.GetType().FullName);
    }

    [Fact]
    public void SkipCheck_sends_nothing()
    {
        Shell["key"] = WrongKey;

        Assert.Equal("False", Shell.Run($"Connect-CogVideo -ApiKey $key -BaseUri {Emulator.BaseUri} -SkipCheck").Single.Text("Checked"));
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("Connect-CogVideo -ApiKey $key -BaseUri $address", "1..20 | ForEach-Object { \"row $_\" } | New-CogVideo -ApiKey $key -Verbose -Debug | Wait-CogVideo",
        "'1' | Wait-CogVideo -ApiKey $key", "'1' | Get-CogVideoResult -ApiKey $key", "Save-CogVideo $folder -Id 1 -ApiKey $key")]
    [Trait("Phase", "submit")]
    public void F10_F62_A_wrong_key_costs_one_request_whatever_is_piped_and_is_shown_nowhere(string script)
    {
        (Shell["key"], Shell["address"]) = (WrongKey, Emulator.BaseUri);
        IReadOnlyList<string> forms = Secrets.FormsOf(WrongKey);

        Outcome outcome = Shell.Run($"$VerbosePreference = $DebugPreference = 'Continue'; {script}");

        ErrorRecord error = outcome.Terminating ?? outcome.Error;
        Assert.Equal(("CogVideo.AuthenticationFailed", "1000", 401), (error.Id(), error.Of("Code"), error.Of("HttpStatus")));
        Assert.Empty(outcome.Output);
        Assert.Single(Emulator.Requests);
        Outcome after = Shell.Run("$Error; Get-CogVideoJob; @($Error).Where({ $_.Exception }).ForEach({ $_.Exception.Data })");
        Assert.Empty(Secrets.Find(outcome, forms).Concat(Secrets.Find(after, forms)).Concat(Secrets.FindFiles(Folder.FullName, forms)));
    }

    [Theory]
    [InlineData("-ApiKey $key", "-ApiKey")]
    [InlineData("-ApiKey $secure", "-ApiKey")]
    [InlineData("-Credential $credential", "-Credential")]
    public void A_key_is_given_as_text_as_SecureString_or_as_a_credential(string parameter, string source)
    {
        using Shell shell = Shell.Unconnected();
        shell["key"] = shell.Key;
        shell.Run("$secure = [securestring]::new(); foreach ($c in $key.ToCharArray()) { $secure.AppendChar($c) }").Succeeded();
        shell.Run("$credential = [pscredential]::new('anybody', $secure)").Succeeded();

        Assert.Equal(source, shell.Run($"Connect-CogVideo {parameter} -BaseUri {Emulator.BaseUri}").Single.Text("KeySource"));
        shell.Run($"New-CogVideo 'a cat' {parameter} -BaseUri {Emulator.BaseUri}").Succeeded();

        Assert.All(Emulator.Requests, r => Assert.Equal("valid", r.Authorization));
    }

    [Fact]
    public void The_model_of_the_connection_is_the_default()
    {
        Shell["key"] = Shell.NewKey();
        Shell.Run($"Connect-CogVideo -ApiKey $key -BaseUri {Emulator.BaseUri} -SkipCheck -Model cogvideox-3").Succeeded();

        Shell.Run("New-CogVideo one; New-CogVideo two -Model cogvideox-2; [pscustomobject]@{ Prompt = 'three'; Model = '' } | New-CogVideo").Succeeded();

        Assert.Equal(["cogvideox-3", "cogvideox-2", "cogvideox-3"], Emulator.Tasks.Select(t => t.Model));
    }

    [Theory]
    [Each("", "   ", "abcd1234 efgh.s3kr1t", "abcd1234.s3kr1t\r\nX-Evil: 1", "abcd1234.s3kr1t\tefgh", "密钥.s3kr1t")]
    public void F61_A_key_that_no_header_can_carry_is_refused_before_any_request(string key)
    {
        Shell["bad"] = key;

        foreach (string script in new[] { "Connect-CogVideo -ApiKey $bad", "New-CogVideo 'a cat' -ApiKey $bad", "Wait-CogVideo 1 -ApiKey $bad" })
        {
            Outcome outcome = Shell.Run(script);
            outcome.Ends("InvalidApiKey");
            Assert.All(["abcd", "s3kr", "efgh", "Evil", "密钥"], piece => Assert.DoesNotContain(piece, string.Join('\n', outcome.Said)));
        }
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F61_A_key_of_ten_kilobytes_is_refused_and_not_shown()
    {
        Shell["bad"] = new string('k', 10_000) + ".secret";

        ErrorRecord error = Shell.Run("New-CogVideo 'a cat' -ApiKey $bad").Ends("InvalidApiKey");

        Assert.DoesNotContain("kkk", error.ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F61_Spaces_around_a_key_are_not_part_of_it_and_a_key_without_a_dot_is_warned_of()
    {
        Shell["spaced"] = $"  {Shell.NewKey()} ";
        Shell["dotless"] = "keyWithoutAnyDot";

        Assert.Empty(Shell.Run("New-CogVideo 'a cat' -ApiKey $spaced").Succeeded().Warnings);
        Outcome outcome = Shell.Run("New-CogVideo 'a cat' -ApiKey $dotless");

        Assert.Equal("valid", Emulator.Requests[0].Authorization);
        Assert.DoesNotContain("keyWithoutAnyDot", Assert.Single(outcome.Warnings));
    }

    [Theory]
    [Each("ws://127.0.0.1/api", "file:///etc/passwd", "ftp://127.0.0.1/", "http://127.0.0.1.example.com/",
        "https://user:hunter2@example.com/", "https://user:hunter2@no host/", "https://user:hunter2@hunter2@example.com/",
        "user:hunter2@example.com", "https://example.com/?key=KEY", "wss://example.com/KEY", "https://example.com/?key=1",
        "https://example.com/#x", "example.com", "/api/paas/v4", "https://example.com:99999/", "https://")]
    [InlineData("http://example.com/api/paas/v4")] // plain http beyond this machine
    public void F63_An_address_that_must_not_get_a_key_is_refused(string address)
    {
        string key = Shell.NewKey();
        Shell["key"] = key;
        Shell["address"] = address.Replace("KEY", key, System.StringComparison.Ordinal);

        Outcome outcome = Shell.Run("Connect-CogVideo -ApiKey $key -BaseUri $address -SkipCheck");

        outcome.Ends("InvalidBaseUri");
        Assert.Empty(Secrets.Find(outcome, [.. Secrets.FormsOf(key), "hunter2"]));
    }

    [Theory]
    [InlineData("https://open.bigmodel.cn/api/paas/v4/", "https://open.bigmodel.cn/api/paas/v4")]
    [InlineData("https://open.bigmodel.cn", "https://open.bigmodel.cn/api/paas/v4")]
    [InlineData("https://proxy.example.com/zhipu", "https://proxy.example.com/zhipu")]
    [InlineData("https://BÜCHER.example:8443/v4", "https://bücher.example:8443/v4")]
    [InlineData("https://[2001:db8::1]/v4", "https://[2001:db8::1]/v4")]
    [InlineData("http://localhost:8080/v4", "http://localhost:8080/v4")]
    [InlineData("http://[::1]:8080/v4/", "http://[::1]:8080/v4")]
    public void F63_Addresses_are_normalised(string address, string normal)
    {
        Shell["address"] = address;
        Shell["key"] = Shell.NewKey();

        PSObject connection = Shell.Run("Connect-CogVideo -ApiKey $key -BaseUri $address -SkipCheck").Single;

        Assert.Equal(normal, connection.Text("BaseUri"));
    }

    [Fact]
    public void F63_A_wrong_port_is_a_connection_that_failed()
    {
        Shell["key"] = Shell.NewKey();

        Shell.Run($"Connect-CogVideo -ApiKey $key -BaseUri {SafetyNet.Nowhere}").Ends("ConnectionFailed");
    }

    [Fact]
    public void A_column_never_chooses_key_address_or_the_ways_of_the_run()
    {
        using Emulator other = new();

        Outcome outcome = Shell.Run($$"""
            [pscustomobject]@{
                Prompt = 'a cat'; BaseUri = '{{other.BaseUri}}'; base_url = '{{other.BaseUri}}'; ApiKey = 'stolen.key'; Credential = 'x'
                JournalPath = "$folder/foreign.jsonl"; ThrottleLimit = 1; TimeoutSec = 1; RetryUnconfirmed = $true; WhatIf = $true
            } | New-CogVideo
            """).Succeeded();

        Assert.Single(Emulator.Tasks);
        Assert.Empty(other.Requests);
        Assert.Empty(Folder.Files);
        Assert.Contains("BaseUri", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public async Task Two_runspaces_with_two_keys_never_mix()
    {
        using Shell second = new(Emulator);
        const string script = "1..6 | ForEach-Object { \"row $_\" } | New-CogVideo | Wait-CogVideo";

        Outcome[] outcomes = await Task.WhenAll(Shell.Start(script), second.Start(script));

        // A task is found under its own account only
        Assert.All(outcomes, o => Assert.Equal(6, o.Succeeded().Texts("Id").Distinct().Count()));
        Assert.Equal(12, outcomes.SelectMany(o => o.Texts("Id")).Distinct().Count());
        second["ids"] = outcomes[0].Texts("Id").ToArray();
        Assert.All(second.Run("Get-CogVideoResult $ids").ErrorIds, id => Assert.Equal("CogVideo.NotFound", id));
        Assert.Equal(6, second.Run("Get-CogVideoJob").Output.Count);
    }
}
