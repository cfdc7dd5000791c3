using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// The ends that were seen: the latest with their results, those before by their ids, so that an id which the service gives twice is noticed;
/// and who waits for one without polling. Touched by the account's loop only.
/// </summary>
internal sealed class EndCache
{
    private const int MaxResults = 256, MaxIds = 4096;

    private readonly Dictionary<string, CogVideoResult?> _ends = new(StringComparer.Ordinal);
    private readonly Queue<string> _withResult = new();
    private readonly Queue<string> _withoutResult = new();
    private readonly Dictionary<string, TaskCompletionSource<CogVideoResult>> _listeners = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CogVideoException> _duplicates = new(StringComparer.Ordinal);

    internal bool Contains(string id) => _ends.ContainsKey(id);

    /// <summary>How the job ended, if that was seen lately.</summary>
    internal CogVideoResult? Find(string id) => _ends.TryGetValue(id, out CogVideoResult? result) ? result : null;

    /// <summary>The end of a job, now or when it is seen.</summary>
    internal Task<CogVideoResult> WhenEnded(string id)
    {
        if (Find(id) is { } end) return Task.FromResult(end);
        if (!_listeners.TryGetValue(id, out TaskCompletionSource<CogVideoResult>? listener))
            _listeners[id] = listener = new TaskCompletionSource<CogVideoResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return listener.Task;
    }

    /// <summary>Remembers an end and tells those who wait for it.</summary>
    internal void Add(CogVideoResult result)
    {
        Announce(result);
        if (_ends.ContainsKey(result.Id)) return;
        _ends.Add(result.Id, result);
        _withResult.Enqueue(result.Id);
        if (_withResult.Count <= MaxResults) return;
        string older = _withResult.Dequeue();
        _ends[older] = null;
        _withoutResult.Enqueue(older);
        if (_withoutResult.Count > MaxIds) _ends.Remove(_withoutResult.Dequeue());
    }

    /// <summary>Tells those who wait for an end, and remembers nothing.</summary>
    internal void Announce(CogVideoResult result)
    {
        if (!_listeners.TryGetValue(result.Id, out TaskCompletionSource<CogVideoResult>? listener)) return;
        _listeners.Remove(result.Id);
        listener.SetResult(result);
    }

    /// <summary>Nobody will learn how the job ends.</summary>
    internal void GiveUp(string id)
    {
        if (!_listeners.TryGetValue(id, out TaskCompletionSource<CogVideoResult>? listener)) return;
        _listeners.Remove(id);
        listener.SetCanceled();
    }

    /// <summary>Nobody polls any more.</summary>
    internal void GiveUpAll()
    {
        foreach (TaskCompletionSource<CogVideoResult> listener in _listeners.Values) listener.SetCanceled();
        _listeners.Clear();
    }

    /// <summary>The service has given the id of another job to this one.</summary>
    /// <param name="first">The other one; null when no more is known of it than its id.</param>
    /// <param name="second">This one.</param>
    /// <returns>The error of both.</returns>
    internal CogVideoException AddDuplicate(CogVideoItem? first, CogVideoJob second) =>
        _duplicates[second.Id] = DuplicateId.CreateError(first ?? Find(second.Id), second);

    /// <summary>Says of a success whose id two jobs were given that it may be the other's.</summary>
    /// <returns>Whether it is one.</returns>
    internal bool MarkDuplicate(CogVideoResult result)
    {
        if (result.Status != CogVideoStatus.Success || result.ErrorCode is not null) return false;
        if (!_duplicates.TryGetValue(result.Id, out CogVideoException? error)) return false;
        result.ErrorCode = DuplicateId.Code;
        result.ErrorMessage = error.Message;
        return true;
    }
}
