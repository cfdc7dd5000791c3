namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>What a PowerShell user types: objects where ids are taken, keys, models and sizes in their own hand, defaults of the session.</summary>
public sealed class ArgumentTests(Emulator emulator) : CmdletTest(emulator)
{
    [Theory]
    [InlineData("Wait-CogVideo $jobs[0]", 1)]
    [InlineData("Wait-CogVideo $jobs", 2)]
    [InlineData("Wait-CogVideo -Id $jobs", 2)]
    [InlineData("Wait-CogVideo -InputObject $jobs", 2)]
    [InlineData("Wait-CogVideo $jobs[0], $jobs[1].Id", 2)]
    [InlineData("Wait-CogVideo ([System.Collections.Generic.List[object]]$jobs)", 2)]
    [InlineData("Wait-CogVideo $back", 2)]
    [InlineData("Wait-CogVideo @{ Id = $jobs[0].Id }", 1)]
    [InlineData("Get-CogVideoResult $jobs[1]", 1)]
    [InlineData("Get-CogVideoResult $results", 2)]
    [InlineData("Get-CogVideoResult $back[0]", 1)]
    [InlineData("Get-CogVideoResult $results.Id", 2)]
    [InlineData(",$jobs | Wait-CogVideo", 2)]
    public void F142_A_job_or_a_list_of_them_is_taken_where_an_id_is(string call, int count)
    {
        Outcome outcome = Shell.Run($$"""
            $jobs = @('a', 'b' | New-CogVideo)
            $results = $jobs | Wait-CogVideo
            $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($jobs))
            {{call}}
            """).Succeeded();

        Assert.Equal(count, outcome.Output.Count);
        Assert.All(outcome.Texts("Status"), status => Assert.Equal("Success", status));
        Assert.Subset(Emulator.Tasks.Select(t => t.Id).ToHashSet(), outcome.Texts("Id").Select(id => id!).ToHashSet());
    }

    [Theory]
    [Each("Save-CogVideo $results $folder/videos", "Save-CogVideo $results -DestinationPath $folder/videos",
        "Save-CogVideo $folder/videos $results", "Save-CogVideo $folder/videos -InputObject $results",
        "Save-CogVideo $folder/videos -Id $results", "Save-CogVideo $folder/videos -Id $results.Id -Name clip",
        "$null = [IO.Directory]::CreateDirectory(\"$folder/videos\"); $null = $ExecutionContext.SessionState.Path.SetLocation(\"$folder/videos\"); Save-CogVideo $results",
        "$results | Save-CogVideo ([IO.DirectoryInfo]::new(\"$folder/videos\"))",
        "$PSDefaultParameterValues['Save-CogVideo:DestinationPath'] = \"$folder/videos\"; Save-CogVideo $results",
        "$results.Url | Save-CogVideo $folder/videos -Name clip", "[uri[]]$results.Url | Save-CogVideo $folder/videos -Name clip")]
    public void F142_Save_takes_results_in_every_place_and_a_piped_address(string call)
    {
        Outcome outcome = Shell.Run($"$results = 'a', 'b' | New-CogVideo | Wait-CogVideo; {call}").Succeeded();

        Assert.Equal(2, outcome.Output.Count);
        Assert.Equal(2, Directory.GetFiles(Folder["videos"], "*.mp4").Length);
        Assert.Equal([Folder["videos"]], Directory.GetFileSystemEntries(Folder.FullName));
    }

    [Theory]
    [Each("Save-CogVideo $folder/videos", "'1' | Save-CogVideo $folder/videos/deep",
        "New-CogVideo 'sad [fail]' | Wait-CogVideo | Save-CogVideo $folder/videos",
        "New-CogVideo '' | Wait-CogVideo | Save-CogVideo $folder/videos",
        "$null = $ExecutionContext.SessionState.Path.SetLocation($folder); New-CogVideo 'sad [fail]' -OutVariable job | Wait-CogVideo | ForEach-Object { Save-CogVideo $_ }",
        "$job = New-CogVideo a; $job | Save-CogVideo $job")]
    public void F142_Save_creates_nothing_before_it_has_something_to_save(string script)
    {
        Outcome outcome = Shell.Run(script);

        Assert.NotEmpty(outcome.Errors.Append(outcome.Terminating).OfType<ErrorRecord>());
        Assert.Empty(Directory.GetFileSystemEntries(Folder.FullName));
    }

    [Theory]
    [Each("New-CogVideo $job", "New-CogVideo ([IO.DirectoryInfo]::new($folder))", "New-CogVideo @{ Prompt = 'a cat' }",
        "New-CogVideo -Prompt ([pscustomobject]@{ Prompt = 'a cat' })")]
    public void F142_An_object_is_no_prompt_on_the_command_line_either(string call)
    {
        Shell.Run($"$job = New-CogVideo 'a job'; {call}").Fails("InvalidInput");
        Assert.Single(Emulator.Submissions);
    }

    [Fact]
    public void F142_A_list_of_rows_is_its_rows()
    {
        Shell.Run("New-CogVideo -InputObject @(@{ Prompt = 'a cat' }, 'a dog', [pscustomobject]@{ Prompt = 'a bird' })").Succeeded();

        Assert.Equal(["a bird", "a cat", "a dog"], Emulator.Submissions.Select(s => s.Prompt).Order());
    }

    [Theory]
    [Each("Wait-CogVideo https://example.com/secret.mp4", "'https://example.com/secret.mp4' | Get-CogVideoResult")]
    public void F142_An_address_is_no_id_and_is_not_repeated(string call)
    {
        string error = Shell.Run(call).Error.ToString();

        Assert.Contains("Save-CogVideo", error);
        Assert.DoesNotContain("secret", error);
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("-ApiKey $null", "-ApiKey $env:NO_SUCH_KEY", "-ApiKey $vault.Key", "-ApiKey ([DBNull]::Value)", "-ApiKey @()", "-ApiKey ''",
        "-ApiKey ([securestring]::new())", "-Credential $null", "-Credential ([pscredential]::Empty)", "-Credential $vault.Credential",
        "@splat")]
    public void F143_A_key_that_is_not_there_is_an_error_and_no_reason_to_take_another(string key)
    {
        foreach (string call in new[] { "New-CogVideo 'a cat'", "Wait-CogVideo 1", "Get-CogVideoResult 1", "Save-CogVideo $folder -Id 1", "Connect-CogVideo" })
        {
            Outcome outcome = Shell.Run($"$splat = @{{ ApiKey = $null }}; {call} {key}");
            Assert.Equal("CogVideo.InvalidApiKey", outcome.Terminating!.Id());
        }
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("-BaseUri $null", "-BaseUri ''")]
    public void F143_Nor_is_an_address_that_is_not_there(string address)
    {
        Shell["key"] = Shell.NewKey();

        Shell.Run($"New-CogVideo 'a cat' -ApiKey $key {address}").Ends("InvalidBaseUri");
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F143_A_key_and_a_credential_exclude_one_another()
    {
        Shell.Run("$secure = [securestring]::new(); foreach ($c in 'abc.def'.ToCharArray()) { $secure.AppendChar($c) }; $credential = [pscredential]::new('x', $secure)").Succeeded();

        foreach (string call in new[] { "New-CogVideo 'a cat'", "Wait-CogVideo 1", "Get-CogVideoResult 1", "Save-CogVideo $folder -Id 1", "Connect-CogVideo" })
        {
            Outcome outcome = Shell.Run($"try {{ {call} -ApiKey $secure -Credential $credential }} catch {{ $_.FullyQualifiedErrorId }}").Succeeded();
            Assert.StartsWith("AmbiguousParameterSet", outcome.Single.ToString(), StringComparison.Ordinal);
        }
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("\"{0}\"", "'{0}'", "“{0}”", "\"{0}", "ZHIPUAI_API_KEY={0}", "ZAI_API_KEY = {0}", "export ZHIPUAI_API_KEY=\"{0}",
        "$env:ZHIPUAI_API_KEY={0}", "Bearer {0}", "Authorization: Bearer {0}")]
    public void F144_A_key_that_was_copied_with_more_than_itself_is_refused_before_it_is_sent(string form)
    {
        Shell["bad"] = form.Replace("{0}", Shell.Key, StringComparison.Ordinal);

        Shell.Run($"Connect-CogVideo -ApiKey $bad -BaseUri {Emulator.BaseUri}")
            .Ends("InvalidApiKey", form.Contains('=') || form.Contains("Bearer") ? "Give the key alone" : "quotation marks");
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [InlineData("New-CogVideo:Model", "New-CogVideo")]
    [InlineData("*-CogVideo:Model", "New-CogVideo")]
    [InlineData("new-cogvideo:mod*", "New-CogVideo")]
    [InlineData("\"New-CogVideo\":\"Model\"", "New-CogVideo")]
    [InlineData("*:Model", "ZhipuVideo\\New-CogVideo")]
    [InlineData("New-CogVideo:Model", "& (Get-Command New-CogVideo)")]
    [InlineData("New-CogVideo:Model", "ncv")]
    [InlineData("ncv:Model", "ncv")]
    [InlineData("New-CogVideo:Model", "& { $input | New-CogVideo @args }")]
    [InlineData("New-CogVideo:Model", "Submit")]
    public void F145_A_cell_wins_over_a_default_of_the_session(string key, string command)
    {
        Shell["key"] = key;
        const string Setup = """
            ${alias:ncv} = 'New-CogVideo'
            function Submit { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $Row, [string] $Model)
                begin { $null = $PSBoundParameters.Remove('Row'); $pipe = { New-CogVideo @PSBoundParameters }.GetSteppablePipeline(); $pipe.Begin($true) }
                process { $pipe.Process($Row) }
                end { $pipe.End() } }
            $PSDefaultParameterValues[$key] = 'cogvideox-2'
            $row = [pscustomobject]@{ Prompt = 'cell'; Model = 'cogvideox-flash' }
            """;

        Shell.Run($$"""
            {{Setup}}
            $row | {{command}}
            [pscustomobject]@{ Prompt = 'no cell' } | {{command}}
            [pscustomobject]@{ Prompt = 'empty cell'; Model = '' } | {{command}}
            $row.Prompt = 'typed'; $row | {{command}} -Model cogvideox-2
            $row.Prompt = 'typed another'; $row | {{command}} -Model cogvideox-3
            """).Succeeded();

        Assert.Equal(
            [("cell", "cogvideox-flash"), ("no cell", "cogvideox-2"), ("empty cell", "cogvideox-2"), ("typed", "cogvideox-2"), ("typed another", "cogvideox-3")],
            Emulator.Tasks.Select(t => (t.Prompt!, t.Model)));
    }

    [Theory]
    [InlineData("New-CogVideo -Model cogvideox-2")]
    [InlineData("New-CogVideo -Mod cogvideox-2")]
    [InlineData("New-CogVideo -Model:cogvideox-2")]
    [InlineData("New-CogVideo -Model $same")]
    [InlineData("New-CogVideo @splat")]
    [InlineData("New-CogVideo @Splat -Fps 30")]
    [InlineData("New-CogVideo `\n -Fps 30 `\n -Model cogvideox-2")]
    [InlineData("& ([scriptblock]::Create('$row | New-CogVideo -Model cogvideox-2'))", true)]
    [InlineData("& { New-CogVideo -InputObject $row -Model cogvideox-2 }", true)]
    [InlineData("$x = @($row | New-CogVideo -Model cogvideox-2)", true)]
    [InlineData("if ($row | New-CogVideo -Model cogvideox-2) { }", true)]
    [InlineData("1 | ForEach-Object { $row | New-CogVideo -Model cogvideox-2 }", true)]
    [InlineData("function Send { $row | New-CogVideo @args }; Send -Model cogvideox-2", true)]
    [InlineData("& $file", true)]
    public void F145_What_is_typed_wins_over_a_cell_also_when_it_is_the_default(string call, bool isWhole = false)
    {
        Shell["file"] = Folder.Write("send.ps1", "param($unused)\n\n$row | New-CogVideo -Fps 30 `\n    -Model cogvideox-2\n");

        Shell.Run($$"""
            $same = 'cogvideox-2'
            $splat = @{ Model = 'cogvideox-2' }
            $PSDefaultParameterValues['New-CogVideo:Model'] = $same
            $row = [pscustomobject]@{ Prompt = 'a cat'; Model = 'cogvideox-flash' }
            {{(isWhole ? call : "$row | " + call)}}
            """).Succeeded();

        Assert.Equal("cogvideox-2", Assert.Single(Emulator.Tasks).Model);
    }

    [Fact]
    public void F145_The_order_holds_for_every_field()
    {
        Folder.Write("kite.png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]);

        Outcome outcome = Shell.Run("""
            @{ Prompt = 'default'; Image = 'https://example.com/default.png'; Quality = 'speed'; WithAudio = 'no'; Size = '720x480'; Fps = 30; Duration = { 5 }
               UserId = 'default-user'; Name = 'default'; RequestId = 'default-id'; Model = 'cogvideox-3'; AdditionalBody = @{ off_peak = $false } }.GetEnumerator() |
                ForEach-Object { $PSDefaultParameterValues["New-CogVideo:$($_.Key)"] = $_.Value }
            [pscustomobject]@{ Prompt = 'cell'; Image = 'https://example.com/cell.png'; Quality = 'quality'; WithAudio = 'yes'; Size = '1920x1080'; Fps = '60'
                Duration = '10'; user_id = 'cell-user'; Name = 'cell'; RequestId = 'cell-id'; Model = 'cogvideox-2'; AdditionalBody = '{"off_peak":true}' } | New-CogVideo
            $PSDefaultParameterValues.Remove('New-CogVideo:RequestId')
            $PSDefaultParameterValues.Remove('New-CogVideo:Size')
            'line' | New-CogVideo -Image https://example.com/typed.png
            [IO.FileInfo]::new("$folder/kite.png") | New-CogVideo -Prompt typed
            """).Succeeded();

        System.Text.Json.Nodes.JsonObject[] sent = [.. Emulator.Submissions.Select(s => s.Body!)];
        Assert.Equal(
            "cell|https://example.com/cell.png|quality|true|1920x1080|60|10|cell-user|cell-id|cogvideox-2|true",
            string.Join('|', new[] { "prompt", "image_url", "quality", "with_audio", "size", "fps", "duration", "user_id", "request_id", "model", "off_peak" }.Select(f => sent[0][f]!.ToString())));
        Assert.Equal(("line", "https://example.com/typed.png", "5"), (sent[1]["prompt"]!.ToString(), sent[1]["image_url"]!.ToString(), sent[1]["duration"]!.ToString()));
        Assert.Equal(("typed", "png"), (sent[2]["prompt"]!.ToString(), sent[2]["image_url"]!["type"]!.ToString()));
        Assert.Equal(["cell", "default", "kite"], outcome.Texts("Name"));
    }

    [Fact]
    public void F145_A_default_that_is_switched_off_or_another_cmdlets_changes_nothing()
    {
        Shell.Run("""
            $PSDefaultParameterValues['Disabled'] = $true
            $PSDefaultParameterValues['New-CogVideo:Model'] = 'cogvideox-2'
            $PSDefaultParameterValues['Other-Thing:Prompt'] = 'x'
            [pscustomobject]@{ Prompt = 'cell'; Model = 'cogvideox-flash' } | New-CogVideo -Prompt typed -Model cogvideox-2
            """).Succeeded();

        Assert.Equal(("typed", "cogvideox-2"), (Emulator.Tasks[0].Prompt, Emulator.Tasks[0].Model));
    }

    [Theory]
    [InlineData("CogVideoX-2", "1920X1080")]
    [InlineData("COGVIDEOX-2", "1920×1080")]
    [InlineData("cogvideox-2", "1920*1080")]
    [InlineData("CogVideoX-2", "1920 x 1080")]
    [InlineData("CogVideoX-2", "1920ｘ1080")]
    [InlineData("CogVideoX-2", "1920 х 1080")] // a Cyrillic letter
    public void F146_Models_and_sizes_are_taken_as_people_write_them(string model, string size)
    {
        Shell["cells"] = new[] { model, size };

        PSObject job = Shell.Run("$null = [pscustomobject]@{ Prompt = 'a cat'; Model = $cells[0]; Size = $cells[1] } | New-CogVideo; New-CogVideo 'a dog' -Model $cells[0] -Size $cells[1]").Single;

        Assert.All(Emulator.Submissions, s => Assert.Equal(("cogvideox-2", "1920x1080"), (s.Field("model"), s.Field("size"))));
        Assert.Equal(("cogvideox-2", "1920x1080"), (job.Text("Model"), job.Text("Size")));
    }

    [Fact]
    [Trait("Phase", "input")]
    public void F146_What_the_catalogue_does_not_know_goes_out_as_it_is()
    {
        Emulator.Set(new { extra_models = new[] { "CogVideoX-9" } });

        Shell.Run("New-CogVideo 'a cat' -Model CogVideoX-9 -Size 9X9").Succeeded();

        Assert.Equal(("CogVideoX-9", "9X9"), (Emulator.Submissions[0].Field("model"), Emulator.Submissions[0].Field("size")));
    }

    [Fact]
    public void F146_A_model_that_the_service_does_not_know_is_told_the_known_ones()
    {
        string error = Shell.Run("New-CogVideo 'a cat' -Model cogvideo-x2").Error.ToString();

        Assert.All(["1211", "cogvideox-2", "cogvideox-flash", "vidu2-reference"], part => Assert.Contains(part, error));
    }

    [Theory]
    [InlineData("一只橘猫在月球上追蝴蝶。", "一只橘猫在月球上追蝴蝶-")]
    [InlineData("A boat on a lake, seen from above in the morning", "A boat on a lake, seen from-")]
    [InlineData("a/b: \"c\"\r\nsecond  line", "a_b_ _c_ second line-")]
    [InlineData("...", "")]
    public void F147_A_video_without_a_name_is_called_by_its_prompt_and_the_end_of_its_id(string prompt, string name)
    {
        Shell["prompt"] = prompt;

        Shell.Run("[pscustomobject]@{ Prompt = $prompt } | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();

        string id = Emulator.Tasks[0].Id;
        Assert.Equal($"{name}{(name.Length == 0 ? id : id[^6..])}.mp4", Path.GetFileName(Assert.Single(Folder.Files)));
    }

    [Fact]
    public void F147_Two_videos_of_one_prompt_are_two_files()
    {
        Shell.Run("'a cat', 'a cat' | New-CogVideo | Wait-CogVideo | Save-CogVideo $folder").Succeeded();

        Assert.Equal(Emulator.Tasks.Select(t => $"a cat-{t.Id[^6..]}.mp4").Order(), Folder.Files.Select(Path.GetFileName).Order());
    }
}
