using System;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Journaling;

/// <summary>What a journal knows of one row: the newest of its submissions.</summary>
internal sealed class JournalEntry
{
    internal JournalEntry(string journalPath, string hash, int occurrence)
    {
        Hash = hash;
        Occurrence = occurrence;
        Job = new CogVideoJob { JournalPath = journalPath };
    }

    /// <summary>What makes the row what it is; the same for rows that are the same.</summary>
    internal string Hash { get; set; }

    /// <summary>1 for the first of the rows with this hash, 2 for the second.</summary>
    internal int Occurrence { get; set; }

    internal JournalState State { get; set; }

    /// <summary>How often the row was sent, or was about to be, under this request id.</summary>
    internal int Attempt { get; set; }

    internal string RequestId => Job.RequestId ?? "";

    /// <summary>The request's fields, and the id once it was accepted.</summary>
    internal CogVideoJob Job { get; }

    /// <summary>The job of an earlier row that the service gave the same id; null when there is none.</summary>
    internal CogVideoJob? EarlierTwin { get; set; }

    /// <summary>Why it was not accepted: the <see cref="ErrorReason"/>'s name, and the service's code and message where it gave them.</summary>
    internal string? Reason { get; set; }

    internal string? Code { get; set; }

    internal string? Message { get; set; }

    /// <summary>When the end was seen, UTC.</summary>
    internal DateTime? EndedAt { get; set; }

    internal double? ElapsedSec { get; set; }

    internal string? ErrorCode { get; set; }

    internal string? ErrorMessage { get; set; }

    internal string? SavedPath { get; set; }

    internal long? SavedLength { get; set; }

    internal string? CoverPath { get; set; }

    internal long? CoverLength { get; set; }

    /// <summary>
    /// How it ended and where it is saved, without links, or with which words the service refused it;
    /// null before the end, and for what was never sent.
    /// </summary>
    internal CogVideoResult? Result => State switch
    {
        JournalState.NotAccepted when Enum.TryParse(Reason, out ErrorReason reason) && ErrorTable.RejectsRow(reason, Code) =>
            CogVideoResult.FromRejection(Job, Code, Message),
        JournalState.Ended or JournalState.Saved => End,
        _ => null,
    };

    private CogVideoResult End => new(Job)
    {
        EndedAt = EndedAt,
        ElapsedSec = ElapsedSec,
        ErrorCode = ErrorCode,
        ErrorMessage = ErrorMessage,
        SavedPath = SavedPath,
        CoverPath = CoverPath,
        FileLength = SavedLength,
    };
}
