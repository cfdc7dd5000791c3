using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Journaling;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Batch;

/// <summary>
/// Jobs in memory: what a person has left after Ctrl+C, when no cmdlet can write any more. A submission is entered before it is sent, as
/// unconfirmed, so that nothing that may cost money is ever missing here.
/// </summary>
internal sealed class MemoryJobStore : IJobStore
{
    /// <summary>Ended jobs beyond this many are evicted, oldest first.</summary>
    private const int MaxEnded = 10_000;

    private readonly object _sync = new();
    private readonly LinkedList<CogVideoItem> _jobs = new();
    private readonly Dictionary<string, LinkedListNode<CogVideoItem>> _byRequest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LinkedListNode<CogVideoItem>> _byId = new(StringComparer.Ordinal);
    private int _ended;

    /// <summary>A job was accepted, now or by an earlier run. Raised on the thread that reports it.</summary>
    internal event Action<CogVideoJob>? Accepted;

    /// <summary>The jobs as they stand, oldest first: results of those that have ended or were rejected.</summary>
    internal List<CogVideoItem> ToList()
    {
        lock (_sync) return _jobs.Select(item => item is CogVideoResult ? (CogVideoItem)new CogVideoResult(item) : new CogVideoJob(item)).ToList();
    }

    public Task IntentAsync(CogVideoJob job, JournalEntry? row, string label)
    {
        lock (_sync)
        {
            LinkedListNode<CogVideoItem> node = NodeOf(job);
            if (node.Value.Status == CogVideoStatus.Rejected) Set(node, new CogVideoJob(job)); // it is sent again
        }
        return Task.CompletedTask;
    }

    /// <summary>A row that the service rejected stays in the list; what was not sent, or is refused just now or to this key, is no job.</summary>
    public Task AdmitAsync(CogVideoJob job, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
    {
        lock (_sync)
        {
            if (!_byRequest.TryGetValue(job.RequestId!, out LinkedListNode<CogVideoItem>? node)) return Task.CompletedTask;
            if (ErrorTable.RejectsRow(why.Reason, why.Code)) Set(node, CogVideoResult.FromRejection(job, why.Code, why.Message));
            else Remove(node);
        }
        return Task.CompletedTask;
    }

    public Task AcceptedAsync(CogVideoJob job)
    {
        lock (_sync)
        {
            LinkedListNode<CogVideoItem> node = NodeOf(job);
            Set(node, CogVideoStatus.IsEnd(job.Status) ? new CogVideoResult(job) : new CogVideoJob(job));
            if (!_byId.ContainsKey(job.Id)) _byId[job.Id] = node; // of two jobs with one id, the first
        }
        Accepted?.Invoke(job);
        return Task.CompletedTask;
    }

    public Task EndedAsync(CogVideoResult result)
    {
        Observe(result);
        return Task.CompletedTask;
    }

    public Task SavedAsync(CogVideoResult result, long? coverLength) => EndedAsync(result);

    /// <summary>Takes in a state that was seen. The first end stays the end; a job that is not known here is passed over.</summary>
    internal void Observe(CogVideoResult result)
    {
        lock (_sync)
        {
            if (!_byId.TryGetValue(result.Id, out LinkedListNode<CogVideoItem>? node)) return;
            CogVideoItem known = node.Value;
            if (CogVideoStatus.IsEnd(known.Status) && known.Status != result.Status) return;
            if (!CogVideoStatus.IsEnd(result.Status))
            {
                known.Status = result.Status;
                return;
            }
            CogVideoResult end = new(known, result);
            if (end.SavedPath is null && known is CogVideoResult { SavedPath: not null } saved)
                (end.SavedPath, end.CoverPath, end.FileLength, end.Facts) = (saved.SavedPath, saved.CoverPath, saved.FileLength, saved.Facts);
            Set(node, end);
        }
    }

    private LinkedListNode<CogVideoItem> NodeOf(CogVideoJob job)
    {
        if (!_byRequest.TryGetValue(job.RequestId!, out LinkedListNode<CogVideoItem>? node))
            _byRequest[job.RequestId!] = node = _jobs.AddLast(new CogVideoJob(job));
        return node;
    }

    private void Set(LinkedListNode<CogVideoItem> node, CogVideoItem item)
    {
        if (CogVideoStatus.IsEnd(node.Value.Status)) _ended--;
        if (CogVideoStatus.IsEnd(item.Status)) _ended++;
        node.Value = item;
        for (LinkedListNode<CogVideoItem>? old = _jobs.First; _ended > MaxEnded && old is not null;)
        {
            LinkedListNode<CogVideoItem>? next = old.Next;
            if (CogVideoStatus.IsEnd(old.Value.Status)) Remove(old);
            old = next;
        }
    }

    private void Remove(LinkedListNode<CogVideoItem> node)
    {
        if (CogVideoStatus.IsEnd(node.Value.Status)) _ended--;
        _jobs.Remove(node);
        _byRequest.Remove(node.Value.RequestId!);
        _byId.Remove(node.Value.Id);
    }
}
