using ZhipuVideo.Batch;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>What a runspace keeps of its submissions: every one that may have been paid, with its id as soon as that is known.</summary>
internal sealed class JobList : ISubmissionLog
{
    private readonly Dictionary<string, string> _idsByRequestId = [];

    /// <summary>Whether a person finds the task here, by its id or as unconfirmed.</summary>
    public bool Shows(SimulatedTask task) =>
        _idsByRequestId.TryGetValue(task.RequestId, out string? id) && (id.Length == 0 || id == task.Id || id == task.RequestId);

    public Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken)
    {
        _idsByRequestId.TryAdd(job.RequestId!, "");
        return Task.CompletedTask;
    }

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
    {
        _idsByRequestId.Remove(job.RequestId!);
        return Task.CompletedTask;
    }

    public Task AcceptedAsync(CogVideoJob job)
    {
        _idsByRequestId[job.RequestId!] = job.Id;
        return Task.CompletedTask;
    }
}
