namespace ZhipuVideo.Tests.Simulation;

/// <summary>What becomes of a submission on its way, at the service, and on the way back.</summary>
internal enum PostFault
{
    None,

    /// <summary>No connection: not a byte leaves.</summary>
    Refused,

    /// <summary>The connection breaks while the body is sent.</summary>
    BodyBroken,

    /// <summary>The service never gets it; the connection breaks or says nothing more.</summary>
    RequestLost,

    /// <summary>Accepted; the reply never arrives.</summary>
    ReplyLost,

    /// <summary>It arrives minutes later, when the client has given it up.</summary>
    Late,

    /// <summary>A gateway's 5xx; the service has not got it.</summary>
    Gateway,

    /// <summary>A gateway's 5xx; the service has accepted it.</summary>
    GatewayAccepted,

    /// <summary>500 with a code that says that nothing was accepted.</summary>
    NotAccepted,

    /// <summary>1303, 1305, 1312, 1120 or a 429 without a code, with Retry-After or without.</summary>
    SlowDown,

    /// <summary>1302 although there is room.</summary>
    Full,

    /// <summary>This row is refused.</summary>
    RowRefused,

    /// <summary>The key, the account or the address is refused.</summary>
    RunRefused,

    /// <summary>Accepted; the connection breaks within the reply.</summary>
    ReplyCut,

    /// <summary>Accepted; half of the reply, honestly announced.</summary>
    ReplyTruncated,

    /// <summary>Accepted; the reply is something else.</summary>
    ReplyGarbage,

    /// <summary>Accepted; a reply of more than a mebibyte.</summary>
    ReplyTooLarge,

    /// <summary>Accepted; the reply has no id.</summary>
    MissingId,

    /// <summary>Accepted; the id is a number.</summary>
    NumericId,

    /// <summary>Accepted, and ended in the same reply.</summary>
    EndedAtOnce,

    /// <summary>Accepted; the reply gives the id of another task.</summary>
    DuplicateId,

    /// <summary>The reply takes a minute.</summary>
    Slow,
}

/// <summary>What becomes of a look at a task.</summary>
internal enum LookFault
{
    None,
    Refused,
    Lost,
    Gateway,
    NotAccepted,
    SlowDown,

    /// <summary>"There is no such task", although there is.</summary>
    NotFound,

    /// <summary>A status that nobody knows.</summary>
    Unknown,

    /// <summary>PROCESSING, although it has ended.</summary>
    Stale,

    /// <summary>SUCCESS without a link.</summary>
    NoLink,
    Cut,
    Garbage,

    /// <summary>The key is refused.</summary>
    KeyRefused,
    Slow,
}

/// <summary>Says what becomes of the next request.</summary>
internal interface IFaults
{
    PostFault NextPost();

    LookFault NextLook();
}

/// <summary>Chance strikes: each fault has a probability of its own, drawn once, and there may be outages.</summary>
internal sealed class Weather : IFaults
{
    private readonly World _world;
    private readonly double[] _posts = new double[Enum.GetValues<PostFault>().Length];
    private readonly double[] _looks = new double[Enum.GetValues<LookFault>().Length];
    private readonly (double From, double To)[] _outages = [];
    private bool _isFair;

    public Weather(World world)
    {
        _world = world;
        _isFair = world.Chance(.15);
        if (_isFair) return;
        Spread(_posts, i => IsRare((PostFault)i));
        Spread(_looks, i => IsRare((LookFault)i));
        _outages = Enumerable.Range(0, world.Between(0, 2))
            .Select(_ => world.Between(0.0, 3000))
            .Select(from => (from, from + world.Between(1.0, 900)))
            .ToArray();
    }

    /// <summary>Whether nothing goes wrong at all.</summary>
    public bool IsFair => _isFair;

    /// <summary>From now on nothing goes wrong.</summary>
    public void Clear() => _isFair = true;

    public PostFault NextPost()
    {
        if (_isFair) return PostFault.None;
        if (IsOutage) return _world.OneOf(PostFault.Refused, PostFault.Refused, PostFault.RequestLost, PostFault.Gateway);
        return (PostFault)Draw(_posts);
    }

    public LookFault NextLook()
    {
        if (_isFair) return LookFault.None;
        if (IsOutage) return _world.OneOf(LookFault.Refused, LookFault.Refused, LookFault.Lost, LookFault.Gateway);
        return (LookFault)Draw(_looks);
    }

    public override string ToString() => _isFair
        ? "fair"
        : string.Join(", ", _posts.Select((p, i) => (p, (PostFault)i)).Where(f => f.p > 0).Select(f => $"{f.Item2} {f.p:P1}")
            .Concat(_looks.Select((p, i) => (p, (LookFault)i)).Where(f => f.p > 0).Select(f => $"look {f.Item2} {f.p:P1}"))
            .Concat(_outages.Select(o => $"outage {o.From:F0}-{o.To:F0} s")));

    private bool IsOutage => Array.Exists(_outages, outage => outage.From <= _world.Now && _world.Now < outage.To);

    private static bool IsRare(PostFault fault) => fault is PostFault.RunRefused or PostFault.DuplicateId;

    private static bool IsRare(LookFault fault) => fault is LookFault.KeyRefused or LookFault.NotFound;

    /// <summary>Gives some of the faults a probability; in all they strike at most four requests in five.</summary>
    private void Spread(double[] probabilities, Func<int, bool> isRare)
    {
        double total = _world.OneOf(.02, .2, .8) * _world.Random();
        for (int i = 1; i < probabilities.Length; i++)
            if (_world.Chance(.4)) probabilities[i] = _world.Random() * (isRare(i) ? .02 : 1);
        double sum = Math.Max(probabilities.Sum(), 1);
        for (int i = 1; i < probabilities.Length; i++) probabilities[i] *= total / sum;
    }

    private int Draw(double[] probabilities)
    {
        double left = _world.Random();
        for (int i = 1; i < probabilities.Length; i++)
            if ((left -= probabilities[i]) < 0) return i;
        return 0;
    }
}
