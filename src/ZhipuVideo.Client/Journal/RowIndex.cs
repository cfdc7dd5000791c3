using System;
using System.Collections.Generic;

namespace ZhipuVideo.Journaling;

/// <summary>
/// Finds rows of a list by a key of theirs; of those with the same key the one that was added last. It is a table of places in the list, no more
/// than half full: 8 to 16 bytes a row, where a dictionary takes 28 to 72.
/// </summary>
internal sealed class RowIndex<TKey>(List<JournalRow> rows, Func<JournalRow, TKey> getKey)
    where TKey : IEquatable<TKey>
{
    private int[] _places = new int[16]; // from 1; 0 = free
    private int _count;

    internal JournalRow? Find(TKey key) => _places[FindSlot(key)] is > 0 and int place ? rows[place - 1] : null;

    /// <summary>Adds the last row of the list.</summary>
    internal void AddLast()
    {
        if (++_count * 2 > _places.Length)
        {
            int[] earlier = _places;
            _places = new int[2 * earlier.Length];
            foreach (int place in earlier)
                if (place > 0) _places[FindSlot(getKey(rows[place - 1]))] = place;
        }
        _places[FindSlot(getKey(rows[rows.Count - 1]))] = rows.Count;
    }

    /// <summary>Where the key is, or belongs.</summary>
    private int FindSlot(TKey key)
    {
        int last = _places.Length - 1; // a power of two, less one
        int slot = key.GetHashCode() & last;
        while (_places[slot] is > 0 and int place && !getKey(rows[place - 1]).Equals(key)) slot = (slot + 1) & last;
        return slot;
    }
}
