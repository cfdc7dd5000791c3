namespace ZhipuVideo.Tests.Relay;

/// <summary>What a relay does to the connections that it strikes.</summary>
public enum Toxic
{
    /// <summary>Everything comes a fifth of a second late.</summary>
    Latency,

    /// <summary>Nobody listens for a while.</summary>
    Down,

    /// <summary>So many bytes a second, and no more.</summary>
    Bandwidth,

    /// <summary>The end of a connection comes half a second after its last byte.</summary>
    SlowClose,

    /// <summary>What the client sends is swallowed; a second later the connection ends.</summary>
    Timeout,

    /// <summary>After so many bytes of the replies the connection is reset (RST).</summary>
    Reset,

    /// <summary>Everything comes in pieces of few bytes.</summary>
    Slicer,

    /// <summary>After so many bytes of the replies the connection is closed in order (FIN).</summary>
    Limit,
}
