using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Batch;

/// <summary>
/// Records each job in the journal that it carries. Each journal is opened once and shared with the other batches of this process. One that
/// is not here, that another process holds or that belongs to another account costs a job only the journal's comforts, and is warned of.
/// </summary>
internal sealed class JournalJobStore : IJobStore, IDisposable
{
    private readonly object _sync = new();
    private readonly Dictionary<string, JournalLease?> _leases = new(StringComparer.Ordinal);
    private readonly HashSet<Journal> _failed = [];
    private readonly JournalOwner _owner;
    private readonly Action<CogVideoException> _warn;
    private readonly Action<CogVideoException, CogVideoItem> _report;
    private bool _isDisposed;

    /// <param name="owner">Whose jobs are recorded.</param>
    /// <param name="warn">Told what costs comfort alone.</param>
    /// <param name="report">Told, with the job, that an end or a file could not be recorded.</param>
    internal JournalJobStore(JournalOwner owner, Action<CogVideoException> warn, Action<CogVideoException, CogVideoItem> report) =>
        (_owner, _warn, _report) = (owner, warn, report);

    /// <summary>Takes a journal that was opened for submissions: its jobs are recorded there.</summary>
    internal void Add(string path, JournalLease lease)
    {
        lock (_sync) _leases[path] = lease;
        WarnOfStrangers(path, lease.Journal);
    }

    /// <summary>The journal of a job; null when it has none, or none that can be written here.</summary>
    internal Journal? Find(CogVideoItem job)
    {
        if (string.IsNullOrEmpty(job.JournalPath)) return null;
        lock (_sync)
        {
            if (_isDisposed) return null;
            if (!_leases.TryGetValue(job.JournalPath!, out JournalLease? lease)) _leases[job.JournalPath!] = lease = Open(job.JournalPath!);
            return lease?.Journal;
        }
    }

    public Task IntentAsync(CogVideoJob job, JournalEntry? row, string label, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (row is null) return Task.CompletedTask;
        // Nothing is sent of a row whose intent cannot be recorded: the next run would send it again
        Journal journal = Find(job) ?? throw new ObjectDisposedException(nameof(VideoBatch));
        return journal.IntentAsync(row, job, label);
    }

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why) =>
        Find(job)?.NotAcceptedAsync(job.RequestId!, why.Reason.ToString(), why.Code, why.Message) ?? Task.CompletedTask;

    public Task AcceptedAsync(CogVideoJob job) => Find(job)?.AcceptedAsync(job) ?? Task.CompletedTask;

    public Task EndedAsync(CogVideoResult result) => // reported as the journal still has it
        RecordAsync(new CogVideoJob(result) { Status = CogVideoStatus.Processing }, journal => journal.EndedAsync(result));

    public Task SavedAsync(CogVideoResult result, long? coverLength) => RecordAsync(result, journal => journal.SavedAsync(result, coverLength));

    /// <summary>Lets go of the journals; jobs that are reported later are not recorded.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            _isDisposed = true;
            foreach (JournalLease? lease in _leases.Values) lease?.Dispose();
            _leases.Clear();
        }
    }

    /// <summary>
    /// Records what the service or the disk holds in any case, so that a failure is told and passes. What keeps a journal from being written at
    /// all is told once, with the first job that it struck: the next run learns of the others again.
    /// </summary>
    private async Task RecordAsync(CogVideoItem job, Func<Journal, Task> record)
    {
        if (Find(job) is not { } journal) return;
        try
        {
            await record(journal).ConfigureAwait(false);
        }
        catch (CogVideoException e)
        {
            lock (_sync)
                if (e.Reason is (ErrorReason.DiskFull or ErrorReason.WriteFailed or ErrorReason.JournalLost) && !_failed.Add(journal)) return;
            journal.IsFailureReported = true;
            _report(e, job);
        }
    }

    private JournalLease? Open(string path)
    {
        try
        {
            if (Path.IsPathRooted(path) && Journal.OpenExisting(path, _owner) is { } lease)
            {
                WarnOfStrangers(path, lease.Journal);
                return lease;
            }
            _warn(new CogVideoException(ErrorReason.NotFound, MessageKey.WarnJournalMissing, path));
        }
        catch (CogVideoException e)
        {
            _warn(new CogVideoException(e.Reason, MessageKey.WarnJournalUnusable, e));
        }
        return null;
    }

    private void WarnOfStrangers(string path, Journal journal)
    {
        if (journal.Strangers is { } strangers) _warn(new CogVideoException(ErrorReason.PermissionDenied, MessageKey.WarnJournalStrangers, path, strangers));
    }
}
