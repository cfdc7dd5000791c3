using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

public sealed class WakeHeapTests
{
    [Fact]
    public void TheEarliestIsFirst_WhateverIsMovedAndRemoved()
    {
        Random random = new(7);
        WakeHeap heap = new();
        PollingSchedule schedule = new();
        TrackedJob[] jobs = Enumerable.Range(0, 200)
            .Select(i => new TrackedJob(new CogVideoJob { Id = $"{i}" }, schedule, 0, isStartKnown: true)).ToArray();
        HashSet<TrackedJob> inside = [];
        for (int step = 0; step < 20_000; step++)
        {
            TrackedJob job = jobs[random.Next(jobs.Length)];
            switch (random.Next(4))
            {
                case 0:
                    heap.Remove(job);
                    inside.Remove(job);
                    break;
                case 1:
                    job.WakeAt = double.PositiveInfinity;
                    heap.Update(job);
                    inside.Remove(job);
                    break;
                default:
                    job.WakeAt = random.Next(1000);
                    heap.Update(job);
                    inside.Add(job);
                    break;
            }

            Assert.Equal(inside.Count == 0 ? null : inside.Min(j => j.WakeAt), heap.First?.WakeAt);
        }

        List<double> order = [];
        for (; heap.First is { } first; heap.Remove(first)) order.Add(first.WakeAt);
        Assert.Equal(inside.Select(j => j.WakeAt).Order(), order);
    }
}
