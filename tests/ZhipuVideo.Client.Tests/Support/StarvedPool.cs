namespace ZhipuVideo.Client.Tests.Support;

/// <summary>While it lives, other work holds every thread of the pool, and new ones come slowly.</summary>
internal sealed class StarvedPool : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private readonly Task[] _hogs;
    private readonly int _workers;
    private readonly int _ports;

    internal StarvedPool()
    {
        ThreadPool.GetMinThreads(out _workers, out _ports);
        ThreadPool.SetMinThreads(1, 1);
        _hogs = [.. Enumerable.Range(0, Environment.ProcessorCount * 2).Select(_ => Task.Run(_release.Wait))];
    }

    public void Dispose()
    {
        _release.Set();
        Task.WaitAll(_hogs);
        ThreadPool.SetMinThreads(_workers, _ports);
        _release.Dispose();
    }
}
