using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ZhipuVideo.Submission;

namespace ZhipuVideo.Session;

/// <summary>
/// The jobs of a runspace: what is left to a person after Ctrl+C, when no cmdlet can write any more. A submission is entered before it is
/// sent, as unconfirmed, so that nothing that may cost money is ever missing here.
/// </summary>
internal sealed class RunspaceJobs : ISubmissionLog
{
    /// <summary>Ended jobs beyond this many are forgotten, oldest first.</summary>
    private const int MostEnded = 10_000;

    private readonly object _sync = new();
    private readonly LinkedList<CogVideoJob> _jobs = new();
    private readonly Dictionary<string, LinkedListNode<CogVideoJob>> _byRequest = new(System.StringComparer.Ordinal);
    private readonly Dictionary<string, LinkedListNode<CogVideoJob>> _byId = new(System.StringComparer.Ordinal);
    private int _ended;

    /// <summary>The jobs as they stand, oldest first.</summary>
    internal List<CogVideoJob> ToList()
    {
        lock (_sync) return _jobs.Select(job => new CogVideoJob(job)).ToList();
    }

    public Task IntentAsync(CogVideoJob job, CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            if (!_byRequest.ContainsKey(job.RequestId!)) _byRequest[job.RequestId!] = _jobs.AddLast(new CogVideoJob(job));
        }
        return Task.CompletedTask;
    }

    public Task NotAcceptedAsync(CogVideoJob job, CogVideoException why)
    {
        lock (_sync)
        {
            if (_byRequest.TryGetValue(job.RequestId!, out LinkedListNode<CogVideoJob>? node)) Remove(node);
        }
        return Task.CompletedTask;
    }

    public Task AcceptedAsync(CogVideoJob job)
    {
        lock (_sync)
        {
            if (!_byRequest.TryGetValue(job.RequestId!, out LinkedListNode<CogVideoJob>? node))
                _byRequest[job.RequestId!] = node = _jobs.AddLast(new CogVideoJob(job));
            node.Value = new CogVideoJob(job);
            if (!_byId.ContainsKey(job.Id)) _byId[job.Id] = node; // of two jobs with one id, the first
        }
        return Task.CompletedTask;
    }

    /// <summary>A state that was seen, of a job of this runspace or of none.</summary>
    internal void Observe(CogVideoResult result)
    {
        lock (_sync)
        {
            if (!_byId.TryGetValue(result.Id, out LinkedListNode<CogVideoJob>? node) || CogVideoStatus.IsEnd(node.Value.Status)) return;
            if (CogVideoStatus.IsEnd(result.Status)) _ended++;
            node.Value.Status = result.Status;
            for (LinkedListNode<CogVideoJob>? old = _jobs.First; _ended > MostEnded && old is not null;)
            {
                LinkedListNode<CogVideoJob>? next = old.Next;
                if (CogVideoStatus.IsEnd(old.Value.Status))
                {
                    Remove(old);
                    _ended--;
                }
                old = next;
            }
        }
    }

    private void Remove(LinkedListNode<CogVideoJob> node)
    {
        _jobs.Remove(node);
        _byRequest.Remove(node.Value.RequestId!);
        _byId.Remove(node.Value.Id);
    }
}
