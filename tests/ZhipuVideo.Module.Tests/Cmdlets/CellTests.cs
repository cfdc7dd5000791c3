using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Cells as spreadsheets, data frames, databases and PowerShell itself leave them.</summary>
public sealed class CellTests(Emulator emulator) : CmdletTest(emulator)
{
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. new byte[80]];

    static CellTests() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    [Fact]
    public void F135_Rows_of_nothing_are_passed_over_and_counted_in_one_warning()
    {
        Shell["sheet"] = Csv("Prompt,Name,Image\r\na cat,cat,\r\n,,\r\n ,,\u3000\r\na dog,,\r\n,,");

        Outcome outcome = Shell.Run("$sheet | New-CogVideo -ErrorAction Stop").Succeeded();

        Assert.Equal(["a cat", "a dog"], Emulator.Submissions.Select(s => s.Prompt).Order());
        Assert.Contains("3", Assert.Single(outcome.Warnings));
    }

    [Theory]
    [InlineData("'a cat', '', '  ', \"`t\", \"`u{200B}\", $null, 'a dog'", 5)] // blank lines of a prompt file
    [InlineData("@{ Prompt = 'a cat' }, @{}, @{ Prompt = $null; Name = [DBNull]::Value }, [ordered]@{ prompt = 'a dog' }", 2)]
    [InlineData("(,@([pscustomobject]@{ Prompt = 'a cat' }, [pscustomobject]@{ Prompt = '' }, [pscustomobject]@{ Prompt = 'a dog' }))", 1)]
    public void F135_Blank_lines_and_empty_objects_are_no_rows_either(string rows, int empty)
    {
        Outcome outcome = Shell.Run($"{rows} | New-CogVideo").Succeeded();

        Assert.Equal(["a cat", "a dog"], Emulator.Submissions.Select(s => s.Prompt).Order());
        Assert.Contains($"{empty}", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public void F135_A_prompt_on_the_command_line_is_not_paid_for_an_empty_row()
    {
        Shell["sheet"] = Csv("Image,Name\r\nhttps://example.com/a.png,a\r\n,");

        Shell.Run("$sheet | New-CogVideo -Prompt 'make it move'").Succeeded();

        Assert.Equal("https://example.com/a.png", Assert.Single(Emulator.Submissions).Field("image_url"));
    }

    [Fact]
    public void F135_An_empty_row_of_a_database_is_none()
    {
        Outcome outcome = Shell.Run("""
            $table = [System.Data.DataTable]::new()
            'Prompt', 'Size' | ForEach-Object { $null = $table.Columns.Add($_) }
            $null = $table.Rows.Add('a cat', [DBNull]::Value)
            $null = $table.Rows.Add([DBNull]::Value, [DBNull]::Value)
            $table | New-CogVideo
            """).Succeeded();

        Assert.Equal(["model", "prompt", "request_id"], Emulator.OnlyBody.Select(f => f.Key));
        Assert.Single(outcome.Warnings);
    }

    [Fact]
    public void F135_Empty_rows_of_a_list_of_jobs_are_passed_over_too()
    {
        Shell["sheet"] = Csv($"Id,Name\r\n{Shell.Run("New-CogVideo 'a cat'").Single.Text("Id")},cat\r\n,");

        Outcome outcome = Shell.Run("$sheet | Wait-CogVideo | Save-CogVideo $folder");

        Assert.Empty(outcome.Errors);
        Assert.Single(outcome.Warnings);
        Assert.Equal(Folder["cat.mp4"], Assert.Single(Folder.Files));
    }

    [Theory]
    [Each("[DBNull]::Value", "[NullString]::Value", "[System.Management.Automation.Internal.AutomationNull]::Value", "[double]::NaN",
        "[float]::NaN", "@()", "@('', $null)", "'   '", "\"`u{00A0}`u{200B}\"", "[psobject]''", "[System.Data.SqlTypes.SqlString]::Null",
        "[System.Type]::Missing")]
    public void F135_What_cannot_be_a_value_is_an_empty_cell(string nothing)
    {
        PSObject job = Shell.Run($$"""
            $none = {{nothing}}
            [pscustomobject]@{ Prompt = 'a cat'; Image = $none; Model = $none; Quality = $none; WithAudio = $none; Size = $none; Fps = $none
                Duration = $none; RequestId = $none; UserId = $none; AdditionalBody = $none } | New-CogVideo
            """).Single;

        Assert.Equal(["model", "prompt", "request_id"], Emulator.OnlyBody.Select(f => f.Key));
        Assert.Equal("cogvideox-flash", job.Text("Model"));
    }

    [Fact]
    public void F135_Of_two_columns_for_one_field_the_empty_one_says_nothing()
    {
        Shell.Run("[pscustomobject][ordered]@{ Prompt = 'a cat'; user_id = 'user-1'; UserId = ''; image_url = 'https://example.com/a.png'; Image = $null } | New-CogVideo").Succeeded();

        Assert.Equal(("user-1", "https://example.com/a.png"), (Emulator.Submissions[0].Field("user_id"), Emulator.Submissions[0].Field("image_url")));
    }

    [Theory]
    [Each("?????? ??", "???", "????? jumping over the fence", "utf8 as 1252", "utf8 as 28591", "utf8 as 936", "utf8 as 437", "utf8 as 1251",
        "gbk as 1252", "涓€鍙", "un cafÃ©, dÃ©jÃ  vu")]
    [InlineData("a\0 \0c\0a\0t\0")] // UTF-16
    [InlineData("ï»¿a cat")] // a byte order mark
    [InlineData("ä¸€åªæ©˜çŒ«")] // two of its bytes have no character
    public void F136_A_prompt_in_a_wrong_encoding_is_warned_of_once_and_refused_where_it_costs_money(string prompt)
    {
        const string Written = "一只橘猫在月球上追蝴蝶，镜头缓慢推进";
        string[] how = prompt.Split(" as ");
        if (how.Length == 2)
            prompt = Encoding.GetEncoding(int.Parse(how[1], System.Globalization.CultureInfo.InvariantCulture)).GetString(Encoding.GetEncoding(how[0] == "gbk" ? 936 : 65001).GetBytes(Written));
        Shell["rows"] = new[] { prompt, prompt + "!" };

        Outcome free = Shell.Run("$rows | New-CogVideo").Succeeded();
        Outcome billed = Shell.Run("$rows | ForEach-Object { [pscustomobject]@{ Prompt = $_; Model = 'cogvideox-2' } } | New-CogVideo");
        Outcome unknown = Shell.Run("[pscustomobject]@{ Text = $rows[0] } | New-CogVideo -Prompt { $_.Text } -Model cogvideox-9 -WarningAction SilentlyContinue");
        Outcome typed = Shell.Run("New-CogVideo $rows[0] -Model cogvideox-2").Succeeded();

        Assert.Contains("utf", Assert.Single(free.Warnings) + "utf", StringComparison.OrdinalIgnoreCase);
        Assert.Contains("-Encoding", free.Warnings[0]);
        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput"], billed.ErrorIds);
        Assert.All(billed.Errors, e => Assert.Contains("-Encoding", e.ToString()));
        Assert.Contains("Row 2", billed.Errors[1].ToString());
        Assert.Equal("CogVideo.InvalidInput", unknown.Error.Id());
        Assert.Single(typed.Warnings);
        Assert.Equal(3, Emulator.Submissions.Count);
    }

    [Fact]
    public void F136_Lost_characters_are_the_rows_error_whatever_its_model()
    {
        Shell["sheet"] = Csv(Encoding.UTF8.GetString(Encoding.GetEncoding(936).GetBytes("Name,Prompt\r\ncat,一只橘猫\r\nenglish,a dog")));

        Outcome outcome = Shell.Run("$sheet | New-CogVideo; New-CogVideo \"typed `u{FFFD}\"");

        Assert.Contains("-Encoding gb18030", outcome.Error.ToString());
        Assert.Contains("Row 1 (cat)", outcome.Error.ToString());
        Assert.Contains("-Encoding", Assert.Single(outcome.Warnings));
        Assert.Equal(["a dog", "typed \uFFFD"], Emulator.Submissions.Select(s => s.Prompt));
    }

    [Theory]
    [Each("一只猫？？？", "What?!? why???", "?", "huh ??? a dog", "Übergrößenträger “fein” – CAFÉ… ação, coração « É »", "Привет, кот на луне",
        "こんにちは、月の猫", "Żółta łódź", "emoji 👩‍👩‍👧 and 𠮷, e\u0301")]
    [InlineData("联通")] // its GBK is UTF-8 too
    public void F136_What_people_write_is_not_taken_for_a_wrong_encoding(string prompt)
    {
        Shell["prompt"] = prompt;

        Assert.Empty(Shell.Run("[pscustomobject]@{ Prompt = $prompt; Model = 'cogvideox-2' } | New-CogVideo").Succeeded().Warnings);

        Assert.Equal(prompt, Assert.Single(Emulator.Submissions).Prompt);
    }

    [Theory]
    [InlineData("30.0", "5.0", "1.0")]
    [InlineData("30.00", "5.", "0.0")]
    [InlineData("30,0", "5,00", "1,0")] // where the comma is the decimal sign
    [InlineData(" 30.0 ", "+5.0", "TRUE")]
    public void F137_Whole_numbers_and_flags_may_have_a_fraction_of_zero(string fps, string duration, string audio)
    {
        Shell["row"] = new Dictionary<string, string> { ["Prompt"] = "a cat", ["Model"] = "cogvideox-2", ["Fps"] = fps, ["Duration"] = duration, ["WithAudio"] = audio };

        Shell.Run("[pscustomobject]$row | New-CogVideo").Succeeded();

        Assert.Equal((30, 5, audio != "0.0"), ((int)Emulator.OnlyBody["fps"]!, (int)Emulator.OnlyBody["duration"]!, (bool)Emulator.OnlyBody["with_audio"]!));
    }

    [Theory]
    [Each("30.5", "30,000", ".0", "3.0E1", "30.0.0")]
    public void F137_Other_fractions_are_no_whole_numbers(string fps)
    {
        Shell["fps"] = fps;

        Assert.Contains(fps, Shell.Run("[pscustomobject]@{ Prompt = 'x'; Model = 'cogvideox-2'; Fps = $fps } | New-CogVideo").Error.ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("[decimal]'30.0'", "[float]30", "[double]30")]
    public void F137_Numbers_of_every_kind_are_numbers(string fps)
    {
        Shell.Run($"[pscustomobject]@{{ Prompt = 'x'; Model = 'cogvideox-2'; Fps = {fps} }} | New-CogVideo").Succeeded();

        Assert.Equal(30, (int)Emulator.OnlyBody["fps"]!);
    }

    [Theory]
    [InlineData("[datetime]'2026-05-01T10:20:30'", "05/01/2026 10:20:30")]
    [InlineData("[datetimeoffset]'2026-05-01T10:20:30+02:00'", "05/01/2026 10:20:30 +02:00")]
    [InlineData("[timespan]'01:02:03'", "01:02:03")]
    [InlineData("[dayofweek]::Monday", "Monday")]
    [InlineData("[version]'1.2.3'", "1.2.3")]
    [InlineData("[uri]'https://example.com/a'", "https://example.com/a")]
    [InlineData("[guid]'0f8fad5b-d9cb-469f-a165-70867728950e'", "0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("[DateOnly]::new(2026, 5, 1)", "05/01/2026")]
    public void F137_A_date_is_a_label_and_no_prompt(string value, string text)
    {
        Outcome outcome = Shell.Run($$"""
            $value = {{value}}
            [pscustomobject]@{ Prompt = 'a cat'; Name = $value } | New-CogVideo
            [pscustomobject]@{ Prompt = $value; Name = 'other' } | New-CogVideo
            New-CogVideo -Prompt $value
            """);

        Assert.Equal(text, outcome.Output[0].Text("Name"));
        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput"], outcome.ErrorIds);
        Assert.Contains("Row 1 (other)", outcome.Errors[0].ToString());
        Assert.Contains(text, outcome.Errors[0].ToString());
        Assert.Single(Emulator.Submissions);
    }

    [Fact]
    public void F137_What_made_a_date_of_a_prompt_is_named() => Assert.Contains(
        "ConvertFrom-Json", Shell.Run("[pscustomobject]@{ Prompt = [datetime]'2026-05-01T10:20:30' } | New-CogVideo").Error.ToString());

    [Theory]
    [InlineData("Prompt", "nan")]
    [InlineData("Prompt", "NULL")]
    [InlineData("Prompt", "None")]
    [InlineData("Prompt", "#N/A")]
    [InlineData("Prompt", " #REF! ")]
    [InlineData("Prompt", "<NA>")]
    [InlineData("Prompt", "\\N")]
    [InlineData("Prompt", "System.Object[]")]
    [InlineData("Prompt", "undefined")]
    [InlineData("Model", "nan")]
    [InlineData("Model", "null")]
    [InlineData("UserId", "undefined")]
    [InlineData("RequestId", "NULL")]
    public void F137_Words_for_nothing_are_refused_with_a_hint(string field, string word)
    {
        Shell["word"] = word;

        Outcome outcome = Shell.Run($"$row = @{{ Prompt = 'a cat' }}; $row.{field} = $word; [pscustomobject]$row, [pscustomobject]@{{ Prompt = 'none of them moves' }} | New-CogVideo");

        Assert.All(["Row 1", field, word.Trim()], part => Assert.Contains(part, outcome.Error.ToString()));
        Assert.Equal("none of them moves", Assert.Single(Emulator.Submissions).Prompt);
    }

    [Theory]
    [Each("\u200B", "\u00A0", "\u202A", "\uFEFF", "\u2060", "\u3164", "\U000E0020")]
    public void F138_What_nobody_sees_is_dropped_at_the_ends_and_refused_inside(string hidden)
    {
        string code = $"U+{char.ConvertToUtf32(hidden, 0):X4}";
        Shell["h"] = hidden;

        Shell.Run("""
            [pscustomobject]@{ "${h}Prompt${h}" = 'a cat'; "${h}Model" = "${h}cogvideox-2${h}"; Size = "1920x1080${h}"; Fps = "${h}30"; user_id = "user-1${h}" } | New-CogVideo
            """).Succeeded();
        JsonObject sent = Emulator.OnlyBody;
        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ "Pro${h}mpt" = 'a dog' } | New-CogVideo
            [pscustomobject]@{ Prompt = 'a dog'; Model = "cogvideox${h}-2" } | New-CogVideo
            [pscustomobject]@{ Prompt = 'a dog'; Model = 'cogvideox-2'; Size = "1920${h}x1080" } | New-CogVideo
            [pscustomobject]@{ Prompt = 'a dog'; UserId = "user${h}-1" } | New-CogVideo
            "8868${h}902201637896192" | Wait-CogVideo
            """);

        Assert.Equal(("a cat", "cogvideox-2", "1920x1080", "30", "user-1"), (
            sent["prompt"]!.ToString(), sent["model"]!.ToString(), sent["size"]!.ToString(), sent["fps"]!.ToString(), sent["user_id"]!.ToString()));
        Assert.Equal(Enumerable.Repeat("CogVideo.InvalidInput", 5), outcome.ErrorIds);
        Assert.All(outcome.Errors, e => Assert.Contains(code, e.ToString()));
        Assert.Single(Emulator.Requests);
    }

    [Fact]
    public void F138_An_id_is_found_behind_what_nobody_sees()
    {
        Outcome outcome = Shell.Run("$id = (New-CogVideo 'a cat').Id; \"`u{FEFF}$id`u{200B} \" | Wait-CogVideo; [pscustomobject]@{ \"`u{200B}id\" = \"$id`u{00A0}\" } | Get-CogVideoResult").Succeeded();

        Assert.Equal([Emulator.Tasks[0].Id, Emulator.Tasks[0].Id], outcome.Texts("Id"));
    }

    [Theory]
    [Each("https://example.com/a.png?imageMogr2/thumbnail/60x|imageslim", "https://example.com/a.png?x=1|y=2|watermark/3",
        "https://example.com/a.png?x=1||y=2")]
    public void F139_A_bar_inside_a_link_is_part_of_it(string link)
    {
        Shell["link"] = link;

        Shell.Run("[pscustomobject]@{ Image = $link; Model = 'cogvideox-2' } | New-CogVideo").Succeeded();

        Assert.Equal(link, Emulator.OnlyBody["image_url"]!.ToString());
    }

    [Theory]
    [InlineData("https://example.com/a.png?x/60x|imageslim|https://example.com/b.png", "https://example.com/a.png?x/60x|imageslim", "https://example.com/b.png")]
    [InlineData("https://example.com/a.png?x/60x|imageslim|kite.png", "https://example.com/a.png?x/60x|imageslim", "png")]
    [InlineData("kite.png|https://example.com/a.png?x/60x|imageslim", "png", "https://example.com/a.png?x/60x|imageslim")]
    [InlineData("https://example.com/a.png | \"kite.png\" ||", "https://example.com/a.png", "png")]
    [InlineData("<data>|<data>", "png", "png")]
    [InlineData("https://example.com/a.png|<base64>", "https://example.com/a.png", "png")]
    public void F139_A_bar_separates_where_a_new_picture_begins(string cell, string first, string second)
    {
        string base64 = Convert.ToBase64String(Png);
        Folder.Write("kite.png", Png);
        Shell["cell"] = cell.Replace("<data>", "data:image/png;base64," + base64, StringComparison.Ordinal).Replace("<base64>", base64, StringComparison.Ordinal);

        Shell.Run("$null = $ExecutionContext.SessionState.Path.SetLocation($folder); [pscustomobject]@{ Image = $cell; Model = 'cogvideox-3' } | New-CogVideo").Succeeded();

        Assert.Equal([first, second], Emulator.OnlyBody["image_url"]!.AsArray().Select(i => i is JsonObject picture ? picture["type"]!.ToString() : i!.ToString()));
    }

    [Fact]
    public void F139_A_missing_file_beside_another_is_named_alone()
    {
        Folder.Write("kite.png", Png);

        string error = Shell.Run("[pscustomobject]@{ Image = \"$folder/kite.png|$folder/gone.png\"; Model = 'cogvideox-3' } | New-CogVideo").Error.ToString();

        Assert.Contains("gone.png", error);
        Assert.DoesNotContain("kite.png", error);
    }

    [Theory]
    [InlineData(80, "[pscustomobject]@{ Image = $image } | New-CogVideo")]
    [InlineData(80, "New-CogVideo x -Image $image")]
    [InlineData(1_200_000, "[pscustomobject]@{ Image = $image } | New-CogVideo")]
    public void F139_Bare_Base64_is_a_picture_at_once(int bytes, string script)
    {
        byte[] picture = [.. Png, .. new byte[bytes]];
        Shell["image"] = Convert.ToBase64String(picture, Base64FormattingOptions.InsertLineBreaks);

        PSObject job = Shell.Run(script).Single;

        JsonNode sent = Emulator.OnlyBody["image_url"]!;
        Assert.Equal(("png", picture.Length), (sent["type"]!.ToString(), sent["length"]!.GetValue<int>()));
        Assert.DoesNotContain("iVBOR", job.Text("Image"));
    }

    /// <summary>A path resolver takes minutes for it, and its time grows with the square.</summary>
    [Theory]
    [InlineData("AAAA", 1_500_000)] // Base64 of no picture
    [InlineData("no path. ", 1_500_000)]
    [InlineData("a/", 200_000)]
    public void F139_What_is_too_long_for_a_path_is_refused_without_being_resolved(string part, int length)
    {
        Shell["image"] = string.Concat(Enumerable.Repeat(part, length / part.Length));

        Outcome outcome = Shell.Run("[pscustomobject]@{ Prompt = 'x'; Image = $image; Model = 'cogvideox-3' }, [pscustomobject]@{ Prompt = 'x'; Image = \"https://example.com/|$image\" } | New-CogVideo");

        Assert.Equal(["CogVideo.InvalidInput", "CogVideo.InvalidInput"], outcome.ErrorIds);
        Assert.All(outcome.Errors, e => Assert.InRange(e.ToString().Length, 1, 1000));
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("\"'$folder/a kite.png'\"", "\" `u{FEFF}\\\"$folder/a kite.png\\\" \"")]
    [InlineData("\"\\\"$folder/a kite.png\\\"\"")] // Copy as path
    [InlineData("\"`u{202A}$folder/a kite.png\"")] // from the properties of a file
    public void F139_Quotes_and_marks_around_a_path_are_taken_off(string path)
    {
        Folder.Write("a kite.png", Png);

        Shell.Run($"[pscustomobject]@{{ Image = {path.Replace("\\\"", "`\"", StringComparison.Ordinal)} }} | New-CogVideo").Succeeded();

        Assert.Equal("png", Emulator.OnlyBody["image_url"]!["type"]!.ToString());
    }

    [Theory]
    [InlineData("Prompt;Model;Name\r\na cat;cogvideox-2;cat", "-Delimiter ';'")]
    [InlineData("Name\tPrompt\r\ncat\ta cat", "-Delimiter \"`t\"")]
    [InlineData("Name|Prompt\r\ncat|a cat", "-Delimiter '|'")]
    [InlineData("sep=;\r\nPrompt;Name\r\na cat;cat", "-Delimiter ';'")]
    [InlineData("sep=,H1\r\nPrompt,Name\r\na cat,cat", "-Delimiter ';'")] // read with the right delimiter
    [InlineData("\uFEFF\"Prompt;Name\"\r\na cat;cat", "-Delimiter ';'")]
    public void F140_A_file_that_was_read_as_one_column_is_told_its_delimiter(string text, string advice)
    {
        Shell["sheet"] = Csv(text);

        Outcome outcome = Shell.Run("$sheet | New-CogVideo -Prompt 'make it move'");

        Assert.All(outcome.Errors, e => Assert.Equal("CogVideo.InvalidInput", e.Id()));
        Assert.Contains(advice, outcome.Errors[0].ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F140_One_column_of_another_kind_is_a_column_that_means_nothing()
    {
        Outcome outcome = Shell.Run("[pscustomobject]@{ 'Title; more' = 'boat' } | New-CogVideo -Prompt { \"a $($_.'Title; more')\" }").Succeeded();

        Assert.Contains("Title; more", Assert.Single(outcome.Warnings));
    }

    [Theory]
    [Each("8.8689E+18", "8,8689E+18", "9E+18", "=\"8868902201637896192\"", "=8868902201637896192", "'8868902201637896192",
        "8,868,902,201,637,890,000")]
    public void F141_Ids_as_a_spreadsheet_writes_them_are_refused_with_the_reason(string id)
    {
        Shell["id"] = id;

        Outcome outcome = Shell.Run("""
            $id | Wait-CogVideo
            Get-CogVideoResult $id
            [pscustomobject]@{ Id = $id } | Save-CogVideo $folder
            [pscustomobject]@{ Prompt = 'a cat'; request_id = $id } | New-CogVideo
            """);

        Assert.Equal(Enumerable.Repeat("CogVideo.InvalidInput", 4), outcome.ErrorIds);
        Assert.All(outcome.Errors, e => Assert.Contains("spreadsheet", e.ToString()));
        Assert.Empty(Emulator.Requests);
    }

    [Theory]
    [Each("task_id", "TaskId", "TASK_ID", "taskid")]
    public void F141_The_services_word_for_an_id_is_one(string column)
    {
        Outcome outcome = Shell.Run($$"""
            $id = (New-CogVideo 'a cat').Id
            [pscustomobject]@{ id = 17; {{column}} = $id } | Wait-CogVideo
            [pscustomobject]@{ {{column}} = $id; Name = 'cat' } | Save-CogVideo $folder -PassThru
            Get-CogVideoResult -task_id $id
            """).Succeeded();

        Assert.Equal(Enumerable.Repeat(Emulator.Tasks[0].Id, 3), outcome.Texts("Id"));
        Assert.Equal("cat.mp4", Path.GetFileName(Assert.Single(Folder.Files)));
    }

    [Fact]
    public void F148_Of_a_thousand_long_prompts_three_are_warned_of_and_the_rest_is_counted()
    {
        Outcome outcome = Shell.Run("(1..20 | ForEach-Object { ('x' * 513) + $_ }) + 'a cat' | New-CogVideo -WhatIf").Succeeded();

        Assert.Equal(4, outcome.Warnings.Count);
        Assert.All(outcome.Warnings.Take(3).Select((text, i) => (text, i)), w => Assert.Contains($"Row {w.i + 1}", w.text));
        Assert.Contains("17", outcome.Warnings[3]);
    }

    [Theory]
    [InlineData("ftypavif", "avif")]
    [InlineData("ftypavis", "avif")]
    [InlineData("ftypheic", "heic")]
    [InlineData("ftypmif1", "heic")]
    [InlineData("ftypisom", "mp4")]
    [InlineData("ftypmp42", "mp4")]
    [InlineData("ftypqt  ", "mov")]
    [InlineData("%PDF-1.7", "pdf")]
    public void F149_What_is_no_picture_is_called_by_its_name(string head, string format)
    {
        byte[] start = head.StartsWith("ftyp", StringComparison.Ordinal) ? [0, 0, 0, 28] : [];
        Folder.Write("bad.png", [.. start, .. Encoding.ASCII.GetBytes(head), .. new byte[20]]);

        Assert.Contains($"contains {format},", Shell.Run("New-CogVideo x -Image $folder/bad.png").Error.ToString());
        Assert.Empty(Emulator.Requests);
    }

    [Fact]
    public void F138_A_row_that_was_accepted_before_keeps_its_hash()
    {
        Shell["h"] = "\u200B";

        Shell.Run("""
            [pscustomobject]@{ Prompt = 'a cat'; Model = 'cogvideox-flash'; UserId = "user-1${h}"; RequestId = "${h}mine"; Name = [double]::NaN } | New-CogVideo -JournalPath $folder/run.jsonl
            """).Succeeded();

        const string Hashed = "{\"model\":\"cogvideox-flash\",\"prompt\":\"a cat\",\"request_id\":\"\u200Bmine\",\"user_id\":\"user-1\u200B\"}\nNaN\n0";
        Assert.Contains(
            Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Hashed))), File.ReadAllText(Folder["run.jsonl"]), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(("mine", "user-1"), (Emulator.Submissions[0].Field("request_id"), Emulator.Submissions[0].Field("user_id")));
    }

    /// <summary>The rows of a text as Import-Csv gives them; a line with more cells than there are headers loses them.</summary>
    private static PSObject[] Csv(string text)
    {
        string[][] lines = [.. text.Split("\r\n").Select(line => line.Split(','))];
        return [.. lines.Skip(1).Select(cells =>
        {
            PSObject row = new();
            foreach ((string header, string cell) in lines[0].Zip(cells)) row.Properties.Add(new PSNoteProperty(header, cell));
            return row;
        })];
    }
}
