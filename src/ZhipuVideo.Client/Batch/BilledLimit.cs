using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Batch;

/// <summary>
/// How many billed requests may be sent, in this run and the earlier ones of its journal together. A request counts by its request_id, from
/// before its intent is recorded until it is known that it was not accepted: an unconfirmed one counts, and so does one that failed. At the limit
/// rows wait in their order for those that are under way: one of them may not be accepted, and leave its place. Thread-safe.
/// </summary>
/// <param name="limit">The most; null = any number.</param>
internal sealed class BilledLimit(int? limit)
{
    private readonly HashSet<string> _counted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _underWay = new(StringComparer.Ordinal); // of those that count
    private readonly LinkedList<(string RequestId, TaskCompletionSource<bool> Place)> _waiting = new();

    /// <summary>Counts what earlier runs have sent.</summary>
    internal void Add(IEnumerable<string> requestIds)
    {
        lock (_counted) _counted.UnionWith(requestIds);
    }

    /// <summary>Takes a place, which <see cref="Settle"/> must follow; a request that counts already takes no other.</summary>
    /// <exception cref="CogVideoException"><see cref="ErrorReason.BilledLimitReached"/>: no place is left, nor will one become free.</exception>
    internal async Task EnterAsync(string requestId, CancellationToken cancellationToken)
    {
        LinkedListNode<(string, TaskCompletionSource<bool> Place)> node = new((requestId, new(TaskCreationOptions.RunContinuationsAsynchronously)));
        lock (_counted)
        {
            _waiting.AddLast(node);
            LetIn(node);
            GiveUpInVain();
        }
        using (cancellationToken.Register(() => Leave(node)))
        {
            if (!await node.Value.Place.Task.ConfigureAwait(false))
                throw new CogVideoException(ErrorReason.BilledLimitReached, MessageKey.BilledLimitReached, limit);
        }
    }

    /// <summary>Says of a request under way whether it goes on to count; one that was surely not accepted leaves its place.</summary>
    internal void Settle(string requestId, bool counts)
    {
        lock (_counted)
        {
            _underWay.Remove(requestId);
            if (!counts) _counted.Remove(requestId);
            bool hasRoom = true;
            while (hasRoom && _waiting.First is { } first) hasRoom = LetIn(first);
            GiveUpInVain();
        }
    }

    private bool LetIn(LinkedListNode<(string RequestId, TaskCompletionSource<bool> Place)> node)
    {
        (string requestId, TaskCompletionSource<bool> place) = node.Value;
        if (limit <= _counted.Count && !_counted.Contains(requestId)) return false;
        _counted.Add(requestId);
        _underWay.Add(requestId);
        _waiting.Remove(node);
        place.SetResult(true);
        return true;
    }

    /// <summary>No place will become free once nothing is under way.</summary>
    private void GiveUpInVain()
    {
        if (_underWay.Count > 0) return;
        foreach ((_, TaskCompletionSource<bool> place) in _waiting) place.SetResult(false);
        _waiting.Clear();
    }

    private void Leave(LinkedListNode<(string, TaskCompletionSource<bool> Place)> node)
    {
        lock (_counted)
        {
            if (node.List is null) return; // it was let in, or given up
            _waiting.Remove(node);
            node.Value.Place.SetCanceled();
        }
    }
}
