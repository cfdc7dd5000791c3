using System;
using System.Threading.Tasks;
using ZhipuVideo.Batch;
using ZhipuVideo.Http;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Tests.Simulation;

/// <summary>The client's own parts, put together as the cmdlets do it, in a simulated process.</summary>
internal sealed class SimulatedClient : IDisposable
{
    private static readonly ServiceEndpoint Endpoint = new(ApiKey.Parse("0123456789abcdef0123456789abcdef.simulatedKey0000"));

    private readonly SimulatedDisk _disk;
    private readonly JournalLease? _lease;
    private readonly JournalRun? _journalRun;

    /// <exception cref="CogVideoException">The journal cannot be opened.</exception>
    public SimulatedClient(
        SimulatedProcess process, SimulatedDisk disk, Func<SimulatedNetwork> connect, SubmissionOptions options, ISubmissionLog jobs, bool retryFailed)
    {
        _disk = disk;
        if (options.JournalPath is string path)
        {
            _lease = Journal.Open(path, process, disk.Logs, disk);
            _journalRun = _lease.Journal.BeginRun();
        }
        Client = new CogVideoClient(Endpoint, new CogVideoClientOptions { Time = process, CreateHandler = connect, Accounts = process.Accounts });
        Run = Client.BeginRun(options);
        Rows = new RestartableRun(Run, _journalRun, jobs, retryFailed);
    }

    public CogVideoClient Client { get; }

    public SubmissionRun Run { get; }

    public RestartableRun Rows { get; }

    public LinkSeal Seal { get; } = new(Endpoint.Key);

    public Journal? Journal => _lease?.Journal;

    /// <summary>Writes an end down as Wait-CogVideo does, before the result is emitted.</summary>
    public async Task RecordEndAsync(CogVideoResult result)
    {
        if (Journal is { } journal && journal.Find(result.Id) is { State: < JournalState.Ended }) await journal.EndedAsync(result, Seal);
    }

    /// <summary>Gives everything back, as a pipeline does at its end.</summary>
    public void Dispose()
    {
        Client.Dispose();
        _disk.Drain();
        _journalRun?.Dispose();
        _lease?.Dispose();
    }
}
