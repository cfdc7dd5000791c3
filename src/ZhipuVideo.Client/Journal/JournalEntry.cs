using System;
using ZhipuVideo.Protocol;

namespace ZhipuVideo.Journaling;

/// <summary>
/// What a journal tells of one submission of a row; of a row, its newest. It is what stood on disk when it was asked for, and its lines are read
/// when something of them is wanted, which throws <see cref="ErrorReason.JournalLost"/> where they are no longer there.
/// </summary>
/// <param name="row">The row as it stood.</param>
/// <param name="path">The journal's path.</param>
/// <param name="read">Reads the record of the line that begins there.</param>
/// <param name="owner">The earlier row that the service gave the same id; null when there is none.</param>
internal sealed class JournalEntry(JournalRow row, string path, Func<long, JournalRecord> read, JournalEntry? owner)
{
    private CogVideoJob? _job;
    private JournalRecord? _intent, _outcome, _end, _file;

    internal JournalState State => row.State;

    /// <inheritdoc cref="JournalRow.Hash"/>
    internal string Hash => row.Hash.ToString();

    /// <inheritdoc cref="JournalRow.Occurrence"/>
    internal int Occurrence => row.Occurrence;

    /// <summary>Empty for a new row.</summary>
    internal string RequestId => row.RequestId.ToString();

    /// <inheritdoc cref="JournalRow.Attempt"/>
    internal int Attempt => row.Attempt;

    /// <summary>The line of the newest attempt, with the request; null when there is none, as of the others.</summary>
    internal JournalRecord? Intent => _intent ??= Read(row.Lines.Intent);

    /// <summary>The line that tells whether it was accepted.</summary>
    internal JournalRecord? Outcome => _outcome ??= Read(row.Lines.Outcome);

    /// <summary>The line that tells how the task ended.</summary>
    internal JournalRecord? End => _end ??= Read(row.Lines.End);

    /// <summary>The line that tells where it was saved.</summary>
    internal JournalRecord? File => _file ??= Read(row.Lines.File);

    /// <summary>The request's fields, and the id once it was accepted.</summary>
    internal CogVideoJob Job => _job ??= CreateJob();

    /// <summary>The job of an earlier row that the service gave the same id; null when there is none.</summary>
    internal CogVideoJob? ConflictsWith => owner?.Job;

    /// <summary>
    /// How it ended and where it is saved, without links, which stand in no journal, or with which words the service refused it; null before the
    /// end, and for what was never sent.
    /// </summary>
    internal CogVideoResult? Result
    {
        get
        {
            if (State == JournalState.NotAccepted)
            {
                return Outcome is { } refused && Enum.TryParse(refused.Reason, out ErrorReason reason) && ErrorTable.RejectsRow(reason, refused.Code)
                    ? CogVideoResult.FromRejection(Job, refused.Code, refused.Message)
                    : null;
            }
            if (State < JournalState.Ended) return null;
            CogVideoResult result = new(Job);
            if (End?.Result is { } end) result.Copy(end, End.Kind);
            if (File?.Result is { } file) result.Copy(file, File.Kind);
            return result;
        }
    }

    /// <summary>Itself, with all of its lines read: the file may go.</summary>
    internal JournalEntry ReadAll()
    {
        _ = (Job, End, File, ConflictsWith);
        return this;
    }

    private JournalRecord? Read(long line) => line == 0 ? null : read(line);

    private CogVideoJob CreateJob()
    {
        CogVideoJob job = Intent?.Request ?? new CogVideoJob();
        job.Id = Outcome?.Id ?? End?.Id ?? File?.Id ?? "";
        job.RequestId = row.RequestId.IsNull ? null : RequestId;
        job.SubmittedAt = Outcome?.SubmittedAt?.ToUniversalTime();
        job.JournalPath = path;
        job.Status = State switch
        {
            JournalState.Intent => CogVideoStatus.Unconfirmed,
            JournalState.Accepted => CogVideoStatus.Processing,
            JournalState.Ended => CogVideoStatus.Canonical(End?.Status),
            JournalState.Saved => CogVideoStatus.Success, // also where its end was not recorded
            _ => CogVideoStatus.Unknown,
        };
        return job;
    }
}
