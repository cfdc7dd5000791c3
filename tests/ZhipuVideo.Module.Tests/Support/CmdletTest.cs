namespace ZhipuVideo.Tests;

/// <summary>
/// A test of the cmdlets: an emulator that knows nothing yet, a connected shell, and a folder whose path is <c>$folder</c>. At the end, what
/// holds after every run is checked.
/// </summary>
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
        try
        {
            Invariants.Check(Emulator);
            Invariants.Check(Folder);
            string[] links = [.. Emulator.Requests.Where(r => r.Origin == "files").Select(r => r.Path).Distinct()];
            Assert.All(Shell.Outcomes, outcome => Invariants.Check(outcome, Secrets.FormsOf(Shell.Key), links));
        }
        finally
        {
            Shell.Dispose();
            Folder.Dispose();
            GC.SuppressFinalize(this);
        }
    }
}
