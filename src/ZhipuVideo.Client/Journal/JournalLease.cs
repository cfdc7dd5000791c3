using System;

namespace ZhipuVideo.Journaling;

/// <summary>One user's hold on a journal that is open for writing; the last one to let go closes it.</summary>
internal sealed class JournalLease : IDisposable
{
    private bool _disposed;

    internal JournalLease(Journal journal) => Journal = journal;

    internal Journal Journal { get; }

    /// <summary>Lets go. The last one returns when all that was handed to the journal is on disk and the lock is free.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Journal.Release();
    }
}
