using System.Text.Json.Nodes;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>What rows become: the request that reaches the server, or an error that names the row.</summary>
public sealed class RowTests(Emulator emulator) : CmdletTest(emulator)
{
    [Fact]
    public void Every_parameter_is_the_services_field()
    {
        PSObject job = Shell.Run("""
            New-CogVideo 'a cat' -Image https://example.com/cat.png -Model cogvideox-2 -Quality quality -WithAudio $true -Size 1920x1080 `
                -Fps 60 -Duration 10 -RequestId my-request-1 -UserId customer -Name cat -AdditionalBody @{ off_peak = $true; watermark_enabled = $false }
            """).Single;

        AssertSent("""
            {"model":"cogvideox-2","prompt":"a cat","quality":"quality","with_audio":true,"size":"1920x1080","fps":60,"duration":10,
             "request_id":"my-request-1","user_id":"customer","off_peak":true,"watermark_enabled":false,"image_url":"https://example.com/cat.png"}
            """);
        Dictionary<string, string> expected = new()
        {
            ["RequestId"] = "my-request-1",
            ["Model"] = "cogvideox-2",
            ["Status"] = "Processing",
            ["Name"] = "cat",
            ["Prompt"] = "a cat",
            ["Image"] = "https://example.com/cat.png",
            ["Quality"] = "quality",
            ["WithAudio"] = "True",
            ["Size"] = "1920x1080",
            ["Fps"] = "60",
            ["Duration"] = "10",
            ["UserId"] = "customer",
            ["Id"] = Emulator.Tasks[0].Id,
        };
        Assert.All(expected, field => Assert.Equal(field.Value, job.Text(field.Key)));
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(job.Get("SubmittedAt")).Kind);
    }

    [Fact]
    public void What_is_not_given_is_not_sent()
    {
        PSObject job = Shell.Run("New-CogVideo 'a cat'").Single;

        Assert.Equal(["model", "prompt", "request_id"], Emulator.OnlyBody.Select(f => f.Key));
        Assert.Matches("^[0-9a-f]{32}$", job.Text("RequestId"));
        Assert.Equal("cogvideox-flash", job.Text("Model"));
        Assert.Equal(Emulator.OnlyBody["request_id"]!.ToString(), job.Text("RequestId"));
    }

    [Fact]
    public void Cells_of_text_bind_as_their_fields()
    {
        Shell.Run("""
            [pscustomobject]@{
                Prompt = 'a cat'; Model = 'cogvideox-2'; Fps = '30'; Duration = '5'; WithAudio = 'False'; Size = ''; Quality = ''; Image = ''
                RequestId = ''; UserId = ''; Name = ''; AdditionalBody = ''
            } | New-CogVideo
            """).Succeeded();

        AssertSent("""{"model":"cogvideox-2","prompt":"a cat","with_audio":false,"fps":30,"duration":5}""");
    }

    [Theory]
    [InlineData("True", true)]
    [InlineData("TRUE", true)]
    [InlineData("yes", true)]
    [InlineData("1", true)]
    [InlineData(" true ", true)]
    [InlineData("False", false)]
    [InlineData("no", false)]
    [InlineData("No", false)]
    [InlineData("0", false)]
    public void F57_WithAudio_takes_what_people_write(string cell, bool sent)
    {
        Shell["cell"] = cell;

        Shell.Run("[pscustomobject]@{ Prompt = 'a cat'; WithAudio = $cell } | New-CogVideo; New-CogVideo 'a dog' -WithAudio $cell").Succeeded();

        Assert.All(Emulator.Submissions, s => Assert.Equal(sent, s.Body!["with_audio"]!.GetValue<bool>()));
    }

    [Fact]
    public void Booleans_and_numbers_are_cells_too()
    {
        Shell.Run("[pscustomobject]@{ Prompt = 42; Model = 'cogvideox-2'; Fps = 60; Duration = 10.0; WithAudio = $true } | New-CogVideo").Succeeded();

        Assert.Equal(
            ("42", 60, 10, true),
            (Emulator.OnlyBody["prompt"]!.ToString(), (int)Emulator.OnlyBody["fps"]!, (int)Emulator.OnlyBody["duration"]!, (bool)Emulator.OnlyBody["with_audio"]!));
    }

    [Theory]
    [InlineData("with_audio", "request_id", "user_id", "image_url")]
    [InlineData("WITHAUDIO", "requestid", "USERID", "ImageUrl")]
    [InlineData("WithAudio", "RequestId", "UserId", "ImagePath")]
    public void Columns_may_have_the_services_names(string audio, string request, string user, string image)
    {
        Shell.Run($$"""
            [pscustomobject]@{ prompt = 'a cat'; {{audio}} = 'yes'; {{request}} = 'r-1'; {{user}} = 'user-1'; {{image}} = 'https://example.com/c.png' } | New-CogVideo
            """).Succeeded();

        AssertSent("""
            {"model":"cogvideox-flash","prompt":"a cat","with_audio":true,"request_id":"r-1","user_id":"user-1","image_url":"https://example.com/c.png"}
            """);
    }

    [Theory]
    [Each("\uFEFFPrompt", "ï»¿Prompt", "\uFEFF\"Prompt\"", " prompt ")]
    public void F57_A_byte_order_mark_or_blanks_are_no_part_of_a_header(string header)
    {
        Shell["header"] = header;

        Assert.Empty(Shell.Run("[pscustomobject]@{ $header = 'a cat'; Name = 'cat' } | New-CogVideo").Succeeded().Warnings);

        Assert.Equal("a cat", Emulator.OnlyBody["prompt"]!.ToString());
    }

    [Fact]
    public void F57_Columns_without_a_meaning_are_named_in_one_warning()
    {
        Outcome outcome = Shell.Run("""
            1..3 | ForEach-Object { [pscustomobject]@{ Prompt = "cat $_"; Colour = 'red'; Remark = '' } } | New-CogVideo
            """).Succeeded();

        string warning = Assert.Single(outcome.Warnings);
        Assert.Contains("Colour, Remark", warning);
        Assert.Contains("Prompt", warning); // what would have a meaning
        Assert.Equal(3, Emulator.Tasks.Count);
    }

    [Fact]
    public void F57_A_row_without_prompt_and_picture_costs_nothing_and_the_others_go_on()
    {
        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ Promt = 'misspelt'; Name = 'one' }, [pscustomobject]@{ Prompt = 'a cat' }, [pscustomobject]@{ Prompt = ''; Image = '' },
            [pscustomobject]@{ Prompt = '  '; Name = 'four' } | New-CogVideo
            """);

        Assert.Equal(Enumerable.Repeat("CogVideo.InvalidInput", 2), outcome.ErrorIds);
        Assert.Contains("Row 1 (one)", outcome.Errors[0].ToString());
        Assert.Contains("Row 4 (four)", outcome.Errors[1].ToString());
        Assert.Equal("misspelt", outcome.Errors[0].Target("Promt"));
        Assert.Contains("Promt", outcome.Warnings[0]);
        Assert.Contains("1", outcome.Warnings[1]); // the third is empty
        Assert.Equal(2, outcome.Warnings.Count);
        Assert.Equal("a cat", Assert.Single(Emulator.Submissions).Prompt);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Fps = 'thirty' }", "Fps", "thirty")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Fps = '25' }", "Fps", "25", "30, 60")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Fps = 30.5 }", "Fps", "30.5")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Duration = '7' }", "Duration", "7", "5, 10")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; UserId = '12345' }", "UserId", "5", "6 to 128")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; WithAudio = 'perhaps' }", "WithAudio", "perhaps", "True, False, 1, 0, yes, no")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Size = '1920x1080' }", "Size", "1920x1080", "cogvideox-2, cogvideox-3")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Fps = '30' }", "Fps", "30", "cogvideox-2, cogvideox-3")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Quality = 'speed' }", "Quality", "speed", "cogvideox-2, cogvideox-3")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Quality = 'best' }", "Quality", "best", "speed, quality")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Size = '1x1' }", "Size", "1x1", "1920x1080")]
    [InlineData("[pscustomobject]@{ Prompt = @{ a = 1 } }", "Prompt", "Hashtable")]
    [InlineData("[pscustomobject]@{ Prompt = @('a', 'b') }", "Prompt", "Object[]")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; AdditionalBody = '[1]' }", "AdditionalBody")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; AdditionalBody = '{\"model\":\"other\"}' }", "AdditionalBody", "model")]
    [InlineData("[pscustomobject]@{ Image = 'https://example.com/a.png|https://example.com/b.png' }", "2")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'viduq1-text'; Image = 'https://example.com/a.png' }", "Image", "https://example.com/a.png")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'vidu2-image' }", "1", "vidu2-image")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Model = 'viduq1-text'; WithAudio = 'yes' }", "WithAudio", "True")]
    public void F57_A_wrong_cell_costs_no_request_and_names_the_row_the_value_and_what_is_allowed(string row, params string[] named)
    {
        ErrorRecord error = Shell.Run($"$row = {row}; [pscustomobject]@{{ Prompt = 'good' }}, $row | New-CogVideo").Fails("InvalidInput");

        Assert.Same(((PSObject)Shell["row"]!).BaseObject, PSObject.AsPSObject(error.TargetObject).BaseObject);
        Assert.All(named.Prepend("Row 2"), part => Assert.Contains(part, error.ToString()));
        Assert.Equal("good", Assert.Single(Emulator.Submissions).Prompt);
    }

    [Theory]
    [Each("-Size 1x1 -Model cogvideox-2", "-Size 1920x1080", "-Fps 0 -Model cogvideox-2", "-Fps -30 -Model cogvideox-2",
        "-Fps 2147483648 -Model cogvideox-2", "-Fps 30.0 -Model cogvideox-2 -Duration 1e1", "-Duration 2147483648", "-Duration ５",
        "-Duration NaN", "-Quality Speed -Model cogvideox-2", "-WithAudio 2", "-UserId ab", "-AdditionalBody @{ prompt = 'other' }",
        "-AdditionalBody @{ x = { code } }")]
    public void F64_A_value_outside_its_set_is_an_error_here_and_no_request(string parameters)
    {
        Shell.Run($"New-CogVideo 'a cat' {parameters}").Fails("InvalidInput");
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("New-CogVideo x -ThrottleLimit 0", "New-CogVideo x -ThrottleLimit many", "New-CogVideo x -TimeoutSec -1",
        "Wait-CogVideo 1 -TimeoutSec -1", "Wait-CogVideo 1 -PollIntervalSec 0", "Save-CogVideo -Id 1 -ThrottleLimit 65",
        "Save-CogVideo -Id 1 -DestinationPath ''")]
    public void F64_A_setting_outside_its_range_is_an_error_here_and_no_request(string script)
    {
        Assert.NotNull(Shell.Run(script).Terminating);
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("two\r\nlines, \"quoted\"", "tab\there \u0001 bell \a nul \0 end", "emoji 👩‍👩‍👧 and 𠮷, e\u0301 stays two",
        "</script> \\ / \u2028 \u007f", "  blanks at both ends  ")]
    public void F60_What_is_sent_is_what_was_written(string prompt)
    {
        Shell["prompt"] = prompt;

        PSObject job = Shell.Run("[pscustomobject]@{ Prompt = $prompt } | New-CogVideo").Single;

        Assert.Equal(prompt, Emulator.OnlyBody["prompt"]!.ToString());
        Assert.Equal(prompt, job.Text("Prompt"));
    }

    [Theory]
    [Each("Prompt", "UserId", "RequestId")]
    public void F60_Half_a_character_is_refused(string field)
    {
        Shell["half"] = "12345\ud83d6789";

        Outcome outcome = Shell.Run($"New-CogVideo 'a cat'; $row = @{{ Prompt = 'x' }}; $row.{field} = $half; New-CogVideo @row");

        Assert.Contains(field, outcome.Error.ToString());
        Assert.Single(Emulator.Requests);
    }

    [Fact]
    public void F60_A_long_prompt_is_a_warning_and_the_services_decision()
    {
        Outcome outcome = Shell.Run("('猫' * 512), ('猫' * 513) | New-CogVideo");

        Assert.Contains("513", Assert.Single(outcome.Warnings));
        Assert.Equal("CogVideo.PromptTooLong", outcome.Error.Id());
        Assert.Equal(2, Emulator.Submissions.Count);
        Assert.Equal(513, Emulator.Submissions[1].Prompt!.Length);
    }

    [Theory]
    [Each("Prompt", "Name", "Size", "Image", "Fps", "WithAudio", "Column")]
    public void F57_A_cell_of_a_megabyte_makes_no_flood(string field)
    {
        Shell["huge"] = new string('x', 1024 * 1024);

        Outcome outcome = Shell.Run($"$row = @{{ Prompt = 'x'; Model = 'cogvideox-2' }}; $row.{field} = $huge; [pscustomobject]$row | New-CogVideo");

        Assert.Null(outcome.Terminating);
        Assert.All(outcome.Errors, e => Assert.InRange(e.ToString().Length, 1, 2000));
        Assert.All(outcome.Warnings, w => Assert.InRange(w.Length, 1, 2000));
        bool isTaken = field is "Prompt" or "Name" or "Column";
        Assert.Equal(isTaken ? 1 : 0, Emulator.Submissions.Count);
        Assert.Equal(field == "Prompt" ? 1024 * 1024 : 1, Emulator.Submissions.Sum(s => s.Prompt!.Length) + (isTaken ? 0 : 1));
        if (!isTaken) Assert.Contains("Row 1", outcome.Error.ToString());
    }

    /// <summary>One row in two hundred is good: a hundred thousand that are accepted are a command, <c>rows</c> of the fault tests.</summary>
    [Fact]
    public void F57_Of_twenty_thousand_rows_each_is_accepted_or_refused_by_name_and_none_is_kept()
    {
        const int count = 20_000, goodOnes = 200, keptByTheShell = 256;
        List<WeakReference> rows = new(count);
        Shell["rows"] = Rows();

        Outcome outcome = Shell.Run("""
            $accepted = $refused = 0
            $rows | New-CogVideo -Model cogvideox-2 2>&1 | ForEach-Object {
                if ($_ -isnot [Management.Automation.ErrorRecord]) { $accepted++ }
                elseif ($_.FullyQualifiedErrorId -like 'CogVideo.InvalidInput,*' -and "$_".Contains($_.TargetObject.Name)) { $refused++ }
            }
            $rows = $null
            $accepted, $refused
            """).Succeeded();

        Assert.Equal(["100", "19900"], outcome.Output.Select(o => $"{o}"));
        Assert.Equal(Enumerable.Range(0, count / goodOnes).Select(i => $"row {i * goodOnes}"), Emulator.Tasks.Select(t => t.Prompt!).OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal));
        Assert.Equal(100, Emulator.Submissions.Count);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(rows.Count(r => r.IsAlive), 0, keptByTheShell + 20);

        IEnumerable<PSObject> Rows()
        {
            for (int i = 0; i < count; i++)
            {
                PSObject row = new();
                row.Properties.Add(new PSNoteProperty("Prompt", $"row {i}"));
                row.Properties.Add(new PSNoteProperty("Name", $"name-{i}."));
                row.Properties.Add(new PSNoteProperty("Fps", i % goodOnes == 0 ? "30" : "thirty"));
                rows.Add(new WeakReference(row));
                yield return row;
            }
        }
    }

    [Fact]
    public void Lines_of_text_are_prompts()
    {
        Outcome outcome = Shell.Run("'first', '', 'second' | New-CogVideo").Succeeded();

        Assert.Equal(["first", "second"], Emulator.Submissions.Select(s => s.Prompt));
        Assert.Contains("1", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public void A_piped_text_beside_Prompt_is_an_error_and_not_a_guess()
    {
        Shell.Run("'picture.png' | New-CogVideo -Prompt 'make it move'").Fails("InvalidInput");
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("Get-Command New-CogVideo", "[datetime]::Now", "42", "@{ a = 1 }", "[version]'1.2'")]
    public void An_object_is_never_a_prompt(string value)
    {
        Shell.Run($"{value} | New-CogVideo").Fails("InvalidInput");
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void A_dictionary_is_a_row()
    {
        Shell.Run("@{ Prompt = 'a cat'; Fps = '30'; Model = 'cogvideox-2' } | New-CogVideo; [ordered]@{ prompt = 'a dog' } | New-CogVideo").Succeeded();

        Assert.Equal(["a cat", "a dog"], Emulator.Submissions.Select(s => s.Prompt));
        Assert.Equal("30", Emulator.Submissions[0].Field("fps"));
    }

    [Fact]
    public void The_command_line_wins_over_a_column()
    {
        Shell.Run("""
            [pscustomobject]@{ Prompt = 'column'; Model = 'cogvideox-2'; Fps = '60'; Name = 'column' } |
                New-CogVideo -Prompt 'line' -Fps 30 -Name line
            """).Succeeded();

        Assert.Equal(("line", "30", "cogvideox-2"), (Emulator.OnlyBody["prompt"]!.ToString(), Emulator.OnlyBody["fps"]!.ToString(), Emulator.OnlyBody["model"]!.ToString()));
        Assert.Equal("line", Shell.Run("Get-CogVideoJob").Single.Text("Name"));
    }

    [Fact]
    public void A_cell_holds_for_its_row_only()
    {
        Shell.Run("""
            [pscustomobject]@{ Prompt = 'one'; Model = 'cogvideox-2'; Fps = '60'; UserId = 'user-1'; Name = 'first' },
            [pscustomobject]@{ Prompt = 'two' }, 'three' | New-CogVideo -ThrottleLimit 1
            """).Succeeded();

        Assert.Equal(["60", null, null], Emulator.Submissions.Select(s => s.Field("fps")));
        Assert.Equal(["user-1", null, null], Emulator.Submissions.Select(s => s.Field("user_id")));
        Assert.Equal(["first", null, null], Shell.Run("Get-CogVideoJob").Texts("Name"));
    }

    [Fact]
    public void Script_blocks_are_asked_for_each_row()
    {
        Shell.Run("""
            1..3 | ForEach-Object { [pscustomobject]@{ Number = $_; Model = 'cogvideox-2' } } |
                New-CogVideo -Prompt { "cat $($_.Number)" } -Name { "n-$($_.Number)" } -Fps { 30 } -WarningAction SilentlyContinue -ThrottleLimit 1
            """).Succeeded();

        Assert.Equal(["cat 1", "cat 2", "cat 3"], Emulator.Submissions.Select(s => s.Prompt));
        Assert.All(Emulator.Submissions, s => Assert.Equal("30", s.Field("fps")));
        Assert.Equal(["n-1", "n-2", "n-3"], Shell.Run("Get-CogVideoJob").Texts("Name").Order());
    }

    [Fact]
    public void A_job_or_result_is_a_new_row()
    {
        Outcome outcome = Shell.Run("New-CogVideo 'a cat' -RequestId first-1 -Name cat -UserId user-1 | Wait-CogVideo | New-CogVideo").Succeeded();

        Assert.Equal(["first-1", outcome.Single.Text("RequestId")], Emulator.Submissions.Select(s => s.Field("request_id")));
        Assert.NotEqual("first-1", outcome.Single.Text("RequestId"));
        Assert.All(Emulator.Submissions, s => Assert.Equal(("a cat", "user-1"), (s.Prompt, s.Field("user_id"))));
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void A_model_beyond_the_catalogue_passes_through()
    {
        Emulator.Set(new { extra_models = new[] { "cogvideox-9" } });

        Shell.Run("New-CogVideo 'a cat' -Model cogvideox-9 -Size 9x9 -Fps 999 -Duration 99 -Quality superb").Succeeded();

        Assert.Equal("999", Emulator.OnlyBody["fps"]!.ToString());
    }

    private void AssertSent(string json)
    {
        JsonNode expected = JsonNode.Parse(json)!;
        JsonObject sent = Emulator.OnlyBody;
        if (expected["request_id"] is null) sent.Remove("request_id");
        Assert.True(JsonNode.DeepEquals(expected, sent), sent.ToJsonString());
    }
}
