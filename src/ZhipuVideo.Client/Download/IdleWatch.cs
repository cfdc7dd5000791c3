using System;
using System.Threading;

namespace ZhipuVideo.Download;

/// <summary>Cancels one try when nothing has come for a while.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly TimeSpan _patience;
    private readonly SpeedWatch _speed;
#if !NET
    private CancellationTokenRegistration _guard;
#endif

    internal IdleWatch(TimeProvider time, TimeSpan patience, SpeedWatch speed, CancellationToken cancellationToken)
    {
        _patience = patience;
        _speed = speed;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(static watch => ((IdleWatch)watch!).GiveUp(), this, patience, Timeout.InfiniteTimeSpan);
        Caller = cancellationToken;
        speed.Follow(this);
    }

    /// <summary>The caller's own token: for what may take longer.</summary>
    internal CancellationToken Caller { get; }

    /// <summary>Cancelled when the time is up or the caller stops.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Something came: so many bytes of a body.</summary>
    internal void Touch(int bytes)
    {
        _timer.Change(_patience, Timeout.InfiniteTimeSpan);
        _speed.Receive(bytes);
    }

    /// <summary>Makes the time-out also end reads of a reply's body: those of .NET Framework heed no token.</summary>
    internal void Guard(IDisposable reply)
    {
#if !NET
        _guard.Dispose();
        _guard = Token.Register(reply.Dispose);
#endif
    }

    public void Dispose()
    {
#if !NET
        _guard.Dispose();
#endif
        _timer.Dispose();
        _source.Dispose();
    }

    /// <summary>Ends the try now.</summary>
    internal void GiveUp()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The try ended while the time ran out
        }
    }
}
