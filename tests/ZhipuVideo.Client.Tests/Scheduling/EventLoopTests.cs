using ZhipuVideo.Http;
using ZhipuVideo.Scheduling;

namespace ZhipuVideo.Client.Tests.Scheduling;

public class EventLoopTests
{
    [Fact]
    public async Task Changes_AreMadeOneAtATime_InTheOrderOfEachCaller_AndNotOnItsThread()
    {
        const int Callers = 4, Changes = 2000;
        int inside = 0;
        int[] last = new int[Callers];
        EventLoop loop = new(new Clock(TimeProvider.System), run: null, settle: static _ => { }, fail: static (_, _) => { });
        List<Thread> threads = [.. Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
        {
            for (int i = 1; i <= Changes; i++)
            {
                int change = i;
                loop.Post(_ =>
                {
                    Assert.Equal(1, ++inside);
                    Assert.True(Thread.CurrentThread.IsThreadPoolThread);
                    Assert.Equal(change, ++last[caller]);
                    inside--;
                });
            }
        }))];

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        int[]? made = await loop.PostAsync(_ => last.ToArray()).WaitAsync(ServiceTest.Patience);

        Assert.Equal(Enumerable.Repeat(Changes, Callers), made!);
    }

    [Fact]
    public void WhatAChangeStarts_BeginsWhenTheStateIsLeft_AndWhatThatPosts_IsNoDrainWithinADrain()
    {
        List<string> happened = [];
        EventLoop loop = null!;
        loop = new EventLoop(new Clock(TimeProvider.System), run: static action => action(), settle: _ => happened.Add("settled"), fail: static (_, _) => { });

        loop.Post(_ =>
        {
            happened.Add("changed");
            loop.Post(_ => happened.Add("changed again"));
            loop.Start(() =>
            {
                Thread reader = new(() => happened.Add(loop.Access(() => "read")));
                reader.Start();
                reader.Join();
                loop.Post(_ => happened.Add("changed by what was started"));
                happened.Add("started");
            });
        });

        Assert.Equal(
            ["changed", "settled", "read", "started", "changed again", "changed by what was started", "settled"],
            happened);
    }
}
