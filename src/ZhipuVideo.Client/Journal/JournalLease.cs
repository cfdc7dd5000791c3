using System;

namespace ZhipuVideo.Journaling;

/// <summary>One user's hold on a journal that is open for writing; the last one to let go closes it.</summary>
/// <param name="journal">The journal.</param>
/// <param name="name">The hold on the name by which this user has it; null when the journal itself holds it.</param>
internal sealed class JournalLease(Journal journal, IDisposable? name) : IDisposable
{
    private bool _disposed;

    internal Journal Journal => journal;

    /// <summary>Lets go. The last one returns when all that was handed to the journal is on disk and the lock is free.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        name?.Dispose();
        journal.Release();
    }
}
