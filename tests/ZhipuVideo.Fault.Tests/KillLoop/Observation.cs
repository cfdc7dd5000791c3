namespace ZhipuVideo.Tests.KillLoop;

/// <summary>Counts from outside how often a run has come to each point.</summary>
internal sealed class Observation(string journalPath, string videoFolder, EmulatorState server)
{
    private static readonly string[] Marks = ["{\"journal\":", "\"record\":\"intent\"", "\"record\":\"accepted\"", "\"record\":\"ended\"", "\"record\":\"saved\""];

    private readonly long[] _marks = new long[Marks.Length];
    private long _offset;

    /// <summary>How often the journal was opened for writing.</summary>
    public long Openings => CountLines(0);

    public long Count(KillPoint point) => point switch
    {
        KillPoint.Intent => CountLines(1),
        KillPoint.SubmissionArrived => server.Stats.Requests.GetValueOrDefault("create"),
        KillPoint.SubmissionAccepted => server.Stats.Accepted.Values.Sum(),
        KillPoint.Accepted => CountLines(2),
        KillPoint.Look => server.Stats.Requests.GetValueOrDefault("poll"),
        KillPoint.Ended => CountLines(3),
        KillPoint.Download => server.Stats.Requests.GetValueOrDefault("download"),
        KillPoint.PartFile => CountFiles("*.part"),
        KillPoint.FinalName => CountFiles("*.mp4"),
        KillPoint.Saved => CountLines(4),
        _ => throw new ArgumentOutOfRangeException(nameof(point)),
    };

    /// <summary>A run tries out whether it can make the folder, and takes the trial away again: it may go at any moment.</summary>
    private int CountFiles(string pattern)
    {
        try
        {
            return Directory.GetFiles(videoFolder, pattern, new EnumerationOptions { AttributesToSkip = 0 }).Length;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>Reads what was added to the journal, as far as its lines are whole.</summary>
    private long CountLines(int mark)
    {
        if (!File.Exists(journalPath)) return 0;
        using FileStream file = new(journalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Position = Math.Min(_offset, file.Length);
        byte[] added = new byte[file.Length - file.Position];
        int length = file.ReadAtLeast(added, added.Length, throwOnEndOfStream: false);
        int whole = added.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        _offset = file.Position - length + whole;
        foreach (string line in Encoding.UTF8.GetString(added, 0, whole).Split('\n'))
            for (int i = 0; i < Marks.Length; i++)
                if (line.Contains(Marks[i], StringComparison.Ordinal)) _marks[i]++;
        return _marks[mark];
    }
}
