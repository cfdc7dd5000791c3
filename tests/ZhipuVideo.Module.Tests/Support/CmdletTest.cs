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

    /// <summary>Another session of the same account, with the same folder.</summary>
    private protected Shell OpenSecond()
    {
        Shell second = new(Emulator);
        second.Connect(Emulator, Shell.Key);
        second["folder"] = Folder.FullName;
        return second;
    }

    /// <summary>Starts a script, and stops it as soon as something is so: it ends, and without an error.</summary>
    private protected async Task StopAsync(string script, Func<Emulator, bool> condition)
    {
        Task<Outcome> running = Shell.Start(script);
        Emulator.WaitFor(condition);
        Shell.Stop();
        Outcome outcome = await running;
        Assert.True(outcome.IsStopped);
        Assert.Empty(outcome.Errors.Where(e => e.Exception is not PipelineStoppedException).Select(e => e.ToString()));
    }

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
