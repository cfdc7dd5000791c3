namespace ZhipuVideo.Tests.Simulation;

/// <summary>What becomes of a request on its way, at the service, and on the way back.</summary>
internal enum WireFault
{
    None,

    // Submissions and polls

    /// <summary>No connection: not a byte leaves.</summary>
    Refused,

    /// <summary>The service never gets it; the connection breaks or says nothing more.</summary>
    RequestLost,

    /// <summary>A gateway's 5xx; the service has not got it.</summary>
    Gateway,

    /// <summary>500 with a code that says that nothing was accepted.</summary>
    NotAccepted,

    /// <summary>1303, 1305, 1312, 1120 or a 429 without a code, with Retry-After or without.</summary>
    SlowDown,

    /// <summary>The key, the account or the address is refused.</summary>
    RunRefused,

    /// <summary>The work is done; the connection breaks within the reply.</summary>
    ReplyCut,

    /// <summary>The work is done; the reply is something else.</summary>
    ReplyGarbage,

    /// <summary>The reply takes a minute.</summary>
    Slow,

    // Polls

    /// <summary>"There is no such task", although there is.</summary>
    NotFound,

    /// <summary>A status that nobody knows.</summary>
    UnknownStatus,

    /// <summary>PROCESSING, although it has ended.</summary>
    Stale,

    /// <summary>SUCCESS without a link.</summary>
    NoLink,

    // Submissions

    /// <summary>The connection breaks while the body is sent.</summary>
    BodyBroken,

    /// <summary>Accepted; the reply never arrives.</summary>
    ReplyLost,

    /// <summary>It arrives minutes later, when the client has given it up.</summary>
    Late,

    /// <summary>A gateway's 5xx; the service has accepted it.</summary>
    GatewayAccepted,

    /// <summary>1302 although there is room.</summary>
    Full,

    /// <summary>This row is refused.</summary>
    RowRefused,

    /// <summary>Accepted; half of the reply, honestly announced.</summary>
    ReplyTruncated,

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
}

/// <summary>Says what becomes of the next request.</summary>
internal interface IFaults
{
    /// <summary>Those that can strike a submission, and a poll.</summary>
    static readonly WireFault[]
        OfSubmissions = [.. Enum.GetValues<WireFault>().Where(fault => fault is < WireFault.NotFound or > WireFault.NoLink)],
        OfPolls = [.. Enum.GetValues<WireFault>().Where(fault => fault <= WireFault.NoLink)];

    WireFault NextSubmission();

    WireFault NextPoll();
}

/// <summary>Chance strikes: each fault has a probability of its own, drawn once, and there may be outages.</summary>
internal sealed class Weather : IFaults
{
    private static readonly WireFault[] Rare = [WireFault.RunRefused, WireFault.DuplicateId, WireFault.NotFound];

    private readonly World _world;
    private readonly (WireFault Fault, double Probability)[] _ofSubmissions = [], _ofPolls = [];
    private readonly (double From, double To)[] _outages = [];

    public Weather(World world)
    {
        _world = world;
        IsFair = world.Chance(.15);
        if (IsFair) return;
        _ofSubmissions = Spread(IFaults.OfSubmissions);
        _ofPolls = Spread(IFaults.OfPolls);
        _outages = Enumerable.Range(0, world.Between(0, 2))
            .Select(_ => world.Between(0.0, 3000))
            .Select(from => (from, from + world.Between(1.0, 900)))
            .ToArray();
    }

    /// <summary>Whether nothing goes wrong at all.</summary>
    public bool IsFair { get; private set; }

    /// <summary>From now on nothing goes wrong.</summary>
    public void Clear() => IsFair = true;

    public WireFault NextSubmission() => Draw(_ofSubmissions);

    public WireFault NextPoll() => Draw(_ofPolls);

    public override string ToString() => IsFair
        ? "fair"
        : string.Join(", ", _ofSubmissions.Select(f => $"{f.Fault} {f.Probability:P1}")
            .Concat(_ofPolls.Select(f => $"poll {f.Fault} {f.Probability:P1}"))
            .Concat(_outages.Select(o => $"outage {o.From:F0}-{o.To:F0} s")));

    /// <summary>Gives some of the faults a probability; in all they strike at most four requests in five.</summary>
    private (WireFault, double)[] Spread(WireFault[] faults)
    {
        double total = _world.OneOf(.02, .2, .8) * _world.Random();
        (WireFault Fault, double Weight)[] some = [.. faults.Skip(1).Where(_ => _world.Chance(.4))
            .Select(fault => (fault, _world.Random() * (Rare.Contains(fault) ? .02 : 1)))];
        double sum = Math.Max(some.Sum(f => f.Weight), 1);
        return [.. some.Select(f => (f.Fault, f.Weight * total / sum))];
    }

    private WireFault Draw((WireFault Fault, double Probability)[] faults)
    {
        if (IsFair) return WireFault.None;
        if (Array.Exists(_outages, outage => outage.From <= _world.Now && _world.Now < outage.To))
            return _world.OneOf(WireFault.Refused, WireFault.Refused, WireFault.RequestLost, WireFault.Gateway);
        double left = _world.Random();
        return faults.FirstOrDefault(f => (left -= f.Probability) < 0).Fault;
    }
}
