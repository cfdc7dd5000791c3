using System.Management.Automation.Runspaces;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>What is otherwise in Windows PowerShell, as far as another shell can be made to do the same.</summary>
public sealed class WindowsTests(Emulator emulator) : CmdletTest(emulator)
{
    /// <summary>In Windows PowerShell the text of what Get-ChildItem lists is its bare name; in the current folder that names another file.</summary>
    private const string Listed = """
        function Get-Listed($path) { Get-ChildItem -LiteralPath $path | Add-Member ScriptMethod ToString { $this.Name } -Force -PassThru }
        $null = New-Item -ItemType Directory -Force $folder/here, $folder/there
        Set-Location -LiteralPath $folder/here

        """;

    private static readonly byte[] Png = [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', 0, 0, 0, 13, .. "IHDR"u8];

    [Theory]
    [InlineData("New-CogVideo x -Image (Get-Listed $folder/there)[0]")]
    [InlineData("New-CogVideo x -Model viduq1-start-end -Image (Get-Listed $folder/there)")]
    [InlineData("New-CogVideo x -Model viduq1-start-end -Image @((Get-Listed $folder/there)[0], \"$folder/there/b.png\")")]
    [InlineData("$file = (Get-Listed $folder/there)[0]; New-CogVideo x -Image $file")]
    [InlineData("$given = @{ Image = (Get-Listed $folder/there)[0] }; New-CogVideo x @given")]
    [InlineData("1 | New-CogVideo -Prompt x -Image { (Get-Listed $folder/there)[0] }")]
    [InlineData("[pscustomobject]@{ Prompt = 'x'; Image = (Get-Listed $folder/there)[0] } | New-CogVideo")]
    [InlineData("(Get-Listed $folder/there)[0] | New-CogVideo -Prompt x")]
    [Trait("Phase", "submit, input")]
    public void F202_A_picture_given_as_an_object_is_the_file_that_it_is_of(string script)
    {
        string[] names = ["a.png", "b.png"];
        foreach (string name in names) Folder.Write("there/" + name, [.. Png, 1]);
        foreach (string name in names) Folder.Write("here/" + name, [.. Png, 2, 2]);

        Outcome outcome = Shell.Run(Listed + script).Succeeded();

        Assert.NotNull(outcome.Single.Text("Image"));
        JsonNode sent = Emulator.OnlyBody["image_url"]!;
        Assert.All(sent is JsonArray several ? several : [sent.DeepClone()], image => Assert.Equal(Png.Length + 1, image!["length"]!.GetValue<int>()));
    }

    [Fact]
    [Trait("Phase", "download")]
    public void F202_A_folder_or_file_given_as_an_object_is_that_very_one()
    {
        Shell.Run(Listed + """
            $null = New-Item -ItemType Directory $folder/there/videos
            Set-Content $folder/there/run.jsonl -Value ''
            Set-Content $folder/there/page.html -Value ''
            $entries = Get-Listed $folder/there
            Remove-Item $folder/there/run.jsonl
            New-CogVideo 'a cat' -Name cat -JournalPath ($entries | Where-Object Name -eq run.jsonl) |
                Wait-CogVideo | Save-CogVideo -DestinationPath ($entries | Where-Object Name -eq videos) | Out-Null
            Get-CogVideoJob -JournalPath ($entries | Where-Object Name -eq run.jsonl) |
                Export-CogVideoGallery -Path ($entries | Where-Object Name -eq page.html) -Force
            """).Succeeded();

        Assert.Empty(Directory.GetFileSystemEntries(Folder["here"]));
        Assert.Equal(["page.html", "run.jsonl", "run.jsonl.lock"], Directory.GetFiles(Folder["there"]).Select(Path.GetFileName).Order());
        Assert.Equal("cat.mp4", Path.GetFileName(Assert.Single(Directory.GetFiles(Folder["there/videos"]))));
    }

    /// <summary>Timers take 24.8 days, or 49.7.</summary>
    [Fact]
    [Trait("Phase", "submit")]
    public void F208_A_row_may_wait_for_a_slot_for_the_longest_time_that_there_is() =>
        Shell.Run("New-CogVideo x -TimeoutSec ([int]::MaxValue) | Wait-CogVideo -TimeoutSec ([int]::MaxValue) | Save-CogVideo $folder").Succeeded();

    [Fact]
    [Trait("Phase", "input")]
    public void F209_Every_cell_of_a_view_is_filled_in_strict_mode_where_there_is_no_PSStyle()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Variables.Remove("PSStyle", null);
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        runspace.SessionStateProxy.SetVariable("done", Shell.Run("New-CogVideo 'a cat' -Name cat | Wait-CogVideo").Single);
        using PowerShell shell = PowerShell.Create(runspace);

        string[] output = [.. shell.AddScript($$"""
            Set-StrictMode -Version Latest
            Import-Module '{{Repository.Manifest}}'
            Test-Path Variable:PSStyle
            $done | Format-Table | Out-String
            $done | Format-Table -View Outcome | Out-String
            $done | Format-List | Out-String
            """).Invoke().Select(text => text.ToString())];

        Assert.Empty(shell.Streams.Error);
        Assert.Equal("False", output[0]);
        Assert.All(output[1..], text => Assert.Contains("Success", text));
    }

    [Theory]
    [Each("\0", "a\0b.png", "<>|\"?*", "C:", "C:\\a|b", "\\\\?\\UNC\\", "a:b:c", "\ud83d", "https:", "file://", "\\\\.\\pipe\\x", "~", "..\\..", "Env:PATH", "HKLM:\\x", "nowhere:\\x")]
    [Trait("Phase", "input")]
    public void F207_No_path_ends_anything_but_its_own_row(string path)
    {
        Shell["path"] = path;

        Outcome outcome = Shell.Run("""
            [pscustomobject]@{ Prompt = 'one'; Image = $path }, [pscustomobject]@{ Prompt = 'two' } | New-CogVideo
            $video = [pscustomobject]@{ PSTypeName = 'Deserialized.System.IO.FileInfo'; FullName = $path }
            $video, ([pscustomobject]@{ Id = '1'; Status = 'Success'; SavedPath = $path; CoverPath = $path }) | Export-CogVideoGallery $folder/page.html -Force
            Wait-CogVideo $path -TimeoutSec 1
            """);

        Assert.Null(outcome.Terminating);
        Assert.Contains("two", Emulator.Submissions.Select(s => s.Prompt));
        Assert.All(outcome.ErrorIds, id => Assert.StartsWith("CogVideo.", id, StringComparison.Ordinal));
        Assert.True(File.Exists(Folder["page.html"]));
    }

    /// <summary>Without one, Windows PowerShell reads UTF-8 as the code page of the machine, and the Chinese of a prompt is lost.</summary>
    [Fact]
    [Trait("Phase", "input")]
    public void F213_Every_file_of_text_that_the_documentation_reads_has_an_encoding()
    {
        string[] files =
        [
            Repository.PathOf("README.md"), Repository.PathOf("README.zh-CN.md"),
            .. Directory.GetFiles(Repository.PathOf("src/ZhipuVideo/Help"), "*.md", SearchOption.AllDirectories),
            .. Directory.GetFiles(Repository.PathOf("src/Examples"), "*.ps1"),
            .. Directory.GetFiles(Repository.PathOf("src/ZhipuVideo.Client"), "*.resx"),
        ];
        string[] reads =
        [
            .. from file in files
               from line in File.ReadLines(file)
               from Match match in Regex.Matches(line, @"\b(Get-Content|Import-Csv)[^|`]*\.(csv|txt)[^|`]*|\bGet-Content (FILE|文件)[^|]*")
               select $"{Path.GetFileName(file)}: {match.Value}",
        ];

        Assert.InRange(reads.Length, 10, 200);
        Assert.All(reads, read => Assert.Contains("-Encoding", read, StringComparison.Ordinal));
    }
}
