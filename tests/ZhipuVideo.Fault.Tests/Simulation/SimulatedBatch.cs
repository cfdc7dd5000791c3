using ZhipuVideo.Batch;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>A batch in a simulated process, with the disk that its journal is written to.</summary>
internal sealed class SimulatedBatch : IDisposable
{
    private static readonly ServiceEndpoint Endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.simulatedKey0000"));

    private readonly SimulatedDisk _disk;

    private SimulatedBatch(SimulatedDisk disk, VideoBatch batch) => (_disk, Batch) = (disk, batch);

    public VideoBatch Batch { get; }

    /// <exception cref="CogVideoException">The journal cannot be opened.</exception>
    public static async Task<SimulatedBatch> OpenAsync(
        SimulatedProcess process, SimulatedDisk disk, Func<SimulatedNetwork> connect, VideoBatchOptions options)
    {
        CogVideoClient client = new(Endpoint, new CogVideoClientOptions { Time = process, CreateHandler = connect, Accounts = process.Accounts });
        try
        {
            // The journal is this account's own, so that nothing is asked of the service, and nothing waited for
            return new SimulatedBatch(disk, await VideoBatch.OpenAsync(client, options, CancellationToken.None));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Gives everything back, as a pipeline does at its end.</summary>
    public void Dispose()
    {
        Batch.RecordKnownEnds();
        _disk.Drain();
        Batch.Dispose();
    }
}

internal static class MemoryJobStoreExtensions
{
    /// <summary>Whether a person finds the task here, by its id or as unconfirmed.</summary>
    public static bool Shows(this MemoryJobStore jobs, SimulatedTask task) => jobs.ToList().Any(job =>
        job.RequestId == task.RequestId && (job.Status == CogVideoStatus.Unconfirmed || job.Id == task.Id || job.Id == task.RequestId));
}
