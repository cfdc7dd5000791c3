namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>No part of the key is anywhere but in the header that goes to the API.</summary>
public sealed class SecretTests(Emulator emulator) : CmdletTest(emulator)
{
    [Theory]
    [InlineData("Connect-CogVideo -ApiKey $key -BaseUri $address -Verbose -Debug; Get-CogVideoModel -Verbose -Debug")]
    [InlineData("'good', 'bad [sensitive]', 'sad [fail]' | New-CogVideo -JournalPath $folder/run.jsonl -Verbose -Debug | Wait-CogVideo -Verbose -Debug | Save-CogVideo $folder -IncludeCover -PassThru -Verbose -Debug")]
    [InlineData("New-CogVideo x -ApiKey $key -Verbose -Debug; Get-CogVideoJob -Verbose -Debug")]
    [InlineData("New-CogVideo x -WhatIf -Verbose -Debug")]
    [InlineData("New-CogVideo x -Credential ([pscredential]::new('user', $secure)) -Fps 1; Wait-CogVideo 1 -ApiKey $secure; Get-CogVideoResult 1 -ApiKey $key")]
    [InlineData("New-CogVideo x -BaseUri http://127.0.0.1:1/nobody -TimeoutSec 1 -Verbose -Debug")]
    [InlineData("Connect-CogVideo -ApiKey $key -BaseUri https://example.com/?q=1")]
    public void F62_The_key_is_in_no_stream_object_or_error(string script)
    {
        Remember(Shell.Key);

        Outcome outcome = Shell.Run(script);

        AssertNothingShown(outcome, Shell.Key);
    }

    [Theory]
    [Each("Connect-CogVideo -ApiKey $key -BaseUri $address -Verbose -Debug",
        "'a', 'b' | New-CogVideo -ApiKey $key -Verbose -Debug | Wait-CogVideo", "'1' | Wait-CogVideo -ApiKey $key -Verbose -Debug",
        "'1' | Get-CogVideoResult -ApiKey $key -Verbose -Debug", "Save-CogVideo $folder -Id 1 -ApiKey $key -Verbose -Debug")]
    public void F62_A_refused_key_is_not_shown_either(string script)
    {
        Remember(ConnectTests.WrongKey);

        Outcome outcome = Shell.Run(script);

        Assert.Equal("CogVideo.AuthenticationFailed", (outcome.Terminating ?? outcome.Error).Id());
        Assert.Equal(ErrorCategory.AuthenticationError, (outcome.Terminating ?? outcome.Error).CategoryInfo.Category);
        Assert.Single(Emulator.Requests);
        AssertNothingShown(outcome, ConnectTests.WrongKey);
    }

    [Fact]
    public void F62_The_keys_half_in_an_answer_of_the_service_is_not_a_reason_to_show_it()
    {
        string key = Shell.Key;
        Remember(key);
        Emulator.Fault(new { phase = "create", kind = "status", status = 401, code = "1000", message = $"invalid key {key}" });

        AssertNothingShown(Shell.Run("New-CogVideo x -Verbose -Debug"), key);
    }

    [Fact]
    public void F62_Links_are_shown_by_the_objects_own_properties_alone()
    {
        Emulator.Fault("download:status,status=404,count=1");

        Outcome outcome = Shell.Run("'a', 'b' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder -Verbose -Debug -ErrorVariable failed");

        string[] links = [.. Emulator.Downloads.Select(d => d.Path)];
        IEnumerable<string> said = outcome.Errors.Select(e => e.ToString() + e.Exception + e.ErrorDetails)
            .Concat(outcome.Verbose).Concat(outcome.Debug).Concat(outcome.Warnings).Concat(outcome.Progress.Select(p => p.StatusDescription + p.CurrentOperation));
        Assert.All(said, text => Assert.DoesNotContain(links, link => text.Contains(link, System.StringComparison.Ordinal)));
    }

    private void Remember(string key)
    {
        Shell["key"] = key;
        Shell["address"] = Emulator.BaseUri;
        System.Security.SecureString secure = new();
        foreach (char c in key) secure.AppendChar(c);
        Shell["secure"] = secure;
    }

    private void AssertNothingShown(Outcome outcome, string key)
    {
        IReadOnlyList<string> forms = Secrets.FormsOf(key);
        Outcome after = Shell.Run("$Error; Get-CogVideoJob; @($Error).Where({ $_.Exception }).ForEach({ $_.Exception.Data })");
        Assert.Empty(Secrets.Find(outcome, forms));
        Assert.Empty(Secrets.Find(after, forms));
        Assert.Empty(Secrets.FindFiles(Folder.FullName, forms));
    }
}
