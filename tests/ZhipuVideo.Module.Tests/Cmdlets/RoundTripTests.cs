using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Objects that went through Export-Clixml or a job, ConvertTo-Json or Export-Csv still filter and pipe on.</summary>
public sealed class RoundTripTests(Emulator emulator) : CmdletTest(emulator)
{
    private const string Job = """
        [pscustomobject]@{
            Prompt = '一只猫'; Name = 'cat'; Model = 'cogvideox-2'; Fps = '30'; Duration = '10'; WithAudio = 'no'; Size = '1280x960'; Quality = 'speed'
            UserId = 'user-1'; Image = 'https://example.com/a.png'; AdditionalBody = '{"off_peak":true}'
        } | New-CogVideo
        """;

    private static readonly string[] Ways = ["Clixml", "Json", "Csv"];
    private static readonly string[] Saved = ["SavedPath", "FileLength", "Width", "Height", "DurationSec", "ActualFps", "HasAudio"];

    public static TheoryData<string> AllWays => new(Ways);

    [Theory]
    [MemberData(nameof(AllWays))]
    public void A_job_pipes_into_Wait(string way)
    {
        PSObject job = Shell.Run(Job).Single;
        Shell["job"] = Through(way, job);

        PSObject result = Shell.Run("@($job).Where({ $_.Status -eq 'Processing' }) | Wait-CogVideo").Single;

        Assert.Equal("Success", result.Text("Status"));
        // A culture's own time, which Export-Csv writes, has no fraction
        foreach (string field in job.Properties.Select(p => p.Name).Where(n => n != "Status" && !(way == "Csv" && n == "SubmittedAt")))
            Assert.Equal((field, job.Text(field)), (field, result.Text(field)));
    }

    [Theory]
    [MemberData(nameof(AllWays))]
    public void A_result_pipes_into_Save_and_keeps_everything(string way)
    {
        PSObject result = Shell.Run($"{Job} | Wait-CogVideo").Single;
        Shell["result"] = Through(way, result);

        PSObject saved = Shell.Run("@($result).Where({ $_.Status -eq 'Success' }) | Save-CogVideo $folder -PassThru").Single;

        Assert.Equal(Folder["cat.mp4"], saved.Text("SavedPath"));
        Assert.Equal(new FileInfo(Folder["cat.mp4"]).Length, saved.Get("FileLength"));
        Assert.Equal(Folder["cat.mp4"], Assert.Single(Folder.Files));
        foreach (string field in result.Properties.Select(p => p.Name).Where(n => !Saved.Contains(n) && !(way == "Csv" && n.EndsWith("At", StringComparison.Ordinal))))
            Assert.Equal((field, Written(result.Get(field))), (field, Written(saved.Get(field))));
    }

    /// <summary>What was seen in the file travels with the result; a result of an earlier version, which has none of it, is as good.</summary>
    [Theory]
    [MemberData(nameof(AllWays))]
    public void F184_A_saved_result_says_what_is_in_its_file_wherever_it_goes(string way)
    {
        PSObject saved = Shell.Run($"{Job} | Wait-CogVideo | Save-CogVideo $folder -PassThru").Single;
        Shell["result"] = Through(way, saved);
        PSObject again = Shell.Run("$result | Get-CogVideoResult").Single;
        foreach (string name in Saved.Skip(2)) Assert.Equal((name, saved.Text(name)), (name, again.Text(name)));
        Assert.NotNull(saved.Text("DurationSec"));

        PSObject old = Through(way, saved);
        foreach (string name in Saved.Skip(2)) old.Properties.Remove(name);
        Shell["result"] = old;
        Assert.Equal(saved.Text("SavedPath"), Shell.Run("$result | Get-CogVideoResult").Single.Text("SavedPath"));
    }

    [Theory]
    [MemberData(nameof(AllWays))]
    public void A_failure_stays_one(string way)
    {
        Shell["result"] = Through(way, Shell.Run("New-CogVideo 'x [fail]' | Wait-CogVideo").Single);

        Shell.Run("$result | Save-CogVideo $folder").Fails("JobFailed");
        Assert.Empty(Emulator.Downloads);
    }

    [Theory]
    [Each("Clixml", "Json")]
    public void A_job_that_comes_back_is_a_new_row_for_New(string way)
    {
        Shell["job"] = Through(way, Shell.Run("New-CogVideo 'a cat' -RequestId mine -Name cat").Single);

        Outcome outcome = Shell.Run("$job | New-CogVideo");

        if (way == "Clixml") Assert.NotEqual("mine", outcome.Single.Text("RequestId"));
        else Assert.Equal(Emulator.Tasks[0].Id, outcome.Single.Text("Id")); // a plain row: its RequestId means what it says
    }

    [Fact]
    public void A_deserialized_object_shows_times_as_UTC_and_numbers_as_numbers()
    {
        PSObject result = Through("Clixml", Shell.Run($"{Job} | Wait-CogVideo").Single);

        Assert.Equal("Deserialized.ZhipuVideo.CogVideoResult", result.TypeNames[0]);
        Assert.IsType<string>(result.Get("Status"));
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(result.Get("SubmittedAt")).Kind);
        Assert.IsType<double>(result.Get("ElapsedSec"));
        Assert.Equal(30, Assert.IsType<int>(result.Get("Fps")));
        Assert.False(Assert.IsType<bool>(result.Get("WithAudio")));
    }

    /// <summary>What people read first comes first: these are the columns of a CSV, and what is shown where the module is not loaded.</summary>
    [Fact]
    public void F124_Properties_come_in_the_order_in_which_people_read_them()
    {
        string[] job =
        [
            "Id", "Status", "Name", "Prompt", "Model", "Image", "Quality", "WithAudio", "Size", "Fps", "Duration", "UserId", "AdditionalBody", "RequestId",
            "SubmittedAt",
        ];
        Assert.Equal([.. job, "JournalPath"], Shell.Run("(New-CogVideo x).PSObject.Properties.Name").Succeeded().Output.Select(name => $"{name}"));
        PSObject result = Shell.Run($"{Job} | Wait-CogVideo").Single;
        string[] expected =
        [
            .. job, "EndedAt", "ElapsedSec", "ErrorCode", "ErrorMessage", "SavedPath", "CoverPath", "FileLength", "Width", "Height", "DurationSec", "ActualFps", "HasAudio",
            "JournalPath", "Url", "CoverUrl", "VideoUrls",
            "CoverUrls",
        ];
        Assert.Equal(expected, result.Properties.Select(property => property.Name));
        Assert.Equal(expected, Through("Clixml", result).Properties.Select(property => property.Name));
        Assert.IsType<string[]>(result.Get("VideoUrls"));
    }

    [Fact]
    public void No_text_of_an_object_shows_a_link()
    {
        PSObject result = Shell.Run($"{Job} | Wait-CogVideo").Single;

        Assert.DoesNotContain("http", result.ToString());
        Assert.Contains(result.Text("Id")!, result.ToString());
    }

    private static PSObject Through(string way, PSObject value) => way switch
    {
        "Clixml" => (PSObject)PSSerializer.Deserialize(PSSerializer.Serialize(value)),
        "Json" => FromJson(JsonNode.Parse(JsonSerializer.Serialize(value.BaseObject))!.AsObject()),
        _ => Row(value.Properties.Select(p => (p.Name, (object?)Cell(p.Value)))),
    };

    // As ConvertFrom-Json does it: texts, numbers and lists; a text that looks like a time becomes one
    private static PSObject FromJson(JsonObject json) => Row(json.Select(field => (field.Key, field.Value switch
    {
        null => null,
        JsonArray list => list.Select(i => (object)i!.ToString()).ToArray(),
        JsonValue one when one.TryGetValue(out bool flag) => flag,
        JsonValue one when one.TryGetValue(out long number) => number,
        JsonValue one when one.TryGetValue(out double number) => number,
        JsonValue one when field.Key.EndsWith("At", StringComparison.Ordinal) && one.TryGetValue(out DateTime time) => time,
        JsonNode other => (object?)other.ToString(),
    })));

    // As Export-Csv does it: everything is its ToString in this culture
    private static string Cell(object? value) => value switch
    {
        null => "",
        IFormattable formattable => formattable.ToString(null, CultureInfo.CurrentCulture),
        _ => value.ToString()!,
    };

    private static PSObject Row(IEnumerable<(string Name, object? Value)> cells)
    {
        PSObject row = new();
        foreach ((string name, object? value) in cells) row.Properties.Add(new PSNoteProperty(name, value));
        return row;
    }

    private static string Written(object? value) => value is string[] list ? string.Join(" ", list) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
