namespace ZhipuVideo.Journaling;

/// <summary>
/// What is held of one submission of a row: its keys, how far it came, and where its lines are. All else is read there when somebody wants it,
/// by <see cref="JournalEntry"/>.
/// </summary>
internal sealed class JournalRow(PackedText hash, int occurrence, PackedText requestId = default)
{
    private long _intent, _outcome, _end, _file;
    private bool _isResent;

    /// <summary>What makes the row what it is; the same for rows that are the same.</summary>
    internal PackedText Hash => hash;

    /// <summary>1 for the first of the rows with this hash, 2 for the second.</summary>
    internal int Occurrence => occurrence;

    internal PackedText RequestId => requestId;

    /// <summary>The task's id, also while the line that tells of it is on its way to the disk.</summary>
    internal PackedText Id { get; private set; }

    /// <summary>How far it came, as far as that is on disk: nobody is told of what a crash could take back.</summary>
    internal JournalState State { get; private set; }

    /// <summary>The same with what is on its way to the disk, by which it is decided what is written.</summary>
    internal JournalState WrittenState { get; private set; }

    /// <summary>Whether it costs money; what nobody knows does.</summary>
    internal bool IsBilled { get; private set; } = true;

    /// <summary>How often the row was sent, or was about to be, under this request id.</summary>
    internal int Attempt { get; private set; }

    /// <summary>
    /// Where its lines begin: that of the newest attempt, that which tells whether it was accepted, the newest that tells how the task ended, and the
    /// newest that tells where it was saved; 0 = there is none on disk.
    /// </summary>
    internal (long Intent, long Outcome, long End, long File) Lines => (_intent, _outcome, _end, _file);

    /// <summary>As it stands now: what comes later does not change it.</summary>
    internal JournalRow Copy() => (JournalRow)MemberwiseClone();

    /// <summary>
    /// Takes in that a record is on its way to the disk, where <see cref="Take"/> follows. False when it changes nothing: a submission only ever
    /// moves forward, in whatever order its lines come, and a line that is there twice counts once. That the row is about to be sent counts at
    /// once, on disk or not: unconfirmed is the most careful thing that can be said of it.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="id">The id that it tells, if it tells one.</param>
    internal bool Expect(JournalRecord record, PackedText id)
    {
        int attempt = record.Attempt ?? 1;
        if (record.State == JournalState.Intent) IsBilled = record.Billed ?? CogVideoModel.IsBilled(record.Request?.Model);
        switch (record.State)
        {
            case JournalState.Intent when attempt > Attempt && WrittenState <= JournalState.NotAccepted:
                // A refusal of the second attempt says nothing of the first, of which nobody knows what became: the service may find the account
                // empty, or all slots taken, before it finds the request known.
                _isResent |= WrittenState == JournalState.Intent;
                (Attempt, State, WrittenState, _outcome) = (attempt, JournalState.Intent, JournalState.Intent, 0);
                return true;
            case JournalState.Intent:
                return _intent == 0; // where the acceptance stands before it
            case JournalState.NotAccepted when WrittenState != JournalState.Intent || Attempt != attempt || _isResent:
            case JournalState.Accepted when WrittenState >= JournalState.Accepted:
                return false;
        }
        if (Id.IsNull) Id = id;
        if (WrittenState < record.State) WrittenState = record.State;
        return true;
    }

    /// <summary>Takes in that the record is on disk, in the line that begins there.</summary>
    internal void Take(JournalRecord record, long line)
    {
        if (record.State == JournalState.NotAccepted && Attempt != (record.Attempt ?? 1)) return; // it was sent again meanwhile
        if (record.State == JournalState.Intent) _intent = line;
        else if (record.State <= JournalState.Accepted) _outcome = line;
        else if (record.State == JournalState.Ended) _end = line;
        else _file = line;
        if (State < record.State) State = record.State;
    }
}
