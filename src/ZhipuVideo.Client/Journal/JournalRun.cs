using System;
using System.Collections.Generic;

namespace ZhipuVideo.Journaling;

/// <summary>
/// One pass over the rows, from the first: which of several equal rows is which is counted anew in every run.
/// A journal takes one run at a time, else two of them would both find a row new and both send it.
/// </summary>
internal sealed class JournalRun : IDisposable
{
    private readonly Journal? _journal;
    private readonly Func<string, int, JournalEntry> _getRow;
    private readonly Dictionary<string, int> _occurrences = new(StringComparer.Ordinal);

    internal JournalRun(Journal journal) => (_journal, _getRow) = (journal, journal.GetRow);

    /// <param name="getRow">The n-th row with a hash, of a journal that is only read.</param>
    internal JournalRun(Func<string, int, JournalEntry> getRow) => _getRow = getRow;

    /// <summary>
    /// The next row with this hash. Its state is <see cref="JournalState.New"/> when the journal does not know it.
    /// Throws <see cref="ErrorReason.JournalUnreadable"/> when it may be the row of a line that cannot be read.
    /// </summary>
    internal JournalEntry Claim(string hash)
    {
        int occurrence;
        lock (_occurrences)
        {
            _occurrences.TryGetValue(hash, out occurrence);
            _occurrences[hash] = ++occurrence;
        }
        return _getRow(hash, occurrence);
    }

    /// <summary>The journal that it writes; null where it is only read.</summary>
    internal Journal? Journal => _journal;

    /// <summary>Lets the next run begin.</summary>
    public void Dispose() => _journal?.EndRun(this);
}
