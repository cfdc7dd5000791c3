using System.Text.Json;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Gallery;

/// <summary>Export-CogVideoGallery in the built module, offline: the lines of its help, and what is refused.</summary>
public sealed class ExportGalleryTests : IDisposable
{
    private const string Rows = """
        $serializer = [System.Management.Automation.PSSerializer]
        $rows = 1..2 | ForEach-Object { [pscustomobject]@{ Prompt = "雨 $_"; Name = "视频 [$_]" } }

        """;

    private readonly TemporaryFolder _folder = new();

    private string PagePath => Path.Combine(_folder.FullName, "videos", "index.html");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Results_of_a_batch_become_a_page_beside_their_videos()
    {
        PwshResult result = await RunAsync(Rows + """
            $results = $rows | New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath videos -IncludeCover -PassThru
            $page = $results | Export-CogVideoGallery -Path videos/index.html -Title 'Two' -PassThru
            "$($page.GetType().Name) $($page.Name) $($page.PSPath -like '*FileSystem::*')"
            $results | Export-CogVideoGallery -Path embedded.html -Embed
            """);

        AssertQuiet(result, "FileInfo index.html True\n");
        Assert.Equal("Two", Data().GetProperty("title").GetString());
        AssertCards("Success");
        Assert.All(Cards(), card => Assert.True(File.Exists(Path.Combine(_folder.FullName, "videos", FileOf(card, "cover")))));
        Assert.All(
            Data(Path.Combine(_folder.FullName, "embedded.html")).GetProperty("cards").EnumerateArray(),
            card => Assert.True(card.GetProperty("video").TryGetProperty("block", out _)));
    }

    [Fact]
    public async Task Jobs_of_a_journal_show_how_they_ended_and_where_they_were_saved()
    {
        PwshResult result = await RunAsync(Rows + """
            $rows | New-CogVideo -JournalPath run.jsonl | Wait-CogVideo | Save-CogVideo -DestinationPath videos | ForEach-Object { }
            Get-CogVideoJob -JournalPath run.jsonl | Export-CogVideoGallery -Path videos/index.html
            $back = Get-CogVideoJob -JournalPath run.jsonl | ForEach-Object { $serializer::Deserialize($serializer::Serialize($_)) }
            Export-CogVideoGallery videos/again.html -InputObject $back
            """);

        AssertQuiet(result, "");
        AssertCards("Success");
        Assert.All(Cards(), card => Assert.True(card.GetProperty("elapsed").GetDouble() > 0));
        Assert.Equal(Block(PagePath, "cards"), Block(Path.Combine(_folder.FullName, "videos", "again.html"), "cards"));
    }

    [Fact]
    public async Task Saved_files_and_what_became_of_them_in_another_session_become_cards()
    {
        PwshResult result = await RunAsync(Rows + """
            $files = $rows | New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath videos -IncludeCover
            $back = $files | ForEach-Object { $serializer::Deserialize($serializer::Serialize($_)) }
            $files[0], $back[1] | Export-CogVideoGallery -Path videos/index.html
            $bare = $files | ForEach-Object { [System.IO.FileInfo]::new($_.FullName) }
            $bare | Export-CogVideoGallery -Path bare.html
            """);

        AssertQuiet(result, "");
        AssertCards("Success");
        string bare = Block(Path.Combine(_folder.FullName, "bare.html"), "cards");
        Assert.Contains("\"href\":\"videos/%E8%A7%86%E9%A2%91%20%5B1%5D.mp4\"", bare, StringComparison.Ordinal);
        Assert.Contains("cover", bare, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Taken_name_is_refused_before_anything_is_submitted_and_Force_replaces_it()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PagePath)!);
        await File.WriteAllTextAsync(PagePath, "mine");

        PwshResult result = await RunAsync("""
            try { & { [pscustomobject]@{ Prompt = 'never' } } | New-CogVideo | Export-CogVideoGallery -Path videos/index.html }
            catch { "$($_.FullyQualifiedErrorId) $($_.CategoryInfo.Category)" }
            "$(@(Get-CogVideoJob).Count) $([System.IO.File]::ReadAllText('videos/index.html'))"
            try { Export-CogVideoGallery -Path videos -Force } catch { $_.FullyQualifiedErrorId }
            [pscustomobject]@{ Id = '1'; Status = 'Fail' } | Export-CogVideoGallery -Path videos/index.html -Force
            """);

        Assert.Equal(
            """
            CogVideo.DestinationUnusable,ZhipuVideo.Commands.ExportCogVideoGalleryCommand WriteError
            0 mine
            CogVideo.DestinationUnusable,ZhipuVideo.Commands.ExportCogVideoGalleryCommand

            """,
            result.Output);
        Assert.Equal("Fail", Assert.Single(Cards()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task WhatIf_writes_nothing_and_creates_no_folder()
    {
        PwshResult result = await RunAsync("[pscustomobject]@{ Id = '1' } | Export-CogVideoGallery videos/index.html -PassThru -WhatIf");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("What if: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("index.html", result.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public async Task What_is_no_video_is_one_error_and_the_rest_goes_on()
    {
        PwshResult result = await RunAsync("""
            $found = $null
            $ErrorActionPreference = $WarningPreference = 'SilentlyContinue'
            $gone = [pscustomobject]@{ Id = '1'; SavedPath = 'gone.mp4' }
            'text', [System.IO.FileInfo]::new('notes.txt'), [pscustomobject]@{ Colour = 'red' }, $gone |
                Export-CogVideoGallery -Path videos/index.html -ErrorVariable found -WarningVariable warned
            $found | ForEach-Object { $_.FullyQualifiedErrorId }
            $warned.Count
            """);

        const string Invalid = "CogVideo.InvalidInput,ZhipuVideo.Commands.ExportCogVideoGalleryCommand\n";
        Assert.Equal((0, Invalid + Invalid + Invalid + "1\n"), (result.ExitCode, result.Output));
        Assert.Equal("../gone.mp4", FileOf(Assert.Single(Cards()), "video"));
    }

    [Fact]
    public async Task F123_Without_anything_to_show_no_page_is_written()
    {
        string page = Path.Combine(_folder.FullName, "old.html");
        await File.WriteAllTextAsync(page, "old");

        PwshResult result = await RunAsync("""
            $ErrorActionPreference = 'SilentlyContinue'
            Export-CogVideoGallery videos/index.html
            Get-CogVideoJob -Status Fail | Export-CogVideoGallery videos/index.html
            @() | Export-CogVideoGallery videos/index.html
            Export-CogVideoGallery videos/index.html -InputObject @()
            Export-CogVideoGallery old.html -Force -PassThru
            $null | Export-CogVideoGallery old.html -Force
            $Error | ForEach-Object { $_.FullyQualifiedErrorId.Split(',')[0] }
            """);

        Assert.Equal((0, string.Concat(Enumerable.Repeat("CogVideo.InvalidInput\n", 6))), (result.ExitCode, result.Output));
        Assert.Equal("old", await File.ReadAllTextAsync(page));
        Assert.False(File.Exists(PagePath));
    }

    [Fact]
    public async Task F121_A_page_holds_no_file_that_is_no_video_whoever_named_it()
    {
        const string Secret = "-----BEGIN OPENSSH PRIVATE KEY-----";
        foreach (string name in new[] { "id_rsa", "key.mp4", "key.png" }) await File.WriteAllTextAsync(Path.Combine(_folder.FullName, name), Secret);

        PwshResult result = await RunAsync("""
            $foreign = 'id_rsa', 'key.mp4', '/dev/zero', '.', '/etc/passwd', '../../../../etc/passwd' |
                ForEach-Object { [pscustomobject]@{ Id = '1'; Status = 'Success'; SavedPath = $_; CoverPath = 'key.png' } }
            $foreign | Export-CogVideoGallery page.html -Embed -WarningVariable warned -WarningAction SilentlyContinue
            $odd = $serializer::Deserialize($serializer::Serialize([pscustomobject]@{ FullName = $null }))
            $odd.PSObject.TypeNames.Insert(0, 'Deserialized.System.IO.FileInfo')
            $odd | Export-CogVideoGallery other.html -ErrorAction SilentlyContinue
            $journal = [ZhipuVideo.CogVideoJob]@{ Id = '1'; RequestId = '1'; JournalPath = '/dev/zero' }
            $serializer::Deserialize($serializer::Serialize($journal)) | Export-CogVideoGallery third.html -WarningVariable journalWarned -WarningAction SilentlyContinue
            $warned.Count; $journalWarned.Count
            """.Replace("$serializer", "[System.Management.Automation.PSSerializer]", StringComparison.Ordinal));

        Assert.Equal((0, "1\n1\n"), (result.ExitCode, result.Output));
        string page = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "page.html"));
        Assert.DoesNotContain("application/octet-stream", page, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("-----BEGIN OPENSSH"u8), page, StringComparison.Ordinal);
        Assert.All(
            Data(Path.Combine(_folder.FullName, "page.html")).GetProperty("cards").EnumerateArray(),
            card => Assert.Equal("{}{}", card.GetProperty("video").GetRawText() + card.GetProperty("cover").GetRawText()));
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "other.html")));
    }

    private async Task<PwshResult> RunAsync(string script)
    {
        using Emulator emulator = new();
        PwshSetup setup = PwshSetup.Connected(emulator.BaseUri, Shell.NewKey(), _folder);
        return await PwshProcess.RunAsync(setup, "-Command", "$ProgressPreference = 'SilentlyContinue'\n" + script);
    }

    private static void AssertQuiet(PwshResult result, string output) =>
        Assert.Equal((0, output, ""), (result.ExitCode, result.Output, result.Error));

    private void AssertCards(string status)
    {
        Assert.Equal(["视频 [1]", "视频 [2]"], Cards().Select(card => card.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(["雨 1", "雨 2"], Cards().Select(card => card.GetProperty("prompt").GetString()!).Order(StringComparer.Ordinal));
        Assert.All(Cards(), card => Assert.Equal(status, card.GetProperty("status").GetString()));
        Assert.All(Cards(), card => Assert.True(File.Exists(Path.Combine(_folder.FullName, "videos", FileOf(card, "video")))));
    }

    private static string FileOf(JsonElement card, string kind) =>
        Uri.UnescapeDataString(card.GetProperty(kind).GetProperty("href").GetString()!);

    private List<JsonElement> Cards() => [.. Data().GetProperty("cards").EnumerateArray()];

    private JsonElement Data() => Data(PagePath);

    private static JsonElement Data(string page)
    {
        Match data = Regex.Match(File.ReadAllText(page), "<script [^>]+ id=\"data\">(.*?)</script>", RegexOptions.Singleline);
        return JsonDocument.Parse(data.Groups[1].Value).RootElement;
    }

    private static string Block(string page, string name) => Data(page).GetProperty(name).GetRawText();
}
