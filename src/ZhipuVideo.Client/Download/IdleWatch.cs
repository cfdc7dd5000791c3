using System;
using System.Threading;

namespace ZhipuVideo.Download;

/// <summary>Cancels one try when nothing has come for a while.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly TimeSpan _patience;

    internal IdleWatch(TimeProvider time, TimeSpan patience, CancellationToken cancellationToken)
    {
        _patience = patience;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), _source, patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the time is up or the caller stops.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Something came.</summary>
    internal void Touch() => _timer.Change(_patience, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }
}
