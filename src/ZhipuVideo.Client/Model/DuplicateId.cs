namespace ZhipuVideo;

/// <summary>One id that the service gave to two jobs: one video can be fetched under it, and nobody can say of which row it is.</summary>
internal static class DuplicateId
{
    /// <summary>What a result under such an id has as its error code; it is a success all the same, and is saved.</summary>
    internal const string Code = "DuplicateId";

    /// <summary>The error of both jobs.</summary>
    /// <param name="first">The job that had the id before; null when no more is known of it than that it did.</param>
    /// <param name="second">The other one.</param>
    internal static CogVideoException CreateError(CogVideoItem? first, CogVideoItem second) => first is null
        ? new(ErrorReason.DuplicateId, MessageKey.DuplicateIdAgain, second.Id, Label(second))
        {
            RequestId = second.RequestId,
            ConflictingJobs = [new CogVideoJob(second)],
        }
        : new(ErrorReason.DuplicateId, MessageKey.DuplicateId, second.Id, Label(first), Label(second))
        {
            RequestId = second.RequestId,
            ConflictingJobs = [new CogVideoJob(first), new CogVideoJob(second)],
        };

    private static string Label(CogVideoItem job) => string.IsNullOrEmpty(job.Name) ? $"{job.RequestId}" : $"{job.Name} ({job.RequestId})";
}
