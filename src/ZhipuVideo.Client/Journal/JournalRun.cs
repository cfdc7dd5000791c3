using System;
using System.Collections.Generic;
using System.Linq;

namespace ZhipuVideo.Journaling;

/// <summary>
/// One pass over the rows, from the first: which of several equal rows is which is counted anew in every run.
/// A journal takes one run at a time, else two of them would both find a row new and both send it.
/// </summary>
/// <param name="index">The rows; nobody changes them without holding a lock on it.</param>
/// <param name="end">Lets the next run begin, or the file go.</param>
/// <param name="journal">The journal that it writes; null where it is only read.</param>
internal sealed class JournalRun(JournalIndex index, Action<JournalRun> end, Journal? journal = null) : IDisposable
{
    private readonly Dictionary<PackedText, int> _occurrences = [];

    internal Journal? Journal => journal;

    /// <summary>
    /// The next row with this hash. Its state is <see cref="JournalState.New"/> when the journal does not know it.
    /// Throws <see cref="ErrorReason.JournalUnreadable"/> when it may be the row of a line that cannot be read.
    /// </summary>
    internal JournalEntry Claim(string hash)
    {
        PackedText key = new(hash);
        lock (index)
        {
            _occurrences.TryGetValue(key, out int occurrence);
            _occurrences[index.Share(key)] = ++occurrence;
            return index.GetRow(key, occurrence);
        }
    }

    /// <summary>How many requests were billed, or may have been.</summary>
    internal int CountBilled()
    {
        lock (index) return index.Billed.Count();
    }

    public void Dispose() => end(this);
}
