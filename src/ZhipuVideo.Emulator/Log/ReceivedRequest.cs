using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ZhipuVideo.Emulator.Faults;

namespace ZhipuVideo.Emulator;

/// <summary>What part of the work a request belongs to.</summary>
public enum RequestPhase
{
    /// <summary>None of the known ones: an unknown path.</summary>
    Other,

    /// <summary>POST videos/generations.</summary>
    Create,

    /// <summary>GET async-result.</summary>
    Poll,

    /// <summary>A video on the files origin.</summary>
    Download,

    /// <summary>A cover on the files origin.</summary>
    Cover,
}

/// <summary>The two origins that the emulator listens on.</summary>
public enum Origin
{
    /// <summary>The API.</summary>
    Api,

    /// <summary>Videos and covers.</summary>
    Files,
}

/// <summary>Whether a request carried a key. The key itself is never kept.</summary>
public enum AuthorizationSeen
{
    /// <summary>No Authorization header.</summary>
    None,

    /// <summary>A key or token that is accepted.</summary>
    Valid,

    /// <summary>Something that is refused.</summary>
    Invalid,
}

/// <summary>One request that reached the emulator, in order of arrival.</summary>
public sealed class ReceivedRequest
{
    /// <summary>Its place in the order of arrival, from 1.</summary>
    public int Number { get; internal set; }

    /// <summary>When it arrived.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What it is part of.</summary>
    public RequestPhase Phase { get; init; }

    /// <summary>Which of the two origins it came to.</summary>
    public required Origin Origin { get; init; }

    /// <summary>GET, POST, HEAD, ...</summary>
    public required string Method { get; init; }

    /// <summary>Path and query as they came.</summary>
    public required string Path { get; init; }

    /// <summary>Whether a key came along.</summary>
    public AuthorizationSeen Authorization { get; internal set; }

    /// <summary>All headers but Authorization, names in lower case.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The JSON body of a submission, nulls included; of a picture its form, type, length and SHA-256.</summary>
    public JsonNode? Body { get; internal set; }

    /// <summary>The client's own id of a submission; the id that was asked for of a poll.</summary>
    public string? RequestId { get; internal set; }

    /// <summary>The id of the task it concerns, when there is one.</summary>
    public string? TaskId { get; internal set; }

    /// <summary>The HTTP status that was answered; 0 while it is open and when the connection was dropped without an answer.</summary>
    public int Status { get; internal set; }

    /// <summary>The business code that was answered, when it was refused.</summary>
    public string? Code { get; internal set; }

    /// <summary>Bytes of the body that were sent, as far as the client took them.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>The faults that struck it.</summary>
    public IEnumerable<FaultKind> Faults => Struck.Faults.Select(fault => fault.Kind);

    [JsonIgnore]
    internal bool Finished { get; set; }

    [JsonIgnore]
    internal Struck Struck { get; set; } = Struck.None;
}
