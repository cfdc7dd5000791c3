using System;
using System.Text.Json.Serialization;
using ZhipuVideo.Files;

namespace ZhipuVideo.Journaling;

/// <summary>What the lines of a journal record.</summary>
internal static class RecordKind
{
    /// <summary>A row is about to be sent.</summary>
    internal const string Intent = "intent";

    /// <summary>It was surely not accepted.</summary>
    internal const string NotAccepted = "notAccepted";

    /// <summary>It was accepted under an id.</summary>
    internal const string Accepted = "accepted";

    /// <summary>The task ended.</summary>
    internal const string Ended = "ended";

    /// <summary>Its files are in place.</summary>
    internal const string Saved = "saved";
}

/// <summary>
/// A line of a journal: its properties by name, type and order. To them come those of <see cref="RequestField"/>, last. What a kind of line does
/// not have is null and left out.
/// </summary>
internal sealed class JournalRecord
{
    [JsonPropertyName("record")]
    public string? Kind { get; set; }

    public DateTime At { get; set; }

    public string? Id { get; set; }

    public string? RequestId { get; set; }

    public string? Hash { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Occurrence { get; set; }

    /// <summary>Null = the first.</summary>
    public int? Attempt { get; set; }

    /// <summary>The row's fields.</summary>
    [JsonIgnore]
    public CogVideoJob? Request { get; set; }

    public DateTime? SubmittedAt { get; set; }

    public string? Reason { get; set; }

    public string? Code { get; set; }

    public string? Message { get; set; }

    public string? Status { get; set; }

    public DateTime? EndedAt { get; set; }

    public double? ElapsedSec { get; set; }

    public string? ErrorCode { get; set; }

    public string? ErrorMessage { get; set; }

    public string? Path { get; set; }

    public long? Length { get; set; }

    public string? CoverPath { get; set; }

    public long? CoverLength { get; set; }

    public int? Width { get; set; }

    public int? Height { get; set; }

    public double? DurationSec { get; set; }

    public double? ActualFps { get; set; }

    public bool? HasAudio { get; set; }

    /// <summary>The five together.</summary>
    [JsonIgnore]
    public VideoFacts Facts
    {
        get => new(Width, Height, DurationSec, ActualFps, HasAudio);
        set => (Width, Height, DurationSec, ActualFps, HasAudio) = value;
    }

    /// <summary>Whether it is of a kind that this version knows, has what its kind must have, and nothing that cannot be.</summary>
    internal bool IsValid => Attempt is null or > 0 && IsFinite(ElapsedSec) && IsFinite(DurationSec) && IsFinite(ActualFps) && IsComplete;

    private static bool IsFinite(double? number) => number is null or (> double.NegativeInfinity and < double.PositiveInfinity);

    private bool IsComplete => (Id is null || TaskId.IsWellFormed(Id)) && Kind switch
    {
        RecordKind.Intent => RequestId is not null && Hash is not null && Occurrence > 0,
        RecordKind.NotAccepted => RequestId is not null,
        RecordKind.Accepted => RequestId is not null && Id is not null && Hash is not null && Occurrence > 0,
        RecordKind.Ended or RecordKind.Saved => Id is not null,
        _ => false,
    };
}

/// <summary>
/// The line of a process that opened the journal, which is also a journal's first. What it does not say, or not in the type it has, is null.
/// </summary>
internal sealed class JournalHeader
{
    internal const string Format = "ZhipuVideo";

    public string Journal { get; set; } = Format;

    public int Schema { get; set; } = Journaling.Journal.Schema;

    public DateTime At { get; set; }

    public int? Pid { get; set; }

    public string? Host { get; set; }

    public string? Address { get; set; }

    [JsonPropertyName("key")]
    public string? KeyTag { get; set; }
}
