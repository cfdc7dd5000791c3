using System.Net.Sockets;
using System.Runtime.Versioning;
using ZhipuVideo.Download;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Download;

/// <summary>Folders in which others can do as they like, and folders that are exchanged (fault table, lines 100 and 101).</summary>
[Trait("Phase", "download")]
[UnsupportedOSPlatform("windows")]
public sealed class SharedFolderTests : DownloadTest
{
    private const string VideoPart = ".clip.8868.00000000.part";
    private const string CoverPart = ".clip.cover.8868.00000000.part";

    private readonly TemporaryFolder _elsewhere = new();

    public static TheoryData<string, string, bool> Plants => new()
    {
        { "link", VideoPart, false }, { "link", CoverPart, false }, { "link", VideoPart, true }, { "hard link", VideoPart, true },
        { "hard link", CoverPart, true }, { "the file itself", CoverPart, true }, { "dangling link", VideoPart, true },
        { "link to a pipe", CoverPart, true }, { "pipe", VideoPart, true }, { "pipe", CoverPart, false }, { "socket", CoverPart, true },
        { "socket", VideoPart, false },
    };

    private string Victim => Path.Combine(_elsewhere, "victim");

    [UnixTheory]
    [MemberData(nameof(Plants))]
    public async Task F100_What_is_planted_under_a_part_files_name_is_never_opened_to_be_written(string kind, string part, bool isShared)
    {
        Share(isShared);
        Plant(kind, Folder[part]);

        await SaveBothAsync();

        AssertBothSaved();
        Assert.Empty(Parts);
        if (File.Exists(Victim)) Assert.Equal(Victims, File.ReadAllBytes(Victim));
    }

    [SecondUserTheory]
    [InlineData("ln", "-s")]
    [InlineData("mkfifo", "-m", "666")]
    [InlineData("mkdir", "-m", "777")]
    public async Task F100_Another_user_plants_it(string tool, params string[] options)
    {
        Share(true);
        File.WriteAllBytes(Victim, Victims);
        string part = Folder[VideoPart];
        Tool.RunAsNobody(tool, tool == "ln" ? [.. options, Victim, part] : [.. options, part]);

        await SaveBothAsync();

        AssertBothSaved();
        Assert.Equal(Victims, File.ReadAllBytes(Victim));
    }

    [UnixTheory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherExecute, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupWrite, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite | UnixFileMode.StickyBit, false)]
    public async Task F100_A_part_file_is_gone_on_with_only_where_nobody_else_can_write(UnixFileMode mode, bool isResumed)
    {
        Leave(Video.AsSpan(0, 200_000));
        File.SetUnixFileMode(Folder.FullName, mode);
        Serve(Video);

        await SaveAndCheckAsync(Video);
        Assert.Equal([isResumed ? $"bytes={200_000 - ContentMatch.SampleLength}-" : "all"], Ranges);
    }

    [UnixTheory]
    [InlineData("pipe", false)]
    [InlineData("socket", false)]
    [InlineData("pipe", true)]
    public async Task F100_A_pipe_under_the_final_name_keeps_nobody_waiting(string kind, bool force)
    {
        Plant(kind, Folder["clip.mp4"]);
        Serve(Video);

        SavedVideo saved = await SaveAsync(request: Request(force: force));

        AssertBytes(Video, Path.GetFileName(saved.Path));
        Assert.Equal(force ? "clip.mp4" : "clip-8868.mp4", Path.GetFileName(saved.Path));
    }

    [UnixTheory]
    [InlineData("folder", false)]
    [InlineData("folder", true)]
    [InlineData("link to a folder", false)]
    [InlineData("part file", false)]
    [InlineData("part file", true)]
    [InlineData("folder with a part file", false)]
    public async Task F101_What_is_exchanged_in_the_middle_is_an_error_that_names_the_folder(string exchanged, bool force)
    {
        SemaphoreSlim half = new(0), go = new(0);
        Serve(async (_, connection) =>
        {
            await connection.SendAsync($"200 OK\r\nContent-Length: {Video.Length}", Video.AsMemory(0, 100_000));
            half.Release();
            await go.WaitAsync();
            await connection.SendAsync(Video.AsMemory(100_000));
        });
        string moved = Path.Combine(_elsewhere, "moved");
        string folder = exchanged == "link to a folder" ? Directory.CreateSymbolicLink(Path.Combine(_elsewhere, "link"), Folder.FullName).FullName : Folder.FullName;
        using Downloader downloader = new Downloader(Store(folder), Options());
        Task<SavedVideo> save = SaveAsync(downloader, Request(force: force));
        await half.WaitAsync();
        while (downloader.Progress.BytesDone == 0) await Task.Yield();

        string part = Assert.Single(Parts);
        if (exchanged == "part file") File.Move(part, moved);
        else if (exchanged == "link to a folder")
        {
            Directory.Delete(folder);
            Directory.CreateSymbolicLink(folder, Directory.CreateDirectory(Path.Combine(_elsewhere, "other")).FullName);
        }
        else
        {
            Directory.Move(Folder.FullName, moved);
            Directory.CreateDirectory(Folder.FullName);
        }

        if (exchanged.EndsWith("part file", StringComparison.Ordinal)) File.WriteAllBytes(part, ServedFile.Video(5000, seed: 2));
        go.Release();

        CogVideoException error = await Assert.ThrowsAsync<CogVideoException>(() => save);
        Assert.Equal(ErrorReason.DestinationUnusable, error.Reason);
        Assert.Contains(folder, error.Message, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux()) Assert.Contains(exchanged == "link to a folder" ? Folder.FullName : moved, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Victims => ServedFile.Video(200_000, seed: 7);

    // Whoever else is on the machine
    private void Share(bool isShared)
    {
        if (isShared) File.SetUnixFileMode(Folder.FullName, (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(_elsewhere, (UnixFileMode)0b111_111_111);
    }

    private void Plant(string kind, string path)
    {
        switch (kind)
        {
            case "pipe":
                Tool.Run("mkfifo", path);
                return;
            case "socket":
                using (Socket socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_elsewhere, "s")));
                    File.Move(Path.Combine(_elsewhere, "s"), path);
                }

                return;
            case "dangling link":
                File.CreateSymbolicLink(path, Victim);
                return;
            case "link to a pipe":
                Tool.Run("mkfifo", Path.Combine(_elsewhere, "pipe"));
                File.CreateSymbolicLink(path, Path.Combine(_elsewhere, "pipe"));
                return;
        }

        File.WriteAllBytes(Victim, Victims);
        if (kind == "link") File.CreateSymbolicLink(path, Victim);
        else if (kind == "hard link") Tool.Run("ln", Victim, path);
        else File.Move(Victim, path);
    }

    private async Task SaveBothAsync()
    {
        Serve(("/v.mp4", Video), ("/c.png", Png));
        SavedVideo saved = await SaveAsync(request: Request(Result(cover: "/c.png"), cover: true));
        Assert.Null(saved.CoverError);
    }

    private void AssertBothSaved()
    {
        Assert.Equal(["clip.mp4", "clip.png"], Files);
        AssertBytes(Video, "clip.mp4");
        AssertBytes(Png, "clip.png");
        Assert.All(Files, file => Assert.Null(new FileInfo(Folder[file]).LinkTarget));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _elsewhere.Dispose();
    }
}
