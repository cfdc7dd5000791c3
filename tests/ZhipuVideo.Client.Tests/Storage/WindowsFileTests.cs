using ZhipuVideo.Files;

namespace ZhipuVideo.Client.Tests.Storage;

/// <summary>What Windows says of files, as far as it can be read without one.</summary>
[Trait("Phase", "download")]
public sealed class WindowsFileTests
{
    private const uint File = 0x20, Directory = 0x10, Reparse = 0x400;

    /// <summary>Tags from winnt.h: symbolic link, mount point, link of WSL; deduplicated, OneDrive, Azure File Sync, single instance, compressed by WOF.</summary>
    [Theory]
    [InlineData(File, 0, FileKind.Regular)]
    [InlineData(File | Reparse, 0xA000000C, FileKind.Link)]
    [InlineData(File | Reparse, 0xA0000003, FileKind.Link)]
    [InlineData(File | Reparse, 0xA000001D, FileKind.Link)]
    [InlineData(File | Reparse, 0x80000013, FileKind.Regular)]
    [InlineData(File | Reparse, 0x9000001A, FileKind.Regular)]
    [InlineData(File | Reparse, 0x9000601A, FileKind.Regular)]
    [InlineData(File | Reparse, 0x8000001E, FileKind.Regular)]
    [InlineData(File | Reparse, 0x80000007, FileKind.Regular)]
    [InlineData(File | Reparse, 0x80000017, FileKind.Regular)]
    [InlineData(Directory, 0, FileKind.Other)]
    [InlineData(Directory | Reparse, 0xA0000003, FileKind.Other)]
    internal void F210_Only_what_stands_for_another_name_is_a_link(uint attributes, uint tag, FileKind expected) =>
        Assert.Equal(expected, Disk.GetKind(attributes, tag));

    [Fact]
    public void F210_A_file_is_told_by_its_number_where_its_volume_has_none()
    {
        FileStatus file = new(7, 42, 1, FileKind.Regular, 0, 0);

        Assert.True(file.IsSameFile(file with { Length = 2 }));
        Assert.True(file.IsSameFile(file with { Device = 0 }));
        Assert.False(file.IsSameFile(file with { Device = 8 }));
        Assert.False(file.IsSameFile(file with { Device = 0, Number = 43 }));
    }

    [Theory]
    [InlineData(112, true)]
    [InlineData(39, true)]
    [InlineData(223, true)]
    [InlineData(1295, true)]
    [InlineData(32, false)]
    [InlineData(5, false)]
    public void F210_An_error_keeps_its_number(int number, bool isFull)
    {
        IOException error = Disk.CreateError(number);

        Assert.Equal((isFull, number == 32), (Disk.IsFull(error), Disk.IsHeld(error)));
        Assert.NotEmpty(error.Message);
    }
}
