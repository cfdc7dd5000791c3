using System;

namespace ZhipuVideo.Tests;

/// <summary>A test of the cmdlets: an emulator that knows nothing yet, a connected shell, and a folder whose path is <c>$folder</c>.</summary>
public abstract class CmdletTest : IClassFixture<Emulator>, IDisposable
{
    private protected CmdletTest(Emulator emulator)
    {
        Emulator = emulator.Reset();
        Shell = new Shell(emulator);
        Shell["folder"] = Folder.FullName;
    }

    private protected Emulator Emulator { get; }

    private protected Shell Shell { get; }

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Shell.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
