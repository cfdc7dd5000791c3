using System;
using System.Collections.Generic;
using System.IO;
using ZhipuVideo.Journaling;

namespace ZhipuVideo.Session;

/// <summary>The journals that the jobs of a cmdlet carry, each opened once and shared with the other cmdlets of the pipeline. Pipeline thread only.</summary>
internal sealed class JournalShelf : IDisposable
{
    private readonly Dictionary<string, JournalLease?> _leases = new(StringComparer.Ordinal);
    private readonly HashSet<Journal> _failed = [];
    private readonly JournalOwner _owner;
    private readonly Action<string> _warn;

    /// <param name="owner">Whose jobs are recorded.</param>
    /// <param name="warn">Writes a warning: a journal that is not here, that another process holds, or that belongs to another account costs only its comforts.</param>
    internal JournalShelf(JournalOwner owner, Action<string> warn) => (_owner, _warn) = (owner, warn);

    /// <summary>The job's journal; null when it has none, or none that can be written here.</summary>
    internal Journal? Of(CogVideoItem job)
    {
        if (string.IsNullOrEmpty(job.JournalPath)) return null;
        if (!_leases.TryGetValue(job.JournalPath!, out JournalLease? lease)) _leases[job.JournalPath!] = lease = Open(job.JournalPath!);
        return lease?.Journal;
    }

    /// <summary>
    /// Whether a failure to record is to be told. What keeps a journal from being written at all (its disk is full, it was replaced) is told once, with the
    /// first job that it struck: the others stand there as they did, and the next run learns their ends again.
    /// </summary>
    internal bool IsNews(CogVideoException failure, Journal journal) =>
        failure.Reason is not (ErrorReason.DiskFull or ErrorReason.WriteFailed or ErrorReason.JournalLost) || _failed.Add(journal);

    public void Dispose()
    {
        foreach (JournalLease? lease in _leases.Values) lease?.Dispose();
        _leases.Clear();
    }

    private JournalLease? Open(string path)
    {
        try
        {
            if (Path.IsPathRooted(path) && Journal.OpenExisting(path, _owner) is { } lease)
            {
                if (lease.Journal.Strangers is { } strangers) _warn(Messages.Format(MessageKey.WarnJournalStrangers, path, strangers));
                return lease;
            }
            _warn(Messages.Format(MessageKey.WarnJournalMissing, path));
        }
        catch (CogVideoException e)
        {
            _warn(Messages.Format(MessageKey.WarnJournalUnusable, e.Message));
        }
        return null;
    }
}
