using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Storage;

/// <summary>Paths that came out of data (fault table, lines 121 and 176).</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, bool> Paths => new()
    {
        { @"\\server\share\cat.png", true }, { "//server/share/cat.png", true }, { @"\/server/share/cat.png", true },
        { @" \\server\share\cat.png", true }, { @"\\?\UNC\server\share\cat.png", true }, { @"\??\UNC\server\share\cat.png", true },
        { @"\\.\pipe\cat", true }, { @"C:\videos\cat.mp4", false }, { @"\videos\cat.mp4", false }, { "cat.mp4", false }, { "", false },
    };

    public static TheoryData<string, string, bool> Shares => new()
    {
        { @"\\nas\pics\cat.png", @"\\nas\pics", true }, { @"//NAS/Pics/in/cat.png", @"\\nas\pics\deep\er", true },
        { @"\\nas\pics\..\cat.png", @"\\nas\pics", true }, { @"\\nas\other\cat.png", @"\\nas\pics", false },
        { @"\\nas2\pics\cat.png", @"\\nas\pics", false }, { @"\\nas@8080\pics\cat.png", @"\\nas\pics", false },
        { @"\\nas\..\evil\pics\cat.png", @"\\nas\..\pics", false }, { @"\\?\UNC\evil\share\cat.png", @"\\?\UNC\nas\pics", false },
        { @"\??\UNC\evil\share\cat.png", @"\??\UNC\nas\pics", false }, { @"\\.\pipe\cat", @"\\.\pipe\dog", false },
        { @"\\nas\pics\cat.png", @"C:\videos", false }, { @"\\nas", @"\\nas", false }, { @"\\nas\pics\cat.png", "", false },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Paths))]
    public void F121_On_Windows_a_path_with_two_separators_first_leads_off_the_machine(string path, bool expected) =>
        Assert.Equal(expected, RegularFile.NamesNetwork(path));

    [Theory]
    [Trait("Phase", "input, download")]
    [MemberData(nameof(Shares))]
    public void F176_Only_the_share_that_the_user_has_named_is_looked_at(string path, string folder, bool expected) =>
        Assert.Equal(expected, RegularFile.IsOnSameShare(path, folder));

    [Fact]
    public void F176_A_path_of_this_machine_is_looked_at_wherever_the_user_is()
    {
        string path = _folder["file"];
        Assert.True(RegularFile.MayTouch(path, @"\\nas\pics"));
        Assert.True(RegularFile.MayTouch(path, ""));
        Assert.Equal(!OperatingSystem.IsWindows(), RegularFile.MayTouch(@"\\nas\pics\cat.png", _folder.FullName)); // elsewhere it is a file's name
    }

    [Fact]
    public void F121_A_regular_file_is_opened_also_through_a_link_and_nothing_else_is()
    {
        string file = _folder.Write("file", "12345");
        Assert.Equal(5, RegularFile.GetLength(file));
        using (FileStream stream = RegularFile.TryOpen(file)!) Assert.Equal('1', stream.ReadByte());
        foreach (string other in new[] { _folder.FullName, _folder["missing"], Path.Combine(_folder["missing"], "file"), "a\0b", "" })
            Assert.Equal((null, null), (RegularFile.GetLength(other), RegularFile.TryOpen(other)));

        if (OperatingSystem.IsWindows()) return;
        string pipe = _folder["pipe"], link = _folder["link"], toPipe = _folder["toPipe"];
        using (Process make = Process.Start("mkfifo", [pipe])) make.WaitForExit();
        File.CreateSymbolicLink(link, file);
        File.CreateSymbolicLink(toPipe, pipe);
        Assert.Equal(5, RegularFile.GetLength(link));
        using (FileStream stream = RegularFile.TryOpen(link)!) Assert.Equal(5, stream.Length);
        foreach (string other in new[] { pipe, toPipe, "/dev/zero", "/dev/tty" })
            Assert.Equal((null, null), (RegularFile.GetLength(other), RegularFile.TryOpen(other)));
    }
}
