using System;
using ZhipuVideo.Files;

namespace ZhipuVideo;

/// <summary>
/// What a job and its result share: the identifiers and every field of the request, named like the parameters that they feed,
/// so that either can be piped on, also after <c>Export-Clixml</c>, <c>ConvertTo-Json</c> or <c>Export-Csv</c>.
/// <para>
/// Both declare all of their properties themselves, in the order in which people read them: that is the order in which the shell shows them,
/// and in which they become the columns of a CSV file.
/// </para>
/// </summary>
public abstract class CogVideoItem
{
    private protected CogVideoItem()
    {
    }

    /// <summary>The service's task id: an opaque text, never a number. Empty while a submission is unconfirmed.</summary>
    public abstract string Id { get; set; }

    /// <summary>One of <see cref="CogVideoStatus"/>: <c>Processing</c>, <c>Success</c>, <c>Fail</c>, <c>Unconfirmed</c>, <c>Rejected</c>, <c>Unknown</c>.</summary>
    public abstract string Status { get; set; }

    /// <summary>The row's label; it becomes the file name.</summary>
    public abstract string? Name { get; set; }

    /// <summary>The text the video is made from.</summary>
    public abstract string? Prompt { get; set; }

    /// <summary>The model code that was sent, never the display name that a reply may carry.</summary>
    public abstract string? Model { get; set; }

    /// <summary>The pictures by path or URL, several separated by <c>|</c>; never their bytes.</summary>
    public abstract string? Image { get; set; }

    /// <summary><c>speed</c> or <c>quality</c>; null when not sent.</summary>
    public abstract string? Quality { get; set; }

    /// <summary>Whether sound was asked for; null when not sent.</summary>
    public abstract bool? WithAudio { get; set; }

    /// <summary>Width x height in pixels, such as <c>1920x1080</c>; null when not sent.</summary>
    public abstract string? Size { get; set; }

    /// <summary>Frames per second; null when not sent.</summary>
    public abstract int? Fps { get; set; }

    /// <summary>Length of the video in seconds; null when not sent.</summary>
    public abstract int? Duration { get; set; }

    /// <summary>The end user's id, 6 to 128 characters; null when not sent.</summary>
    public abstract string? UserId { get; set; }

    /// <summary>Further request fields as JSON text; null when there were none.</summary>
    public abstract string? AdditionalBody { get; set; }

    /// <summary>The <c>request_id</c> sent with the submission; unique per request, kept over retries.</summary>
    public abstract string? RequestId { get; set; }

    /// <summary>When the submission was accepted, UTC; null when this is not known.</summary>
    public abstract DateTime? SubmittedAt { get; set; }

    /// <summary>The journal that holds this job; null when there is none.</summary>
    public abstract string? JournalPath { get; set; }

    /// <summary>Name, id and status on one line; never a URL.</summary>
    public override string ToString()
    {
        string id = Id.Length > 0 ? Id : RequestId ?? "";
        string label = string.IsNullOrEmpty(Name) ? id : $"{Name} {id}";
        return ScreenText.Line(Status == CogVideoStatus.Unknown ? label : $"{label} ({Status})");
    }

    private protected void CopyRequest(CogVideoItem other)
    {
        foreach (RequestField field in RequestField.All) field.Set(this, field.Get(other));
        Id = other.Id;
        Status = other.Status;
        SubmittedAt = other.SubmittedAt;
        JournalPath = other.JournalPath;
    }
}

/// <summary>A video task: accepted by the service, or perhaps accepted (<see cref="CogVideoStatus.Unconfirmed"/>).</summary>
public sealed class CogVideoJob : CogVideoItem
{
    /// <summary>An empty job.</summary>
    public CogVideoJob()
    {
    }

    /// <summary>The job behind a job or result.</summary>
    public CogVideoJob(CogVideoItem other) => CopyRequest(other ?? throw new ArgumentNullException(nameof(other)));

#pragma warning disable CS1591 // what they mean stands at CogVideoItem
    public override string Id { get; set; } = "";
    public override string Status { get; set; } = CogVideoStatus.Unknown;
    public override string? Name { get; set; }
    public override string? Prompt { get; set; }
    public override string? Model { get; set; }
    public override string? Image { get; set; }
    public override string? Quality { get; set; }
    public override bool? WithAudio { get; set; }
    public override string? Size { get; set; }
    public override int? Fps { get; set; }
    public override int? Duration { get; set; }
    public override string? UserId { get; set; }
    public override string? AdditionalBody { get; set; }
    public override string? RequestId { get; set; }
    public override DateTime? SubmittedAt { get; set; }
    public override string? JournalPath { get; set; }
#pragma warning restore CS1591
}

/// <summary>How a task stands or ended, with the links of its files.</summary>
public sealed class CogVideoResult : CogVideoItem
{
    private string? _errorMessage;

    /// <summary>An empty result.</summary>
    public CogVideoResult()
    {
    }

    /// <summary>A result with everything that is known of the job; of a result, its links and ends are copied too.</summary>
    public CogVideoResult(CogVideoItem other)
    {
        CopyRequest(other ?? throw new ArgumentNullException(nameof(other)));
        if (other is CogVideoResult result) Copy(result);
    }

    /// <summary>What there is of a row that the service refused.</summary>
    internal static CogVideoResult FromRejection(CogVideoItem job, string? code, string? message) =>
        new(job) { Status = CogVideoStatus.Rejected, ErrorCode = code, ErrorMessage = message };

    /// <summary>The end that was seen of a job, told of the job as this caller knows it (its name, its journal).</summary>
    internal CogVideoResult(CogVideoItem job, CogVideoResult end)
    {
        CopyRequest(job);
        Id = end.Id;
        Status = end.Status;
        RequestId ??= end.RequestId;
        Model ??= end.Model;
        SubmittedAt ??= end.SubmittedAt;
        Copy(end);
    }

#pragma warning disable CS1591 // what they mean stands at CogVideoItem
    public override string Id { get; set; } = "";
    public override string Status { get; set; } = CogVideoStatus.Unknown;
    public override string? Name { get; set; }
    public override string? Prompt { get; set; }
    public override string? Model { get; set; }
    public override string? Image { get; set; }
    public override string? Quality { get; set; }
    public override bool? WithAudio { get; set; }
    public override string? Size { get; set; }
    public override int? Fps { get; set; }
    public override int? Duration { get; set; }
    public override string? UserId { get; set; }
    public override string? AdditionalBody { get; set; }
    public override string? RequestId { get; set; }
    public override DateTime? SubmittedAt { get; set; }
#pragma warning restore CS1591

    /// <summary>When the end was seen, UTC; null while the task runs.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>Seconds from acceptance to the end as seen by this client; null when either is not known.</summary>
    public double? ElapsedSec { get; set; }

    /// <summary>
    /// The service's code of a failure or rejection; <c>ResultMissing</c> for a success without a link, <c>DuplicateId</c> for one whose id
    /// two jobs share.
    /// </summary>
    public string? ErrorCode { get; set; }

    /// <summary>The service's words for a failure or rejection; our own are made when they are read, in the reader's language.</summary>
    public string? ErrorMessage { get => _errorMessage ?? Explanation?.Message; set => _errorMessage = value; }

    /// <summary>What is wrong, where that is not in the service's words.</summary>
    internal CogVideoException? Explanation { get; set; }

    /// <summary>Full path of the saved video; null until it is saved.</summary>
    public string? SavedPath { get; set; }

    /// <summary>Full path of the saved cover; null until it is saved.</summary>
    public string? CoverPath { get; set; }

    /// <summary>Bytes of the saved video; null until it is saved.</summary>
    public long? FileLength { get; set; }

    /// <summary>
    /// Pixels of the saved video as it is shown. This and the four below come from the file's own index (ISO/IEC 14496-12); null until it is saved,
    /// and where the file does not say.
    /// </summary>
    public int? Width { get; set; }

    /// <inheritdoc cref="Width"/>
    public int? Height { get; set; }

    /// <summary>Seconds of the saved video, to the millisecond.</summary>
    public double? DurationSec { get; set; }

    /// <summary>Frames per second of the saved video, on average.</summary>
    public double? ActualFps { get; set; }

    /// <summary>Whether the saved video has a track of sound.</summary>
    public bool? HasAudio { get; set; }

    /// <inheritdoc/>
    public override string? JournalPath { get; set; }

    /// <summary>The first video's link; valid for about a day.</summary>
    public string? Url { get; set; }

    /// <summary>The first cover's link.</summary>
    public string? CoverUrl { get; set; }

    /// <summary>All video links.</summary>
    public string[] VideoUrls { get; set; } = [];

    /// <summary>All cover links.</summary>
    public string[] CoverUrls { get; set; } = [];

    /// <summary>The five together.</summary>
    internal VideoFacts Facts
    {
        get => new(Width, Height, DurationSec, ActualFps, HasAudio);
        set => (Width, Height, DurationSec, ActualFps, HasAudio) = value;
    }

    /// <summary>Takes over what another result has beyond its job; with <paramref name="record"/> only what that line of a journal tells.</summary>
    internal void Copy(CogVideoResult other, string? record = null)
    {
        foreach (ResultField field in ResultField.All)
            if (record is null || record == field.Record) field.Set(this, field.Get(other));
        if (record is null) (_errorMessage, Explanation) = (other._errorMessage, other.Explanation); // in the words of whoever reads it
    }
}
