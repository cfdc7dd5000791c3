using System;
using ZhipuVideo.Files;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Journaling;

/// <summary>What a journal knows of one submission of a row; of a row, its newest.</summary>
internal sealed class JournalEntry
{
    private bool _hasRequest;
    private bool _isResent;

    internal JournalEntry(string journalPath, string hash, int occurrence, string? requestId = null)
    {
        Hash = hash;
        Occurrence = occurrence;
        Job = new CogVideoJob { JournalPath = journalPath, RequestId = requestId };
    }

    /// <summary>What makes the row what it is; the same for rows that are the same.</summary>
    internal string Hash { get; }

    /// <summary>1 for the first of the rows with this hash, 2 for the second.</summary>
    internal int Occurrence { get; }

    /// <summary>How far it came, as far as that is on disk: nobody is told of what a crash could take back.</summary>
    internal JournalState State { get; private set; }

    /// <summary>The same with what is on its way to the disk, by which it is decided what is written.</summary>
    internal JournalState WrittenState { get; private set; }

    /// <summary>How often the row was sent, or was about to be, under this request id.</summary>
    internal int Attempt { get; private set; }

    internal string RequestId => Job.RequestId ?? "";

    /// <summary>The request's fields, and the id once it was accepted.</summary>
    internal CogVideoJob Job { get; private set; }

    /// <summary>The job of an earlier row that the service gave the same id; null when there is none.</summary>
    internal CogVideoJob? ConflictsWith { get; private set; }

    /// <summary>Why it was not accepted: the <see cref="ErrorReason"/>'s name.</summary>
    internal string? Reason { get; private set; }

    /// <summary>The service's code and message of a refusal or a failure, where it gave them.</summary>
    internal string? Code { get; private set; }

    internal string? Message { get; private set; }

    /// <summary>When the end was seen, UTC.</summary>
    internal DateTime? EndedAt { get; private set; }

    internal double? ElapsedSec { get; private set; }

    internal string? SavedPath { get; private set; }

    internal long? SavedLength { get; private set; }

    internal string? CoverPath { get; private set; }

    internal long? CoverLength { get; private set; }

    internal VideoFacts Facts { get; private set; } = VideoFacts.None;

    /// <summary>
    /// How it ended and where it is saved, without links, which stand in no journal, or with which words the service refused it; null before the
    /// end, and for what was never sent.
    /// </summary>
    internal CogVideoResult? Result => State switch
    {
        JournalState.NotAccepted when Enum.TryParse(Reason, out ErrorReason reason) && ErrorTable.RejectsRow(reason, Code) =>
            CogVideoResult.FromRejection(Job, Code, Message),
        JournalState.Ended or JournalState.Saved => new CogVideoResult(Job)
        {
            EndedAt = EndedAt,
            ElapsedSec = ElapsedSec,
            ErrorCode = Code,
            ErrorMessage = Message,
            SavedPath = SavedPath,
            CoverPath = CoverPath,
            FileLength = SavedLength,
            Facts = Facts,
        },
        _ => null,
    };

    /// <summary>As it stands now, for whoever asks: what comes later does not change it.</summary>
    internal JournalEntry Copy(JournalEntry? owner = null)
    {
        JournalEntry copy = (JournalEntry)MemberwiseClone();
        copy.Job = new CogVideoJob(Job);
        copy.ConflictsWith = owner is null || owner == this ? null : new CogVideoJob(owner.Job);
        return copy;
    }

    /// <summary>
    /// Takes in that the row is about to be sent. That counts at once, on disk or not: unconfirmed is the most careful thing that can be said of it.
    /// </summary>
    internal void Intend(JournalRecord intent)
    {
        int attempt = intent.Attempt ?? 1;
        bool isSentAgain = attempt > Attempt && WrittenState <= JournalState.NotAccepted;
        if (_hasRequest && !isSentAgain) return;
        CogVideoJob job = intent.Request ?? new CogVideoJob();
        (job.RequestId, job.JournalPath) = (intent.RequestId, Job.JournalPath);
        (job.Id, job.Status, job.SubmittedAt) = (Job.Id, Job.Status, Job.SubmittedAt); // where the acceptance stands before it
        Job = job;
        _hasRequest = true;
        if (!isSentAgain) return;

        // A refusal of the second attempt says nothing of the first, of which nobody knows what became: the service may find the account empty,
        // or all slots taken, before it finds the request known.
        _isResent |= WrittenState == JournalState.Intent;
        Attempt = attempt;
        State = WrittenState = JournalState.Intent;
        Job.Status = CogVideoStatus.Unconfirmed;
        Reason = Code = Message = null;
    }

    /// <summary>
    /// Takes in that another record is on its way to the disk, where <see cref="Take"/> follows. False when it changes nothing: a submission only
    /// ever moves forward, in whatever order its lines come, and a line that is there twice counts once.
    /// </summary>
    internal bool Expect(JournalRecord record)
    {
        bool counts = record.Kind switch
        {
            RecordKind.NotAccepted => WrittenState == JournalState.Intent && Attempt == (record.Attempt ?? 1) && !_isResent,
            RecordKind.Accepted => WrittenState < JournalState.Accepted,
            _ => true,
        };
        if (counts) WrittenState = GetLater(WrittenState, record);
        return counts;
    }

    /// <summary>Takes in that the record is on disk.</summary>
    internal void Take(JournalRecord record)
    {
        switch (record.Kind)
        {
            case RecordKind.NotAccepted when Attempt == (record.Attempt ?? 1):
                (Reason, Code, Message) = (record.Reason, record.Code, record.Message);
                break;
            case RecordKind.NotAccepted: // it was sent again meanwhile
                return;
            case RecordKind.Accepted:
                Job.SubmittedAt = record.SubmittedAt?.ToUniversalTime();
                break;
            case RecordKind.Ended:
                Job.Status = CogVideoStatus.Canonical(record.Status);
                (EndedAt, ElapsedSec, Code, Message) = (record.EndedAt?.ToUniversalTime(), record.ElapsedSec, record.ErrorCode, record.ErrorMessage);
                break;
            case RecordKind.Saved:
                (SavedPath, SavedLength, CoverPath, CoverLength, Facts) = (record.Path, record.Length, record.CoverPath, record.CoverLength, record.Facts);
                break;
        }
        if (Job.Id.Length == 0) Job.Id = record.Id ?? "";
        State = GetLater(State, record);
        Job.Status = State switch
        {
            JournalState.NotAccepted => CogVideoStatus.Unknown,
            JournalState.Accepted => CogVideoStatus.Processing,
            JournalState.Saved => CogVideoStatus.Success, // also where its end was not recorded
            _ => Job.Status,
        };
    }

    private static JournalState GetLater(JournalState known, JournalRecord record)
    {
        JournalState told = record.Kind switch
        {
            RecordKind.NotAccepted => JournalState.NotAccepted,
            RecordKind.Accepted => JournalState.Accepted,
            RecordKind.Ended => JournalState.Ended,
            _ => JournalState.Saved,
        };
        return told > known ? told : known;
    }
}
