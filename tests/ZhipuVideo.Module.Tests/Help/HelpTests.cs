using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ZhipuVideo.Tests.Examples;
using ZhipuVideo.Tests.Readme;

namespace ZhipuVideo.Tests.Help;

/// <summary>What Get-Help says, in both languages.</summary>
public class HelpTests
{
    public static TheoryData<string> Languages => ["en-US", "zh-CN"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void Help_tells_of_every_cmdlet_and_parameter_what_the_engine_says(string language)
    {
        // Every line that comes out of this is a disagreement
        const string Compare = """
            foreach ($command in (Get-Module ZhipuVideo).ExportedCmdlets.Values) {
                $help = Get-Help $command.Name -Full
                if (-not $help.Synopsis -or $help.Synopsis -like "*$($command.Name) *") { "$command has no synopsis" }
                if (-not $help.description -or -not $help.alertSet -or @($help.examples.example).Count -lt 2) { "$command lacks a chapter" }
                $told = @{}
                @($help.parameters.parameter) | ForEach-Object { $told[$_.name] = $_ }
                $real = @($command.ParameterSets.Parameters | Where-Object { [System.Management.Automation.Cmdlet]::CommonParameters -notcontains $_.Name } |
                    Sort-Object Name -Unique)
                if (@($help.syntax.syntaxItem).Count -ne $command.ParameterSets.Count) { "$command has $($command.ParameterSets.Count) sets" }
                if ($real.Count -ne $told.Count) { "$command has $($real.Count) parameters, $($told.Count) are told of" }
                foreach ($parameter in $real) {
                    $text = $told[$parameter.Name]
                    $type = if ($parameter.ParameterType.Name -like 'Nullable*') { $parameter.ParameterType.GenericTypeArguments[0] } else { $parameter.ParameterType }
                    $position = if ($parameter.Position -lt 0) { 'named' } else { "$($parameter.Position)" }
                    $ways = @(if ($parameter.ValueFromPipeline) { 'ByValue' }; if ($parameter.ValueFromPipelineByPropertyName) { 'ByPropertyName' })
                    $input = if ($ways) { "True ($($ways -join ', '))" } else { 'False' }
                    $aliases = if ($parameter.Aliases.Count) { $parameter.Aliases -join ', ' } else { 'none' }
                    if (-not $text.description) { "$command -$($parameter.Name): no text" }
                    if ($text.type.name -ne $type.Name) { "$command -$($parameter.Name): $($text.type.name)" }
                    if ($text.position -ne $position) { "$command -$($parameter.Name): position $($text.position)" }
                    if ($text.pipelineInput -ne $input) { "$command -$($parameter.Name): input $($text.pipelineInput)" }
                    if ($text.aliases -ne $aliases) { "$command -$($parameter.Name): aliases $($text.aliases)" }
                    if ($text.required -ne $parameter.IsMandatory) { "$command -$($parameter.Name): required $($text.required)" }
                }
            }
            """;

        Assert.Equal([], In(language, Compare));
    }

    [Theory]
    [InlineData("en-US", "Waits for jobs")]
    [InlineData("fr-FR", "Waits for jobs")]
    [InlineData("zh-CN", "等待任务")]
    [InlineData("zh-Hans-CN", "等待任务")]
    [InlineData("zh-SG", "等待任务")]
    [InlineData("zh-TW", "等待任务")]
    [InlineData("zh-Hant-HK", "等待任务")]
    [InlineData("zh", "等待任务")]
    public void F125_Help_is_in_the_readers_language(string language, string synopsis) =>
        Assert.StartsWith(synopsis, Assert.Single(In(language, "(Get-Help Wait-CogVideo).Synopsis")), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Languages))]
    public void Online_opens_the_page_itself_in_the_readers_language(string language)
    {
        const string FirstLinks =
            "(Get-Module ZhipuVideo).ExportedCmdlets.Keys | ForEach-Object { @((Get-Help $_).relatedLinks.navigationLink)[0].uri }";
        string project = Assert.Single(In(language, "(Get-Module ZhipuVideo).ProjectUri.AbsoluteUri"));

        Assert.Equal(
            Pages(language).Select(page => $"{project}/blob/main/{Path.GetRelativePath(Repository.Root, page)}")
                .Order(StringComparer.Ordinal),
            In(language, FirstLinks).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("New-CogVideo", "ThrottleLimit", "8")]
    [InlineData("New-CogVideo", "TimeoutSec", "0")]
    [InlineData("New-CogVideo", "RetryFailed", "False")]
    [InlineData("New-CogVideo", "Prompt", "None")]
    [InlineData("Wait-CogVideo", "TimeoutSec", "3600")]
    [InlineData("Wait-CogVideo", "PollIntervalSec", "None")]
    [InlineData("Save-CogVideo", "DestinationPath", ".")]
    [InlineData("Get-CogVideoModel", "Model", "*")]
    [InlineData("Connect-CogVideo", "Model", "cogvideox-flash")]
    public void Defaults_are_those_of_the_compiled_cmdlet(string cmdlet, string parameter, string value) =>
        Assert.Equal([value], In("en-US", $"(Get-Help {cmdlet} -Parameter {parameter}).defaultValue"));

    [Theory]
    [MemberData(nameof(Languages))]
    public void The_topic_of_errors_has_every_error_id(string language)
    {
        string[] reasons = In(language, "$null = Get-CogVideoModel; [ZhipuVideo.ErrorReason].GetEnumNames()");
        string[] lines = Topic(language, "about_ZhipuVideo_Errors").Split('\n');

        Assert.InRange(reasons.Length, 30, 100);
        Assert.All(reasons, reason => Assert.Contains($"    CogVideo.{reason}", lines));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_about_topic_is_found_and_fits_a_narrow_screen(string language)
    {
        string[] topics = [.. Topics(language)];

        Assert.Equal(["about_ZhipuVideo", "about_ZhipuVideo_Azure", "about_ZhipuVideo_Errors", "about_ZhipuVideo_Journal"], topics);
        Assert.All(topics, topic => Assert.All(
            Topic(language, topic).Split('\n'), line => Assert.InRange(line.Sum(c => c is >= '\u2E80' and <= '\uFFE6' ? 2 : 1), 0, 80)));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task The_about_topics_have_every_variable_and_every_field_that_a_journal_has(string language)
    {
        const string Script = """
            $all = @{
                Model = 'cogvideox-2'; Quality = 'speed'; WithAudio = $true; Size = '1920x1080'; Fps = 30; Duration = 5; UserId = 'user-1'; Image = 'kite.png'
            }
            New-CogVideo a -Name all @all -AdditionalBody @{ x = 1 } -JournalPath run.jsonl |
                Wait-CogVideo | Save-CogVideo videos -IncludeCover
            'refused【敏感】', 'failed【失败】' | New-CogVideo -JournalPath run.jsonl -ErrorAction Continue | Wait-CogVideo
            """;
        using TemporaryFolder folder = new TemporaryFolder();
        folder.Write("kite.png", await File.ReadAllBytesAsync(Repository.PathOf("src/Examples/kite.png")));

        await OfflineRun.RunAsync(Script, folder);

        string about = string.Join('\n', Topics(language).Select(topic => Topic(language, topic)));
        string[] lines = await File.ReadAllLinesAsync(folder["run.jsonl"]);
        string[] fields = [.. lines.SelectMany(line => JsonNode.Parse(line)!.AsObject().Select(field => field.Key)).Distinct()];
        string source = await File.ReadAllTextAsync(Repository.PathOf("src/ZhipuVideo/Session/Endpoints.cs"));
        string[] variables = [.. Regex.Matches(source, "\"([A-Z]+_[A-Z_]+)\"").Select(m => m.Groups[1].Value).Distinct()];
        Assert.Equal((4, 42), (variables.Length, fields.Length));
        Assert.All([.. variables, .. fields], name => Assert.Matches($@"(?<!\w){name}(?!\w)", about));
    }

    [Fact]
    public async Task Examples_run_offline()
    {
        using TemporaryFolder folder = new TemporaryFolder();
        foreach (string name in (string[])["prompts.csv", "kite.png"])
            folder.Write(name, await File.ReadAllBytesAsync(Repository.PathOf("src/Examples/" + name)));
        // New-CogVideo first: it writes the journal that others read
        CodeBlock[] examples = Pages("en-US").OrderBy(page => Path.GetFileName(page) != "New-CogVideo.md").ThenBy(page => page, StringComparer.Ordinal)
            .SelectMany(CodeBlock.ReadAll).Where(block => block.IsRun).ToArray();

        const string OtherSession = "New-CogVideo 'of another session' | Export-Clixml job.clixml\n";

        OfflineRun run = await OfflineRun.RunAsync(OtherSession + string.Join('\n', examples.Select(example => example.Text)), folder);

        Assert.True(run.Shell.ExitCode == 0, run.Shell.Error);
        Assert.Equal(examples.SelectMany(example => example.ErrorIds).Order(), run.ErrorIds.Order());
        Assert.InRange(examples.Length, 18, 100);
    }

    [Fact]
    public void Both_languages_have_the_same_pages_and_examples()
    {
        Assert.Equal(Pages("en-US").Select(Path.GetFileName), Pages("zh-CN").Select(Path.GetFileName));
        Assert.Equal(
            Pages("en-US").SelectMany(CodeBlock.ReadAll).Select(block => (block.Commands, block.Note)),
            Pages("zh-CN").SelectMany(CodeBlock.ReadAll).Select(block => (block.Commands, block.Note)));
    }

    private static IEnumerable<string> Pages(string language) =>
        Directory.GetFiles(Repository.PathOf("src/ZhipuVideo/Help/" + language), "*-*.md").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Topics(string language) =>
        Directory.GetFiles(Repository.PathOf("src/ZhipuVideo/Help/" + language), "about_*.md").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order(StringComparer.Ordinal);

    private static string Topic(string language, string topic) =>
        string.Join('\n', In(language, $"Get-Help {topic}")).Replace("\r", "", StringComparison.Ordinal);

    private static string[] In(string language, string script)
    {
        using Language reader = Language.Use(language);
        using Shell shell = Shell.Unconnected();
        return shell.Run(script).Output.Select(line => line.ToString()).ToArray();
    }
}
