namespace ZhipuVideo.Journaling;

/// <summary>How far a row has come, in this order.</summary>
internal enum JournalState
{
    /// <summary>The journal does not know the row.</summary>
    New,

    /// <summary>It may have been sent: unconfirmed, until something later is known.</summary>
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
