using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Http;
using ZhipuVideo.Journaling;
using ZhipuVideo.Storage.Blob;

namespace ZhipuVideo.Batch;

/// <summary>
/// Records each job in memory and in the journal that it carries: in the journal first what is about to be sent, in memory first what became of
/// it, because memory survives a failing disk. Each journal is opened once, in the background, and shared with the other batches of this
/// process. One that is not here, that another process holds or that belongs to another account costs a job only the journal's comforts, and is
/// warned of.
/// </summary>
/// <param name="memory">Where jobs are recorded that carry no journal, too.</param>
/// <param name="owner">Whose jobs are recorded.</param>
/// <param name="options">Where and how the batch's own journal is opened, and who is told of what fails.</param>
internal sealed class JournalJobStore(MemoryJobStore memory, JournalOwner owner, VideoBatchOptions options) : IJobStore, IDisposable
{
    /// <summary>Seconds: a dead process's lease of 60 and some more.</summary>
    private const double TakeOverSeconds = 75, TakeOverEvery = 2.5;

    private readonly object _sync = new();
    private readonly Dictionary<string, Task<Journal?>> _journals = new(StringComparer.Ordinal); // by path
    private readonly List<JournalLease> _leases = [];
    private readonly HashSet<Journal> _failed = [];
    private bool _isDisposed;

    /// <summary>Opens the journal of this batch's submissions. Throws what keeps it from being written.</summary>
    internal async Task<Journal> OpenAsync(string path, CancellationToken cancellationToken)
    {
        async Task<JournalLease?> OpenAsync() => await TakeOverAsync(path, cancellationToken).ConfigureAwait(false);
        Journal? journal = await GetAsync(path, OpenAsync, cancellationToken).ConfigureAwait(false);
        return journal ?? throw new ObjectDisposedException(nameof(VideoBatch));
    }

    /// <summary>The journal of a job; null when it has none, or none that can be written here.</summary>
    internal Task<Journal?> FindAsync(CogVideoItem job, CancellationToken cancellationToken = default) =>
        job.JournalPath is { Length: > 0 } path ? GetAsync(path, () => Task.FromResult(OpenExisting(path)), cancellationToken) : Task.FromResult<Journal?>(null);

    public async Task IntentAsync(CogVideoJob job, JournalEntry? row, string label)
    {
        if (row is not null)
        {
            // Nothing is sent of a row whose intent cannot be recorded: the next run would send it again
            Journal journal = await FindAsync(job).ConfigureAwait(false) ?? throw new ObjectDisposedException(nameof(VideoBatch));
            await journal.IntentAsync(row, job, label).ConfigureAwait(false);
        }
        await memory.IntentAsync(job, row, label).ConfigureAwait(false);
    }

    public async Task AdmitAsync(CogVideoJob job, CancellationToken cancellationToken)
    {
        if (await FindAsync(job, cancellationToken).ConfigureAwait(false) is { } journal) await journal.AdmitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
    {
        await memory.NotAcceptedAsync(job, why).ConfigureAwait(false);
        if (await FindAsync(job).ConfigureAwait(false) is { } journal)
            await journal.NotAcceptedAsync(job.RequestId!, why.Reason.ToString(), why.Code, why.Message).ConfigureAwait(false);
    }

    public async Task AcceptedAsync(CogVideoJob job)
    {
        await memory.AcceptedAsync(job).ConfigureAwait(false);
        if (await FindAsync(job).ConfigureAwait(false) is { } journal) await journal.AcceptedAsync(job).ConfigureAwait(false);
    }

    public Task EndedAsync(CogVideoResult result) => RecordAsync(
        result, journal => journal.EndedAsync(result), () => new CogVideoJob(result) { Status = CogVideoStatus.Processing }); // as the journal still has it

    public Task SavedAsync(CogVideoResult result, long? coverLength) =>
        RecordAsync(result, journal => journal.SavedAsync(result, coverLength), () => result);

    /// <summary>Lets go of the journals; jobs that are reported later are not recorded.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _isDisposed = true;
            foreach (JournalLease lease in _leases) lease.Dispose();
        }
    }

    private Task<Journal?> GetAsync(string path, Func<Task<JournalLease?>> open, CancellationToken cancellationToken)
    {
        Task<Journal?>? opening;
        lock (_sync)
        {
            if (_isDisposed) return Task.FromResult<Journal?>(null);
            if (!_journals.TryGetValue(path, out opening)) _journals[path] = opening = Task.Run(async () => Hold(path, await open().ConfigureAwait(false)));
        }
        return opening.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    /// <summary>A blob stays locked for a minute after the process that had it was killed: that long it is waited for, and no longer.</summary>
    private async Task<JournalLease?> TakeOverAsync(string path, CancellationToken cancellationToken)
    {
        Clock clock = new(options.Time);
        for (bool isTold = false; ; isTold = true)
        {
            try
            {
                return Journal.Open(path, options.Time, options.LogStore, options.Writers, owner);
            }
            catch (CogVideoException e) when (e.Reason == ErrorReason.JournalLocked && BlobAddress.Is(path) && clock.Now < TakeOverSeconds)
            {
                if (!isTold) options.Warn?.Invoke(e.Because(MessageKey.WarnTakeOver, TakeOverSeconds));
            }
            await clock.DelayAsync(TakeOverEvery, cancellationToken).ConfigureAwait(false);
        }
    }

    private Journal? Hold(string path, JournalLease? lease)
    {
        if (lease is null) return null;
        lock (_sync)
        {
            if (!_isDisposed) _leases.Add(lease);
            else lease.Dispose(); // nobody waits for it any more
        }
        if (lease.Journal.Strangers is { } strangers)
            options.Warn?.Invoke(new CogVideoException(ErrorReason.PermissionDenied, MessageKey.WarnJournalStrangers, path, strangers));
        return lease.Journal;
    }

    private JournalLease? OpenExisting(string path)
    {
        try
        {
            if ((Path.IsPathRooted(path) || BlobAddress.Is(path)) && Journal.OpenExisting(path, owner, options.LogStore) is { } lease) return lease;
            options.Warn?.Invoke(new CogVideoException(ErrorReason.NotFound, MessageKey.WarnJournalMissing, path));
        }
        catch (CogVideoException e)
        {
            options.Warn?.Invoke(new CogVideoException(e.Reason, MessageKey.WarnJournalUnusable, e));
        }
        return null;
    }

    /// <summary>
    /// Records what the service or the disk holds in any case, so that a failure is told and passes. What keeps a journal from being written at
    /// all is told once, with the first job that it struck: the next run learns of the others again.
    /// </summary>
    private async Task RecordAsync(CogVideoResult result, Func<Journal, Task> record, Func<CogVideoItem> unrecorded)
    {
        memory.Observe(result);
        if (await FindAsync(result).ConfigureAwait(false) is not { } journal) return;
        try
        {
            await record(journal).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            lock (_sync)
                if (e.Reason is (ErrorReason.DiskFull or ErrorReason.WriteFailed or ErrorReason.JournalLost or ErrorReason.JournalFull
                    or ErrorReason.StorageDenied or ErrorReason.StorageUnavailable) && !_failed.Add(journal)) return;
            journal.IsFailureReported = true;
            options.Report?.Invoke(e, unrecorded());
        }
    }
}
