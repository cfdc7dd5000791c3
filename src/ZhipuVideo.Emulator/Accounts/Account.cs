using System;
using System.Collections.Generic;

namespace ZhipuVideo.Emulator.Accounts;

/// <summary>What the service keeps per account: its slots of each model, the request ids it has used, what it has spent.</summary>
internal sealed class Account
{
    private readonly Dictionary<string, PriorityQueue<VideoTask, DateTimeOffset>> _inFlight = [];

    /// <summary>Accepted tasks by the client's request id: each may be used once, for ever.</summary>
    public Dictionary<string, VideoTask> ByRequestId { get; } = [];

    /// <summary>Billed tasks so far.</summary>
    public int Spent { get; set; }

    /// <summary>How many tasks of a model have not ended yet.</summary>
    public int InFlight(string model, DateTimeOffset now)
    {
        PriorityQueue<VideoTask, DateTimeOffset> queue = Queue(model);
        while (queue.TryPeek(out _, out DateTimeOffset ends) && ends <= now) queue.Dequeue();
        return queue.Count;
    }

    /// <summary>Gives a slot to a task until it ends.</summary>
    public void Hold(VideoTask task) => Queue(task.Model).Enqueue(task, task.Ends);

    /// <summary>Takes a task's slot back before its time.</summary>
    public void Release(VideoTask task) => Queue(task.Model).Remove(task, out _, out _);

    private PriorityQueue<VideoTask, DateTimeOffset> Queue(string model)
    {
        if (!_inFlight.TryGetValue(model, out PriorityQueue<VideoTask, DateTimeOffset>? queue))
            _inFlight.Add(model, queue = new PriorityQueue<VideoTask, DateTimeOffset>());
        return queue;
    }
}
