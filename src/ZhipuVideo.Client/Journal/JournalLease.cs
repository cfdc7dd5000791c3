using System;

namespace ZhipuVideo.Journaling;

/// <summary>One user's hold on a journal that is open for writing; the last one to let go closes it.</summary>
internal sealed class JournalLease : IDisposable
{
    private readonly IDisposable? _name;
    private bool _disposed;

    /// <param name="journal">The journal.</param>
    /// <param name="name">The hold on the name by which this user has it; null when the journal itself holds it.</param>
    internal JournalLease(Journal journal, IDisposable? name) => (Journal, _name) = (journal, name);

    internal Journal Journal { get; }

    /// <summary>Lets go. The last one returns when all that was handed to the journal is on disk and the lock is free.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _name?.Dispose();
        Journal.Release();
    }
}
