using System.Threading;

namespace ZhipuVideo.Scheduling;

/// <summary>
/// A change of what an <see cref="AccountScheduler"/> knows: made under its lock and at one moment. When it ends, whatever may start now is started,
/// outside the lock; so no change can be forgotten. A turn within a turn is part of it.
/// </summary>
internal readonly ref struct Turn
{
    private readonly AccountScheduler _account;
    private readonly bool _isReply;

    internal Turn(AccountScheduler account, bool isReply)
    {
        Monitor.Enter(account.Sync);
        _account = account;
        _isReply = isReply;
        Now = account.Clock.Now;
    }

    /// <summary>The moment, in seconds of the account's clock.</summary>
    internal double Now { get; }

    /// <summary>Ends it.</summary>
    public void Dispose() => _account.EndTurn(Now, _isReply);
}
