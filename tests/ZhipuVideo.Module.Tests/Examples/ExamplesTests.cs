using System.Management.Automation.Language;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Examples;

/// <summary>The scripts of src/Examples, run as the README says.</summary>
public class ExamplesTests
{
    [Fact]
    public async Task Quickstart_sends_every_row_once_and_leaves_whole_videos_a_table_and_two_errors()
    {
        using TemporaryFolder folder = new();

        OfflineRun run = await OfflineRun.RunAsync($"& '{Repository.PathOf("src/Examples/Quickstart.ps1")}'", folder);

        Assert.Equal(0, run.Shell.ExitCode);
        Assert.Equal(["CogVideo.ContentRejected", "CogVideo.JobFailed"], run.ErrorIds.Order());
        AssertVideos(folder["videos"]);
        string[] rows = run.Shell.Output.Split('\n');
        Assert.Equal(5, rows.Count(row => row.StartsWith("Success ", StringComparison.Ordinal)));
        Assert.Single(rows, row => row.StartsWith("Fail ", StringComparison.Ordinal));

        // Refusals for want of a slot create nothing and come again
        JsonNode[] sent = BodiesOf(run).DistinctBy(body => (string)body["request_id"]!).ToArray();
        Assert.Equal(7, sent.Length);
        Assert.Equal(7, sent.Select(body => (string?)body["prompt"]).Distinct().Count());
        Assert.Equal(["cogvideox-2", "cogvideox-flash"], sent.Select(body => (string)body["model"]!).Distinct().Order());
        long length = new FileInfo(Repository.PathOf("src/Examples/kite.png")).Length;
        Assert.Equal(
            [("data-uri", "png", length), ("data-uri", "png", length)],
            sent.Where(body => body["image_url"] is not null).Select(body => body["image_url"]!)
                .Select(picture => ((string)picture["form"]!, (string)picture["type"]!, (long)picture["length"]!)));
    }

    [Fact]
    public async Task ReferencePage_sends_the_pages_own_two_requests_and_its_query()
    {
        OfflineRun run = await OfflineRun.RunAsync($"& '{Repository.PathOf("src/Examples/ReferencePage.ps1")}'");

        Assert.Equal((0, 0), (run.Shell.ExitCode, run.ErrorIds.Length));
        JsonNode[] sent = BodiesOf(run);
        foreach (JsonNode body in sent)
            body.AsObject().Remove("request_id");
        Assert.Equal(2, sent.Length);
        AssertSame("""
            {"model":"cogvideox-2","prompt":"比得兔开小汽车，游走在马路上，脸上的表情充满开心喜悦。","quality":"quality","with_audio":true,"size":"1920x1080","fps":30}
            """, sent[0]);
        AssertSame("""
            {"model":"cogvideox-2","image_url":"https://example.com/path/to/your/image.jpg","prompt":"让画面动起来","quality":"quality","with_audio":true,"size":"1920x1080","fps":30}
            """, sent[1]);
        Assert.All(
            run.Requests.Where(request => request.Phase == "create").Select(request => request.TaskId),
            id => Assert.Contains(run.Requests, request => request.Path.EndsWith("/async-result/" + id, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task SpreadOut_submits_half_of_the_rows_in_another_process_and_saves_all_here()
    {
        using TemporaryFolder folder = new();
        string script = Repository.PathOf("src/Examples/SpreadOut.ps1");

        // The record of an error that another process has written says so
        OfflineRun run = await OfflineRun.RunAsync($"& '{script}'; ($Error | Where-Object OriginInfo).TargetObject.Name", folder);

        Assert.Equal(["CogVideo.ContentRejected", "CogVideo.JobFailed"], run.ErrorIds.Order());
        Assert.Equal("refused", run.Shell.Output.TrimEnd().Split('\n')[^1]);
        AssertVideos(folder["videos"]);
        Assert.Equal(7, BodiesOf(run).Select(body => (string?)body["prompt"]).Distinct().Count());
        Assert.Equal(6, run.Requests.Where(request => request.Phase == "create" && request.Status == 200).Count());
    }

    /// <summary>PSScriptAnalyzer's rule: a parameter named like a secret is no plain string.</summary>
    [Fact]
    public void No_parameter_that_is_named_like_a_secret_is_plain_text()
    {
        foreach (string file in Directory.GetFiles(Repository.PathOf("src/Examples"), "*.ps1"))
        {
            ScriptBlockAst script = Parser.ParseFile(file, out _, out ParseError[] errors);
            Assert.Empty(errors);
            Assert.DoesNotContain(
                script.FindAll(node => node is ParameterAst { StaticType.Name: "String" or "Object" }, searchNestedScriptBlocks: true),
                parameter => Regex.IsMatch(((ParameterAst)parameter).Name.VariablePath.UserPath, "pass(word|phrase)|cred", RegexOptions.IgnoreCase));
        }
    }

    private static JsonNode[] BodiesOf(OfflineRun run) =>
        [.. run.Requests.Where(request => request.Phase == "create").Select(request => request.Body!)];

    private static void AssertSame(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());

    private static void AssertVideos(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        Assert.Equal(["harbour.mp4", "kite.mp4", "放风筝.mp4", "月球上的猫.mp4", "雨中小巷.mp4"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.True(File.ReadAllBytes(file) is [_, _, _, _, 0x66, 0x74, 0x79, 0x70, ..] bytes && bytes.Length > 1000, file)); // ftyp
    }
}
