using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>Cancels one try when its server has sent nothing for a while; what the place of the bytes takes does not count.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly SpeedWatch _speed;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
#if !NET
    private CancellationTokenRegistration _guard;
#endif

    internal IdleWatch(TimeProvider time, TimeSpan timeout, SpeedWatch speed, CancellationToken cancellationToken)
    {
        (_timeout, _speed, Caller) = (timeout, speed, cancellationToken);
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(static watch => ((IdleWatch)watch!).Cancel(), this, timeout, Timeout.InfiniteTimeSpan);
        speed.Follow(this);
    }

    /// <summary>The caller's own token: for what may take longer.</summary>
    internal CancellationToken Caller { get; }

    internal CancellationToken Token => _source.Token;

    internal void Touch() => _timer.Change(_timeout, Timeout.InfiniteTimeSpan);

    /// <summary>Reads once what has come of a body, at most <paramref name="count"/> bytes.</summary>
#if NET
    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    internal async ValueTask<int> ReadAsync(Stream body, byte[] buffer, int offset, int count)
    {
        Touch();
#if NET
        int read = await body.ReadAsync(new Memory<byte>(buffer, offset, count), Token).ConfigureAwait(false);
#else
        int read = await body.ReadAsync(buffer, offset, count, Token).ConfigureAwait(false);
#endif
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _speed.Receive(read);
        return read;
    }

    /// <summary>Reads until the buffer holds <paramref name="count"/> bytes or the body ends; returns how many it holds.</summary>
    internal async Task<int> FillAsync(Stream body, byte[] buffer, int filled, int count)
    {
        for (int read = -1; filled < count && read != 0; filled += read)
            read = await ReadAsync(body, buffer, filled, count - filled).ConfigureAwait(false);
        return filled;
    }

    /// <summary>Makes the timeout also end reads of a reply's body: those of .NET Framework heed no token.</summary>
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

    internal void Cancel()
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
