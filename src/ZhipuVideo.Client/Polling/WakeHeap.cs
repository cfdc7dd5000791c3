using System.Collections.Generic;

namespace ZhipuVideo.Polling;

/// <summary>The jobs by the moment at which each needs attention: a binary heap whose items know their place, so that one can be moved.</summary>
internal sealed class WakeHeap
{
    private readonly List<TrackedJob> _items = [];

    internal TrackedJob? First => _items.Count > 0 ? _items[0] : null;

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
            job.HeapIndex = _items.Count;
            _items.Add(job);
        }
        if (!Rise(job)) Sink(job);
    }

    internal void Remove(TrackedJob job)
    {
        int index = job.HeapIndex;
        if (index < 0) return;
        TrackedJob last = _items[_items.Count - 1];
        _items.RemoveAt(_items.Count - 1);
        job.HeapIndex = -1;
        if (last == job) return;
        Place(last, index);
        if (!Rise(last)) Sink(last);
    }

    private void Place(TrackedJob job, int index)
    {
        _items[index] = job;
        job.HeapIndex = index;
    }

    private bool Rise(TrackedJob job)
    {
        int index = job.HeapIndex;
        int start = index;
        while (index > 0 && _items[(index - 1) / 2].WakeAt > job.WakeAt)
        {
            Place(_items[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }
        Place(job, index);
        return index != start;
    }

    private void Sink(TrackedJob job)
    {
        int index = job.HeapIndex;
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= _items.Count) break;
            if (child + 1 < _items.Count && _items[child + 1].WakeAt < _items[child].WakeAt) child++;
            if (_items[child].WakeAt >= job.WakeAt) break;
            Place(_items[child], index);
            index = child;
        }
        Place(job, index);
    }
}
