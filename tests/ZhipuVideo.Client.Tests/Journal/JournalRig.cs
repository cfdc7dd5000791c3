using System.Text.Json;
using ZhipuVideo.Files;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage;

namespace ZhipuVideo.Client.Tests.Journaling;

/// <summary>A folder with a journal in it, and the steps of a row's life.</summary>
internal sealed class JournalRig : IDisposable
{
    internal static readonly ApiKey Key = ApiKey.Parse("0123456789abcdef.SECRETSECRET");
    internal const string Link = "https://files.example/videos/cat.mp4";
    internal const string Cover = "https://files.example/videos/cat.jpg";

    private readonly List<string> _copies = [];

    internal JournalRig()
    {
        Folder = Directory.CreateTempSubdirectory("journal").FullName;
        FilePath = Path.Combine(Folder, "run.jsonl");
    }

    internal string Folder { get; }

    internal string FilePath { get; }

    /// <summary>Also while it is held: on Windows, <see cref="File"/> would not share it with its writer.</summary>
    internal string[] Lines
    {
        get
        {
            using StreamReader reader = new(new MemoryStream(ReadBytes()));
            return reader.ReadToEnd().Split(["\r\n", "\n"], StringSplitOptions.None) is [.. string[] lines, ""] ? lines : [];
        }
    }

    internal JournalLease Open(TimeProvider? time = null) => Journal.Open(FilePath, time);

    internal List<JournalEntry> Read(Action<CogVideoException>? unreadable = null) =>
        Journal.Read(FilePath, unreadable ?? (e => Assert.Fail(e.Message))).ToList();

    /// <summary>What a crash at this moment would leave behind, as another file.</summary>
    internal string Crash()
    {
        string copy = Path.Combine(Folder, $"crash{_copies.Count}.jsonl");
        File.WriteAllBytes(copy, ReadBytes());
        _copies.Add(copy);
        return copy;
    }

    internal byte[] ReadBytes()
    {
        using FileStream file = RegularFile.TryOpen(FilePath)!;
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The lines of one kind, as objects.</summary>
    internal List<JsonElement> Records(string kind) => Lines
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(o => o.TryGetProperty("record", out JsonElement record) && record.GetString() == kind)
        .ToList();

    /// <summary>The processes that opened the journal, in order.</summary>
    internal int[] ReadHolders() => Lines
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(o => o.TryGetProperty("journal", out _))
        .Select(o => o.GetProperty("pid").GetInt32())
        .ToArray();

    internal static CogVideoJob NewJob(string requestId, string name = "cat", string prompt = "一只猫") => new()
    {
        RequestId = requestId,
        Model = "cogvideox-flash",
        Status = CogVideoStatus.Unconfirmed,
        Name = name,
        Prompt = prompt,
    };

    /// <summary>A job with every field of a request.</summary>
    internal static CogVideoJob NewFullJob() => new()
    {
        RequestId = "r-1",
        Model = "cogvideox-3",
        Name = "emoji 🐈 \"quoted\" \u2028 \\",
        Prompt = "<a> & 'b' + é\n\t\u0001",
        Image = "/pictures/first.png|/pictures/last.png",
        Quality = "quality",
        WithAudio = false,
        Size = "1920x1080",
        Fps = 60,
        Duration = 10,
        UserId = "user-1",
        AdditionalBody = """{"style":"anime"}""",
    };

    internal static CogVideoResult NewEnd(CogVideoJob job, string status = CogVideoStatus.Success) => new(job)
    {
        Status = status,
        Url = status == CogVideoStatus.Success ? Link : null,
        VideoUrls = status == CogVideoStatus.Success ? [Link] : [],
        CoverUrl = status == CogVideoStatus.Success ? Cover : null,
        CoverUrls = status == CogVideoStatus.Success ? [Cover] : [],
        ErrorCode = status == CogVideoStatus.Fail ? "1301" : null,
        ErrorMessage = status == CogVideoStatus.Fail ? "不安全" : null,
        EndedAt = new DateTime(2025, 3, 1, 12, 0, 40, DateTimeKind.Utc),
        ElapsedSec = 40.5,
    };

    /// <summary>Opens the journal, or takes it opened otherwise, and begins a pass over its rows.</summary>
    internal OpenJournal Begin(JournalLease? lease = null) => new(lease ?? Open());

    /// <summary>The same on a disk that can be watched and struck.</summary>
    internal OpenJournal BeginWatched(out WatchedFile file)
    {
        WatchedFile? watched = null;
        OpenJournal open = Begin(Journal.Open(FilePath, null, new FileLogStore(handle => watched = new WatchedFile(handle))));
        file = watched!;
        return open;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>A journal that is open, and a pass over its rows.</summary>
internal sealed class OpenJournal(JournalLease lease) : IDisposable
{
    internal Journal Journal => lease.Journal;

    internal JournalRun Run { get; } = lease.Journal.BeginRun();

    internal JournalEntry Claim(string hash) => Run.Claim(hash);

    internal Task IntentAsync(string hash, CogVideoJob job) => Journal.IntentAsync(Claim(hash), job, job.Name ?? job.RequestId!);

    internal Task SavedAsync(string id, string path, long length, string? coverPath = null, long? coverLength = null) =>
        Journal.SavedAsync(new CogVideoResult { Id = id, SavedPath = path, FileLength = length, CoverPath = coverPath }, coverLength);

    /// <summary>Takes a row as far as a state; request and task ids are made of its hash.</summary>
    internal async Task<CogVideoJob> AdvanceAsync(string hash, JournalState to, string? requestId = null)
    {
        JournalEntry row = Claim(hash);
        CogVideoJob job = JournalRig.NewJob(requestId ?? $"request-{hash}-{row.Occurrence}");
        if (to >= JournalState.Intent) await Journal.IntentAsync(row, job, hash);
        if (to == JournalState.NotAccepted) await Journal.NotAcceptedAsync(job.RequestId!, "InvalidRequest", "1214", "size 不合法");
        if (to >= JournalState.Accepted)
        {
            job.Id = job.RequestId!.Replace("request", "task", StringComparison.Ordinal);
            job.SubmittedAt = new DateTime(2025, 3, 1, 12, 0, 0, DateTimeKind.Utc);
            await Journal.AcceptedAsync(job);
        }
        if (to >= JournalState.Ended) await Journal.EndedAsync(JournalRig.NewEnd(job));
        if (to >= JournalState.Saved) await SavedAsync(job.Id, $"/videos/{hash}.mp4", 12345, $"/videos/{hash}.jpg", 678);
        return job;
    }

    public void Dispose()
    {
        Run.Dispose();
        lease.Dispose();
    }
}

/// <summary>Tests of one journal in a folder of its own.</summary>
public abstract class JournalTest : IDisposable
{
    private protected JournalRig Rig { get; } = new();

    public void Dispose()
    {
        Rig.Dispose();
        GC.SuppressFinalize(this);
    }
}
