using System;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// The jobs by the moment at which each needs attention: a heap whose items know their place, so that one can be moved. Four children to a
/// node and the moments beside the items: a hundred thousand jobs do not fit into a cache, and each of them that is touched is waited for.
/// </summary>
internal sealed class WakeHeap
{
    private const int Children = 4;

    private (double At, TrackedJob Job)[] _items = new (double, TrackedJob)[16];
    private int _count;

    internal TrackedJob? First => _count > 0 ? _items[0].Job : null;

    /// <summary>Puts the job at the place that its <see cref="TrackedJob.WakeAt"/> deserves; with infinity it leaves.</summary>
    internal void Update(TrackedJob job)
    {
        if (double.IsPositiveInfinity(job.WakeAt))
        {
            Remove(job);
            return;
        }
        if (job.HeapIndex < 0)
        {
            if (_count == _items.Length) Array.Resize(ref _items, 2 * _count);
            job.HeapIndex = _count++;
        }
        Move((job.WakeAt, job), job.HeapIndex);
    }

    internal void Remove(TrackedJob job)
    {
        int index = job.HeapIndex;
        if (index < 0) return;
        (double At, TrackedJob Job) last = _items[--_count];
        _items[_count] = default;
        job.HeapIndex = -1;
        if (last.Job != job) Move(last, index);
    }

    /// <summary>Puts an item where it belongs, beginning at a free place.</summary>
    private void Move((double At, TrackedJob Job) item, int index)
    {
        int start = index;
        while (index > 0 && _items[(index - 1) / Children].At > item.At)
        {
            int parent = (index - 1) / Children;
            Place(_items[parent], index);
            index = parent;
        }
        while (index >= start) // what has risen does not sink
        {
            int child = EarliestChild(index);
            if (child < 0 || _items[child].At >= item.At) break;
            Place(_items[child], index);
            index = child;
        }
        Place(item, index);
    }

    private int EarliestChild(int index)
    {
        int first = (Children * index) + 1;
        if (first >= _count) return -1;
        int earliest = first;
        for (int child = first + 1; child < Math.Min(first + Children, _count); child++)
        {
            if (_items[child].At < _items[earliest].At) earliest = child;
        }
        return earliest;
    }

    private void Place((double At, TrackedJob Job) item, int index)
    {
        _items[index] = item;
        item.Job.HeapIndex = index;
    }
}
