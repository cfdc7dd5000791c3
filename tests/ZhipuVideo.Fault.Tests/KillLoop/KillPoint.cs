namespace ZhipuVideo.Tests.KillLoop;

/// <summary>When a run is killed: each is seen from outside, in the journal, at the server or in the folder.</summary>
internal enum KillPoint
{
    /// <summary>Some time after the journal was opened.</summary>
    AnyTime,

    /// <summary>A row is about to be sent.</summary>
    Intent,

    /// <summary>A submission has reached the server.</summary>
    SubmissionArrived,

    /// <summary>The server has accepted it; the reply may be on its way.</summary>
    SubmissionAccepted,

    /// <summary>The journal has its id.</summary>
    Accepted,

    /// <summary>A look has reached the server.</summary>
    Look,

    /// <summary>The journal has an end.</summary>
    Ended,

    /// <summary>A download has begun.</summary>
    Download,

    /// <summary>A part file is on disk.</summary>
    PartFile,

    /// <summary>A video has its final name.</summary>
    FinalName,

    /// <summary>The journal has a saved file.</summary>
    Saved,
}
