using System.Text.Json;
using ZhipuVideo.Files;
using ZhipuVideo.Journaling;

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

    internal string[] Lines => File.ReadAllLines(FilePath);

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

    /// <summary>Takes a row of a run as far as a state; request and task ids are made of its hash.</summary>
    internal static async Task<CogVideoJob> AdvanceAsync(Journal journal, JournalRun run, string hash, JournalState to, string? requestId = null)
    {
        JournalEntry row = run.Claim(hash);
        CogVideoJob job = NewJob(requestId ?? $"request-{hash}-{row.Occurrence}");
        if (to >= JournalState.Intent) await run.IntentAsync(row, job, CancellationToken.None);
        if (to == JournalState.NotAccepted) await journal.NotAcceptedAsync(job.RequestId!, "InvalidRequest", "1214", "size 不合法");
        if (to >= JournalState.Accepted)
        {
            job.Id = job.RequestId!.Replace("request", "task", StringComparison.Ordinal);
            job.SubmittedAt = new DateTime(2025, 3, 1, 12, 0, 0, DateTimeKind.Utc);
            await journal.AcceptedAsync(job);
        }
        if (to >= JournalState.Ended) await journal.EndedAsync(NewEnd(job));
        if (to >= JournalState.Saved) await journal.SavedAsync(job.Id, $"/videos/{hash}.mp4", 12345, $"/videos/{hash}.jpg", 678);
        return job;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

internal static class JournalRunExtensions
{
    internal static Task SavedAsync(this Journal journal, string id, string path, long length, string? coverPath, long? coverLength) =>
        journal.SavedAsync(new CogVideoResult { Id = id, SavedPath = path, FileLength = length, CoverPath = coverPath }, coverLength);

    internal static Task IntentAsync(this JournalRun run, JournalEntry row, CogVideoJob job, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return run.Journal!.IntentAsync(row, job, job.Name ?? job.RequestId!);
    }
}
