using System;
using System.Diagnostics;
using System.IO;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Storage;

/// <summary>Paths that came out of data (fault table, line 121).</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("regular").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(@"\\server\share\cat.png", true)]
    [InlineData("//server/share/cat.png", true)]
    [InlineData(@"\/server/share/cat.png", true)]
    [InlineData(@" \\server\share\cat.png", true)]
    [InlineData(@"\\?\UNC\server\share\cat.png", true)]
    [InlineData(@"\??\UNC\server\share\cat.png", true)]
    [InlineData(@"\\.\pipe\cat", true)]
    [InlineData(@"C:\videos\cat.mp4", false)]
    [InlineData(@"\videos\cat.mp4", false)]
    [InlineData("cat.mp4", false)]
    [InlineData("", false)]
    public void F121_On_Windows_a_path_with_two_separators_first_leads_off_the_machine(string path, bool expected) =>
        Assert.Equal(expected, RegularFile.NamesNetwork(path));

    [Fact]
    public void F121_A_regular_file_is_opened_also_through_a_link_and_nothing_else_is()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "12345");
        Assert.Equal(5, RegularFile.LengthOf(file));
        using (FileStream stream = RegularFile.TryOpen(file)!) Assert.Equal('1', stream.ReadByte());
        foreach (string other in new[] { _folder, Path.Combine(_folder, "missing"), Path.Combine(_folder, "missing", "file"), "a\0b", "" })
            Assert.Equal((null, null), (RegularFile.LengthOf(other), RegularFile.TryOpen(other)));

        if (OperatingSystem.IsWindows()) return;
        string pipe = Path.Combine(_folder, "pipe"), link = Path.Combine(_folder, "link"), toPipe = Path.Combine(_folder, "toPipe");
        using (Process make = Process.Start("mkfifo", [pipe])) make.WaitForExit();
        File.CreateSymbolicLink(link, file);
        File.CreateSymbolicLink(toPipe, pipe);
        Assert.Equal(5, RegularFile.LengthOf(link));
        using (FileStream stream = RegularFile.TryOpen(link)!) Assert.Equal(5, stream.Length);
        foreach (string other in new[] { pipe, toPipe, "/dev/zero", "/dev/tty" })
            Assert.Equal((null, null), (RegularFile.LengthOf(other), RegularFile.TryOpen(other)));
    }
}
