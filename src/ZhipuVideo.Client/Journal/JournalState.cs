namespace ZhipuVideo.Journaling;

/// <summary>How far a row has come, in this order; all but the first are also the kinds of a journal's lines.</summary>
internal enum JournalState : byte
{
    /// <summary>The journal does not know the row.</summary>
    New,

    /// <summary>It is about to be sent, or may have been: unconfirmed, until something later is known.</summary>
    Intent,

    /// <summary>It was surely not accepted: never sent, or refused. A later run may send it.</summary>
    NotAccepted,

    /// <summary>The service has it, and its id is known.</summary>
    Accepted,

    /// <summary>It ended, in success or failure.</summary>
    Ended,

    /// <summary>Its video is on disk under its final name.</summary>
    Saved,
}
