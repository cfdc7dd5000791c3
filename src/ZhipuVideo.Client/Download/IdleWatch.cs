using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace ZhipuVideo.Download;

/// <summary>Cancels one try when nothing has come for a while.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly SpeedWatch _speed;
#if !NET
    private CancellationTokenRegistration _guard;
#endif

    internal IdleWatch(TimeProvider time, TimeSpan timeout, SpeedWatch speed, CancellationToken cancellationToken)
    {
        Timeout = timeout;
        _speed = speed;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _timer = time.CreateTimer(static watch => ((IdleWatch)watch!).Cancel(), this, timeout, System.Threading.Timeout.InfiniteTimeSpan);
        Caller = cancellationToken;
        speed.Follow(this);
    }

    /// <summary>How long nothing may come.</summary>
    internal TimeSpan Timeout { get; }

    /// <summary>The caller's own token: for what may take longer.</summary>
    internal CancellationToken Caller { get; }

    /// <summary>Cancelled when the time is up or the caller stops.</summary>
    internal CancellationToken Token => _source.Token;

    /// <summary>Something came: so many bytes of a body.</summary>
    internal void Touch(int bytes)
    {
        _timer.Change(Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        _speed.Receive(bytes);
    }

    /// <summary>Reads once what has come of a body, at most <paramref name="count"/> bytes.</summary>
#if NET
    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
#endif
    internal async ValueTask<int> ReadAsync(Stream body, byte[] buffer, int offset, int count)
    {
#if NET
        int read = await body.ReadAsync(new Memory<byte>(buffer, offset, count), Token).ConfigureAwait(false);
#else
        int read = await body.ReadAsync(buffer, offset, count, Token).ConfigureAwait(false);
#endif
        Touch(read);
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

    /// <summary>Ends the try now.</summary>
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
