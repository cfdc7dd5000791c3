using System;
using System.Text.Json.Serialization;

namespace ZhipuVideo.Journaling;

/// <summary>
/// A line of a journal: its properties by name, type and order. To them come those of <see cref="RequestField"/> and <see cref="ResultField"/>,
/// last. What a kind of line does not have is null and left out.
/// </summary>
internal sealed class JournalRecord
{
    /// <summary>What a header calls the program that writes such files.</summary>
    internal const string Format = "ZhipuVideo";

    /// <summary>The values of <c>record</c>, by state.</summary>
    private static readonly string[] Kinds = ["", "intent", "notAccepted", "accepted", "ended", "saved"];

    public string? Journal { get; set; }
    public int? Schema { get; set; }

    [JsonPropertyName("record")]
    public string? Kind
    {
        get => State == JournalState.New ? null : Kinds[(int)State];
        set => State = (JournalState)Math.Max(0, Array.IndexOf(Kinds, value));
    }

    public DateTime At { get; set; }
    public int? Pid { get; set; }
    public string? Host { get; set; }
    public string? Address { get; set; }
    [JsonPropertyName("key")] public string? KeyTag { get; set; }
    public string? Id { get; set; }
    public string? RequestId { get; set; }
    public string? Hash { get; set; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public int Occurrence { get; set; }
    public int? Attempt { get; set; } // null = the first
    public DateTime? SubmittedAt { get; set; }
    public string? Reason { get; set; }
    public string? Code { get; set; }
    public string? Message { get; set; }
    public string? Status { get; set; }
    [JsonPropertyOrder(1)] public long? CoverLength { get; set; } // behind those of ResultField

    /// <summary>Of an intent: whether it costs money. Null = the version that wrote it did not say.</summary>
    public bool? Billed { get; set; }

    /// <summary>The row's fields.</summary>
    [JsonIgnore]
    public CogVideoJob? Request { get; set; }

    /// <summary>How the task ended, or where it was saved.</summary>
    [JsonIgnore]
    public CogVideoResult? Result { get; set; }

    /// <summary>What the line records; <see cref="JournalState.New"/> when it is not a record, or one that this version does not know.</summary>
    [JsonIgnore]
    public JournalState State { get; set; }

    /// <summary>Whether it is the line of a process that opened the journal, which is also a journal's first.</summary>
    internal bool IsHeader => Journal == Format && Schema > 0;

    /// <summary>Whether it is of a kind that this version knows, has what its kind must have, and nothing that cannot be.</summary>
    internal bool IsRecord => Attempt is null or > 0
        && IsFinite(Result?.ElapsedSec) && IsFinite(Result?.DurationSec) && IsFinite(Result?.ActualFps)
        && (Id is null || TaskId.IsWellFormed(Id))
        && State switch
        {
            JournalState.Intent => RequestId is not null && NamesRow,
            JournalState.NotAccepted => RequestId is not null,
            JournalState.Accepted => RequestId is not null && Id is not null && NamesRow,
            JournalState.Ended or JournalState.Saved => Id is not null,
            _ => false,
        };

    private static bool IsFinite(double? number) => number is null or (> double.NegativeInfinity and < double.PositiveInfinity);

    internal bool NamesRow => Hash is not null && Occurrence > 0;
}
