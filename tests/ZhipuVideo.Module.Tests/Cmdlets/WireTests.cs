namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>Bad wires between the built module and the service, in each phase of the whole line.</summary>
public sealed class WireTests(Emulator emulator) : CmdletTest(emulator)
{
    private const int FileSize = 400_000;

    [Theory]
    [Each("create:delay,seconds=0.2", "create:slow,bytes=2000",
        "poll:delay,seconds=0.2", "poll:slow,bytes=2000", "poll:drop-before,count=3", "poll:drop,reset,count=3", "poll:cut,bytes=60,count=3", "poll:cut,bytes=60,reset,count=3",
        "download:delay,seconds=0.2", "download:slow,bytes=200000", "download:drop-before,count=3", "download:cut,bytes=150000", "download:cut,bytes=150000,reset,count=4")]
    public async Task A_bad_wire_is_waited_out_and_both_videos_are_whole(string fault)
    {
        Emulator.Set(new { file_size = FileSize });
        Emulator.Fault(fault);

        Outcome outcome = Shell.Run("""
            'one', 'two' | ForEach-Object { [pscustomobject]@{ Prompt = $_; Name = $_ } } |
                New-CogVideo -JournalPath $folder/run.jsonl -Verbose -Debug | Wait-CogVideo -TimeoutSec 60 -Verbose -Debug | Save-CogVideo $folder/videos -Verbose -Debug
            """).Succeeded();

        Assert.Equal(["one.mp4", "two.mp4"], Directory.GetFileSystemEntries(Folder["videos"]).Select(Path.GetFileName).Order());
        IEnumerable<string?> accepted = Emulator.Tasks.Select(task => task.RequestId).Order();
        Assert.Equal(accepted, Shell.Run("Get-CogVideoJob").Texts("RequestId").Order());
        Assert.Equal(accepted, Shell.Run("Get-CogVideoJob $folder/run.jsonl").Texts("RequestId").Order());
        Emulator.ClearFaults();
        using HttpClient direct = new();
        foreach (PSObject file in outcome.Output)
        {
            byte[] expected = await direct.GetByteArrayAsync(new Uri(PSObject.AsPSObject(file.Get("Result")!).Text("Url")!));
            Assert.Equal(FileSize, expected.Length);
            Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(file.Text("FullName")!)), "other bytes");
        }
    }
}
