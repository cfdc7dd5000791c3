namespace ZhipuVideo.Client.Tests.Support;

/// <summary>A machine whose wall clock is set an hour forth and back all the time; what is measured on it is not.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private int _reads;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(Interlocked.Increment(ref _reads) % 2 == 0 ? 1 : -1);
}
