using System;
using System.IO;
using System.Linq;

namespace ZhipuVideo.Tests.Cmdlets;

/// <summary>The line that the module is for.</summary>
public sealed class EndToEndTests(Emulator emulator) : IClassFixture<Emulator>
{
    [Fact]
    public void Rows_become_files()
    {
        emulator.Reset();
        using Shell shell = new(emulator);
        using TemporaryFolder folder = new();
        shell["folder"] = folder.FullName;

        Outcome outcome = shell.Run("""
            [pscustomobject]@{ Prompt = 'a cat'; Name = 'cat' }, [pscustomobject]@{ Prompt = '一只狗'; Name = '狗' } |
                New-CogVideo | Wait-CogVideo | Save-CogVideo -DestinationPath $folder
            """).Succeeded();

        Assert.Equal(["cat.mp4", "狗.mp4"], outcome.Texts("Name").Order());
        Assert.All(Directory.GetFiles(folder.FullName), file => Assert.Equal("ftyp"u8, File.ReadAllBytes(file).AsSpan(4, 4)));
        Assert.Equal(2, emulator.Tasks.Count);
    }
}
